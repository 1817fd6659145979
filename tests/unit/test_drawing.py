import contextlib
import io

import numpy as np
import pytest
from PIL import Image

from course_utils import drawing
from course_utils.drawing import Chart
from course_utils.encoding import DPI
from course_utils.errors import Stopped

BLUE = (0x00, 0x72, 0xB2)
PURPLE = (0x75, 0x70, 0xB3)


def chart(**changes):
    spec = {
        "xlabel": "epoch",
        "ylabel": "loss",
        "legend": ("train",),
        "xlim": None,
        "ylim": None,
        "xscale": "linear",
        "yscale": "linear",
        "fmts": (),
        "figsize": (4, 2),
    }
    return Chart(**spec | changes)


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def near(picture, colour, tolerance=40):
    return (abs(picture - np.array(colour)).sum(axis=2) < tolerance).sum()


def test_the_curve_is_in_the_picture():
    c = chart()
    c.set_curves([([1, 2, 3], [1, 3, 2])])
    picture = pixels(c.png())
    assert picture.shape == (2 * DPI, 4 * DPI, 3)
    assert near(picture, BLUE) > 500


def test_new_points_and_a_kept_background_give_the_same_picture():
    points = ([0, 1, 2, 3], [0, 3, 1, 2])
    grown = chart(xlim=(0, 3), ylim=(0, 3))
    for n in (1, 2, 3, 4):
        grown.set_curves([(points[0][:n], points[1][:n])])
        grown.png()
    fresh = chart(xlim=(0, 3), ylim=(0, 3))
    fresh.set_curves([points])
    assert grown.png() == fresh.png()
    assert grown.jpeg() == fresh.jpeg()


def test_ghosts_appear_and_go():
    c = chart()
    c.set_curves([([1, 2], [1, 2])])
    plain = c.png()
    c.set_ghosts([("lambd = 3", [([1, 2], [2, 1])])], "lambd = 0")
    assert c.png() != plain
    c.legend.add()
    text = [t.get_text() for t in c.ax.get_legend().get_texts()]
    assert text == ["train", "lambd = 3"]
    assert c.ax.get_legend().get_title().get_text() == "lambd = 0"
    c.set_ghosts([])
    assert c.png() == plain


def test_ghosts_go_even_when_the_axes_stay():
    c = chart(xlim=(0, 3), ylim=(0, 3))
    c.set_curves([([1, 2], [1, 2])])
    plain = c.png()
    c.set_ghosts([("lambd = 3", [([1, 2], [2, 1])])])
    assert c.png() != plain
    c.set_ghosts([])
    assert c.png() == plain


def test_ghosts_of_the_first_picture_go_too():
    c, fresh = (chart(xlim=(0, 3), ylim=(0, 3)) for _ in range(2))
    for each in (c, fresh):
        each.set_curves([([1, 2], [1, 2])])
    c.set_ghosts([("lambd = 3", [([1, 2], [2, 1])])])
    with_ghost = c.png()
    c.set_ghosts([])
    assert c.png() == fresh.png() != with_ghost


def test_the_range_follows_curves_and_ghosts():
    c = chart(ylim=(0, 1))
    c.set_curves([([1, 2], [0.5, 0.6])])
    c.png()
    assert c.ax.get_ylim() == pytest.approx((-0.05, 1.05))
    c.set_ghosts([("a", [([1, 2], [0.5, 8])])])
    c.png()
    assert c.ax.get_ylim()[1] > 8


def test_the_range_may_be_ready_for_curves_that_will_come():
    c = chart()
    c.set_curves([([1], [0.5])])
    c.set_ghosts([], room=[([1, 2], [0.5, 8])])
    c.png()
    limits = c.ax.get_xlim(), c.ax.get_ylim()
    assert near(pixels(c.png()), PURPLE) == 0
    c.set_curves([([1, 2], [0.5, 8])])
    c.set_ghosts([])
    c.png()
    assert (c.ax.get_xlim(), c.ax.get_ylim()) == limits


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf, -np.inf])
def test_a_log_axis_drops_what_it_cannot_show(bad):
    c = chart(yscale="log")
    c.set_curves([([1, 2, 3], [1, bad, 0.1])])
    assert near(pixels(c.png()), BLUE) > 0
    assert 0.01 < c.ax.get_ylim()[0] < 0.1


@pytest.mark.parametrize(("log", "linear"), ["xy", "yx"])
def test_either_axis_may_be_logarithmic(log, linear):
    c = chart(**{f"{log}scale": "log"})
    c.set_curves([([0, 1, 10], [0, 1, 10])])
    c.png()
    (line,) = c.lines
    scale = {axis: getattr(c.ax, f"get_{axis}scale")() for axis in "xy"}
    limits = {axis: getattr(c.ax, f"get_{axis}lim")() for axis in "xy"}
    data = {axis: getattr(line, f"get_{axis}data")() for axis in "xy"}
    assert (scale[log], scale[linear]) == ("log", "linear")
    assert np.log10(limits[log]) == pytest.approx((-0.05, 1.05))
    assert limits[linear] == pytest.approx((-0.5, 10.5))
    assert np.isnan(data[log]).tolist() == [True, False, False]
    assert data[linear].tolist() == [0, 1, 10]


