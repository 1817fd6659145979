"""Turn curves into a chart: an inline SVG and a legend, as HTML text.

`chart` is a pure function. The text needs no script, no network and no id,
follows the page's colours by ``currentColor``, and is the same for the same
numbers. It holds, in this order: one style that all charts of a page share,
the plot (``svg``), a form with the values at each x, and the legend.

For tests and other programs, the ``svg`` has ``data-x`` and ``data-y``: scale,
range and the pixels of its two ends, as in "lin 0 10 76 408". A curve is a
``g`` with ``data-curve="0"``; an earlier run's has ``data-ghost="0"``, the
number of the run, and ``data-of="0"``, that of the curve. Their paths have
absolute coordinates, one pair for each point, unless points were left out.
"""

import functools
import html
from typing import NamedTuple

import numpy as np

from .axes import (
    Axis,
    choose_ticks,
    drop_gaps,
    find_range,
    write_number,
    write_place,
    write_value,
)
from .progress import counted
from .styles import GHOSTS, MARKERS, Style, choose_style
from .thinning import thin_line, thin_scatter
from .unicode_text import (
    SIZE,
    measure,
    shorten,
    shorten_to_pixels,
    to_text,
)

COLUMNS = 60  # places at most where values are shown
ROWS = 12  # rows of values at most
LINE, THIN = 2.2, 1.3  # pixels, the width of a curve and of an earlier one

_CSS = (
    ".cu-chart{display:flex;flex-wrap:wrap;gap:6px 12px;"
    f"font:{SIZE}px/1.35 var(--jp-ui-font-family,system-ui,sans-serif)}}"
    ".cu-chart *{box-sizing:border-box}"
    ".cu-plot{position:relative;isolation:isolate;min-width:0}"
    ".cu-plot>svg{display:block;width:100%;height:auto;overflow:visible}"
    f".cu-plot text{{fill:currentColor;font-size:{SIZE}px}}"
    ".cu-axes{fill:none;stroke:currentColor;stroke-opacity:.6}"
    ".cu-grid{stroke:currentColor;stroke-opacity:.14}"
    f".cu-curve{{fill:none;stroke-width:{LINE};stroke-linejoin:round}}"
    f".cu-ghost{{fill:none;stroke-width:{THIN};stroke-linejoin:round}}"
    ".cu-legend{flex:1 1 150px;min-width:0;display:grid;gap:3px 12px;"
    "align-content:start;margin-top:6px;overflow-wrap:anywhere;"
    "grid-template-columns:repeat(auto-fill,minmax(min(140px,100%),1fr))}"
    ".cu-legend>*{display:flex;gap:6px;white-space:pre-line;min-width:0}"
    ".cu-legend>.cu-title{grid-column:1/-1;font-weight:600}"
    ".cu-legend span{min-width:0}"
    ".cu-legend svg{flex:none;margin-top:3px;overflow:visible}"
    ".cu-values{position:absolute;margin:0}"
    ".cu-values div{display:flex;height:100%;position:relative}"
    ".cu-values label{height:100%;margin:0;cursor:crosshair}"
    ".cu-values input,.cu-values label::after,.cu-values span"
    "{position:absolute;left:var(--x);margin:0;opacity:0;pointer-events:none}"
    ".cu-values input{top:50%;width:1px;height:1px}"
    ".cu-values label::after{content:'';top:0;bottom:0;"
    "border-left:1px solid currentColor}"
    ".cu-values span{top:4px;margin:0 7px;padding:3px 7px;max-width:48%;"
    "border:1px solid GrayText;border-radius:3px;overflow-wrap:anywhere;"
    "color:var(--jp-ui-font-color1,CanvasText);"
    "background:var(--jp-layout-color1,Canvas)}"
    ".cu-values .cu-left span{left:auto;right:calc(100% - var(--x))}"
    ".cu-values b,.cu-values i{display:block;font:inherit;"
    "padding-left:16px;text-indent:-16px}"
    ".cu-values b::before,.cu-values i::before{content:'';"
    "display:inline-block;width:11px;margin-right:5px;vertical-align:.25em;"
    "border-top:3px solid var(--c)}"
    ".cu-values i::before{border-top-width:2px}"
    ".cu-values i:empty{display:none}"
    + "".join(
        f".cu-values i:nth-of-type({i}){{--c:{c}}}"
        for i, c in enumerate(GHOSTS, 1)
    )
    + ".cu-values label:hover::after,.cu-values label:hover span,"
    ".cu-values div:not(:hover)>label:focus-within::after,"
    ".cu-values div:not(:hover)>label:focus-within span{opacity:1}"
    # Keys are heard wherever the mouse rests; a click alone gives way to it.
    ".cu-values label:has(:focus-visible)::after,"
    ".cu-values label :focus-visible~span{opacity:1;z-index:1}"
)


