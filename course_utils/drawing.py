"""A line chart that is redrawn many times a second."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .encoding import DPI, to_jpeg, to_small_png
from .legends import Legend
from .run import checkpoint
from .scales import drawable, span, use_light_ticks

__all__ = ["Chart"]

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


class Chart:
    """Curves, and paler curves of earlier runs, on one figure of their own.

    The arguments are `Animator`'s. Each frame draws curves and title; axes,
    earlier runs and legend are kept until they change.
    """

    def __init__(
        self, xlabel, ylabel, legend, xlim, ylim, xscale, yscale, fmts, figsize
    ):
        self.fig = Figure(figsize=figsize, dpi=DPI)
        FigureCanvasAgg(self.fig)
        self.ax = self.fig.add_subplot(xscale=xscale, yscale=yscale)
        self.ax.set(xlabel=xlabel or "", ylabel=ylabel or "")
        use_light_ticks(self.ax)
        self.ax.grid(alpha=0.3)
        width, height = figsize
        self.fig.subplots_adjust(
            left=min(0.8 / width, 0.25), right=max(1 - 1.7 / width, 0.6),
            bottom=min(0.5 / height, 0.3), top=max(1 - 0.15 / height, 0.9),
        )  # fmt: skip
        self.names, self.fmts = tuple(legend or ()), tuple(fmts or ())
        self.xlim, self.ylim = xlim, ylim
        self.lines, self._ghost_lines = [], {}  # ghosts: (run, curve) -> line
        self._ghosts, self._room, self._title = (), (), ""
        self.legend = Legend(self.ax)
        self._axes = self._behind = None  # pixels

    def set_curves(self, curves):
        """Show `curves`, a list of pairs (xs, ys), one for each line."""
        self._make_lines(len(curves))
        rest = [([], [])] * len(self.lines)
        for line, points in zip(self.lines, [*curves, *rest], strict=False):
            line.set_data(*self._drawable(*points))

    def set_ghosts(self, ghosts, title="", room=()):
        """Show earlier runs, a list of (label, curves); `title` is ours.

        The axes have room for `room` too, curves that are not shown.
        """
        self._title, self._room, ghosts = title, list(room), tuple(ghosts)
        if ghosts == self._ghosts:
            return
        self._ghosts = None  # unfinished, if interrupted
        self.legend.forget()
        for ghost in self._ghost_lines.values():
            ghost.set_data([], [])
        for i, (_, curves) in enumerate(ghosts[: len(GHOSTS)]):
            for k, points in enumerate(curves):
                self._ghost_line(i, k).set_data(*self._drawable(*points))
        self._ghosts = ghosts

    def png(self):
        """Return the chart as PNG bytes."""
        self._draw()
        return to_small_png(self.fig)

    def jpeg(self):
        """Return the chart as JPEG bytes, for a passing frame."""
        self._draw()
        return to_jpeg(self.fig)

    def _draw(self):
        self._fit()
        canvas = self.fig.canvas
        if self._axes is None or self.legend.added:  # a learner draws, too
            canvas.draw()  # leaves animated artists out
            self._axes = canvas.copy_from_bbox(self.fig.bbox)
            self._behind = None
        checkpoint()  # the newest run is waiting: give up this picture
        if not self.legend.has_room(self._title):
            self._behind = None
            ghosts = zip(GHOSTS, (g[0] for g in self._ghosts), strict=False)
            self.legend.set_names(self.lines, ghosts, self._title)
        if self._behind is None:
            canvas.restore_region(self._axes)
            for ghost in self._ghost_lines.values():
                self.ax.draw_artist(ghost)
            self.legend.draw()
            self._behind = canvas.copy_from_bbox(self.fig.bbox)
        checkpoint()
        canvas.restore_region(self._behind)
        for line in self.lines:
            self.ax.draw_artist(line)
        self.legend.draw_title(self._title)

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
            if k < len(self.names):
                line.set_label(self.names[k])
            self.lines.append(line)
            self.legend.forget()

    def _ghost_line(self, i, k):
        if (i, k) not in self._ghost_lines:
            self._make_lines(k + 1)
            line = self._ghost_lines[i, k] = self.ax.add_line(Line2D([], []))
            line.update_from(self.lines[k])
            line.set(color=GHOSTS[i], linewidth=1, alpha=0.6, animated=True)
        return self._ghost_lines[i, k]

    def _fit(self):
        lines = [*self.lines, *self._ghost_lines.values()]
        points = [*(line.get_data() for line in lines), *self._room]
        x = span([xs for xs, _ in points], self.ax.get_xscale(),
                 self.xlim, 0 if self.xlim else 0.05)  # fmt: skip
        y = span([ys for _, ys in points], self.ax.get_yscale(),
                 self.ylim, 0.05)  # fmt: skip
        if (x, y) != (self.ax.get_xlim(), self.ax.get_ylim()):
            self.ax.set(xlim=x, ylim=y)
            self._axes = self._behind = None
