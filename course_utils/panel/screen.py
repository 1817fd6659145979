"""What a panel shows: a status line, what is printed, pictures, an error."""

import functools
import html
import io
import threading
from pathlib import Path

import ipywidgets as widgets
from matplotlib._pylab_helpers import Gcf
from matplotlib.figure import Figure
from PIL import Image

from ..plotting.figures import bundle, caption, draw_png, image_tag
from ..plotting.styles import GHOSTS
from ..plotting.views import Throttle
from ..runs import results
from ..runs.run import current_run
from . import words
from .controls import text_line

HISTORY = 100  # runs that are remembered
PAUSE = 0.09  # seconds between frames
QUIET = 1.0  # seconds without news after which the clock is shown
FLEETING = 1.0  # seconds in which frames go by too fast to point at values

_STYLE = Path(__file__).with_name("panel.css").read_text("utf-8")


class Picture:
    """One picture of a panel: curves, or a figure; `alt` says it in words."""

    def __init__(self):
        self.widget, self.alt, self.png = text_line(), "", None

    def show(self, text, alt, png):
        """Show HTML `text`; `png` returns the same as PNG bytes."""
        self.widget.value, self.alt, self.png = text, alt, png


class Screen:
    """The view of one panel's runs, drawn by the thread that trains.

    Attributes
    ----------
    history : list of Run
        The finished runs, oldest first; the older keep small results only.
    pictures : list of Picture
        Those that are shown.
    """

    def __init__(self, name: str = "train"):
        self.name, self.note = name, ""
        self.settle = lambda: None  # called when no run has ended for a while
        self.history, self.kept = [], {}  # kept: key -> newest run, ghosts
        self.pictures, self._places = [], {}
        self._drawing = threading.RLock()  # Clear draws in another thread
        self._saying = threading.Lock()  # the supervisor tells the time
        self._throttle, self._shown_at = Throttle(PAUSE), 0.0
        self._status = text_line(layout={"min_height": "3.6em"})
        self._printed = text_line(layout={"overflow": "auto"})
        self._error = text_line(layout={"overflow": "auto"})
        self._gallery = widgets.VBox()
        style = text_line(layout={"display": "none"})
        style.value = f"<style>{_STYLE}</style>"
        self.children = [
            self._status, self._printed, self._gallery, self._error, style,
        ]  # fmt: skip

    @property
    def status(self):
        """The status line."""
        return self._status.value

    @property
    def error(self):
        """The traceback below the pictures, or ""."""
        return self._error.value

    @property
    def printed(self):
        """What the run that is shown has printed, as HTML, or ""."""
        return self._printed.value

    def changed(self, run):
        """Show that `run` has begun, has ended, or waits."""
        if run.state == "running":
            self._throttle, self._error.value = Throttle(PAUSE), ""
            self._places = {}
            for earlier in self.history[-1:]:  # the others were cut before
                results.keep_small(earlier)
        elif run.state == "done":
            for figure in _figures_of(run):
                self._show_figure(figure, caption(figure), run)
        elif run.state == "failed":
            text = html.escape(words.brief_traceback(run.error))
            self._error.value = f"<pre>{text}</pre>"
        if run.state in ("done", "diverged"):
            self._draw(run)
            self._remove_surplus()
        if run.state == "done":  # its picture could be drawn
            self._keep(run)
        self._say(run)

    def tick(self, run):
        """Show the time that a silent run has lasted, or what it waits for."""
        if (
            run.state == "waiting"
            or run.stopping
            or run.clock() > (self._shown_at + QUIET)
        ):
            self._say(run)

    def update(self, animator):
        """Show the newest points, a few times a second."""
        run = current_run()
        if run and self._throttle.due():
            with self._throttle.frame(), run.shielded():
                self._draw(run)
                self._say(run)

    def show_figure(self, figure, alt):
        """Show a matplotlib figure below the curves of the current run."""
        with current_run().shielded():
            self._show_figure(figure, alt, current_run())

    def forget(self, run, note=""):
        """Drop the earlier runs; go on showing `run`, if there is one."""
        with self._drawing:
            self.note = note
            self.kept.clear()
            self.history = []
            if run is not None and run.state == "done":
                self.kept[run.key] = run
            if run is not None and run.state not in ("waiting", "running"):
                self._draw(run)

    def release(self):
        """Let go of everything: IPython's Out may hold the panel for long."""
        with self._drawing:
            for run in self.history:
                results.keep_small(run)
            self.kept.clear()
            self.history = []

    def _draw(self, run):
        """Draw the curves of `run`, and paler those of earlier runs."""
        with self._drawing:
            ghosts = [g for g in self.kept.values() if g.key != run.key]
            del ghosts[: -len(GHOSTS)]
            *names, title = words.labels([*ghosts, run])
            told = words.describe_settings(run.words)
            # A finished run with these settings shows how far the axes of
            # one that goes on will have to reach.
            going_on = run.state == "running"
            same = self.kept.get(run.key, run) if going_on else run
            values = not going_on or run.clock() > FLEETING
            for k, animator in enumerate(run.animators):
                earlier = [
                    (name, ghost.animators[k].curves)
                    for name, ghost in zip(names, ghosts, strict=True)
                    if k < len(ghost.animators)
                ]
                room = [p for a in same.animators[k : k + 1] for p in a.curves]
                alt = f"{told}. {animator.describe()}"
                png = functools.partial(animator.picture, earlier, title)
                text = animator.html(
                    earlier, title=title, room=room, alt=alt, values=values
                )
                self._place(animator).show(text, alt, png)

    def _show_figure(self, figure, alt, run):
        for animator in run.animators:  # those made before come first
            self._place(animator)
        alt = f"{words.describe_settings(run.words)}. {alt}".strip()
        png = draw_png(figure)
        image = image_tag(*bundle(png, alt))
        self._place(figure).show(image, alt, lambda: png)
        Gcf.destroy_fig(figure)  # pyplot would show it once more

    def _place(self, item):
        """Return the picture of `item`, an animator or figure, in order."""
        place = self._places.setdefault(item, len(self._places))
        while place >= len(self.pictures):
            self.pictures.append(Picture())
            self._gallery.children = [p.widget for p in self.pictures]
        return self.pictures[place]

    def _remove_surplus(self):
        """Remove the pictures that the run did not take over."""
        surplus = self.pictures[len(self._places) :]
        del self.pictures[len(self._places) :]
        if surplus:
            self._gallery.children = [p.widget for p in self.pictures]
        for picture in surplus:
            picture.widget.close()

    def _keep(self, run):
        with self._drawing:
            self.history = [*self.history, run][-HISTORY:]
            self.kept.pop(run.key, None)  # the same settings: replaced
            self.kept[run.key] = run
            for key in list(self.kept)[: -len(GHOSTS) - 1]:
                del self.kept[key]
            for earlier in self.history[:-1]:
                if earlier not in self.kept.values():
                    earlier.animators = []  # no one will draw its points

    def _say(self, run):
        # What is read first must not be shown last.
        with self._saying:
            self._status.value = words.status_line(run, self.name, self.note)
            printed = run.printed.text
            self._printed.value = (
                f"<pre>{html.escape(printed)}</pre>" if printed else ""
            )
            if run.state == "running":
                self._shown_at = run.clock()

    def saved(self):
        """Return (data, metadata) of one picture with all that is shown."""
        with self._drawing:
            alt = "\n".join(picture.alt for picture in self.pictures)
            pngs = [p.png() for p in self.pictures if p.alt]
        if not pngs:
            return {"text/plain": "sliders, and no picture yet"}, {}
        images = [Image.open(io.BytesIO(png)) for png in pngs]
        width = max(image.width for image in images)
        height = sum(image.height for image in images)
        page, top = Image.new("RGB", (width, height), "white"), 0
        for image in images:
            page.paste(image, (0, top))
            top += image.height
        data = io.BytesIO()
        # 64 colours: a third of the size, which a notebook keeps for long.
        page.quantize(64).save(data, "PNG", optimize=True)
        return bundle(data.getvalue(), alt)


def _figures_of(run):
    """Return the figures of `run`, also a returned one; no Animator's."""
    result = [run.result] if isinstance(run.result, Figure) else []
    curves = [vars(animator).get("_figure") for animator in run.animators]
    made = dict.fromkeys([*run.figures, *result])
    return [figure for figure in made if figure not in curves]
