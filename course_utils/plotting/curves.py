"""An Animator's curves as a matplotlib figure, for files and saved notebooks.

While curves grow, `svg` draws them; this is for the last state.
"""

import contextlib
import textwrap

import numpy as np
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from .progress import counted
from .styles import GHOSTS, choose_style
from .text import font_families, readable

_FAR = 1e150  # further out matplotlib's own sums overflow


class CurvesFigure(Figure):
    """A figure that draws the newest curves each time it is drawn.

    Parameters
    ----------
    animator : Animator
        Its `spec` and `curves` are read.
    nrows, ncols : int
        The curves are on the first axes; the others are the learner's.
    """

    def __init__(self, animator, nrows=1, ncols=1):
        spec = animator.spec
        super().__init__(figsize=spec["figsize"])
        FigureCanvasAgg(self)
        self._animator, self._own = animator, []
        self.ghosts, self.title, self.room = (), "", ()
        self.grid = self.subplots(nrows, ncols, squeeze=False).ravel()
        ax = self.grid[0]
        ax.set(xscale=spec["xscale"], yscale=spec["yscale"])
        for axis, name in ((ax.xaxis, "xlabel"), (ax.yaxis, "ylabel")):
            label = str(spec[name] or "")
            axis.set_label_text(readable(label), family=font_families(label))
        ax.grid(alpha=0.3)
        if counted(spec["xlabel"]) and spec["xscale"] == "linear":
            ax.xaxis.get_major_locator().set_params(integer=True)
        for axis in (ax.xaxis, ax.yaxis):
            if axis.get_scale() == "log":  # 0.01 is easier to read than 10⁻²
                axis.set_minor_locator(NullLocator())
                axis.set_major_locator(_LogTicks(numticks=7))
                axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        width, height = spec["figsize"]
        if (nrows, ncols) == (1, 1):
            self.subplots_adjust(
                left=min(0.95 / width, 0.28), right=max(1 - 1.7 / width, 0.6),
                bottom=min(0.5 / height, 0.3), top=max(1 - 0.15 / height, 0.9),
            )  # fmt: skip

    def draw(self, renderer):
        """Draw, with the newest points."""
        self._renew()
        super().draw(renderer)

    def get_tightbbox(self, *args, **kwargs):
        """Return the space that is needed, with the newest points."""
        self._renew()
        return super().get_tightbbox(*args, **kwargs)

    def _renew(self):
        while self._own:
            with contextlib.suppress(Exception):  # a learner has removed it
                self._own.pop().remove()
        ax, spec = self.grid[0], self._animator.spec
        # A run that goes on adds points meanwhile, in another thread.
        ends = [min(map(len, curve)) for curve in self._animator.curves]
        curves = [
            (xs[:n], ys[:n])
            for n, (xs, ys) in zip(ends, self._animator.curves, strict=False)
        ]
        names = self._animator.names(len(curves)) if spec["legend"] else []
        words = [*names, self.title, *(label for label, _ in self.ghosts)]
        family = font_families("".join(words))
        pale = []
        for colour, (label, old) in zip(GHOSTS, self.ghosts, strict=False):
            lines = [
                self._line(k, points, colour)
                for k, points in enumerate(old)
                if self._has_line(k)
            ]
            pale += [(lines[0], label)] if lines else []
        lines = [self._line(k, points) for k, points in enumerate(curves)]
        self._fit(curves)
        named = [*zip(lines, names, strict=False), *pale]
        if ax.get_legend() is None and (named or self.title):
            legend = ax.legend(
                [line for line, _ in named],
                [readable(_fold(name)) for _, name in named],
                loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0,
                frameon=False, alignment="left", title_fontsize=8,
                title=readable(_fold(self.title)) or None,
                prop={"family": family, "size": 8},
            )  # fmt: skip
            self._own.append(legend)

    def _line(self, k, points, ghost=None):
        colour, dash, marker = choose_style(k, self._animator.spec["fmts"])
        if colour == "currentColor":
            colour = rcParams["text.color"]
        (line,) = self.grid[0].plot(
            *self._drawable(points), color=colour, linewidth=1.8, markersize=3,
            linestyle="none" if dash is None else (0, dash or None),
            marker="." if marker == "auto" else marker,
        )  # fmt: skip
        if ghost:
            line.set(color=ghost, linewidth=1, alpha=0.6)
        self._own.append(line)
        return line

    def _has_line(self, k):
        return choose_style(k, self._animator.spec["fmts"]).dash is not None

    def _drawable(self, points):
        spec = self._animator.spec
        return [
            drawable(values, spec[scale])
            for values, scale in zip(points, ("xscale", "yscale"), strict=True)
        ]

    def _fit(self, curves):
        spec, ax = self._animator.spec, self.grid[0]
        everything = [*curves, *self.room]
        for _, old in self.ghosts:
            everything += [c for k, c in enumerate(old) if self._has_line(k)]
        for i, name in enumerate("xy"):
            wanted = spec[f"{name}lim"]
            margin = 0 if wanted and name == "x" else 0.05
            limits = span(
                [points[i] for points in everything], spec[f"{name}scale"],
                wanted, margin,
            )  # fmt: skip
            ax.set(**{f"{name}lim": limits})


def _fold(text, width=24):
    """Fold "a = 1, b = 2" between two settings, not within one."""
    tied = text.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
    lines = textwrap.wrap(tied, width)
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def drawable(values, scale) -> np.ndarray:
    """Return `values` as floats, with NaN for what the axis cannot show."""
    values = np.asarray(values, dtype=float)
    shown = np.abs(values) <= _FAR
    if scale == "log":
        shown &= values >= 1 / _FAR
    return np.where(shown, values, np.nan)


class _LogTicks(LogLocator):
    """Ticks at 1, 10, 100 ..., and at 2 and 5 in between on a short axis."""

    def tick_values(self, vmin, vmax):
        self.set_params(subs=(1, 2, 5) if vmax < 50 * vmin else (1,))
        return super().tick_values(vmin, vmax)


def span(arrays, scale, wanted, margin) -> tuple[float, float]:
    """Return axis limits that hold every drawable value and `wanted`."""
    arrays = [drawable(np.ravel(a), scale) for a in (*arrays, wanted or ())]
    values = np.concatenate([a[~np.isnan(a)] for a in arrays])
    if not values.size:
        return (0.1, 1) if scale == "log" else (0, 1)
    low, high = values.min(), values.max()
    if scale == "log":
        low, high = np.log10([low, high])
    pad = margin * (high - low) if high > low else 0.5
    if scale == "log":
        return 10 ** (low - pad), 10 ** (high + pad)
    return low - pad, high + pad
