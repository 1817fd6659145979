"""One call of a learner's function: what it starts from, and how it ends.

`run` has the call itself and the checkpoints at which it may stop, `worker`
the thread that makes the calls, `errors` the ways to end early, `start` what
each call finds as the first one did, `printing` and `pyplot` what it prints
and draws, `results` what is kept of it.
"""
