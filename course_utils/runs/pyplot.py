"""Figures that a learner's function makes with matplotlib.pyplot.

pyplot has one list of open figures for all threads, and a notebook shows and
closes them when a cell or a slider's message ends. So a run gets its own list.
It is private to matplotlib (``_pylab_helpers.Gcf.figs``); there is no public
way. Tests hold this to matplotlib 3.7 and to the current one.
"""

import contextlib
import threading
from collections import OrderedDict, UserDict
from collections.abc import Iterator
from functools import partial

from matplotlib._pylab_helpers import Gcf

_this_thread = threading.local()  # open: number -> manager; asked_for: figures


class _OpenFigures(UserDict):
    """pyplot's open figures: those of this thread's run, or all others."""

    def __init__(self, shared):
        self._shared = shared

    @property
    def data(self):
        mine = getattr(_this_thread, "open", None)
        return self._shared if mine is None else mine

    def __setitem__(self, number, manager):
        if self.data is not self._shared:
            figure = manager.canvas.figure
            figure._ipython_display_ = partial(_leave_to_the_panel, figure)
        self.data[number] = manager

    def values(self):  # those of UserDict cannot be reversed
        return self.data.values()

    def move_to_end(self, number):
        self.data.move_to_end(number)


def _leave_to_the_panel(figure):
    """Stand in for what shows a figure below a cell, also by plt.show()."""
    if getattr(_this_thread, "open", None) is None:
        raise NotImplementedError  # then IPython goes on as ever
    _this_thread.asked_for.append(figure)


@contextlib.contextmanager
def pyplot_figures() -> Iterator[list]:
    """Collect what pyplot makes in this thread, and close it at the end.

    What the learner has closed, and not shown before, is left out.
    """
    if not isinstance(Gcf.figs, _OpenFigures):
        Gcf.figs = _OpenFigures(Gcf.figs)
    figures = []
    try:
        _this_thread.open, _this_thread.asked_for = OrderedDict(), figures
        yield figures
    finally:
        try:
            left = [each.canvas.figure for each in _this_thread.open.values()]
            figures[:] = dict.fromkeys([*figures, *left])  # each one once
            Gcf.destroy_all()
        finally:
            _this_thread.open = None
