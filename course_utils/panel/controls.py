"""A panel's sliders, from the short forms that ``interact`` takes."""

import inspect
import math
import numbers
import reprlib
from collections.abc import Callable, Iterable

import ipywidgets as widgets

from ..checks import misfit, never_runs
from ..language import say

_FORMS = (
    "a tuple (min, max) or (min, max, step) with min < max and step > 0, "
    "a list or dict of choices, True or False, a widget with a value, or "
    "fixed(value)"
)


def log_slider(
    low: float, high: float, value: float, *, per_decade: int = 2
) -> widgets.SelectionSlider:
    """Return a slider over 0, and from `low` to `high` in equal ratios.

    `per_decade` positions (int >= 1) lie in each factor of ten, those between
    the ends rounded to two digits; it starts at the nearest to `value`.
    """
    if not (_is_finite(low) and _is_finite(high) and 0 < low < high):
        raise ValueError(
            f"low and high must be 0 < low < high, got {low!r} and {high!r}"
        )
    if not _is_finite(value) or value < 0:
        raise ValueError(f"value must be a number >= 0, got {value!r}")
    if not isinstance(per_decade, int) or per_decade < 1:
        raise ValueError(f"per_decade must be an int >= 1, got {per_decade!r}")
    steps = max(1, round(per_decade * math.log10(high / low)))
    powers = [low * (high / low) ** (k / steps) for k in range(1, steps)]
    rounded = [float(f"{power:.2g}") for power in powers]
    between = [power for power in rounded if low < power < high]
    values = list(dict.fromkeys([0.0, low, *between, high]))
    return widgets.SelectionSlider(
        options=[(f"{v:g}", v) for v in values],
        value=min(values, key=lambda v: abs(_log(v) - _log(value))),
    )


def _log(number):
    return math.log(number or 1e-300)  # 0 lies below the slider's other values


def controls_for(train: Callable, sliders: dict, *, live: bool) -> dict:
    """Return a widget for each argument of `train` that a slider drives.

    `sliders` has a short form, a widget or ``fixed(value)`` for each; the
    defaults of `train` are the initial values. If `live`, a slider reports
    while it is being dragged. What does not fit raises `TypeError` or
    `ValueError`, with the name of the argument.
    """
    if not callable(train):
        raise TypeError(
            "train must be a function: write its name without parentheses,"
            f" got {reprlib.repr(train)}"
        )
    if never_runs(train):
        raise TypeError("train must not contain yield or await: it never runs")
    if not sliders:
        raise TypeError("retrain needs a slider, for example lambd=(0, 10)")
    check_signature(train, sliders)
    try:
        parameters = inspect.signature(train).parameters
    except ValueError:  # some functions written in C do not tell
        parameters = {}
    return {
        name: _control(name, form, parameters.get(name), live)
        for name, form in sliders.items()
    }


def check_signature(train: Callable, sliders: Iterable[str]) -> None:
    """Raise `TypeError` unless `train` can be called with these arguments."""
    if problem := misfit(train, sliders):
        name = getattr(train, "__name__", "train")
        raise TypeError(
            f"{name}{inspect.signature(train)} cannot be called with the "
            f"sliders {', '.join(sliders)}: {problem}"
        )


def _control(name, form, parameter, live):
    if isinstance(form, widgets.fixed):
        return form  # a value without a widget
    if isinstance(form, widgets.Widget):
        if not form.has_trait("value"):
            raise TypeError(f"{name} must be {_FORMS}, got {form!r}")
        widget = form
    else:
        default = getattr(parameter, "default", inspect.Parameter.empty)
        widget = _from_short_form(name, form, default)
    if not widget.description:
        widget.description = name
        widget.style.description_width = "initial"
    if widget.has_trait("tooltip") and not widget.tooltip:
        widget.tooltip = name  # ipywidgets 8 would show "null"
    if widget.has_trait("continuous_update"):
        # A learner's own slider may report on release only.
        widget.continuous_update = live and widget.continuous_update
        if widget.layout.width is None:
            widget.layout.width = "min(100%, 480px)"
    return widget


