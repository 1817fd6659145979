"""Turn curves into a chart: an inline SVG and a legend, as HTML text.

`chart` changes nothing. The text needs no script, no network and no id,
follows the page's colours by ``currentColor``, and is the same for the same
numbers in the same language. It holds, in this order: one style that all
charts of a page share, the plot (``svg``), a form with the values at each x,
and the legend.

For tests and other programs, the ``svg`` has ``data-x`` and ``data-y``: scale,
range and the pixels of its two ends, as in "lin 0 10 76 408". A curve is a
``g`` with ``data-curve="0"``; an earlier run's has ``data-ghost="0"``, the
number of the run, and ``data-of="0"``, that of the curve. Their paths have
absolute coordinates, one pair for each point, unless points were left out.
"""

import html
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..language import say
from .axes import (
    Axis,
    choose_ticks,
    drop_gaps,
    find_limits,
    write_number,
    write_place,
    write_value,
)
from .curve_paths import Curve, draw_curve
from .legend import write_legend
from .pointer_values import list_values
from .progress import counted
from .styles import GHOSTS, choose_style
from .unicode_text import measure, shorten, shorten_to_pixels, to_text

_CSS = Path(__file__).with_name("chart.css").read_text("utf-8")
_CSS = re.sub(r"/\*.*?\*/", "", _CSS, flags=re.DOTALL).replace(": ", ":")
_CSS = re.sub(r"\s*([{};,])\s*", r"\1", _CSS).strip()
_CSS += "".join(
    f".cu-values i:nth-of-type({n}){{--c:{colour}}}"
    for n, colour in enumerate(GHOSTS, 1)
)


def chart(
    spec: dict, curves, ghosts=(), *, title="", room=(), alt="", values=True
) -> str:
    """Return a line chart as HTML text.

    Parameters
    ----------
    spec : dict
        What does not change while a model trains: `xlabel`, `ylabel` (str or
        None), `xscale`, `yscale` ("linear" or "log"), `xlim`, `ylim` (pair of
        float or None: the least range), `legend`, `fmts` (tuple of str) and
        `figsize` (pair of float, inches: 100 CSS pixels each).
    curves : list of (xs, ys)
        The points of the current run, two sequences of equal length for each
        curve; NaN, infinity, and values <= 0 on a log axis are gaps.
    ghosts : sequence of (str, list of (xs, ys))
        Name and curves of earlier runs; the last six are shown, of curves
        that have a line.
    title : str
        The settings of the current run.
    room : list of (xs, ys)
        Points that the axes have room for, and that are not drawn.
    alt : str
        What the picture shows, in words.
    values : bool
        Whether the values at the pointer come with it, half of a long text.

    Returns
    -------
    str
        One ``div``, well-formed as XML too.

    Raises
    ------
    ValueError
        If matplotlib can't read a format string of `fmts`.
    """
    frame, ghosts = _lay_out(spec), tuple(ghosts)[-len(GHOSTS) :]
    drawn = _choose_curves(spec, curves, ghosts)
    x, y, points = _fit_axes(spec, frame, drawn, room)
    places = np.column_stack((x.to_pixels(points[0]), y.to_pixels(points[1])))
    names = [to_text(spec.get(f"{name}label")) for name in "xy"]
    name, what = names[0] or "x", names[1] or say("curves")
    alt = to_text(alt) or say("Line plot of {y} against {x}", y=what, x=name)
    name = shorten(name, 20)
    return "".join((
        f'<div class="cu-chart" style="max-width:{frame.whole}px">'
        f"<style>{_CSS}</style>"
        f'<div class="cu-plot" style="flex:1 1 {frame.width}px;'
        f'max-width:{frame.width}px"><svg role="img" '
        f'viewBox="0 0 {frame.width} {frame.height}" '
        f'width="{frame.width}" height="{frame.height}" '
        f'aria-label="{html.escape(alt)}" '
        f'data-x="{x}" data-y="{y}">',
        _draw_axes(spec, frame, x, y),
        *_draw_curves(frame, drawn, places, name),
        "</svg>",
        list_values(frame, drawn, x, name, points, places) if values else "",
        "</div>",
        write_legend(spec, len(curves), title, ghosts),
        "</div>",
    ))  # fmt: skip


class _Frame(NamedTuple):
    """Pixels: the chart's width, the plot's size, the edges of its axes."""

    whole: int
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int


def _lay_out(spec):
    """Return the `_Frame`; it depends on `spec` alone, so nothing jumps."""
    whole, height = (round(100 * inches) for inches in spec["figsize"])
    whole, height = max(whole, 200), max(height, 140)
    # A small figure has its legend below: beside it there is no room.
    width = whole - 180 if whole >= 480 else whole
    left = 74 if spec.get("ylabel") else 56  # a label has 7 digits at most
    bottom = height - (44 if spec.get("xlabel") else 26)
    return _Frame(whole, width, height, left, width - 12, 10, bottom)


