import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from course_utils.encoding import DPI, draw_png, to_jpeg, to_small_png


@pytest.fixture(scope="module")
def figure():
    """Return a drawn figure with a blue line of five picture pixels."""
    figure = Figure(figsize=(3, 2), dpi=DPI)
    FigureCanvasAgg(figure)
    figure.add_subplot().plot([0, 1], [0, 1], color="#0072B2", linewidth=2)
    figure.canvas.draw()
    return figure


def pixels(data):
    image = Image.open(io.BytesIO(data))
    return image.format, np.asarray(image.convert("RGB")).astype(int)


def test_a_small_png_and_a_jpeg_look_like_the_exact_picture(figure):
    exact = pixels(draw_png(figure))[1]
    for encode, form in ((to_small_png, "PNG"), (to_jpeg, "JPEG")):
        name, picture = pixels(encode(figure))
        assert name == form
        assert picture.shape == exact.shape == (2 * DPI, 3 * DPI, 3)
        error = abs(picture - exact)
        assert error.mean() < 0.5
        assert (picture[0, 0] == 255).all()  # the page's white
        # The line's own pixels, where a blurred colour would show.
        line = abs(exact - [0x00, 0x72, 0xB2]).sum(axis=2) == 0
        assert line.sum() > 500
        assert error[line].mean() < 8


def test_a_small_png_has_fewer_bytes(figure):
    assert len(to_small_png(figure)) < 0.6 * len(draw_png(figure))


def test_a_jpeg_has_a_colour_for_each_pixel(figure):
    """Else thin lines fade: four pixels would share one."""
    image = Image.open(io.BytesIO(to_jpeg(figure)))
    assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3


def test_a_small_png_has_64_colours_at_most():
    figure = Figure(figsize=(2, 2), dpi=DPI)
    FigureCanvasAgg(figure)
    figure.add_axes((0, 0, 1, 1)).imshow(np.arange(400).reshape(20, 20))
    figure.canvas.draw()
    image = Image.open(io.BytesIO(to_small_png(figure)))
    assert 32 < len(image.getcolors()) <= 64


def test_any_figure_is_drawn_sharp():
    figure = Figure(figsize=(1, 1), dpi=50)
    figure.text(0.5, 0.5, "x")
    form, picture = pixels(draw_png(figure))
    assert (form, picture.shape) == ("PNG", (DPI, DPI, 3))
    assert picture.min() < 50
