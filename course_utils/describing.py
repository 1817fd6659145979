"""Words for a panel: its settings, its curves, its results."""

import html
import itertools
import numbers

from matplotlib.figure import Figure

from .progress import progress

__all__ = [
    "describe_curves",
    "describe_result",
    "describe_settings",
    "labels",
    "plain",
    "status_line",
]


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


def _text(value):
    if isinstance(value, float):
        return f"{value:g}"
    return getattr(value, "__name__", None) or str(value)  # torch.relu: relu


def describe_settings(settings: dict) -> str:
    """Return ``{"lambd": 3.0, "p": 0.5}`` as "lambd = 3, p = 0.5"."""
    return ", ".join(f"{k} = {_text(v)}" for k, v in settings.items())


def labels(runs: list) -> list:
    """Return one label for each of `runs`: only what differs among them."""
    settings = [{"seed": run.seed} | run.words for run in runs]
    differing = [
        name
        for name in settings[0]
        if len({_text(each[name]) for each in settings}) > 1
    ]
    shown = differing or list(runs[0].words)
    return [
        describe_settings({name: each[name] for name in shown})
        for each in settings
    ]


def describe_curves(names, curves, xlabel, ylabel) -> str:
    """Say in words what a picture shows: where each of its curves ends."""
    y, x = ylabel or "curves", xlabel or "x"
    ends = [
        (xs[-1], f"{name} {ys[-1]:.3g}")
        for name, (xs, ys) in zip(names, curves, strict=True)
        if ys
    ]
    parts = [f"Line plot of {y} against {x}"]
    for place, group in itertools.groupby(ends, lambda end: end[0]):
        values = ", ".join(value for _, value in group)
        parts.append(f"At {x} {place:g}: {values}")
    return ". ".join(parts)


def describe_result(result) -> str:
    """Return what a learner's function returned, in at most 200 characters.

    Numbers have three significant digits; None gives an empty string.
    """
    try:
        text = _describe_result(result)
    except Exception:  # a number without a value, a class of the learner's
        text = f"a {type(result).__name__}"
    return text if len(text) <= 200 else text[:199] + "…"


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
    try:  # numbers of every library: Python, NumPy, torch
        return f"{float(plain(result)):.3g}"
    except (TypeError, ValueError, RuntimeError):
        return repr(result)


def describe_run(run) -> str:
    """Return a status line: settings, progress, time and result."""
    words = [run.state]
    if run.state == "running":
        words = [progress(run) or "training", f"{run.clock():.1f} s"]
    elif run.state == "done":
        result = describe_result(run.result)
        words = [progress(run), f"{run.seconds:.2f} s", result]
    elif run.state == "stopped":
        what = "waits for another panel" if run.paused else "stopped"
        words = [what, progress(run)]
    elif run.state == "diverged":
        words = [str(run.error)]
    elif run.state == "failed":
        words = [f"{type(run.error).__name__}, see below"]
    words = [describe_settings(run.words), *words, f"seed {run.seed}"]
    return " · ".join(filter(None, words))


def status_line(run) -> str:
    """Return `describe_run` as HTML, read aloud when a run has ended."""
    live = "off" if run.state == "running" else "polite"
    text = html.escape(describe_run(run))
    return f'<div role="status" aria-live="{live}">{text}</div>'