def chart(spec: dict, curves, ghosts=(), *, title="", room=(), alt="") -> str:
    """Return a line chart as HTML text.

    Parameters
    ----------
    spec : dict
        what does not change while a model trains: `xlabel`, `ylabel` (str or
        None), `xscale`, `yscale` ("linear" or "log"), `xlim`, `ylim` (pair of
        float or None: the least range), `legend`, `fmts` (tuple of str) and
        `figsize` (pair of float, inches: 100 CSS pixels each)
    curves : list of (xs, ys)
        the points of the current run, two sequences of equal length for each
        curve; NaN, infinity, and values <= 0 on a log axis are gaps
    ghosts : sequence of (str, list of (xs, ys))
        name and curves of earlier runs; the last six are shown, of curves
        that have a line
    title : str
        the settings of the current run
    room : list of (xs, ys)
        points that the axes have room for, and that are not drawn
    alt : str
        what the picture shows, in words

    Returns
    -------
    str
        one ``div``, well-formed as XML too

    Raises
    ------
    ValueError
        if matplotlib can't read a format string of `fmts`
    """
    frame, ghosts = _lay_out(spec), tuple(ghosts)[-len(GHOSTS) :]
    drawn = _choose_curves(spec, curves, ghosts)
    x, y, values = _fit_axes(spec, frame, drawn, room)
    places = np.column_stack((x.to_pixels(values[0]), y.to_pixels(values[1])))
    return "".join((
        f'<div class="cu-chart" style="max-width:{frame.whole}px">'
        f"<style>{_CSS}</style>"
        f'<div class="cu-plot" style="flex:1 1 {frame.width}px;'
        f'max-width:{frame.width}px"><svg role="img" '
        f'viewBox="0 0 {frame.width} {frame.height}" '
        f'width="{frame.width}" height="{frame.height}" '
        f'aria-label="{_escape(to_text(alt) or _describe(spec))}" '
        f'data-x="{x}" data-y="{y}">',
        _draw_axes(spec, frame, x, y),
        *_draw_curves(spec, frame, drawn, places),
        "</svg>",
        _list_values(spec, frame, drawn, x, values, places),
        "</div>",
        _write_legend(spec, len(curves), title, ghosts),
        "</div>",
    ))  # fmt: skip


# --- How large everything is -----------------------------------------------
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


# --- The numbers, and where they are ---------------------------------------
class _Curve(NamedTuple):
    """A curve to draw; `ghost` is the number of its run, if that is over."""

    ghost: int | None
    number: int
    name: str
    style: Style
    xs: np.ndarray
    ys: np.ndarray


def _choose_curves(spec, curves, ghosts):
    """Return a list of `_Curve`, the upper ones last."""
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
                yield _Curve(ghost, k, label + name, style, xs[:n], ys[:n])

    drawn = []
    for ghost, (label, points) in enumerate(ghosts):
        drawn += make(ghost, f"{to_text(label)} · ", points)
    return [*drawn, *make(None, "", curves)]


