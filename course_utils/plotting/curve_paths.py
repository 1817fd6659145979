"""Draw a curve as SVG: the paths of its line and of its markers."""

from typing import NamedTuple

import numpy as np

from .styles import MARKERS, Style

LINE, THIN = 2.2, 1.3  # pixels, the width of a curve and of an earlier one


class Curve(NamedTuple):
    """A curve to draw; `ghost` is the number of its run, if that is over."""

    ghost: int | None
    number: int
    name: str
    style: Style
    xs: np.ndarray
    ys: np.ndarray


def draw_curve(curve: Curve, places: np.ndarray, width: int) -> str:
    """Return the paths of a curve: its line, and its markers.

    `places`, (n, 2), are pixels, with NaN for a gap; `width` is the axes'.
    """
    _, dash, marker = curve.style
    if marker == "auto":  # where dots would touch, the line is enough
        marker = "." if len(places) <= width / 5 else ""
    if curve.ghost is not None:
        marker = ""
    if dash is None:
        return draw_markers(thin_scatter(places), curve.style, marker)
    if len(places) > 2 * width:
        places = thin_line(places, width)
    line, dots = _draw_line(places)
    if line:
        thickness = LINE if curve.ghost is None else THIN
        line = f'<path d="{line}"{scale_dash(dash, thickness)}/>'
    if marker:
        dots = places[~np.isnan(places).any(axis=1)]
    return line + draw_markers(dots, curve.style, marker or ".")


def _draw_line(places):
    """Return the path of a line, and its points that have no neighbours."""
    parts, gaps = [places], np.isnan(places).any(axis=1)
    if gaps.any():
        parts = np.split(places, np.flatnonzero(gaps))
        parts = [part[int(np.isnan(part[:1]).any()) :] for part in parts]
    path = ""
    for part in parts:
        if len(part) > 1:
            form = "M%.1f %.1fL" + "%.1f %.1f " * (len(part) - 1)
            path += (form % tuple(part.ravel().tolist()))[:-1]
    lone = [part for part in parts if len(part) == 1]
    return path.replace(".0", ""), np.concatenate([np.empty((0, 2)), *lone])


def draw_markers(places: np.ndarray, style: Style, marker: str) -> str:
    """Return the path of markers at `places`, (n, 2), pixels."""
    if not len(places) or not marker:
        return ""
    shape, pen = MARKERS.get(marker, MARKERS["o"]), 'stroke-width="1.5"'
    if isinstance(shape, tuple):  # where a line has no length, its caps touch
        pen = 'stroke-width="{}" stroke-linecap="{}"'.format(*shape)
        shape = "h0"
    elif shape.endswith("z"):
        pen = f'fill="{style.colour}"'
    numbers = tuple(np.ravel(places).tolist())
    path = f"M%.1f %.1f{shape}" * len(places) % numbers
    return f'<path {pen} d="{path.replace(".0", "")}"/>'


def scale_dash(dash: tuple, thickness: float) -> str:
    """Return the attribute for a dash in multiples of a line's thickness."""
    if not dash:
        return ""
    numbers = " ".join(f"{part * thickness:.1f}" for part in dash)
    return f' stroke-dasharray="{numbers.replace(".0", "")}"'


def thin_line(places: np.ndarray, width: int) -> np.ndarray:
    """Return fewer points (m < 10 * width) of a line that look the same.

    Each column of pixels keeps its lowest and its highest point. Ends stay.
    """
    x, y = places.T
    gap = np.isnan(x)
    x = x[np.maximum.accumulate(np.where(gap, 0, np.arange(len(x))))]
    y = np.where(gap, np.nan, y)  # and its x is that of its neighbour
    columns = np.where(gap | np.isnan(x), -1, np.floor(x))
    first = np.flatnonzero(np.diff(columns, prepend=-2))
    if len(first) > 4 * width:  # a curve that goes to and fro
        first = np.arange(0, len(x), len(x) // (2 * width))
    last = np.append(first[1:], len(x)) - 1
    ends = np.fmin.reduceat(y, first), np.fmax.reduceat(y, first)
    falls = y[last] < y[first]
    thin = np.repeat((x[first] + x[last]) / 2, 2), np.empty(2 * len(first))
    thin[1][0::2] = np.where(falls, ends[1], ends[0])
    thin[1][1::2] = np.where(falls, ends[0], ends[1])
    return np.concatenate((places[:1], np.column_stack(thin), places[-1:]))


def thin_scatter(places: np.ndarray, cell: int = 3) -> np.ndarray:
    """Return one point for each square of `cell` pixels, and the outermost.

    Gaps are left out.
    """
    places = places[~np.isnan(places).any(axis=1)]
    if len(places) < 500:
        return places
    cells = np.floor(places / cell).astype(int) @ (100_000, 1)
    keep = np.unique(cells, return_index=True)[1]
    ends = np.concatenate((places.argmin(axis=0), places.argmax(axis=0)))
    return places[np.union1d(keep, [*ends, len(places) - 1])]
