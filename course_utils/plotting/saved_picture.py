"""The picture of an Animator's curves that a saved notebook or a file keeps.

matplotlib draws it, once; while curves grow, `svg` draws them. What is saved
of a panel, one picture of all that it shows, is made by ``Screen.saved`` in
`panel/screen.py`.
"""

import contextlib

import numpy as np
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from .axes import drop_gaps, find_limits
from .legend import add_legend
from .matplotlib_text import font_families, readable
from .progress import counted
from .styles import GHOSTS, choose_style


class CurvesFigure(Figure):
    """A figure that draws the newest curves of `animator` each time.

    They are on the first axes of the grid; the others are the learner's.
    """

    def __init__(self, animator, nrows=1, ncols=1):
        spec = animator.spec
        super().__init__(figsize=spec["figsize"])
        FigureCanvasAgg(self)
        self._animator, self._own = animator, []
        self.ghosts, self.title = (), ""
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

    def _renew(self):
        while self._own:
            with contextlib.suppress(Exception):  # a learner has removed it
                self._own.pop().remove()
        spec = self._animator.spec
        # A run that goes on adds points meanwhile, in another thread.
        ends = [min(map(len, curve)) for curve in self._animator.curves]
        curves = [
            (xs[:n], ys[:n])
            for n, (xs, ys) in zip(ends, self._animator.curves, strict=False)
        ]
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
        names = self._animator.names(len(curves)) if spec["legend"] else []
        named = [*zip(lines, names, strict=False), *pale]
        legend = add_legend(self.grid[0], named, self.title)
        self._own += [legend] if legend else []

    def _line(self, k, points, ghost=None):
        colour, dash, marker = choose_style(k, self._animator.spec["fmts"])
        if colour == "currentColor":
            colour = rcParams["text.color"]
        spec = self._animator.spec
        xs, ys = (np.asarray(values, float) for values in points)
        (line,) = self.grid[0].plot(
            drop_gaps(xs, spec["xscale"]), drop_gaps(ys, spec["yscale"]),
            color=colour, linewidth=1.8, markersize=3,
            linestyle="none" if dash is None else (0, dash or None),
            marker="." if marker == "auto" else marker,
        )  # fmt: skip
        if ghost:
            line.set(color=ghost, linewidth=1, alpha=0.6)
        self._own.append(line)
        return line

    def _has_line(self, k):
        return choose_style(k, self._animator.spec["fmts"]).dash is not None

    def _fit(self, curves):
        shown = list(curves)
        for _, old in self.ghosts:
            shown += [c for k, c in enumerate(old) if self._has_line(k)]
        for n, name in enumerate("xy"):
            arrays = [points[n] for points in shown]
            limits = find_limits(name, self._animator.spec, arrays)
            self.grid[0].set(**{f"{name}lim": limits})


class _LogTicks(LogLocator):
    """Ticks at 1, 10, 100 ..., and at 2 and 5 in between on a short axis."""

    def tick_values(self, vmin, vmax):
        self.set_params(subs=(1, 2, 5) if vmax < 50 * vmin else (1,))
        return super().tick_values(vmin, vmax)
