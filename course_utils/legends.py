"""The legend beside a chart, whose title changes with every run."""

import textwrap

from matplotlib.lines import Line2D

__all__ = ["Legend"]


class Legend:
    """Names of curves beside the axes, where they cover no curve.

    Drawing a text takes 1 ms or two, so that the names are drawn once, and
    in every frame only the title above them.

    Parameters
    ----------
    ax : the Axes
    curves : list of Line2D, of which those with a label are named
    ghosts : list of (colour, label), of paler curves
    title : str, as in `draw_title`
    """

    def __init__(self, ax, curves, ghosts, title):
        handles = [a for a in curves if not a.get_label().startswith("_")]
        labels = [a.get_label() for a in handles]
        for colour, label in ghosts:
            handles.append(Line2D([], [], color=colour, alpha=0.6))
            labels.append(textwrap.fill(label, 22))
        self._ax, self._lines = ax, _fill(title).count("\n")
        self._legend = ax.legend(
            handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1),
            fontsize=8, frameon=False, borderaxespad=0, alignment="left",
            title=_fill(title), title_fontsize=8,
        )  # fmt: skip
        self._legend.set_animated(True)

    def has_room(self, title):
        """Tell whether `title` has as many lines as the first one."""
        return _fill(title).count("\n") == self._lines

    def draw(self):
        """Draw all but the title, for which this leaves room."""
        self._legend.get_title().set_visible(False)
        self._ax.draw_artist(self._legend)

    def draw_title(self, title):
        """Draw the title, after `draw` has found its place."""
        text = self._legend.get_title()
        text.set(text=_fill(title), visible=True)
        self._ax.draw_artist(text)


def _fill(title):
    return textwrap.fill(title, 24)
