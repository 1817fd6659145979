"""What a panel shows: pictures, a status line, a learner's error."""

import html
import sys
import threading

import ipywidgets as widgets
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from . import describing
from .controls import text_line
from .drawing import DPI, encode_png
from .pictures import Picture
from .run import current_run
from .views import Throttle

__all__ = ["Screen"]

GHOSTS, HISTORY = 6, 100  # earlier runs that are shown, and remembered


class Screen:
    """The view of one panel's runs, drawn by the thread that trains.

    Nothing is printed: what a thread prints ends up in another cell.
    `history` lists the finished runs, `pictures` the pictures.
    """

    def __init__(self):
        self.history, self.pictures = [], []
        self._kept = {}  # key -> run: the newest one, and the ghosts
        self._charts = {}
        self._drawing = threading.RLock()  # Clear draws in another thread
        self._status = text_line(layout={"min_height": "2.4em"})
        self._error = text_line(layout={"overflow": "auto"})
        self.box = widgets.VBox([self._status, self._error])

    @property
    def status(self):
        """The status line."""
        return self._status.value

    @property
    def error(self):
        """The traceback below the pictures, or ""."""
        return self._error.value

    @property
    def kept(self):
        """The runs that stay as ghosts, and last the newest one."""
        return list(self._kept.values())

    def changed(self, run):
        """Show that `run` has begun or ended."""
        if run.state == "running":
            self._throttle, self._error.value = Throttle(), ""
        elif run.state == "done":
            self._keep(run)
            if isinstance(run.result, Figure):
                self._show(run.result, run.result.get_label(), run)
                run.result = None
        elif run.state == "failed":
            text = html.escape(describing.brief_traceback(run.error))
            self._error.value = f"<pre>{text}</pre>"
        if run.state in ("done", "diverged"):
            self._draw(run)
        self._say(run)

    def update(self, animator):
        """Show a frame, unless the last one was a moment ago."""
        if self._throttle.due():
            with self._throttle.frame():
                self._draw(current_run())
                self._say(current_run())

    def show_figure(self, figure, alt):
        """Show a matplotlib figure below the curves of the current run."""
        self._show(figure, alt, current_run())

    def forget(self, run):
        """Drop the earlier runs; go on showing `run`."""
        with self._drawing:
            self._kept.clear()
            self.history.clear()
            if run.state == "done":
                self._kept[run.key] = run
                self._draw(run)

    def _draw(self, run):
        """Draw the curves of `run`, and paler those of earlier runs."""
        with self._drawing:
            ghosts = [ghost for ghost in self.kept if ghost.key != run.key]
            ghosts = ghosts[-GHOSTS:]
            *names, title = describing.labels([*ghosts, run])
            for k, animator in enumerate(run.animators):
                self._share_chart(k, animator)
                curves = [
                    (name, ghost.animators[k].curves)
                    for name, ghost in zip(names, ghosts, strict=True)
                    if k < len(ghost.animators)
                ]
                animator.chart.set_ghosts(curves, title)
                alt = describing.describe_settings(run.settings)
                self._picture(k).show(
                    animator.png(),
                    animator.spec["figsize"],
                    f"{alt}. {animator.describe()}",
                )

    def _show(self, figure, alt, run):
        FigureCanvasAgg(figure)
        figure.set_dpi(DPI)
        picture = self._picture(len(run.animators) + run.figures)
        run.figures += 1
        alt = f"{describing.describe_settings(run.settings)}. {alt}".strip()
        picture.show(encode_png(figure), figure.get_size_inches(), alt)
        if "matplotlib.pyplot" in sys.modules:  # else it would show it again
            sys.modules["matplotlib.pyplot"].close(figure)

    def _keep(self, run):
        self.history = [*self.history, run][-HISTORY:]
        with self._drawing:
            self._kept.pop(run.key, None)  # the same settings: replaced
            self._kept[run.key] = run
            for key in list(self._kept)[: -GHOSTS - 1]:
                del self._kept[key]

    def _share_chart(self, k, animator):
        """Let every run draw on one figure: a new one takes 20 ms."""
        spec, chart = self._charts.get(k, (None, None))
        if spec != animator.spec:
            chart = animator.chart
            self._charts[k] = animator.spec, chart
        animator.chart = chart

    def _picture(self, k):
        while k >= len(self.pictures):
            self.pictures.append(Picture())
            self.box.children = [self._status, *self.pictures, self._error]
        return self.pictures[k]

    def _say(self, run):
        text = html.escape(describing.describe_run(run))
        quiet = "off" if run.state == "running" else "polite"
        self._status.value = (
            f'<div role="status" aria-live="{quiet}">{text}</div>'
        )
