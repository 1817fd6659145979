"""The legend beside a chart, whose title changes with every run."""

import textwrap

import numpy as np
from matplotlib.lines import Line2D

from .lettering import ROW, SAMPLE, SIZE, in_pixels, sample, written

__all__ = ["Legend"]

LEFT, GAP = 4, 5  # points: before a sample of a line, and after it
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
        self._ax, self._title, self._rows = ax, None, []  # lines of text
        self._samples = {}  # curve, or ghost's colour -> pixels
        self._added = None

    def set_names(self, curves, ghosts, title):
        """Name `curves` and `ghosts`, below room for `title`.

        Parameters
        ----------
        curves : list of Line2D, of which those with a label are named
        ghosts : iterable of (colour, label), of paler curves
        title : str, as in `draw_title`
        """
        self._title = _lines(title)
        self._rows = [
            (curve, curve.get_label().splitlines() or [""])
            for curve in curves
            if not curve.get_label().startswith("_")
        ] + [(colour, _lines(label, 22) or [""]) for colour, label in ghosts]
        if self.added:
            self.add()

    @property
    def added(self):
        """Whether `add` has been called: someone has the axes."""
        return self._added is not None

    def forget(self):
        """Forget all names; `set_names` has to tell new ones."""
        self._title, self._rows = None, []

    def has_room(self, title):
        """Tell whether `title` has as many lines as that of `set_names`."""
        known = self._title is not None
        return known and len(_lines(title)) == len(self._title)

    def draw(self):
        """Draw all but the title on the figure's pixels."""
        row = len(self._title)
        for curve, lines in self._rows:
            if curve not in self._samples:
                self._samples[curve] = sample(_handle(curve))
            self._paste(self._samples[curve], row, LEFT)
            for line in lines:
                text = written(line)
                self._paste(text, row, LEFT + SAMPLE + GAP)
                row += round(len(text) / in_pixels(ROW))

    def draw_title(self, title):
        """Draw the title in the room that was left for it."""
        self._title = _lines(title)
        for row, line in enumerate(self._title):
            self._paste(written(line), row, LEFT)

    def add(self):
        """Add a legend of matplotlib's, for who saves or changes the axes."""
        if self._ax.get_legend() is not self._added:
            return  # there is one that a learner has made
        self._added = self._ax.legend(
            [_handle(curve) for curve, _ in self._rows],
            ["\n".join(lines) for _, lines in self._rows],
            loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0,
            fontsize=SIZE, frameon=False, alignment="left",
            title="\n".join(self._title or []), title_fontsize=SIZE,
        )  # fmt: skip
        self._added.set_animated(True)  # a frame has the other one

    def _paste(self, pixels, row, left):
        canvas = np.asarray(self._ax.figure.canvas.buffer_rgba())
        height, width, _ = canvas.shape
        axes = self._ax.get_position()
        y = round((1 - axes.y1) * height + in_pixels(row * ROW))
        x = round(axes.x1 * width + in_pixels(left))
        place = canvas[y : y + len(pixels), x : x + pixels.shape[1], :3]
        pixels = pixels[: len(place), : place.shape[1]]
        cover = pixels[..., 3:] / 255
        place[:] = pixels[..., :3] * cover + place * (1 - cover) + 0.5


def _lines(text, width=24):
    """Fold "a = 1, b = 2" between two settings, not within one."""
    lines = textwrap.wrap(text.replace(" = ", TIED), width)
    return [line.replace(TIED, " = ") for line in lines]


def _handle(curve):
    if isinstance(curve, Line2D):
        return curve
    return Line2D([], [], color=curve, alpha=0.6)
