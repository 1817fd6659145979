"""Training and measuring a network.

`loops` has the book's training loop for classifiers, `updates` one step of it,
`metrics` what is measured, `seeds` the seeding of a run, `modes` the train and
eval mode of a net.
"""
