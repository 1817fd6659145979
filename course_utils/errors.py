"""How a run may end before its function has returned, and how to say so."""

import math
import sys
import sysconfig
import traceback
from pathlib import Path

__all__ = [
    "DivergedError",
    "Stopped",
    "brief_traceback",
    "refuse_infinite",
]

_HERE = str(Path(__file__).parent)
_PYTHON = sysconfig.get_path("stdlib")
_ABROAD = (_HERE, _PYTHON, "site-packages", "dist-packages")  # Debian, Colab
_CALLS = 12  # of a traceback; an endless recursion has a thousand


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


def brief_traceback(error: BaseException) -> str:
    """Return a traceback that begins, and ends, in the learner's own lines.

    Only calls in a notebook's cells or a learner's files are listed.
    """
    calls = [
        call
        for call in traceback.extract_tb(error.__traceback__)
        if not any(place in call.filename for place in _ABROAD)
    ]
    lines = [
        f"{_place(call.filename)}, line {call.lineno}, in {call.name}\n"
        f"    {call.line or ''}"
        for call in calls
    ]
    if len(lines) > _CALLS:
        middle = slice(_CALLS // 2, -_CALLS // 2)
        lines[middle] = [f"... {len(lines) - _CALLS} more calls ..."]
    what = "".join(traceback.format_exception_only(error)).strip()
    return "\n".join([*lines, what])


def _place(filename):
    if "IPython" in sys.modules:
        from IPython import get_ipython

        compiler = getattr(get_ipython(), "compile", None)
        name = getattr(compiler, "format_code_name", lambda _: None)(filename)
        if name:
            return " ".join(name)
    return Path(filename).name
