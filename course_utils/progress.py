"""How far a run has come, where its first axis counts epochs or steps."""

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
    """Return the seconds until `animator` is full, if `run` goes on so."""
    _, done, of = _place(animator)
    return run.clock() * (of / done - 1) if done and of else math.inf


def _place(animator):
    """Return what is counted, how far it is, and where it will end or 0."""
    points = next(filter(None, animator.X), None)
    if points is None or animator.spec["xlabel"] not in COUNTED:
        return "", 0, 0
    xlim = animator.spec["xlim"]
    return animator.spec["xlabel"], points[-1], xlim[1] if xlim else 0
