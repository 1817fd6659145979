"""Where pictures are seen outside a panel: a notebook's cell, a terminal."""

import atexit
import base64
import contextlib
import math
import sys
import threading
import time

from . import frontend
from .encoding import draw_png

__all__ = ["Throttle", "bundle", "show_figure", "view_here"]

FRAME = 0.1  # seconds between two frames, at least
# view -> (animator, thread): to be drawn once more when the cell has ended
_open = {}


class Throttle:
    """Lets a frame pass each `pause` seconds: training has 3/4 of the time.

    ``if throttle.due(): with throttle.frame(): draw()``
    """

    def __init__(self, pause=FRAME):
        self._pause, self._due_at, self.frames = pause, -math.inf, 0

    def due(self):
        """Tell whether it is time for a frame."""
        return time.monotonic() >= self._due_at

    @contextlib.contextmanager
    def frame(self):
        """Measure how long a frame takes."""
        began = time.monotonic()
        yield
        now, self.frames = time.monotonic(), self.frames + 1
        self._due_at = now + max(self._pause, 3 * (now - began))


def bundle(png, alt, figsize):
    """Return (data, metadata) of a picture, as Jupyter messages want it.

    `figsize` is in inches; an inch is 100 CSS pixels. nbconvert and
    JupyterLab take `alt` from the metadata.
    """
    data = {
        "image/png": base64.b64encode(png).decode("ascii"),
        "text/plain": alt,
    }
    width, height = (round(100 * inches) for inches in figsize)
    size = {"alt": alt, "width": width, "height": height}
    return data, {"image/png": size}


def show_figure(figure, alt):
    """Show a matplotlib figure below the running cell, if there is one."""
    if frontend.kernel() is None:
        return
    from IPython.display import display

    figsize = figure.get_size_inches()
    data, metadata = bundle(draw_png(figure), alt, figsize)
    display(data, metadata=metadata, raw=True)


class NotebookView:
    """A cell's output: one picture, updated in place."""

    def __init__(self):
        self._handle, self._throttle = None, Throttle()
        # A robot (nbval, nbconvert) keeps the last frame: it gets no other.
        self._frames = frontend.has_person()
        events = frontend.kernel().shell.events
        if _draw_what_is_open not in events.callbacks["post_execute"]:
            events.register("post_execute", _draw_what_is_open)

    def update(self, animator):
        """Show the newest points: now, or when the cell has ended."""
        _open[self] = animator, threading.get_ident()
        if self._frames and self._throttle.due():
            with self._throttle.frame():
                self.draw(animator)

    def draw(self, animator):
        """Show the newest points now."""
        figsize = animator.spec["figsize"]
        self._send(*bundle(animator.picture(), animator.describe(), figsize))

    def _send(self, data, metadata):
        from IPython.display import display

        if self._handle is None:
            self._handle = display(
                data, metadata=metadata, raw=True, display_id=True
            )
        else:
            self._handle.update(data, metadata=metadata, raw=True)


def _draw_what_is_open():
    # A slider's message ends too, in a thread of its own perhaps: what a cell
    # in the main thread still draws is not that thread's business.
    everything = threading.current_thread() is threading.main_thread()
    views = [
        view
        for view, (_, thread) in list(_open.items())
        if everything or thread == threading.get_ident()
    ]
    opened = [(view, _open.pop(view, None)) for view in views]
    for view, found in opened:
        if found:
            view.draw(found[0])


class TerminalView:
    """A terminal: one line of numbers, written over and over."""

    def __init__(self):
        self._throttle, self._begun = Throttle(), False

    def update(self, animator):
        """Write the newest numbers, if someone may be looking."""
        if not sys.stderr.isatty() or not self._throttle.due():
            return
        if not self._begun:
            self._begun = True
            atexit.register(sys.stderr.write, "\n")
        with self._throttle.frame():
            sys.stderr.write("\r\x1b[K" + animator.describe())
            sys.stderr.flush()


def view_here():
    """Return the view that suits this process."""
    return TerminalView() if frontend.kernel() is None else NotebookView()
