"""Run a learner's function over a grid of settings, on all cores.

`sweep` is what a learner calls. `grid` checks its arguments and makes its
table, `packing` makes a function ready for another process, `execute` starts
the runs, here, in other processes or on a Dask cluster, and `cache` keeps on
disk what they gave.
"""
