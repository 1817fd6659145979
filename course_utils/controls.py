"""Handling of widgets: buttons, several values at once, whole families."""

from collections.abc import Callable

import ipywidgets as widgets

__all__ = [
    "button",
    "choice_names",
    "family",
    "set_values",
    "text_line",
    "widget_view",
]


def button(label: str, tooltip: str, action: Callable) -> widgets.Button:
    """Return a button that calls `action`, as wide as its label."""
    made = widgets.Button(
        description=label, tooltip=tooltip, layout={"width": "auto"}
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

    Raises
    ------
    TypeError
        If there is no widget of that name.
    ValueError
        If a widget does not take its value.
    """
    for name in values:
        if name not in controls:
            raise TypeError(
                f"there is no slider {name!r}, only {', '.join(controls)}"
            )
    before = {name: control.value for name, control in controls.items()}
    try:
        for name, value in values.items():
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
