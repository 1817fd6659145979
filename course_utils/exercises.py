"""Feedback for exercises: one line, and never a traceback."""

import textwrap
from collections.abc import Callable

from .checks import never_runs

__all__ = ["Feedback", "check"]


class Feedback(str):
    """A string that a notebook cell shows without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the line itself."""
        return str(self)


def check(test: Callable[[], object]) -> Feedback:
    """Run the test of an exercise and say in one line how it went.

    Parameters
    ----------
    test : function without arguments that calls the learner's function and
        asserts what must hold, each assertion with a message

    Returns
    -------
    Feedback
        "○ not attempted yet" while the stub's bare ``raise
        NotImplementedError`` is still there, "✓ correct" if the test ends,
        else "✗" and what is wrong.

    Raises
    ------
    TypeError
        If `test` is not a function. What goes wrong inside it never raises.

    Examples
    --------
    >>> def half(x):
    ...     return x / 3
    >>> def test_half():
    ...     assert half(6) == 3, f"half(6) is 3, not {half(6)}"
    >>> check(test_half)
    ✗ half(6) is 3, not 2.0
    """
    if not callable(test):
        raise TypeError(
            f"test must be a function without arguments, got {test!r}"
        )
    if never_runs(test):
        raise TypeError("test must not contain yield or await: it never runs")
    try:
        test()
    except Exception as error:
        return Feedback(_describe(error))
    return Feedback("✓ correct")


def _describe(error):
    try:
        what = " ".join(str(error).split())
    except Exception:  # a class of the learner's
        what = ""
    kind = type(error).__name__
    if isinstance(error, NotImplementedError) and not what:
        return "○ not attempted yet"
    if isinstance(error, AssertionError):
        line = what or "a result is not what it should be"
    else:
        line = f"{kind}: {what}" if what else kind
    if len(line) > 200:  # cut between words, but within a very long one
        line = textwrap.wrap(line, 198)[0] + " …"
    return "✗ " + line
