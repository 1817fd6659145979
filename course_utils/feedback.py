"""Feedback on what a learner writes: one line, never a traceback."""

import contextlib
import functools
import io
import textwrap
import traceback
import types
from collections.abc import Callable, Iterator

from IPython import get_ipython
from IPython.display import display

from .checks import never_runs
from .language import say

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
    return Feedback(say(_RIGHT))


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
        said = check(test) if written else Feedback(say(_STUB))
        if said == say(_RIGHT):
            _show(say("✓ yours is used: {name}", name=name))
            return learners
        answer._is_ours = True
        if said == say(_STUB):
            _show(say("○ ours is used until you write {name}", name=name))
        else:
            _show(
                say(
                    "✗ ours is used, for {name} does not pass yet: {said}",
                    name=name,
                    said=said[2:],
                )
            )
        return answer

    return choose


def _show(line):
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
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                result = function(*args, **kwargs)
        finally:
            print(printed.getvalue(), end="")
        calls.append((function, result, printed.getvalue().strip()))
        return result

    return noted


def _describe(error, calls, test):
    try:
        what = " ".join(str(error).split())
    except Exception:  # a class of the learner's
        what = ""
    if isinstance(error, NotImplementedError) and not what:
        return say(_STUB)
    kind = type(error).__name__
    line = f"{kind}: {what}" if what else kind
    if isinstance(error, SystemExit):
        line = say(
            "SystemExit: leave out exit(), which would end the notebook"
        )
    elif isinstance(error, AssertionError):
        line = what or say("a result is not what it should be")
    function, result, printed = calls[-1] if calls else (None, None, "")
    inside = _place_of(error, test)
    if inside:  # the learner's own line raised it
        line = f"{line} ({inside})"
    elif function is not None and result is None and "None" in line:
        line = say(
            "{function} returned None: it prints a result: return it"
            if printed
            else "{function} returned None: is its return missing?",
            function=function.__name__,
        )
    elif function is not None and isinstance(
        error, (TypeError, ValueError, RuntimeError, AttributeError)
    ):
        line = say(
            "{function} returned {result}: {error}",
            function=function.__name__,
            result=_brief(result),
            error=line,
        )
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
        say(
            "in {function}, line {line}",
            function=frame.f_code.co_name,
            line=line,
        )
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
