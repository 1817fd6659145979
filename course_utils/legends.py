"""The legend beside a chart, whose title changes with every run."""

import functools
import textwrap

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from .encoding import DPI

__all__ = ["Legend"]

# In points: letters, from one row to the next, and a row's parts
SIZE, ROW = 8, 12
LEFT, SAMPLE, GAP = 4, 18, 5
TIED = " = ".replace(" ", "\N{NO-BREAK SPACE}")


class Legend:
    """Names of curves beside the axes, where they cover no curve.

    Drawing a text takes 2 ms, and matplotlib's own legend measures each one
    several times. Here the pixels of a text are kept; what was written once
    is only copied, and that is nearly all: a run's title is the name of its
    curves when it has become an earlier run.

    Parameters
    ----------
    ax : the Axes
    """

    def __init__(self, ax):
        self._ax, self._title, self._rows = ax, None, []
        self._samples = {}  # curve, or ghost's colour -> pixels
        self._added = None

    def name(self, curves, ghosts, title):
        """Name `curves` and `ghosts`, below room for `title`.

        Parameters
        ----------
        curves : list of Line2D, of which those with a label are named
        ghosts : iterable of (colour, label), of paler curves
        title : str, as in `draw_title`
        """
        self._title = title
        self._rows = [
            (curve, curve.get_label())
            for curve in curves
            if not curve.get_label().startswith("_")
        ] + [(c, "\n".join(_lines(label, 22))) for c, label in ghosts]

    def forget(self):
        """Forget all names; `name` has to tell new ones."""
        self._title, self._rows = None, []

    def has_room(self, title):
        """Tell whether `title` has as many lines as that of `name`."""
        return self._title is not None and (
            len(_lines(title)) == len(_lines(self._title))
        )

    def draw(self):
        """Draw all but the title on the figure's pixels."""
        row = len(_lines(self._title))
        for curve, label in self._rows:
            if curve not in self._samples:
                self._samples[curve] = _sample(curve)
            self._paste(self._samples[curve], row, LEFT)
            for line in label.splitlines():
                self._paste(_written(line), row, LEFT + SAMPLE + GAP)
                row += 1

    def draw_title(self, title):
        """Draw the title in the room that was left for it."""
        for row, line in enumerate(_lines(title)):
            self._paste(_written(line), row, LEFT)

    def add(self):
        """Add a legend of matplotlib's, for who saves or changes the axes."""
        if self._ax.get_legend() is not self._added:
            return  # there is one that a learner has made
        self._added = self._ax.legend(
            [_handle(curve) for curve, _ in self._rows],
            [label for _, label in self._rows],
            loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0,
            fontsize=SIZE, frameon=False, alignment="left",
            title="\n".join(_lines(self._title or "")), title_fontsize=SIZE,
        )  # fmt: skip
        self._added.set_animated(True)  # a frame has the other one

    def _paste(self, pixels, row, left):
        canvas = np.asarray(self._ax.figure.canvas.buffer_rgba())
        height, width, _ = canvas.shape
        axes = self._ax.get_position()
        y = round((1 - axes.y1) * height + _pixels(row * ROW))
        x = round(axes.x1 * width + _pixels(left))
        place = canvas[y : y + len(pixels), x : x + pixels.shape[1]]
        place[:] = pixels[: len(place), : place.shape[1]]


def _lines(text, width=24):
    """Fold "a = 1, b = 2" between two settings, not within one."""
    lines = textwrap.wrap(text.replace(" = ", TIED), width)
    return [line.replace(TIED, " = ") for line in lines]


def _handle(curve):
    if isinstance(curve, Line2D):
        return curve
    return Line2D([], [], color=curve, alpha=0.6)


def _pixels(points):
    return points * DPI / 72


@functools.lru_cache(256)
def _written(text):
    """Return the pixels of a line of text, an array (height, width, 4)."""
    pixels = _drawn(3 * 72, Text(0, 0.28, text, fontsize=SIZE))
    used = (pixels[..., :3] < 255).any(axis=(0, 2)).nonzero()[0]
    return pixels[:, : used.max(initial=0) + 1].copy()


def _sample(curve):
    """Return the pixels of a piece of a curve, an array (height, width, 4)."""
    line = Line2D([], [])
    line.update_from(_handle(curve))
    line.set(data=([0, 0.5, 1], [0.5] * 3), markevery=[1])  # in the middle
    return _drawn(SAMPLE, line)


def _drawn(width, artist):
    """Draw in a row of `width` points; both axes go from 0 to 1."""
    figure = Figure(figsize=(width / 72, ROW / 72), dpi=DPI)
    FigureCanvasAgg(figure)
    artist.set(transform=figure.transFigure, animated=False, clip_on=False)
    figure.add_artist(artist)
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())
