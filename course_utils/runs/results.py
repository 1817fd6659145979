"""What is kept of a run that has ended, and its numbers without gradients."""

import math
import numbers

MANY = 1000  # numbers that a finished run may keep


def plain(number):
    """Return a number, or several of them, without gradient graphs."""
    if isinstance(number, dict):
        return {name: plain(each) for name, each in number.items()}
    if isinstance(number, (list, tuple)):
        parts = [plain(each) for each in number]
        if hasattr(number, "_fields"):  # a named tuple
            return type(number)(*parts)
        return tuple(parts) if isinstance(number, tuple) else parts
    return number.detach() if hasattr(number, "detach") else number


def keep_small(run) -> None:
    """Leave a finished run its points and small results.

    A net or a large tensor would stay in memory as long as the panel.
    """
    try:
        run.result = plain(run.result) if _is_small(run.result) else None
    except Exception:  # of something that does not know its size
        run.result = None
    run.figures = []


def _is_small(result):
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, (list, tuple)):
        return len(result) <= MANY and all(map(_is_small, result))
    if result is None or isinstance(result, (numbers.Number, str)):
        return True
    return getattr(result, "nbytes", math.inf) <= 8 * MANY  # no net, no figure
