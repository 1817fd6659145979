"""The pictures of a panel."""

import io

import ipywidgets as widgets
from PIL import Image
from traitlets import Unicode

from .encoding import DPI
from .views import bundle

__all__ = ["Gallery", "Picture", "all_in_one"]


class Picture(widgets.Image):
    """A picture with alternative text, sharp on HiDPI screens."""

    # ipywidgets 8 shows a tooltip only beside an empty description, and its
    # own Image, which has none, fails to appear when it has a tooltip.
    description = Unicode("").tag(sync=True)

    def __init__(self):
        super().__init__(format="png", layout={"max_width": "100%"})
        self.alt = ""

    def show(self, data, figsize, alt):
        """Show PNG or JPEG `data`; an inch of `figsize` is 100 CSS pixels."""
        self.layout.width = f"{round(100 * figsize[0])}px"
        with self.hold_sync():  # one message
            self.format = "png" if data.startswith(b"\x89PNG") else "jpeg"
            self.value = data
        self.alt = alt
        if self.has_trait("tooltip"):  # the title of the <img>, in version 8
            self.tooltip = alt


class Gallery:
    """The pictures of one run below each other; the next run takes over."""

    def __init__(self):
        self.pictures, self._places = [], {}
        self.box = widgets.VBox()

    def begin(self):
        """Let the next run fill the places from the top."""
        self._places = {}

    def place(self, item):
        """Keep a place for `item`, an animator or figure, in its order."""
        return self._places.setdefault(item, len(self._places))

    def show(self, item, data, figsize, alt):
        """Show the picture of `item` in its place."""
        place = self.place(item)
        while place >= len(self.pictures):
            self.pictures.append(Picture())
            self.box.children = list(self.pictures)
        self.pictures[place].show(data, figsize, alt)

    def end(self):
        """Remove the pictures that the run did not take over."""
        surplus = self.pictures[len(self._places) :]
        del self.pictures[len(self._places) :]
        if surplus:
            self.box.children = list(self.pictures)
        for picture in surplus:
            picture.close()


def all_in_one(pictures):
    """Return (data, metadata) of a page with all pictures, for Jupyter."""
    images = [Image.open(io.BytesIO(p.value)) for p in pictures if p.value]
    if not images:
        return {"text/plain": "sliders, and no picture yet"}, {}
    width = max(image.width for image in images)
    height = sum(image.height for image in images)
    page, top = Image.new("RGB", (width, height), "white"), 0
    for image in images:
        page.paste(image, (0, top))
        top += image.height
    data = io.BytesIO()
    # 64 colours: a third of the size, which a saved notebook keeps for long.
    page.quantize(64).save(data, "PNG", optimize=True)
    alt = "\n".join(picture.alt for picture in pictures)
    return bundle(data.getvalue(), alt, (width / DPI, height / DPI))
