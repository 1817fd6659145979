"""How a run may end before its function has returned."""

import math
import sys
import traceback

__all__ = ["DivergedError", "Stopped", "close_figures", "refuse_infinite"]


class Stopped(BaseException):
    """Ends a run that is not wanted any more; `Run.execute` catches it.

    Not an `Exception`: a learner's ``except Exception`` must not swallow it.
    """


class DivergedError(ArithmeticError):
    """Training has left the finite numbers; `what` became so, and when."""

    def __init__(self, what: str):
        super().__init__(
            f"Training diverged: {what}. Gradient descent is stable only "
            "while lr × the largest curvature of the loss, penalty included, "
            "stays below 2: lower lr or the penalty."
        )


def refuse_infinite(names, xlabel, xs, ys):
    """Raise `DivergedError` if a value in `ys` is NaN or infinite."""
    for name, x, y in zip(names, xs, ys, strict=False):
        if y is not None and not math.isfinite(y):
            raise DivergedError(f"{name} became {y} at {xlabel or 'x'} {x:g}")


def close_figures(error):
    """Close the pyplot figures that an unfinished function had at hand.

    The notebook would show them below the next cell.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            for value in frame.f_locals.values():
                if isinstance(value, pyplot.Figure):
                    pyplot.close(value)
