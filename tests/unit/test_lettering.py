import numpy as np
from matplotlib import rc_context
from matplotlib.lines import Line2D

from course_utils.encoding import DPI
from course_utils.lettering import ROW, SAMPLE, in_pixels, sample, written


def test_a_text_is_as_wide_as_its_letters_and_has_no_background():
    short, long = written("lambd"), written("lambd = 3")
    assert short.shape[0] == long.shape[0] == round(in_pixels(ROW))
    assert 0 < short.shape[1] < long.shape[1]
    assert (short[..., 3] == 0).any() and (short[..., 3] > 200).any()


def test_a_text_is_written_once_for_each_colour():
    assert written("p = 0.5") is written("p = 0.5")
    with rc_context({"text.color": "#ff0000"}):
        red = written("p = 0.5")
    assert (red[red[..., 3] > 0][:, 0] == 255).all()
    black = written("p = 0.5")
    assert (black[black[..., 3] > 0][:, :3] == 0).all()


def test_a_formula_has_two_rows_and_an_empty_text_no_pixel():
    assert len(written("$x^2$")) == int(in_pixels(2 * ROW))
    assert not written("")[..., 3].any()


def test_a_sample_has_the_colour_and_one_marker_in_the_middle():
    curve = Line2D([], [], color="#0072B2", marker="o", markersize=4)
    pixels = sample(curve)
    size = round(in_pixels(ROW)), round(SAMPLE * DPI / 72)
    assert pixels.shape[:2] == size
    height = (pixels[..., 3] > 0).sum(axis=0)
    middle = len(height) // 2
    assert height.all() and height[0] == height[-1]
    assert height[middle] > 1.5 * height[2]
    assert height.argmax() in range(middle - 6, middle + 7)
    solid = pixels[pixels[..., 3] == 255]
    assert (solid[:, :3] == np.array([0x00, 0x72, 0xB2])).all()
