"""Where curves are seen outside a panel: a notebook's cell, a terminal."""

import atexit
import contextlib
import math
import sys
import threading
import time

from IPython.display import display
from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase

from .. import frontend
from .figures import bundle

FRAME = 0.1  # seconds between two frames, at least
# view -> (animator, thread): to be drawn once more when the cell has ended
_open = {}


class Throttle:
    """Limits how often frames are drawn, and the share of time they take.

    ``if throttle.due(): with throttle.frame(): draw()``. Between two frames
    are `pause` seconds at least; drawing takes a `share` in (0, 1) at most.
    At 0.04 a training takes 1/24 longer; sending a frame costs a little more.
    """

    def __init__(self, pause: float = FRAME, share: float = 0.04):
        self._pause, self._factor = pause, 1 / share - 1
        self._due_at = -math.inf

    def due(self):
        """Tell whether it is time for a frame."""
        return time.monotonic() >= self._due_at

    @contextlib.contextmanager
    def frame(self):
        """Measure how long a frame takes."""
        began = time.monotonic()
        yield
        now = time.monotonic()
        self._due_at = now + max(self._pause, self._factor * (now - began))


class NotebookView:
    """A cell's output: one picture, updated in place.

    While curves grow it is SVG; what stays, and is saved with the notebook,
    is a PNG picture, which every reader of notebooks shows.
    """

    def __init__(self):
        self._handle, self._throttle = None, Throttle()
        # A program (nbval, nbconvert) keeps the last picture only.
        self._frames = frontend.has_person()
        events = frontend.kernel().shell.events
        if _draw_what_is_open not in events.callbacks["post_execute"]:
            events.register("post_execute", _draw_what_is_open)

    def update(self, animator):
        """Show the newest points: now, or when the cell has ended."""
        _open[self] = animator, threading.current_thread()
        if self._frames and self._throttle.due():
            with self._throttle.frame():
                alt = animator.describe()
                data = {"text/html": animator.html(), "text/plain": alt}
                self._send(data, {})

    def draw(self, animator):
        """Show the newest points as they are to be saved."""
        self._send(*bundle(animator.picture(), animator.describe()))

    def _send(self, data, metadata):
        if self._handle is None:
            self._handle = display(
                data, metadata=metadata, raw=True, display_id=True
            )
        else:
            self._handle.update(data, metadata=metadata, raw=True)


def _draw_what_is_open():
    _forget_for_savefig()  # the next cell's plt.plot makes a new figure
    # A slider's message ends too, in a thread of its own perhaps: what a cell
    # in the main thread still draws is not that thread's business.
    here = threading.current_thread()
    for view, (animator, thread) in list(_open.items()):
        if here in (thread, threading.main_thread()) and _open.pop(view, None):
            view.draw(animator)


class TerminalView:
    """A terminal: one line of numbers, written over and over."""

    _throttle = Throttle()  # one line for all of a process
    _begun = False

    def update(self, animator):
        """Write the newest numbers, if someone may be looking."""
        if not sys.stderr.isatty() or not self._throttle.due():
            return
        if not TerminalView._begun:
            TerminalView._begun = True
            atexit.register(sys.stderr.write, "\n")
        with self._throttle.frame():
            sys.stderr.write("\r\x1b[K" + animator.describe())
            sys.stderr.flush()


def view_here():
    """Return the view that suits this process."""
    return TerminalView() if frontend.kernel() is None else NotebookView()


class _NewestCurves(FigureManagerBase):
    """Lets pyplot find the newest Animator's figure, as with the book's.

    ``plt.savefig("loss.png")`` after a training saves its curves then. The
    figure is made when pyplot asks for it; the cell shows a picture already.
    """

    num = 0  # no figure of pyplot's own has it: these begin with 1
    _cidgcf = 0  # matplotlib disconnects it when it closes all figures

    def __init__(self, animator):  # not that of the base: no canvas yet
        self._animator = animator

    @property
    def canvas(self):
        figure = self._animator.fig
        figure._ipython_display_ = lambda: None
        return figure.canvas

    def show(self):
        """Show nothing more."""

    def destroy(self):
        """Close nothing: the figure is the Animator's."""


def register_for_savefig(animator) -> None:
    """Make the animator's figure pyplot's current one, until the cell ends."""
    _forget_for_savefig()
    Gcf.figs[_NewestCurves.num] = _NewestCurves(animator)


def _forget_for_savefig():
    Gcf.figs.pop(_NewestCurves.num, None)
