"""The Animator: curves that grow while a model trains."""

import functools
from collections.abc import Sequence

from matplotlib.figure import Figure

from .describing import describe_curves
from .drawing import Chart
from .errors import refuse_infinite
from .images import show_images
from .run import check_place, checkpoint, current_run
from .scales import check_scales, floats, is_sequence, pair, texts
from .views import view_here

__all__ = ["Animator", "show_images"]


class Animator:
    """Draw curves while their points are being computed.

    The signature is that of the book's ``d2l.Animator``. Inside a slider
    panel the curves appear there; in a notebook cell in one picture, updated
    ten times a second at most; in a terminal as one line of numbers.

    Parameters
    ----------
    xlabel, ylabel : str, the axes' labels, with units
    legend : list of str, one name for each curve; str for one curve
    xlim, ylim : pair of float, the least range to show; data widen it
    xscale, yscale : "linear" or "log", which leaves out values <= 0
    fmts : tuple of matplotlib format strings; by default colours that
        colour-blind readers can tell apart, each with its own dash
    nrows, ncols : 1; figsize : pair of float, inches (100 CSS pixels each)

    Attributes
    ----------
    X, Y : list of list of float, the points of each curve

    Source: the idea is that of *Dive into Deep Learning*, section 3.6.
    """

    def __init__(
        self,
        xlabel: str | None = None,
        ylabel: str | None = None,
        legend: Sequence[str] | None = None,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
        xscale: str = "linear",
        yscale: str = "linear",
        fmts: Sequence[str] | None = None,
        nrows: int = 1,
        ncols: int = 1,
        figsize: tuple[float, float] = (6, 3),
    ) -> None:
        if (nrows, ncols) != (1, 1):
            raise ValueError(
                "nrows and ncols must be 1 (make an Animator for each plot), "
                f"got nrows={nrows!r}, ncols={ncols!r}"
            )
        check_scales(xscale=xscale, yscale=yscale)
        self.spec = dict(
            xlabel=xlabel, ylabel=ylabel, xscale=xscale, yscale=yscale,
            xlim=pair("xlim", xlim), ylim=pair("ylim", ylim),
            legend=texts(legend), fmts=texts(fmts), figsize=tuple(figsize),
        )  # fmt: skip
        self.X, self.Y, self.touched = [], [], False
        run = current_run()
        self._view = view_here() if run is None else run.view
        if run is not None:
            run.animators.append(self)

    def add(self, x, y) -> None:
        """Add a point to each curve.

        Parameters
        ----------
        x, y : float, or a sequence with one float for each curve; a y of
            None leaves its curve as it is, NaN and inf are not drawn

        Raises `ValueError` if the numbers of values differ and, in a panel,
        `DivergedError` if one is NaN or infinite, or `RuntimeError` if the
        Animator was made elsewhere.
        """
        checkpoint()
        check_place(self._view)
        ys = floats(y)
        xs = floats(x) if is_sequence(x) else floats(x) * len(ys)
        curves = len(self.Y) or len(ys)
        if not len(xs) == len(ys) == curves:
            raise ValueError(
                f"x and y must have a value for each of {curves} curves, "
                f"got {len(xs)} and {len(ys)}"
            )
        if current_run() is not None:
            refuse_infinite(self.names(len(ys)), self.spec["xlabel"], xs, ys)
        if not self.Y:
            self.X, self.Y = ([[] for _ in ys] for _ in "XY")
        for k, (a, b) in enumerate(zip(xs, ys, strict=True)):
            if a is not None and b is not None:
                self.X[k].append(a)
                self.Y[k].append(b)
        self._view.update(self)

    @functools.cached_property
    def chart(self) -> Chart:
        """The chart that draws the curves; made when it is first needed."""
        return Chart(**self.spec)

    @property
    def fig(self) -> Figure:
        """The matplotlib figure, with the newest points."""
        self.picture()
        return self.axes[0].figure

    @property
    def axes(self) -> list:
        """A list with the figure's axes, as in the book."""
        self.touched = True  # may be drawn on: not for another run
        self.chart.legend.add()
        return [self.chart.ax]

    @property
    def curves(self) -> list:
        """The points as a list of pairs (xs, ys), one for each curve."""
        return list(zip(self.X, self.Y, strict=True))

    def picture(self, *, passing: bool = False) -> bytes:
        """Return the picture as PNG or, passing by, as JPEG: twice as fast."""
        self.chart.set_curves(self.curves)
        return self.chart.jpeg() if passing else self.chart.png()

    def save(self, path) -> None:
        """Write the picture to `path`; its suffix tells the format."""
        self.fig.savefig(path)

    def names(self, n: int) -> list:
        """Return the names of the first `n` curves."""
        made_up = [f"curve {k + 1}" for k in range(n)]
        names = self.spec["legend"]
        return [*names, *made_up[len(names) :]][:n]

    def describe(self) -> str:
        """Say in words what the picture shows: its alternative text."""
        labels = self.spec["xlabel"], self.spec["ylabel"]
        return describe_curves(self.names(len(self.Y)), self.curves, *labels)
