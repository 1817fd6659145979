"""The slider panel: a learner's function, retrained when a slider moves.

`retrain` makes a `panel` and puts it below the cell, `controls` makes its
sliders, `screen` shows its runs, `words` tells of them.
"""