def _fit_axes(spec, frame, drawn, room):
    """Return both axes, and the values of all curves in two long arrays.

    What an axis can't show is NaN.
    """
    axes, shown = [], []
    for n, (name, start, end) in enumerate(
        [("x", frame.left, frame.right), ("y", frame.bottom, frame.top)]
    ):
        scale, limits = spec[f"{name}scale"], spec[f"{name}lim"]
        values = [curve[-2:][n] for curve in drawn]
        values = np.concatenate([*values, np.empty(0)])
        shown.append(drop_gaps(values, scale))
        more = [np.asarray(points[n], float) for points in room]
        more = np.concatenate([*more, np.array(limits or (), float)])
        known = np.concatenate((shown[n], drop_gaps(more, scale)))
        margin = 0 if name == "x" and limits else 0.05
        low, high = find_range(known[~np.isnan(known)], scale, margin)
        axes.append(Axis(scale, low, high, start, end))
    return *axes, shown


# --- The plot --------------------------------------------------------------
def _draw_axes(spec, frame, x, y):
    """Return grid, axes, ticks and labels as SVG."""
    left, right, top, bottom = frame[3:]
    whole = bool(counted(spec.get("xlabel")))
    grid, texts = "", ""
    values, labels, x_base = choose_ticks(x, whole, True)
    places = x.to_pixels(np.array(values)).tolist()
    for place, label in zip(places, labels, strict=True):
        grid += f"M{place:.1f} {top}V{bottom}"
        half = measure(label) / 2
        middle = min(max(place, half), frame.width - half)
        texts += f'<text x="{_write_pixel(middle)}" y="{bottom + 16}" '
        texts += f'text-anchor="middle">{label}</text>'
    values, labels, y_base = choose_ticks(y, False, False)
    places = y.to_pixels(np.array(values)).tolist()
    for place, label in zip(places, labels, strict=True):
        grid += f"M{left} {place:.1f}H{right}"
        texts += f'<text x="{left - 6}" y="{_write_pixel(place + 4)}" '
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


def _write_pixel(number):
    return f"{number:.1f}".replace(".0", "")


def _draw_label(label, base, length, place):
    """Return an axis's label; `base` is what was taken off its ticks."""
    label = to_text(label)
    if base:
        sign = "−" if base > 0 else "+"
        label = f"{label} {sign} {write_number(abs(base), 15)}".strip()
    if not label:
        return ""
    short, title = shorten_to_pixels(label, length), ""
    if short.endswith("…"):
        title = f"<title>{_escape(label)}</title>"
    return f'<text {place} text-anchor="middle">{title}{_escape(short)}</text>'


def _draw_curves(spec, frame, drawn, places):
    """Yield each curve as SVG."""
    begin, width, x = 0, frame.right - frame.left, _name_x(spec)
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
            f"<title>{_escape(name)}</title>"
            f"{_draw_curve(curve, points, width)}</g>"
        )


def _draw_curve(curve, points, width):
    """Return the paths of a curve: its line, and its markers."""
    _, dash, marker = curve.style
    if marker == "auto":  # where dots would touch, the line is enough
        marker = "." if len(points) <= width / 5 else ""
    if curve.ghost is not None:
        marker = ""
    if dash is None:
        points = thin_scatter(points)
        return _draw_markers(points.ravel().tolist(), curve.style, marker)
    if len(points) > 2 * width:
        points = thin_line(points, width)
    line, lone = _draw_line(points)
    text = ""
    if line:
        pattern = _scale_dash(dash, THIN if curve.ghost is not None else LINE)
        text = f'<path d="{line}"{pattern}/>'
    if marker:
        lone = points[~np.isnan(points).any(axis=1)].ravel().tolist()
    return text + _draw_markers(lone, curve.style, marker or ".")


def _draw_line(points):
    """Return the path of a line, and its points that have no neighbours."""
    bad = np.isnan(points[:, 0]) | np.isnan(points[:, 1])
    parts = [points]
    if bad.any():
        parts = np.split(points, np.flatnonzero(bad))
        parts = [part[int(np.isnan(part[:1]).any()) :] for part in parts]
    path, lone = [], []
    for part in parts:
        numbers = part.ravel().tolist()
        if len(part) == 1:
            lone += numbers
        elif len(part):
            form = "M%.1f %.1fL" + "%.1f %.1f " * (len(part) - 1)
            path.append((form % tuple(numbers))[:-1])
    return "".join(path).replace(".0", ""), lone