def _choose_curves(spec, curves, ghosts):
    """Return a list of `Curve`, the upper ones last."""
    fmts = tuple(spec.get("fmts") or ())
    names = [to_text(name) for name in spec.get("legend") or ()]
    if not names and len(curves) == 1:
        names = [name for name in [to_text(spec.get("ylabel"))] if name]

    def make(ghost, label, points):
        for k, (xs, ys) in enumerate(points):
            style = choose_style(k, fmts)
            if ghost is None or style.dash is not None:
                name = names[k] if k < len(names) else f"curve {k + 1}"
                xs, ys = np.asarray(xs, float), np.asarray(ys, float)
                n = min(len(xs), len(ys))
                yield Curve(ghost, k, label + name, style, xs[:n], ys[:n])

    drawn = []
    for ghost, (label, points) in enumerate(ghosts):
        drawn += make(ghost, f"{to_text(label)} · ", points)
    return [*drawn, *make(None, "", curves)]


def _fit_axes(spec, frame, drawn, room):
    """Return both axes, and the values of all curves in two long arrays."""
    axes, shown = [], []
    for n, (name, start, end) in enumerate(
        [("x", frame.left, frame.right), ("y", frame.bottom, frame.top)]
    ):
        values = np.concatenate([np.empty(0), *(c[-2:][n] for c in drawn)])
        limits = find_limits(name, spec, [values, *(r[n] for r in room)])
        shown.append(drop_gaps(values, spec[f"{name}scale"]))
        axes.append(Axis(spec[f"{name}scale"], *limits, start, end))
    return *axes, shown


def _draw_axes(spec, frame, x, y):
    """Return grid, axes, ticks and labels as SVG."""
    left, right, top, bottom = frame[3:]
    grid, texts = "", ""
    ticks, x_base = choose_ticks(x, bool(counted(spec.get("xlabel"))), True)
    for place, label in ticks:
        grid += f"M{place:.1f} {top}V{bottom}"
        half = measure(label) / 2
        middle = f"{min(max(place, half), frame.width - half):.1f}"
        texts += f'<text x="{middle.replace(".0", "")}" y="{bottom + 16}" '
        texts += f'text-anchor="middle">{label}</text>'
    ticks, y_base = choose_ticks(y, False, False)
    for place, label in ticks:
        grid += f"M{left} {place:.1f}H{right}"
        base = f"{place + 4:.1f}".replace(".0", "")
        texts += f'<text x="{left - 6}" y="{base}" '
        texts += f'text-anchor="end">{label}</text>'
    texts += _draw_label(
        spec.get("xlabel"), x_base, right - left,
        f'x="{(left + right) // 2}" y="{frame.height - 8}"',
    )  # fmt: skip
    texts += _draw_label(
        spec.get("ylabel"), y_base, bottom - top,
        f'transform="translate(13 {(top + bottom) // 2})rotate(-90)"',
    )  # fmt: skip
    return (
        f'<path class="cu-grid" d="{grid.replace(".0", "")}"/>'
        f'<path class="cu-axes" d="M{left} {top}V{bottom}H{right}"/>{texts}'
    )


def _draw_label(label, base, length, place):
    """Return an axis's label; `base` is what was taken off its ticks."""
    label = to_text(label)
    if base:
        sign = "−" if base > 0 else "+"
        label = f"{label} {sign} {write_number(abs(base), 15)}".strip()
    if not label:
        return ""
    text, label = shorten_to_pixels(label, length), html.escape(label)
    title = f"<title>{label}</title>" if text.endswith("…") else ""
    text = html.escape(text)
    return f'<text {place} text-anchor="middle">{title}{text}</text>'


def _draw_curves(frame, drawn, places, x):
    begin, width = 0, frame.right - frame.left
    for curve in drawn:
        points = places[begin : begin + len(curve.xs)]
        begin += len(points)
        if curve.ghost is None:
            kind, colour = "curve", curve.style.colour
            number = f'data-curve="{curve.number}"'
        else:
            kind, colour = "ghost", GHOSTS[curve.ghost]
            number = f'data-ghost="{curve.ghost}" data-of="{curve.number}"'
        name = shorten(curve.name, 60)
        if len(points):
            value = write_value(float(curve.ys[-1]))
            name += f": {value} at {x} {write_place(float(curve.xs[-1]))}"
        yield (
            f'<g class="cu-{kind}" {number} stroke="{colour}">'
            f"<title>{html.escape(name)}</title>"
            f"{draw_curve(curve, points, width)}</g>"
        )
