"""How far a run has come, where curves count epochs or steps."""

import math

__all__ = ["COUNTED", "progress", "remaining"]

COUNTED = ("epoch", "step")


def progress(run) -> str:
    """Return "epoch 3 of 10", or "" where nothing counts up."""
    if not run.animators:
        return ""
    what, done, of = _place(run.animators[0])
    of = f" of {of:g}" if of else ""
    return f"{what} {done:g}{of}" if what else ""


def remaining(run, animator) -> float:
    """Return the seconds until all curves reach the end of xlim, if known.

    That is when `run` goes on as fast as until now; else infinity.
    """
    start, end = animator.spec["xlim"] or (0, 0)
    if animator.spec["xlabel"] not in COUNTED or not all(animator.X):
        return math.inf
    done = min((xs[-1] for xs in animator.X), default=start)
    if not start < done <= end:
        return math.inf
    return run.clock() * (end - done) / (done - start)


def _place(animator):
    """Return what is counted, how far it is, and where it will end or 0."""
    points = next(filter(None, animator.X), None)
    if points is None or animator.spec["xlabel"] not in COUNTED:
        return "", 0, 0
    xlim = animator.spec["xlim"]
    return animator.spec["xlabel"], points[-1], xlim[1] if xlim else 0
