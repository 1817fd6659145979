"""Feedback on what a learner writes: one line, never a traceback."""

import contextlib
import functools
import io
import sys
import textwrap
import traceback
import types
from collections.abc import Callable, Iterator

from .checks import never_runs

_STUB = "○ not attempted yet"
_RIGHT = "✓ correct"


class Feedback(str):
    """A string that a notebook cell shows without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def check(test: Callable[[], object]) -> Feedback:
    """Run the test of an exercise and say in one line how it went.

    Parameters
    ----------
    test : callable
        A function without arguments. It calls the learner's function and
        asserts what must hold, each assertion with a message.

    Returns
    -------
    Feedback
        "○ not attempted yet" while the stub's bare ``raise
        NotImplementedError`` is still there, "✓ correct" if the test ends,
        else "✗" and what is wrong: the message of the assertion; or the
        error, with the learner's function and line, or with what that
        function returned (a missing ``return`` is named).

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
    _check_test(test)
    with _calls_noted(test) as calls:
        try:
            test()
        except (Exception, SystemExit) as error:
            return Feedback(_describe(error, calls, test))
    return Feedback(_RIGHT)


def _check_test(test):
    if not callable(test):
        raise TypeError(
            f"test must be a function without arguments, got {test!r}"
        )
    if never_runs(test):
        raise TypeError("test must not contain yield or await: it never runs")


def ours(test: Callable[[], object]) -> Callable:
    """Fill in the course's answer where the learner's is missing or wrong.

    Write it above the course's version of a function (or class) that the
    learner was asked for. If the notebook has one of that name which passes
    `test`, that one stays; the cell says in one line which of them is used.

    Parameters
    ----------
    test : callable
        The test that `check` runs; it lies in the same notebook.

    Returns
    -------
    callable
        A decorator.

    Examples
    --------
    >>> @ours(test_half)  # doctest: +SKIP
    ... def half(x):
    ...     return x / 2
    ○ ours is used until you write half
    """
    _check_test(test)

    def choose(answer):
        name = answer.__name__
        learners = getattr(test, "__globals__", {}).get(name)
        written = learners is not None and not hasattr(learners, "_is_ours")
        said = check(test) if written else Feedback(_STUB)
        if said == _RIGHT:
            _show(f"✓ yours is used: {name}")
            return learners
        answer._is_ours = True
        if said == _STUB:
            _show(f"○ ours is used until you write {name}")
        else:
            _show(f"✗ ours is used, for {name} does not pass yet: {said[2:]}")
        return answer

    return choose


def _show(line):
    if "IPython" in sys.modules:
        from IPython import get_ipython
        from IPython.display import display

        if get_ipython() is not None:
            display(Feedback(line))


@contextlib.contextmanager
def _calls_noted(test) -> Iterator[list]:
    """Note what the notebook's own functions return and print in `test`."""
    known = getattr(test, "__globals__", {})
    names = getattr(getattr(test, "__code__", None), "co_names", ())
    calls, wrapped = [], {}
    for name in names:
        function = known.get(name)
        if (
            isinstance(function, types.FunctionType)
            and function.__globals__ is known
        ):
            wrapped[name] = function
            known[name] = _noting(function, calls)
    try:
        yield calls
    finally:
        known.update(wrapped)


def _noting(function, calls):
    @functools.wraps(function)
    def noted(*args, **kwargs):
        watched = _Watched(sys.stdout)
        with contextlib.redirect_stdout(watched):
            result = function(*args, **kwargs)
        calls.append((function, result, watched.written))
        return result

    return noted


class _Watched(io.TextIOBase):
    """Passes on what is written, and remembers that something was."""

    def __init__(self, stream):
        self._stream, self.written = stream, False

    def write(self, text):
        self.written = self.written or bool(text.strip())
        return self._stream.write(text)

    def flush(self):
        self._stream.flush()


def _describe(error, calls, test):
    try:
        what = " ".join(str(error).split())
    except Exception:  # a class of the learner's
        what = ""
    if isinstance(error, NotImplementedError) and not what:
        return _STUB
    kind = type(error).__name__
    line = f"{kind}: {what}" if what else kind
    if isinstance(error, SystemExit):
        line = "SystemExit: leave out exit(), which would end the notebook"
    elif isinstance(error, AssertionError):
        line = what or "a result is not what it should be"
    function, result, printed = calls[-1] if calls else (None, None, False)
    inside = _place_of(error, test)
    if inside:  # the learner's own line raised it
        line = f"{line} ({inside})"
    elif function is not None and result is None and "None" in line:
        remedy = "is its return missing?"
        if printed:
            remedy = "it prints a result: return it"
        line = f"{function.__name__} returned None: {remedy}"
    elif function is not None and isinstance(
        error, (TypeError, ValueError, RuntimeError, AttributeError)
    ):
        line = f"{function.__name__} returned {_brief(result)}: {line}"
    if len(line) > 200:  # cut between words, but within a very long one
        line = textwrap.wrap(line, 198)[0] + " …"
    return "✗ " + line


def _place_of(error, test):
    """Return "in f, line 3" for an error in the learner's code, else ""."""
    if isinstance(error, AssertionError):
        return ""
    known, own = (
        getattr(test, name, None) for name in ("__globals__", "__code__")
    )
    places = [
        f"in {frame.f_code.co_name}, line {line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals is known and frame.f_code is not own
    ]
    return places[-1] if places else ""


def _brief(value):
    shape = getattr(value, "shape", None)
    kind = type(value).__name__
    if shape is not None:
        return f"a {kind} of shape {tuple(shape)}"
    try:
        text = repr(value)
    except Exception:  # a class of the learner's
        text = ""
    short = text and len(text) <= 40
    return f"{text} (a {kind})" if short else f"a {kind}"
