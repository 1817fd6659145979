import io

import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from course_utils.encoding import DPI
from course_utils.legends import Legend
from course_utils.lettering import SIZE

GHOSTS = [("#7570b3", "lambd = 3"), ("#a6761d", "lambd = 7")]
BLUE, PALE = (0x1F, 0x77, 0xB4), (0xAC, 0xA9, 0xD1)  # the first ghost's


@pytest.fixture
def ax():
    """Return axes that leave room at their right side."""
    figure = Figure(figsize=(6, 3), dpi=DPI)
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    figure.subplots_adjust(right=0.7)
    ax.plot([0, 1], [0, 1], label="train")
    ax.plot([0, 1], [1, 0])
    return ax


@pytest.fixture
def legend(ax):
    legend = Legend(ax)
    legend.set_names(ax.lines, GHOSTS, "lambd = 1")
    return legend


def beside(ax, *draw):
    """Return the pixels at the axes' right side after `draw`."""
    ax.figure.canvas.draw()
    for step in draw:
        step()
    pixels = np.asarray(ax.figure.canvas.buffer_rgba())[..., :3]
    return pixels[:, 850:].astype(int)


def rows_with(pixels, colour):
    """Return the numbers of the rows of pixels that have `colour`."""
    near = abs(pixels - np.array(colour)).sum(axis=2) < 60
    return near.any(axis=1).nonzero()[0]


def test_each_name_stands_beside_a_piece_of_its_curve(ax, legend):
    pixels = beside(ax, legend.draw)
    samples, text = pixels[:, :50], rows_with(pixels[:, 60:], (0, 0, 0))
    curve, ghost = (rows_with(samples, colour) for colour in (BLUE, PALE))
    for rows in (curve, ghost):
        assert 0 < len(rows) < 10
        assert set(rows) & set(text)
    assert ghost.mean() - curve.mean() == pytest.approx(12 / 72 * DPI, abs=1)


def test_a_curve_without_a_label_is_not_named(ax, legend):
    orange = (0xFF, 0x7F, 0x0E)
    assert not len(rows_with(beside(ax, legend.draw), orange))


def test_a_title_drawn_later_lands_above_the_names(ax, legend):
    names = beside(ax, legend.draw)
    both = beside(ax, legend.draw, lambda: legend.draw_title("lambd = 2"))
    rows = (names != both).any(axis=(1, 2)).nonzero()[0]
    assert len(rows) > 3
    assert rows.max() < (names != 255).any(axis=(1, 2)).nonzero()[0].min()


def test_what_was_written_once_looks_the_same_again(ax, legend):
    first = beside(ax, legend.draw, lambda: legend.draw_title("lambd = 2"))
    other = Legend(ax)
    other.set_names(ax.lines, GHOSTS, "lambd = 2")
    again = beside(ax, other.draw, lambda: other.draw_title("lambd = 2"))
    assert (first == again).all()
    assert (first != 255).any()


def test_a_longer_title_needs_new_names(ax, legend):
    assert legend.has_room("lambd = 2")
    assert not legend.has_room("lambd = 2, noise = 0.5, n_train = 1000")
    legend.set_names(ax.lines, [], "a " * 30)
    assert not legend.has_room("lambd = 2")
    legend.forget()
    assert not legend.has_room("")


def test_long_names_are_folded(ax):
    legend = Legend(ax)
    legend.set_names([], [("#000000", "word " * 12)], "")
    text = rows_with(beside(ax, legend.draw), (0, 0, 0))
    assert text.max() - text.min() > 2 * 12 / 72 * DPI
    assert not rows_with(beside(ax, legend.draw)[:, -10:], (0, 0, 0)).size


def test_settings_are_folded_between_them(ax):
    legend = Legend(ax)
    legend.set_names([], GHOSTS[:1], "p1 = 0, p2 = 0.5, lr = 0.01")
    legend.add()
    title = ax.get_legend().get_title().get_text()
    assert title.splitlines() == ["p1 = 0, p2 = 0.5,", "lr = 0.01"]
    assert legend.has_room("p1 = 0, p2 = 0.25, a = 12")  # 25 letters
    assert not legend.has_room("p1 = 0, p2 = 0.25, a = 1")


@pytest.mark.parametrize("more", ["", "2"])
def test_a_ghosts_name_has_22_letters_in_a_line(ax, more):
    legend, name = Legend(ax), "lambd = 1000, p = 0.25" + more
    legend.set_names([], [("#000000", name)], "")
    legend.add()
    (text,) = (text.get_text() for text in ax.get_legend().get_texts())
    assert text == (name.replace(", ", ",\n") if more else name)


