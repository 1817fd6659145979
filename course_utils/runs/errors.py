"""Exceptions that end a run before its function has returned."""

import math

from ..language import say


class Stopped(BaseException):
    """Ends a run that is not wanted any more; `Run.execute` catches it.

    Not an `Exception`: a learner's ``except Exception`` must not swallow it.
    """


class DivergedError(ArithmeticError):
    """Training has left the finite numbers.

    Parameters
    ----------
    what : str
        What became infinite or NaN, and when.
    """

    def __init__(self, what: str):
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return say(
            "Training diverged: {what}. Gradient descent is stable only while"
            " lr × the largest curvature of the loss, penalty included, stays"
            " below 2: lower lr or the penalty.",
            what=self.what,
        )


def refuse_infinite(names, xlabel, xs, ys):
    """Raise `DivergedError` if a value in `ys` is NaN or infinite."""
    for name, x, y in zip(names, xs, ys, strict=False):
        if y is not None and not math.isfinite(y):
            if x is None:
                raise DivergedError(say("{name} became {y}", name=name, y=y))
            at = {"xlabel": xlabel or "x", "x": f"{x:g}"}
            raise DivergedError(
                say("{name} became {y} at {xlabel} {x}", name=name, y=y, **at)
            )
