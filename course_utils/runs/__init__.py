"""One call of a learner's function: how it starts, and how it ends.

`run` makes the call. `newest_wins` has the thread that makes the calls, and
decides which one is superseded; `interrupts` ends those that have to stop.
`learners_code` says what a function uses and whether it was edited,
`starting_state` puts back what a call uses of other cells, `printing` and
`pyplot` keep its output apart, `results` says what is kept of it, `errors` how
it fails.
"""
