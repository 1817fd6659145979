"""Leave out points that a picture of this width can't show."""

import numpy as np


def thin_line(places: np.ndarray, width: int) -> np.ndarray:
    """Return fewer points that look the same, for many points of a line.

    Each column of pixels keeps its lowest and its highest point. Ends stay.

    Parameters
    ----------
    places : array, (n, 2)
        pixels, with NaN for a gap
    width : int
        pixels, the width of the axes

    Returns
    -------
    array, (m, 2), m < 10 * width
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

    Parameters
    ----------
    places : array, (n, 2)
        pixels, with NaN for a gap
    cell : int
        pixels

    Returns
    -------
    array, (m, 2)
        without gaps
    """
    places = places[~np.isnan(places).any(axis=1)]
    if len(places) < 500:
        return places
    cells = np.floor(places / cell).astype(int) @ (100_000, 1)
    keep = np.unique(cells, return_index=True)[1]
    ends = np.concatenate((places.argmin(axis=0), places.argmax(axis=0)))
    return places[np.union1d(keep, [*ends, len(places) - 1])]
