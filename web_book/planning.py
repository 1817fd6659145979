"""Choose the settings at which a panel is run for the web book."""

import itertools
import math
import os
from typing import NamedTuple

import ipywidgets as widgets

MOST_RUNS = 300  # of a panel
# Of training for a panel; less makes a preview
MOST_SECONDS = float(os.environ.get("WEB_BOOK_SECONDS", 60))
MOST_BYTES = 300_000  # of a panel's data, packed as servers send them
FEW = 5  # positions of a slider below which it isn't crossed with others


class Control(NamedTuple):
    """What a page shows for one argument of a learner's function.

    `kind` is "range", "select" or "checkbox"; `values` are what the argument
    may be, `texts` how they are shown, and `start` is the number of the one
    where the panel begins.
    """

    name: str
    label: str
    kind: str
    values: list
    texts: list
    start: int


class Plan(NamedTuple):
    """Which runs are stored.

    `kept` has, for each control, the numbers of its values that remain;
    `settings` has one tuple of numbers for each run, that of the start last.
    `crossed` says whether every combination is there; if not, `alone` has
    the names of the controls that only move while the others of `alone` are
    at their start.
    """

    kept: list
    settings: list
    crossed: bool
    alone: list


def read_control(name: str, widget: widgets.Widget) -> Control | None:
    """Return what a page shows for a widget, or None for a fixed value.

    Raises
    ------
    TypeError
        If the web book has no counterpart for this widget.
    """
    if isinstance(widget, widgets.fixed):
        return None
    label = widget.description or name
    if isinstance(widget, (widgets.Checkbox, widgets.ToggleButton)):
        kind, values, texts = "checkbox", [False, True], ["False", "True"]
    elif hasattr(widget, "_options_labels"):
        slides = isinstance(widget, widgets.SelectionSlider)
        kind = "range" if slides else "select"
        values = list(widget._options_values)
        texts = [str(text) for text in widget._options_labels]
    elif isinstance(widget, widgets.FloatLogSlider):
        kind, values = "range", _steps(widget.min, widget.max, widget.step)
        values = [widget.base**power for power in values]
        texts = [f"{value:.3g}" for value in values]
    elif isinstance(widget, (widgets.FloatSlider, widgets.IntSlider)):
        kind, values = "range", _steps(widget.min, widget.max, widget.step)
        if isinstance(widget, widgets.IntSlider):
            values = [int(value) for value in values]
        form = widget.readout_format
        texts = [format(value, form) for value in values]
    else:
        raise TypeError(f"the web book can't show {name}: {widget!r}")
    start = _nearest(values, widget.value)
    if kind == "range" and _is_number(widget.value):
        if values[start] != widget.value:  # between two steps of the slider
            start += widget.value > values[start]
            values.insert(start, widget.value)
            texts.insert(start, f"{widget.value:g}")
    return Control(name, label, kind, values, texts, start)


def _steps(low, high, step):
    count = math.floor((high - low) / step + 1e-9)
    values = [float(f"{low + k * step:.12g}") for k in range(count + 1)]
    return values if high - values[-1] < 1e-9 * step else [*values, high]


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _nearest(values, wanted):
    """Return the number of the value that is nearest to `wanted`."""
    return min(range(len(values)), key=lambda k: _distance(values[k], wanted))


def _distance(value, wanted):
    if _is_number(value) and _is_number(wanted):
        return abs(value - wanted)
    return 0 if value is wanted or value == wanted else math.inf


def count_affordable(seconds: float, size: int) -> int:
    """Return how many runs a panel may have.

    Parameters
    ----------
    seconds : float
        what one run takes
    size : int
        the bytes that one run adds to the page
    """
    by_time = MOST_SECONDS / max(seconds, 1e-6)
    return max(1, int(min(MOST_RUNS, by_time, MOST_BYTES / max(size, 1))))


def plan(controls: list, budget: int) -> Plan:
    """Choose at most about `budget` runs.

    All combinations are taken, with fewer positions of the ranges if need
    be. Where a range would keep fewer than five, ranges move one at a time,
    each at every choice of the others; where even these are too many, each
    control moves alone.

    Parameters
    ----------
    controls : list of Control
    budget : int >= 1
    """
    sizes = [len(control.values) for control in controls]
    ranges = [k for k, c in enumerate(controls) if c.kind == "range"]
    every = list(range(len(controls)))
    found = None
    for alone in ([], ranges, every):
        if len(alone) == 1:
            continue  # one alone is crossed already
        kept = _thin(controls, alone, budget)
        found = kept, alone
        if all(
            len(kept[k]) >= min(sizes[k], FEW if k in ranges else sizes[k])
            for k in every
        ):
            break
    kept, alone = found
    settings = _list_settings(controls, kept, alone)
    names = [controls[k].name for k in alone]
    return Plan(kept, settings, not alone, names)


def _thin(controls, alone, budget):
    """Return positions of each control with which the runs fit `budget`.

    The control with the most positions loses some first.
    """
    counts = [len(control.values) for control in controls]
    while _count(counts, alone) > budget and max(counts, default=1) > 2:
        largest = max(range(len(counts)), key=lambda k: counts[k])
        counts[largest] -= 1
    return [
        spread(control.values, count, control.start)
        for control, count in zip(controls, counts, strict=True)
    ]


def _count(counts, alone):
    crossed = math.prod(n for k, n in enumerate(counts) if k not in alone)
    return crossed * (1 + sum(counts[k] - 1 for k in alone))


def spread(values: list, count: int, start: int) -> list:
    """Return the numbers of `count` of the values, evenly spread.

    Both ends and `start` are among them, so there may be one more. A range
    whose end is a hundred times its beginning is spread in equal ratios.
    """
    last, steps = len(values) - 1, max(count - 1, 1)
    if count > last:
        return list(range(last + 1))
    numbers = all(map(_is_number, values))
    if numbers and 0 < 100 * values[0] <= values[-1]:
        ratio = values[-1] / values[0]
        wanted = [values[0] * ratio ** (k / steps) for k in range(count)]
        chosen = [_nearest(values, each) for each in wanted]
    else:
        chosen = [round(k * last / steps) for k in range(count)]
    chosen = sorted(set(chosen))
    if start not in chosen:
        inner = chosen[1:-1]
        if inner:  # the nearest one gives way
            chosen.remove(min(inner, key=lambda k: abs(k - start)))
        chosen.append(start)
    return sorted(chosen)


def probe(controls: list) -> list:
    """Return a few settings that tell what a run costs: ends and start."""
    start = [control.start for control in controls]
    found = [start]
    for k, control in enumerate(controls):
        for end in (0, len(control.values) - 1):
            found.append([*start[:k], end, *start[k + 1 :]])
    return list(dict.fromkeys(map(tuple, found)))


def _list_settings(controls, kept, alone):
    start = tuple(control.start for control in controls)
    free = [
        kept[k] if k not in alone else [start[k]] for k in range(len(kept))
    ]
    settings = dict.fromkeys(itertools.product(*free))
    for k in alone:
        moved = [*free]
        moved[k] = kept[k]
        settings |= dict.fromkeys(itertools.product(*moved))
    settings.pop(start)
    return [*settings, start]
