"""Exceptions that end a run before its function has returned."""

import math


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
        return (
            f"Training diverged: {self.what}. Gradient descent is stable only "
            "while lr × the largest curvature of the loss, penalty included, "
            "stays below 2: lower lr or the penalty."
        )


def refuse_infinite(names, xlabel, xs, ys):
    """Raise `DivergedError` if a value in `ys` is NaN or infinite."""
    for name, x, y in zip(names, xs, ys, strict=False):
        if y is not None and not math.isfinite(y):
            when = "" if x is None else f" at {xlabel or 'x'} {x:g}"
            raise DivergedError(f"{name} became {y}{when}")
