"""The values at the pointer: HTML over the plot that shows them at each x."""

import html

import numpy as np

from .axes import Axis, write_place, write_value
from .styles import GHOSTS
from .unicode_text import shorten

COLUMNS = 60  # places at most where values are shown
ROWS = 12  # rows of values at most


def list_values(frame, drawn: list, x: Axis, name: str, values, places) -> str:
    """Return a form with a radio button for each x, and the values there.

    `name` is what x is called, `values` and `places` are the points of the
    curves `drawn`, one after the other, as numbers and as pixels.

    A group of radio buttons is one stop of the Tab key, and arrow keys go
    from one to the next, without a script. They are grouped by their form, so
    no name has to be unique on the page. The method "dialog" makes Enter send
    nothing; the attribute with "lm" makes JupyterLab leave these keys alone.
    """
    good = np.flatnonzero(~np.isnan(places).any(axis=1))
    if not good.size:
        return ""
    left, width = frame.left, frame.right - frame.left
    stops = _choose_stops(values[0][good], places[good, 0], left, width)
    centres = x.to_pixels(stops)
    edges = (centres[1:] + centres[:-1]) / 2
    table = _find_nearest(drawn, good, places[:, 0], centres, edges)
    widths = np.diff([left, *edges, frame.right]).tolist()
    shares = (100 * (centres - left) / width).tolist()
    xs, ys = values[0].tolist(), values[1].tolist()
    name, labels = html.escape(name), []
    heads = [
        f'<b style="--c:{curve.style.colour}">'
        f"{html.escape(shorten(curve.name, 18))} "
        for curve in drawn
        if curve.ghost is None
    ]
    for stop, cell, share, picks in zip(
        stops.tolist(), widths, shares, table.T.tolist(), strict=True
    ):
        rows = _list_rows(drawn, picks, xs, ys, stop, heads)
        side = ' class="cu-left"' if share > 50 else ""
        labels.append(
            f'<label{side} style="flex:{cell:.1f};--x:{share:.1f}%">'
            f'<input type="radio" name="x" data-lm-suppress-shortcuts=""/>'
            f"<span>{name} {write_place(stop)}{rows}</span></label>"
        )
    # The Tab key goes to the end of the curves first.
    labels[-1] = labels[-1].replace("/>", ' checked="checked"/>', 1)
    return (
        f'<form class="cu-values" method="dialog" autocomplete="off" style="'
        f"left:{100 * left / frame.width:.2f}%;"
        f"top:{100 * frame.top / frame.height:.2f}%;"
        f"width:{100 * width / frame.width:.2f}%;"
        f'height:{100 * (frame.bottom - frame.top) / frame.height:.2f}%">'
        f'<div role="radiogroup" aria-label="Values at each {name}">'
        f"{''.join(labels)}</div></form>"
    )


def _choose_stops(xs, places, left, width):
    """Return the values of x where values are shown, in order.

    One is the first of all within its column of pixels; the last is the end.
    """
    bins = ((places - left) * COLUMNS / width).astype(int)
    stops = np.full(COLUMNS, np.inf)
    np.minimum.at(stops, bins.clip(0, COLUMNS - 1), xs)
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
