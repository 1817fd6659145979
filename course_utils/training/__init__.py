"""Training and measuring a network.

loops
    `train_epoch_ch3`, `train_ch3` and `predict_ch3`: the book's training
    loop for classifiers.
updates
    `sgd`: one step; and the checks of a loss and of an updater.
metrics
    `Accumulator`, `accuracy`, `evaluate_accuracy` and `evaluate_loss`.
modes
    `seed_everything`; what a run changes for a while and puts back: train
    and eval mode, gradients, random generators.
"""
