"""A line chart that is redrawn many times a second."""

import io
import textwrap

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

from .scales import drawable, span, use_light_ticks

__all__ = ["Chart", "encode_png"]

# Okabe-Ito colours, each with a dash of its own: no line depends on hue.
STYLES = (
    ("#0072B2", "-"),
    ("#D55E00", "--"),
    ("#009E73", "-."),
    ("#CC79A7", ":"),
    ("#E69F00", (0, (5, 1, 1, 1, 1, 1))),
    ("#000000", (0, (1, 1))),
)
# Earlier runs: one hue each, all paler than the current run's colours.
GHOSTS = ("#7570b3", "#a6761d", "#666666", "#1b9e77", "#e7298a", "#b8860b")
DPI = 200  # two picture pixels for each CSS pixel: sharp on HiDPI screens


def encode_png(figure, *, draw=True):
    """Return the PNG bytes of an Agg figure, without transparency."""
    if draw:
        figure.canvas.draw()
    pixels = Image.fromarray(np.asarray(figure.canvas.buffer_rgba()))
    data = io.BytesIO()
    # RGB, compressed fast: a third of the time of the default.
    pixels.convert("RGB").save(data, "PNG", compress_level=1)
    return data.getvalue()


class Chart:
    """Curves, and paler curves of earlier runs, on one figure of their own.

    The arguments are those of `Animator`. The axes are drawn once, and kept
    as a background until the limits change; curves and legend lie on top.
    """

    def __init__(
        self, xlabel, ylabel, legend, xlim, ylim, xscale, yscale, fmts, figsize
    ):
        self.fig = Figure(figsize=figsize, dpi=DPI)
        FigureCanvasAgg(self.fig)
        self.ax = self.fig.add_subplot()
        self.ax.set(xscale=xscale, yscale=yscale)
        use_light_ticks(self.ax)
        self.ax.set(xlabel=xlabel or "", ylabel=ylabel or "")
        self.ax.grid(alpha=0.3)
        width, height = figsize
        self.fig.subplots_adjust(
            left=min(0.8 / width, 0.25), right=max(1 - 1.7 / width, 0.6),
            bottom=min(0.5 / height, 0.3), top=max(1 - 0.15 / height, 0.9),
        )  # fmt: skip
        self.legend, self.fmts = tuple(legend or ()), tuple(fmts or ())
        self.xlim, self.ylim = xlim, ylim
        self.lines, self._ghost_lines = [], []
        self._ghosts, self._title, self._background = (), "", None
        self._legend = None

    def set_curves(self, curves):
        """Show `curves`, a list of pairs (xs, ys), one for each line."""
        self._make_lines(len(curves))
        rest = [([], [])] * len(self.lines)
        for line, points in zip(self.lines, [*curves, *rest], strict=False):
            line.set_data(*self._drawable(*points))

    def set_ghosts(self, ghosts, title=""):
        """Show earlier runs, a list of (label, curves); `title` is ours."""
        ghosts = tuple(ghosts)
        if (ghosts, title) == (self._ghosts, self._title):
            return
        self._title = self._legend = None  # unfinished, if interrupted
        while self._ghost_lines:
            self._ghost_lines.pop().remove()
        for colour, (_, curves) in zip(GHOSTS, ghosts, strict=False):
            for k, (xs, ys) in enumerate(curves):
                self._make_lines(k + 1)
                (ghost,) = self.ax.plot(*self._drawable(xs, ys))
                ghost.update_from(self.lines[k])
                ghost.set(color=colour, linewidth=1, alpha=0.6, animated=True)
                self._ghost_lines.append(ghost)
        self._ghosts, self._title = ghosts, title

    def png(self):
        """Return the chart as PNG bytes."""
        self._fit()
        if self._background is None:
            self.fig.canvas.draw()  # leaves animated artists out
            self._background = self.fig.canvas.copy_from_bbox(self.fig.bbox)
        else:
            self.fig.canvas.restore_region(self._background)
        if self._legend is None:
            self._legend = self._make_legend()
        for artist in (*self._ghost_lines, *self.lines, self._legend):
            self.ax.draw_artist(artist)
        return encode_png(self.fig, draw=False)

    def _drawable(self, xs, ys):
        x, y = self.ax.get_xscale(), self.ax.get_yscale()
        return drawable(xs, x), drawable(ys, y)

    def _make_lines(self, n):
        for k in range(len(self.lines), n):
            colour, dash = STYLES[k % len(STYLES)]
            style = {"color": colour, "linestyle": dash, "marker": "."}
            if self.fmts:  # a format string rules; it may leave the colour
                self.ax.set_prop_cycle(color=[colour])
                style = {}
            (line,) = self.ax.plot(
                [], [], *self.fmts[k % max(1, len(self.fmts)) :][:1],
                linewidth=1.8, markersize=3, animated=True, **style,
            )  # fmt: skip
            if k < len(self.legend):
                line.set_label(self.legend[k])
            self.lines.append(line)
            self._legend = None

    def _fit(self):
        lines = [*self.lines, *self._ghost_lines]
        x = span([a.get_xdata() for a in lines], self.ax.get_xscale(),
                 self.xlim, 0 if self.xlim else 0.05)  # fmt: skip
        y = span([a.get_ydata() for a in lines], self.ax.get_yscale(),
                 self.ylim, 0.05)  # fmt: skip
        if (x, y) != (self.ax.get_xlim(), self.ax.get_ylim()):
            self.ax.set(xlim=x, ylim=y)
            self._background = None

    def _make_legend(self):
        """Put the legend beside the axes, where it covers no curve."""
        handles = [a for a in self.lines if not a.get_label().startswith("_")]
        labels = [a.get_label() for a in handles]
        for colour, (label, _) in zip(GHOSTS, self._ghosts, strict=False):
            handles.append(Line2D([], [], color=colour, alpha=0.6))
            labels.append(textwrap.fill(label, 22))
        legend = self.ax.legend(
            handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1),
            fontsize=8, frameon=False, borderaxespad=0, alignment="left",
            title=textwrap.fill(self._title, 24), title_fontsize=8,
        )  # fmt: skip
        legend.set_animated(True)
        return legend
