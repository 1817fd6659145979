"""Figures that a learner's function makes with matplotlib.pyplot.

pyplot keeps a figure until somebody closes it, and a notebook shows what is
open whenever a cell or a slider's message has ended. A run's figures would
come half-drawn then, and below another cell: they belong in the panel.
"""

import contextlib
import sys
import threading
from collections.abc import Iterator
from functools import partial

import matplotlib
from matplotlib.figure import Figure

__all__ = ["caption", "figures_of", "keep", "pyplot_figures"]

_thread = threading.local()


@contextlib.contextmanager
def pyplot_figures() -> Iterator[list]:
    """Hold back what pyplot makes in this thread; list it, closed, in the end.

    What the learner has closed, and not shown before, is not in the list.
    """
    hook = f"{__name__}:keep"
    if hook not in matplotlib.rcParams["figure.hooks"]:
        matplotlib.rcParams["figure.hooks"] += [hook]
    _thread.made, figures = {}, []
    try:
        yield figures
    finally:
        made, _thread.made = _thread.made, None
        for figure, asked_for in made.items():
            del figure._ipython_display_
            pyplot = sys.modules["matplotlib.pyplot"]
            if asked_for or pyplot.fignum_exists(figure.number):
                figures.append(figure)
            pyplot.close(figure)


def keep(figure: Figure) -> None:
    """Leave a new figure to the run of this thread; pyplot calls this."""
    made = getattr(_thread, "made", None)
    if made is not None:
        made[figure] = False
        # IPython calls this to show a figure below a cell: for plt.show(), too
        figure._ipython_display_ = partial(made.__setitem__, figure, True)


def figures_of(run) -> list:
    """Return the figures of `run`, without those of its Animators."""
    made = [*run.figures, run.result]
    charts = [animator.chart.fig for animator in run.animators]
    return [
        figure
        for figure in dict.fromkeys(f for f in made if isinstance(f, Figure))
        if figure not in charts
    ]


def caption(figure: Figure) -> str:
    """Return words for a figure: its label, or the titles in it."""
    titles = (ax.get_title() for ax in figure.axes)
    return figure.get_label() or ", ".join(filter(None, titles))