def test_an_axis_of_a_given_length_ends_there():
    c = chart(xlim=(0, 10))
    c.set_curves([([1, 2], [1, 2])])
    c.png()
    assert c.ax.get_xlim() == (0, 10)


def test_an_axis_has_its_name_or_none():
    c = chart()
    assert (c.ax.get_xlabel(), c.ax.get_ylabel()) == ("epoch", "loss")
    c = chart(xlabel=None, ylabel=None)
    assert (c.ax.get_xlabel(), c.ax.get_ylabel()) == ("", "")


def test_names_and_legend_have_room_at_any_size():
    inches = chart(figsize=(5, 4)).fig.subplotpars
    assert 5 * inches.left == pytest.approx(0.8)
    assert 5 * (1 - inches.right) == pytest.approx(1.7)
    assert 4 * inches.bottom == pytest.approx(0.5)
    assert 4 * (1 - inches.top) == pytest.approx(0.15)
    narrow = chart(figsize=(2, 1)).fig.subplotpars
    shares = narrow.left, narrow.right, narrow.bottom, narrow.top
    assert shares == (0.25, 0.6, 0.3, 0.9)


def test_curves_are_bolder_than_ghosts_and_these_than_the_grid():
    c = chart(legend=())
    curve = [([1, 2], [1, 2])]
    c.set_curves(curve)
    c.set_ghosts([("a", curve), ("b", curve)])
    (line,) = c.lines  # a ghost of one curve asks for no second one
    ghosts = [other for other in c.ax.lines if other is not line]
    assert (line.get_linewidth(), line.get_markersize()) == (1.8, 3)
    for ghost, colour in zip(ghosts, drawing.GHOSTS[:2], strict=True):
        assert (ghost.get_linewidth(), ghost.get_alpha()) == (1, 0.6)
        assert ghost.get_color() == colour
    grid = c.ax.get_xgridlines()[0]
    assert grid.get_alpha() == 0.3


def test_an_empty_chart_can_be_drawn():
    assert chart(yscale="log").png().startswith(b"\x89PNG")


def test_format_strings_overrule_the_style():
    c = chart(fmts=("r--", "o"))
    c.set_curves([([1, 2], [1, 2]), ([1, 2], [2, 1])])
    assert c.lines[0].get_color() == "r"
    assert c.lines[0].get_linestyle() == "--"
    assert c.lines[1].get_linestyle() == "None"
    assert c.lines[1].get_marker() == "o"


def test_one_format_string_serves_all_curves():
    c = chart(fmts=("o",))
    c.set_curves([([1, 2], [1, 2]), ([1, 2], [2, 1])])
    assert [line.get_marker() for line in c.lines] == ["o", "o"]


def test_lines_differ_in_colour_and_in_dash():
    c = chart(legend=())
    c.set_curves([([1, 2], [k, k]) for k in range(6)])
    assert len({line.get_color() for line in c.lines}) == 6
    assert len({str(line._dash_pattern) for line in c.lines}) == 6


def test_a_ghost_looks_like_its_curve():
    c = chart(fmts=("-", "o"))
    curves = [([1, 2], [1, 2]), ([1, 2], [2, 1])]
    c.set_ghosts([("a", curves)])
    ghosts = [line for line in c.ax.lines if line not in c.lines]
    dashes = [line.get_linestyle() for line in ghosts]
    assert dashes == ["-", "None"]


def test_a_format_string_without_colour_takes_ours():
    c = chart(fmts=("-", "o"))
    c.set_curves([([1], [1]), ([1], [2])])
    assert [line.get_color() for line in c.lines] == ["#0072B2", "#D55E00"]


def test_a_curve_of_the_run_before_does_not_stay():
    c = chart()
    c.set_curves([([1, 2], [1, 2]), ([1, 2], [2, 1])])
    c.set_curves([([1, 2], [1, 2])])
    assert len(c.lines[1].get_xdata()) == 0


def test_a_picture_of_the_past_is_given_up(monkeypatch):
    """A drawing that is given up leaves nothing wrong behind."""
    c, fresh = chart(xlim=(0, 3)), chart(xlim=(0, 3))
    ghosts = [("lambd = 3", [([1, 2], [2, 1])])]
    for k in range(3):

        def give_up_at(count=[k]):  # noqa: B006  # counts down
            if not count[0]:
                raise Stopped
            count[0] -= 1

        monkeypatch.setattr(drawing, "checkpoint", give_up_at)
        c.set_curves([([1, 2, 3], [1, k, 2])])
        c.set_ghosts(ghosts[:k], f"lambd = {k}")
        with contextlib.suppress(Stopped):
            c.png()
    monkeypatch.undo()
    for each in (c, fresh):
        each.set_curves([([1, 2, 3], [1, 5, 2])])
        each.set_ghosts(ghosts, "lambd = 5")
    assert c.png() == fresh.png()


def test_epochs_are_counted_in_whole_numbers():
    c = chart(xlabel="epoch")
    c.set_curves([([1, 2, 3], [1, 5, 2])])
    c.png()
    ticks = c.ax.get_xticks()
    assert len(ticks) >= 3
    assert (ticks == ticks.round()).all()