def _from_short_form(name, form, default):
    problem = ValueError(f"{name} must be {_FORMS}, got {form!r}")
    if isinstance(form, tuple):
        if len(form) not in (2, 3) or not all(map(_is_finite, form)):
            raise problem
        if form[0] >= form[1] or (len(form) == 3 and form[2] <= 0):
            raise problem
    elif not isinstance(form, (list, dict, bool)) or form in ([], {}):
        raise problem
    # Of a dict ipywidgets 7 warns that it is deprecated.
    pairs = list(form.items()) if isinstance(form, dict) else form
    if isinstance(form, list) and not any(map(_is_named, form)):
        pairs = [(str(v), v) for v in form]  # [64, 64] is a value, too
    widget = widgets.interactive.widget_from_abbrev(pairs)
    if isinstance(widget, widgets.FloatSlider) and len(form) == 2:
        tenth = math.log10((form[1] - form[0]) / 10)  # a step of 0.1 at most
        widget.step = min(0.1, 10 ** math.floor(tenth + 1e-9))
    if default is not inspect.Parameter.empty:
        try:
            set_values({name: widget}, {name: default})
        except ValueError:
            problem = f"{name} starts at {default!r}, which is not in {form!r}"
            if isinstance(widget, widgets.IntSlider):
                problem += ": for more than whole numbers write 0.0 for 0"
            raise ValueError(problem) from None
    if isinstance(widget, widgets.FloatSlider):
        digits = max(0, math.ceil(-math.log10(widget.step) - 1e-9))
        fine = not math.isclose(widget.step, round(widget.step, digits))
        widget.readout_format = f".{digits + fine}f"
    return widget


def _is_finite(number):
    return (
        isinstance(number, numbers.Real)
        and not isinstance(number, bool)
        and math.isfinite(number)
    )


def _is_named(choice):
    pair = isinstance(choice, (list, tuple)) and len(choice) == 2
    return pair and isinstance(choice[0], str)


def button(label: str, tooltip: str, action: Callable) -> widgets.Button:
    """Return a button that calls `action`, as wide as its label."""
    made = widgets.Button(
        description=say(label),
        tooltip=say(tooltip),
        layout={"width": "auto"},
    )
    made.on_click(lambda _: action())
    return made


def choice_names(controls: dict) -> dict:
    """Return what the chosen options are called, where they have names."""
    chosen = {
        # ipywidgets leaves the label of a slider's first option empty.
        name: control._options_labels[control.index]
        for name, control in controls.items()
        if control.has_trait("_options_labels")
        and isinstance(control.index, int)
    }
    return {k: v for k, v in chosen.items() if v != str(controls[k].value)}


def set_values(controls: dict, values: dict) -> None:
    """Move widgets to `values`, all of them or none.

    A name without a widget raises `TypeError`, a value that its widget does
    not take `ValueError`.
    """
    for name in values:
        if name not in controls:
            raise TypeError(
                f"there is no slider {name!r}, only {', '.join(controls)}"
            )
    before = {name: control.value for name, control in controls.items()}
    try:
        for name, value in values.items():
            if isinstance(controls[name], widgets.fixed):
                if value != controls[name].value:
                    raise ValueError(f"it is fixed at {before[name]!r}")
                continue
            controls[name].value = value
            if isinstance(controls[name].value, tuple):  # both ends of a range
                value = tuple(value)
            if controls[name].value != value:
                raise ValueError("that is outside its range")
    except Exception as error:
        for moved, old in before.items():
            controls[moved].value = old
        raise ValueError(f"{name} cannot be {value!r}: {error}") from None


def text_line(**options) -> widgets.HTML:
    """Return an empty text; ipywidgets 8 would give it the tooltip "null"."""
    made = widgets.HTML(**options)
    if made.has_trait("tooltip"):
        made.tooltip = ""
    return made


def family(widget):
    """Return a widget, its descendants, and their layouts and styles."""
    if not isinstance(widget, widgets.Widget):
        return []  # a fixed value
    members = [widget, widget.layout]
    if widget.has_trait("style"):
        members.append(widget.style)
    for child in getattr(widget, "children", ()):
        members += family(child)
    return members


def widget_view(widget: widgets.Widget) -> dict:
    """Return what makes a front end show `widget`, as Jupyter's data."""
    view = {
        "version_major": 2,
        "version_minor": 0,
        "model_id": widget.model_id,
    }
    return {"application/vnd.jupyter.widget-view+json": view}
