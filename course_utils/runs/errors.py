"""Exceptions that end a run before its function has returned."""

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
