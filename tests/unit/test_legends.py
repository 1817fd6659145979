import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from course_utils.legends import Legend

GHOSTS = [("#7570b3", "lambd = 3"), ("#a6761d", "lambd = 7")]


@pytest.fixture
def ax():
    """Return axes that leave room at their right side, drawn once."""
    figure = Figure(figsize=(6, 3), dpi=100)
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    figure.subplots_adjust(right=0.7)
    ax.plot([0, 1], [0, 1], label="train")
    ax.plot([0, 1], [1, 0])
    figure.canvas.draw()
    return ax


def beside(ax, *draw):
    """Return the pixels at the axes' right side after `draw`."""
    ax.figure.canvas.draw()
    for step in draw:
        step()
    pixels = np.asarray(ax.figure.canvas.buffer_rgba())[..., :3]
    return pixels[:, 425:].astype(int)


def test_it_names_curves_with_a_label_and_ghosts(ax):
    names = Legend(ax, ax.lines, GHOSTS, "")._legend.get_texts()
    labels = [name.get_text() for name in names]
    assert labels == ["train", "lambd = 3", "lambd = 7"]


def test_a_title_drawn_later_lands_above_the_names(ax):
    legend = Legend(ax, ax.lines, GHOSTS, "lambd = 1")
    names = beside(ax, legend.draw)
    both = beside(ax, legend.draw, lambda: legend.draw_title("lambd = 2"))
    rows = (names != both).any(axis=(1, 2)).nonzero()[0]
    assert len(rows) > 3
    assert rows.max() < (names != 255).any(axis=(1, 2)).nonzero()[0].min()


def test_drawing_in_steps_is_drawing_at_once(ax):
    legend = Legend(ax, ax.lines, GHOSTS, "lambd = 1")
    new = "lambd = 2"
    steps = beside(ax, legend.draw, lambda: legend.draw_title(new))
    fresh = Legend(ax, ax.lines, GHOSTS, new)
    whole = beside(ax, lambda: ax.draw_artist(fresh._legend))
    assert (steps == whole).all()


def test_a_longer_title_needs_a_new_legend(ax):
    legend = Legend(ax, ax.lines, GHOSTS, "lambd = 1")
    assert legend.has_room("lambd = 2")
    assert not legend.has_room("lambd = 2, noise = 0.5, n_train = 1000")
    assert not Legend(ax, ax.lines, [], "a " * 30).has_room("lambd = 2")


def test_long_names_are_folded(ax):
    long = Legend(ax, [], [("black", "word " * 12)], "")
    (name,) = long._legend.get_texts()
    assert max(map(len, name.get_text().splitlines())) <= 22
