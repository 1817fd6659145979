"""Words for a panel: a run's settings, progress, result and error."""

import html
import numbers
import sysconfig
import traceback
from pathlib import Path

from IPython import get_ipython
from matplotlib.figure import Figure

from ..language import say
from ..plotting.progress import progress
from ..runs.results import plain

_LONG = 120  # characters of a result that the status line shows
_PACKAGE = str(Path(__file__).parents[1])
_ELSEWHERE = (
    _PACKAGE, sysconfig.get_path("stdlib"),
    "site-packages", "dist-packages",  # Debian, Colab
)  # fmt: skip
_CALLS = 12  # of a traceback; an endless recursion has a thousand


def describe_value(value: object) -> str:
    """Return 0.5 as "0.5", and a function or a class by its name."""
    if isinstance(value, float):
        return f"{value:g}"
    return getattr(value, "__name__", None) or str(value)  # torch.relu: relu


def describe_settings(settings: dict) -> str:
    """Return ``{"lambd": 3.0, "p": 0.5}`` as "lambd = 3, p = 0.5"."""
    return ", ".join(f"{k} = {describe_value(v)}" for k, v in settings.items())


def settings_as_code(run, name: str) -> str:
    """Return the call of a run, such as ``train(lambd=3.0)  # seed 4117``."""
    values = []
    for argument, value in run.settings.items():
        code = repr(value)
        if code.startswith("<"):  # a function, an object without code
            code = describe_value(value)
        values.append(f"{argument}={code}")
    return f"{name}({', '.join(values)})  # seed {run.seed}"


def labels(runs: list) -> list:
    """Return one label for each of `runs`: only what differs among them."""
    settings = [{"seed": run.seed} | run.words for run in runs]
    differing = [
        name
        for name in settings[0]
        if len({describe_value(each.get(name)) for each in settings}) > 1
    ]
    shown = differing or list(runs[0].words)
    return [
        describe_settings({name: each.get(name) for name in shown})
        for each in settings
    ]


def describe_result(result) -> str:
    """Return what a learner's function returned, in at most 120 characters.

    Numbers have three significant digits; None gives an empty string.
    """
    try:
        text = _describe_result(result)
    except Exception:  # a number without a value, a class of the learner's
        text = f"a {type(result).__name__}"
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def _describe_result(result):
    if getattr(result, "ndim", None) == 0:  # of torch or NumPy
        result = result.item()
    if isinstance(result, dict):
        parts = (f"{k} {describe_result(v)}" for k, v in result.items())
        return " · ".join(parts)
    if result is None or isinstance(result, Figure):  # it is shown
        return ""
    if isinstance(result, (numbers.Integral, str)):
        return str(result)
    if isinstance(result, (list, tuple)) and len(result) > 10:
        return f"{len(result)} values: {str(plain(result[:3]))[1:-1]}, …"
    try:  # numbers of every library: Python, NumPy, torch
        return f"{float(plain(result)):.3g}"
    except (TypeError, ValueError, RuntimeError):
        return repr(plain(result))


def describe_run(run, note: str = "") -> str:
    """Return a status line: settings, progress, time, result, and `note`."""
    parts = [run.state]
    if run.state == "waiting":
        parts = [_waiting(run)]
    elif run.state == "running":
        doing = progress(run.animators) or say("training")
        parts = [doing, f"{run.clock():.1f} s", _stopping(run)]
    elif run.state == "done":
        result = describe_result(run.result)
        parts = [progress(run.animators), f"{run.seconds:.2f} s", result]
    elif run.state == "stopped":
        why = "waits for another panel" if run.paused else "stopped"
        parts = [say(why), progress(run.animators)]
    elif run.state == "diverged":
        parts = [str(run.error)]
    elif run.state == "failed":
        parts = [say("{error}, see below", error=type(run.error).__name__)]
    seed = say("seed {seed}", seed=run.seed)
    parts = [describe_settings(run.words), *parts, seed, note]
    return " · ".join(filter(None, parts))


def _waiting(run):
    other = run.waits_for
    if other is None:
        return say("waits for its turn")
    told = describe_settings(other.words) or say("a run")
    if other.view is run.view:
        what = say("waits for {run}", run=told)
    else:
        what = say("waits for {run} of another panel", run=told)
    return f"{what}{_restart_hint(other)}"


def _stopping(run):
    if not run.stopping:
        return ""
    what = say("stopping: waits for the line that runs to end")
    return f"{what}{_restart_hint(run)}"


def _restart_hint(run):
    """Return what to do about a run that has not stopped for long."""
    long = run.stopping and run.seconds_since_stop() > 5
    return say(" (if it never does, restart the kernel)") if long else ""


def status_line(run, name: str, note: str = "") -> str:
    """Return `describe_run` and the run's call, as HTML.

    It is read aloud when a run has ended. One click selects the call.
    """
    live = "off" if run.state == "running" else "polite"
    text = html.escape(describe_run(run, note))
    code = html.escape(settings_as_code(run, name))
    title = say("these settings as code")
    return (
        f'<div role="status" aria-live="{live}">{text}</div>'
        f'<code class="cu-call" title="{title}">{code}</code>'
    )


def brief_traceback(error: BaseException) -> str:
    """Return a traceback that begins, and ends, in the learner's own lines.

    Only calls in a notebook's cells or a learner's files are listed.
    """
    calls = [
        call
        for call in traceback.extract_tb(error.__traceback__)
        if not any(place in call.filename for place in _ELSEWHERE)
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
    compiler = getattr(get_ipython(), "compile", None)
    name = getattr(compiler, "format_code_name", lambda _: None)(filename)
    return " ".join(name) if name else Path(filename).name
