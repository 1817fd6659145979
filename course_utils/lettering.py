"""The pixels of a line of text, and of a piece of a curve beside it.

They are without background, and what was written once is kept.
"""

import functools

import numpy as np
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from .encoding import DPI

__all__ = ["ROW", "SAMPLE", "SIZE", "in_pixels", "sample", "written"]

# In points: the letters' size, the height of a row, the width of a sample
SIZE, ROW, SAMPLE = 8, 12, 18


def in_pixels(points):
    """Return how many pixels of a picture so many points are."""
    return points * DPI / 72


def written(line):
    """Return the pixels of a line of text, an array (height, width, 4).

    A formula has two rows.
    """
    style = rcParams["text.color"], tuple(rcParams["font.family"])
    return _write(line, *style)


@functools.lru_cache(256)
def _write(line, colour, family):
    rows, foot = (2, 0.4) if "$" in line else (1, 0.28)
    text = Text(0, foot, line, fontsize=SIZE, color=colour, family=family)
    pixels = _drawn(3 * 72, rows, text)
    used = pixels[..., 3].any(axis=0).nonzero()[0]
    return pixels[:, : used.max(initial=0) + 1].copy()


def sample(curve):
    """Return the pixels of a piece of a curve, an array (height, width, 4)."""
    line = Line2D([], [])
    line.update_from(curve)
    line.set(data=([0, 0.5, 1], [0.5] * 3), markevery=[1])  # in the middle
    return _drawn(SAMPLE, 1, line)


def _drawn(width, rows, artist):
    """Draw `width` points wide; a position is a share of width and height."""
    figure = Figure((width / 72, rows * ROW / 72), DPI, facecolor="none")
    FigureCanvasAgg(figure)
    artist.set(transform=figure.transFigure, animated=False, clip_on=False)
    figure.add_artist(artist)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())
