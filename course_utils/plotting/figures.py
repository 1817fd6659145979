"""Matplotlib figures and images, shown below a cell or in a panel."""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from .. import frontend
from ..runs.run import current_run
from .matplotlib_text import readable, texts

DPI = 200  # two picture pixels for each CSS pixel: sharp on HiDPI screens
_MARGIN = 0.1  # inches around a figure, as notebooks have it


def draw_png(figure: Figure, *, whole: bool = False) -> bytes:
    """Draw a matplotlib figure with all that belongs to it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Stays as it is. What stands outside of it makes the picture larger.
    whole : bool
        Whether nothing stands outside: that takes half of the time.

    Returns
    -------
    bytes
        The picture, PNG with 200 pixels an inch.
    """
    if not isinstance(figure.canvas, FigureCanvasAgg):
        FigureCanvasAgg(figure)
    # A layout engine makes room for all that belongs to the axes.
    laid_out = whole or figure.get_layout_engine() is not None
    data = io.BytesIO()
    figure.savefig(
        data, format="png", dpi=DPI,
        bbox_inches=None if laid_out else _needed(figure),
        pil_kwargs={"compress_level": 1},  # a third of the time
    )  # fmt: skip
    return data.getvalue()


def _needed(figure):
    """Return the box around a figure and what stands outside, in inches."""
    figure.draw_without_rendering()
    content = figure.get_tightbbox()
    own = Bbox.from_bounds(0, 0, *figure.get_size_inches())
    box = Bbox.union([own, content])
    if (box.min == own.min).all() and (box.max == own.max).all():
        return None
    return box.padded(_MARGIN)


def bundle(png: bytes, alt: str) -> tuple[dict, dict]:
    """Return (data, metadata) of a PNG picture, as Jupyter messages want it.

    Front ends take size and alternative text from the metadata.
    """
    data = {
        "image/png": base64.b64encode(png).decode("ascii"),
        "text/plain": alt,
    }
    size = Image.open(io.BytesIO(png)).size
    width, height = (round(100 * pixels / DPI) for pixels in size)  # of CSS
    details = {"alt": alt, "width": width, "height": height}
    return data, {"image/png": details}


def image_tag(data: dict, metadata: dict) -> str:
    """Return what `bundle` has returned as an HTML image."""
    details = metadata["image/png"]
    return (
        f'<img src="data:image/png;base64,{data["image/png"]}"'
        f' alt="{html.escape(details["alt"])}"'
        f' style="width:{details["width"]}px;max-width:100%">'
    )


def show_figure(figure: Figure, alt: str) -> None:
    """Show a matplotlib figure below the running cell, or in the panel.

    Outside a notebook nothing is shown.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Made with ``Figure(...)`` or by pyplot.
    alt : str
        What it shows, in words, for readers who do not see it.
    """
    run = current_run()
    if run is not None:
        run.view.show_figure(figure, alt)
    elif frontend.kernel() is not None:
        data, metadata = bundle(draw_png(figure), alt)
        display(data, metadata=metadata, raw=True)


def caption(figure: Figure) -> str:
    """Return words for a figure: its label, or the titles in it."""
    titles = [ax.get_title() for ax in figure.axes]
    if figure._suptitle:  # matplotlib 3.7 has no get_suptitle
        titles.insert(0, figure._suptitle.get_text())
    return figure.get_label() or ", ".join(filter(None, titles))


def show_images(
    imgs: Sequence,
    num_rows: int,
    num_cols: int,
    titles: Sequence[str] | None = None,
    scale: float = 1.5,
) -> list:
    """Show images in a grid.

    Parameters
    ----------
    imgs : Tensor, array or sequence of n images
        Each (height, width), (1, height, width) or (height, width, 1) is
        grey, from its smallest value (black) to its largest (white); each
        (3, height, width) or (height, width, 3), or with 4 for transparency,
        is in colour, floats in [0, 1] or integers in [0, 255]. PIL images
        are taken as well.
    num_rows, num_cols : int
        The shape of the grid, >= 1.
    titles : list of str, optional
        One for each image.
    scale : float
        Inches for each image, > 0.

    Returns
    -------
    list of matplotlib axes, (num_rows * num_cols,)

    Raises
    ------
    ValueError
        If there are fewer titles than images, or an image has another shape.

    Notes
    -----
    Name and first arguments are those of *Dive into Deep Learning*, 3.5.
    """
    names = texts(titles)
    n = min(len(imgs), num_rows * num_cols)
    if names and len(names) < n:
        raise ValueError(f"titles must name {n} images, got {len(names)}")
    pixels = [_pixels(imgs[k]) for k in range(n)]
    lines = max((name.count("\n") + 1 for name in names), default=0)
    height = num_rows * (scale + 0.16 * lines)  # 9 points a line, and space
    figure = Figure((num_cols * scale, height), layout="constrained")
    axes = figure.subplots(num_rows, num_cols, squeeze=False).ravel()
    for ax in axes:
        ax.set_axis_off()
    for k, ax in enumerate(axes[:n]):
        ax.imshow(pixels[k], cmap="gray")
        if names:
            ax.set_title(readable(names[k]), fontsize=9)
    show_figure(figure, f"{n} images. {', '.join(names[:n])}".strip())
    return list(axes)


def _pixels(img):
    """Return one image as imshow takes it: (h, w) or (h, w, 3 or 4)."""
    if hasattr(img, "detach"):
        img = img.detach().cpu()
    pixels = np.asarray(img)
    shape = pixels.shape
    if pixels.ndim == 3 and shape[0] in (1, 3, 4) and shape[2] not in (3, 4):
        pixels = np.moveaxis(pixels, 0, 2)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    colour = pixels.ndim == 3 and pixels.shape[2] in (3, 4)
    if not (pixels.ndim == 2 or colour):
        raise ValueError(
            "an image must have shape (height, width) or (height, width, 3),"
            f" or the same with channels first, got {shape}"
        )
    if colour and np.issubdtype(pixels.dtype, np.floating):
        pixels = pixels.clip(0, 1)
    return pixels