def _draw_markers(numbers, style, marker):
    """Return the path of markers; `numbers` are x, y, x, y ... of points."""
    if not numbers or not marker:
        return ""
    shape, pen = MARKERS.get(marker, MARKERS["o"]), 'stroke-width="1.5"'
    if isinstance(shape, tuple):  # where a line has no length, its caps touch
        pen = 'stroke-width="{}" stroke-linecap="{}"'.format(*shape)
        shape = "h0"
    elif shape.endswith("z"):
        pen = f'fill="{style.colour}"'
    path = (f"M%.1f %.1f{shape}" * (len(numbers) // 2)) % tuple(numbers)
    return f'<path {pen} d="{path.replace(".0", "")}"/>'


@functools.lru_cache(256)
def _scale_dash(dash, width):
    if not dash:
        return ""
    numbers = " ".join(f"{part * width:.1f}" for part in dash)
    return f' stroke-dasharray="{numbers.replace(".0", "")}"'


# --- The values at the pointer ---------------------------------------------
def _list_values(spec, frame, drawn, x, values, places):
    """Return a form with a radio button for each x, and the values there.

    A group of radio buttons is one stop of the Tab key, and arrow keys go
    from one to the next: no script is needed. They are grouped by their form,
    so that no name has to be unique on the page. Its method is "dialog" to
    make Enter send nothing. The attribute with "lm" tells JupyterLab, which
    else goes to another cell, that it should leave these keys alone.
    """
    good = np.flatnonzero(~np.isnan(places).any(axis=1))
    if not good.size:
        return ""
    left, right, top, bottom = frame[3:]
    stops = _choose_stops(values[0][good], places[good, 0], left, right)
    centres = x.to_pixels(stops)
    edges = (centres[1:] + centres[:-1]) / 2
    table = _find_nearest(drawn, good, places[:, 0], centres, edges)
    widths = np.diff(np.concatenate(([left], edges, [right]))).tolist()
    shares = (100 * (centres - left) / (right - left)).tolist()
    xs, ys = values[0].tolist(), values[1].tolist()
    name, labels = _escape(_name_x(spec)), []
    heads = [
        f'<b style="--c:{curve.style.colour}">'
        f"{_escape(shorten(curve.name, 18))} "
        for curve in drawn
        if curve.ghost is None
    ]
    for stop, width, share, picks in zip(
        stops.tolist(), widths, shares, table.T.tolist(), strict=True
    ):
        rows = _list_rows(drawn, picks, xs, ys, stop, heads)
        side = ' class="cu-left"' if share > 50 else ""
        labels.append(
            f'<label{side} style="flex:{width:.1f};--x:{share:.1f}%">'
            f'<input type="radio" name="x" data-lm-suppress-shortcuts=""/>'
            f"<span>{name} {write_place(stop)}{rows}</span></label>"
        )
    # The Tab key goes to the end of the curves first.
    labels[-1] = labels[-1].replace("/>", ' checked="checked"/>', 1)
    return (
        f'<form class="cu-values" method="dialog" autocomplete="off" style="'
        f"left:{100 * left / frame.width:.2f}%;"
        f"top:{100 * top / frame.height:.2f}%;"
        f"width:{100 * (right - left) / frame.width:.2f}%;"
        f'height:{100 * (bottom - top) / frame.height:.2f}%">'
        f'<div role="radiogroup" aria-label="Values at each {name}">'
        f"{''.join(labels)}</div></form>"
    )


def _choose_stops(xs, places, left, right):
    """Return the values of x where values are shown, in order.

    One is the first of all within its column of pixels; the last is the end.
    """
    column = (right - left) / COLUMNS
    bins = np.clip((places - left) / column, 0, COLUMNS - 1).astype(int)
    stops = np.full(COLUMNS, np.inf)
    np.minimum.at(stops, bins, xs)
    stops = stops[stops < np.inf]
    stops[-1] = xs.max()
    return stops


def _find_nearest(drawn, good, places, centres, edges):
    """Return the number of the point of each curve at each stop, or -1.

    It is the one that is nearest to the stop, and nearest to no other.
    """
    owners = np.repeat(np.arange(len(drawn)), [len(c.xs) for c in drawn])
    places = places[good]
    at = np.searchsorted(edges, places)
    cells = owners[good] * len(centres) + at
    away = np.abs(places - centres[at])
    nearest = np.full(len(drawn) * len(centres), np.inf)
    np.minimum.at(nearest, cells, away)
    table = np.full(len(nearest), -1)
    chosen = away == nearest[cells]
    table[cells[chosen]] = good[chosen]  # of equal ones the last
    return table.reshape(len(drawn), len(centres))


def _list_rows(drawn, picks, xs, ys, stop, heads):
    """Return the values at one stop: a row a curve, and a row a ghost."""
    now, old = [], [[] for _ in GHOSTS]
    for curve, pick in zip(drawn, picks, strict=True):
        if pick < 0:
            continue
        value = write_value(ys[pick])
        if xs[pick] != stop:
            value += f" (at {write_place(xs[pick])})"
        if curve.ghost is None:
            now.append(f"{heads[curve.number]}{value}</b>")
        else:
            old[curve.ghost].append(value)
    if len(now) > ROWS:
        now[ROWS:] = "…"
    while old and not old[-1]:
        old.pop()
    # An empty row is not shown; it is there because the style counts them.
    return "".join([*now, *(f"<i>{' · '.join(row)}</i>" for row in old)])


# --- The words -------------------------------------------------------------
def _escape(text):
    return html.escape(text, quote=True)


def _name_x(spec):
    return shorten(to_text(spec.get("xlabel")) or "x", 20)


def _describe(spec):
    """Return what can be said of a picture of which nothing was said."""
    x, y = to_text(spec.get("xlabel")), to_text(spec.get("ylabel"))
    return f"Line plot of {y or 'curves'} against {x or 'x'}"


def _write_legend(spec, count, title, ghosts):
    """Return the legend: title, names of curves, names of earlier runs."""
    fmts, rows = tuple(spec.get("fmts") or ()), []
    for k, name in enumerate((spec.get("legend") or ())[: count or None]):
        rows.append((_draw_key(choose_style(k, fmts), "curve"), name))
    for colour, (name, curves) in zip(GHOSTS, ghosts, strict=False):
        styles = [choose_style(k, fmts) for k in range(len(curves))]
        if any(style.dash is not None for style in styles):
            rows.append((_draw_key(Style(colour, (), ""), "ghost"), name))
    text = "".join(
        f"<div>{key}<span>{_escape(_tie(to_text(name)))}</span></div>"
        for key, name in rows
    )
    title = _escape(_tie(to_text(title)))
    if title:
        text = f'<div class="cu-title"><span>{title}</span></div>{text}'
    return f'<div class="cu-legend">{text}</div>' if text else ""


def _tie(text):
    """Let "a = 1, b = 2" break between two settings, not within one."""
    return text.replace(" = ", " = ".replace(" ", "\N{NO-BREAK SPACE}"))


@functools.lru_cache(256)
def _draw_key(style, kind):
    """Return a piece of a curve, to stand before its name."""
    line = ""
    if style.dash is not None:
        pattern = _scale_dash(style.dash, LINE)
        line = f'<path d="M0 5H28"{pattern}/>'
    marker = "." if style.marker == "auto" else style.marker
    return (
        f'<svg class="cu-{kind}" stroke="{style.colour}" width="28" '
        f'height="10" viewBox="0 0 28 10" aria-hidden="true">{line}'
        f"{_draw_markers([14.0, 5.0], style, marker)}</svg>"
    )
