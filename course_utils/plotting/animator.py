"""The Animator: curves that grow while a model trains."""

import itertools
import math
from collections.abc import Iterable, Sequence

from ..checks import as_float
from ..language import say
from ..runs.errors import DivergedError
from ..runs.run import check_place, checkpoint, current_run
from . import svg
from .figures import draw_png
from .matplotlib_text import texts
from .saved_picture import CurvesFigure
from .views import register_for_savefig, view_here


class Animator:
    """Draw curves while their points are being computed.

    The signature is that of the book's ``d2l.Animator``. Inside a slider
    panel the curves appear there; in a notebook cell in one picture, updated
    a few times a second; in a terminal as one line of numbers.

    Parameters
    ----------
    xlabel, ylabel : str, optional
        The axes' labels, with units.
    legend : list of str, or str for one curve, optional
        One name for each curve.
    xlim, ylim : (float, float), optional
        The least range to show; data widen it.
    xscale, yscale : str
        "linear" or "log"; a log axis leaves out values <= 0.
    fmts : sequence of str, optional
        Matplotlib's format strings, such as "-", "k--" or "o"; by default
        colours that colour-blind readers can tell apart, each with its dash.
    nrows, ncols : int in 1 ... 8
        A grid of plots. The curves are drawn on the first; the others,
        ``animator.axes[1]`` and so on, are yours, in the saved picture.
    figsize : (float, float)
        Width and height in inches (100 CSS pixels each).

    Attributes
    ----------
    X, Y : list of list of float
        The points of each curve.

    Raises
    ------
    ValueError
        If a limit, a scale, `nrows` or `ncols` is not legal.

    References
    ----------
    The idea is that of *Dive into Deep Learning*, section 3.6.
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
        for name, scale in (("xscale", xscale), ("yscale", yscale)):
            if scale not in ("linear", "log"):
                raise ValueError(
                    f"{name} must be 'linear' or 'log', got {scale!r}"
                )
        for name, count in (("nrows", nrows), ("ncols", ncols)):
            if isinstance(count, bool) or count not in range(1, 9):
                raise ValueError(
                    f"{name} must be an integer from 1 to 8, got {count!r}"
                )
        self.spec = {
            "xlabel": xlabel, "ylabel": ylabel,
            "xscale": xscale, "yscale": yscale,
            "xlim": _pair("xlim", xlim), "ylim": _pair("ylim", ylim),
            "legend": texts(legend), "fmts": texts(fmts),
            "figsize": tuple(figsize),
        }  # fmt: skip
        self.X, self.Y = [], []
        self._shape, self._figure = (nrows, ncols), None
        run = current_run()
        self._view = view_here() if run is None else run.view
        if run is not None:
            run.animators.append(self)
        else:
            register_for_savefig(self)

    def add(self, x, y) -> None:
        """Add a point to each curve.

        Parameters
        ----------
        x, y : float, or a sequence with one float for each curve
            A y of None leaves its curve as it is; NaN and inf are not drawn.

        Raises
        ------
        ValueError
            If the numbers of values differ.
        DivergedError
            In a panel, if a value is NaN or infinite.
        RuntimeError
            In a panel, if the Animator was made elsewhere.
        """
        checkpoint()
        check_place(self._view)
        ys = _floats(y)
        xs = _floats(x) if _is_sequence(x) else _floats(x) * len(ys)
        curves = len(self.Y) or len(ys)
        if not len(xs) == len(ys) == curves:
            raise ValueError(
                f"x and y must have a value for each of {curves} curves, "
                f"got {len(xs)} and {len(ys)}"
            )
        if current_run() is not None:
            self._refuse_infinite(xs, ys)
        if not self.Y:
            self.X, self.Y = ([[] for _ in ys] for _ in "XY")
        for k, (a, b) in enumerate(zip(xs, ys, strict=True)):
            if a is not None and b is not None:
                self.X[k].append(a)
                self.Y[k].append(b)
        self._view.update(self)

    def _refuse_infinite(self, xs, ys):
        for name, x, y in zip(self.names(len(ys)), xs, ys, strict=True):
            if y is None or math.isfinite(y):
                continue
            if x is None:
                raise DivergedError(say("{name} became {y}", name=name, y=y))
            at = {"xlabel": self.spec["xlabel"] or "x", "x": f"{x:g}"}
            raise DivergedError(
                say("{name} became {y} at {xlabel} {x}", name=name, y=y, **at)
            )

    @property
    def fig(self) -> CurvesFigure:
        """The matplotlib figure, which draws the newest points."""
        if self._figure is None:
            self._figure = CurvesFigure(self, *self._shape)
        return self._figure

    @property
    def axes(self) -> list:
        """A list with the figure's axes, as in the book."""
        return list(self.fig.grid)

    @property
    def curves(self) -> list:
        """The points as a list of pairs (xs, ys), one for each curve."""
        return list(zip(self.X, self.Y, strict=True))

    def picture(self, ghosts=(), title="") -> bytes:
        """Return the curves as a PNG picture.

        `ghosts` and `title` are as `svg.chart` takes them.
        """
        self.fig.ghosts, self.fig.title = ghosts, title
        return draw_png(self.fig, whole=True)

    def html(self, ghosts=(), **more) -> str:
        """Return the curves as HTML with an SVG; see `svg.chart`."""
        if "alt" not in more:
            more["alt"] = self.describe()
        return svg.chart(self.spec, self.curves, ghosts, **more)

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
        names = self.names(len(self.Y))
        x, y = self.spec["xlabel"] or "x", self.spec["ylabel"] or say("curves")
        alone = len(names) == 1 and not self.spec["legend"]
        ends = [
            (xs[-1], f"{ys[-1]:.3g}" if alone else f"{name} {ys[-1]:.3g}")
            for name, (xs, ys) in zip(names, self.curves, strict=True)
            if ys
        ]
        parts = [say("Line plot of {y} against {x}", y=y, x=x)]
        for place, group in itertools.groupby(ends, lambda end: end[0]):
            values = ", ".join(value for _, value in group)
            at = {"x": x, "place": f"{place:g}", "values": values}
            parts.append(say("At {x} {place}: {values}", **at))
        return ". ".join(parts)


def _is_sequence(values):
    """Tell whether `values` are several: a 0-d tensor is one number."""
    return isinstance(values, Iterable) and getattr(values, "ndim", 1) > 0


def _floats(values):
    several = values if _is_sequence(values) else [values]
    return [None if v is None else as_float(v) for v in several]


def _pair(name, limits):
    if limits is None:
        return None
    try:
        low, high = _floats(limits)
        if math.isfinite(low) and math.isfinite(high):
            return low, high
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError(
        f"{name} must be two finite numbers, such as (0, 10), got {limits!r}"
    )