def test_a_curve_may_have_an_empty_name(ax):
    ax.lines[1].set_label("")
    legend = Legend(ax)
    legend.set_names(ax.lines, [], "")
    legend.add()
    names = [name.get_text() for name in ax.get_legend().get_texts()]
    assert names == ["train", ""]


def test_what_does_not_fit_is_cut_off(ax):
    legend = Legend(ax)
    legend.set_names([], [("#000000", "w" * 22)] * 40, "")
    ax.figure.subplots_adjust(right=0.85)
    names = beside(ax, legend.draw)
    assert len(rows_with(names[:, -40:], (0, 0, 0))) > 100


def test_a_saved_figure_has_a_legend_of_matplotlibs(ax, legend):
    legend.add()
    legend.add()  # again, after more names
    (added,) = (a for a in ax.get_children() if a is ax.get_legend())
    names = [name.get_text() for name in added.get_texts()]
    assert names == ["train", "lambd = 3", "lambd = 7"]
    assert added.get_title().get_text() == "lambd = 1"
    frame = beside(ax)
    assert (frame == 255).all()  # a frame has ours
    data = io.BytesIO()
    ax.figure.savefig(data, dpi=DPI)
    saved = np.asarray(Image.open(data).convert("RGB")).astype(int)
    assert len(rows_with(saved[:, 850:], BLUE))


def test_it_stands_where_ours_does_and_looks_the_same(ax, legend):
    legend.add()
    added = ax.get_legend()
    ax.figure.canvas.draw()
    box, axes = added.get_window_extent(), ax.get_window_extent()
    assert box.x0 == pytest.approx(axes.x0 + 1.01 * axes.width, abs=1)
    assert box.y1 == pytest.approx(axes.y1, abs=1)
    assert not added.get_frame_on()
    assert added.get_alignment() == "left"
    texts = [added.get_title(), *added.get_texts()]
    assert {text.get_fontsize() for text in texts} == {SIZE}


def test_between_letters_the_picture_stays_and_letters_are_black(ax, legend):
    text = beside(ax, legend.draw)[:, 60:90]
    assert text.min() == 0
    rows = rows_with(text, (0, 0, 0))
    assert (text[rows] == 255).all(axis=2).mean() > 0.5


def test_a_learners_own_legend_stays(ax, legend):
    own = ax.legend(["mine"])
    legend.add()
    assert ax.get_legend() is own


def test_a_legend_that_was_added_early_follows(ax):
    legend = Legend(ax)
    legend.add()
    legend.set_names(ax.lines, GHOSTS[:1], "lambd = 1")
    names = [name.get_text() for name in ax.get_legend().get_texts()]
    assert names == ["train", "lambd = 3"]


def test_a_legend_that_is_added_has_the_last_title(ax, legend):
    beside(ax, legend.draw, lambda: legend.draw_title("lambd = 2"))
    legend.add()
    assert ax.get_legend().get_title().get_text() == "lambd = 2"


def test_the_figures_own_background_stays(ax, legend):
    ax.figure.set_facecolor("#ffe0b0")
    pixels = beside(ax, legend.draw)
    assert (pixels[-1, 0] == (0xFF, 0xE0, 0xB0)).all()
    assert not (pixels == 255).all(axis=2).any()


def test_text_follows_matplotlibs_style(ax, legend):
    beside(ax, legend.draw)  # now these texts have been written in black
    with rc_context({"text.color": "#ff0000"}):
        text = beside(ax, legend.draw)[:, 60:]
    assert len(rows_with(text, (255, 0, 0)))
    assert not len(rows_with(text, (0, 0, 0)))


def test_a_formula_has_room_and_an_empty_name_a_row(ax):
    legend = Legend(ax)
    legend.set_names([], [("#000000", r"$\frac{1}{2}$"), ("#0000ff", "")], "")
    pixels = beside(ax, legend.draw)
    formula = rows_with(pixels[:, 60:], (0, 0, 0))
    top = 0.12 * pixels.shape[0]  # of the axes; two rows below it:
    assert top < formula.min() and formula.max() < top + 24 / 72 * DPI - 1
    samples = pixels[:, :50]
    assert len(rows_with(samples, (102, 102, 102)))
    assert len(rows_with(samples, (102, 102, 255)))
