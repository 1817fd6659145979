import base64
import io
import re
import threading

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from course_utils import Animator, retrain, show_images
from course_utils.panel import screen
from course_utils.panel.words import labels
from course_utils.runs.errors import DivergedError


def curve(lambd=1, epochs=3):
    animator = Animator("epoch", "loss", ["train"], xlim=[1, epochs])
    for epoch in range(1, epochs + 1):
        animator.add(epoch, lambd + epoch)


@pytest.fixture
def panel():
    panel = retrain(curve, lambd=(0, 9), epochs=(1, 9))
    yield panel
    panel.close()


@pytest.fixture
def frames(monkeypatch):
    """Note the curves' HTML whenever they are drawn; each frame is due."""
    drawn, html = [], Animator.html

    def noted(animator, *args, **options):
        drawn.append(html(animator, *args, **options))
        return drawn[-1]

    monkeypatch.setattr(Animator, "html", noted)
    monkeypatch.setattr(screen.Throttle, "due", lambda throttle: True)
    return drawn


@pytest.fixture
def pyplot():
    """Let pyplot draw without a window."""
    import matplotlib

    before = matplotlib.get_backend()
    matplotlib.use("agg")
    from matplotlib import pyplot

    yield pyplot
    matplotlib.use(before)


def legend(panel, k=0):
    """Return the title and the names in the legend of a saved picture."""
    panel._repr_mimebundle_()
    legend = panel.newest.animators[k].axes[0].get_legend()
    texts = [text.get_text() for text in legend.get_texts()]
    return legend.get_title().get_text(), texts


def axis(html, name):
    """Return the numbers of an axis of a chart: its ends, and their pixels."""
    scale, *numbers = re.search(f'data-{name}="([^"]*)"', html)[1].split()
    return [float(number) for number in numbers]


@pytest.mark.parametrize(
    ("fleeting", "moving"), [(1e9, False), (-1.0, True)], ids=["early", "late"]
)
def test_values_at_the_pointer_come_with_frames_that_can_be_read(
    panel, frames, monkeypatch, fleeting, moving
):
    monkeypatch.setattr(screen, "FLEETING", fleeting)
    panel.run(lambd=2)
    *earlier, last = ["cu-values" in html.split("</style>")[1]
                      for html in frames]  # fmt: skip
    assert len(earlier) == 3 and set(earlier) == {moving} and last


def test_the_status_tells_settings_progress_and_seed(panel):
    for words in ("lambd = 1, epochs = 3", "epoch 3 of 3", "seed 4117"):
        assert words in panel.screen.status


def test_a_finished_status_is_read_aloud_a_running_one_is_not(panel):
    assert 'aria-live="polite"' in panel.screen.status
    seen = []

    def train(lambd=1):
        Animator("epoch").add(1, lambd)
        seen.append(watched.screen.status)

    watched = retrain(curve, lambd=(0, 9))
    watched.train = train
    watched.run(lambd=2)
    assert 'aria-live="off"' in seen[0]
    watched.close()


def test_the_status_of_a_run_that_ends_is_not_overtaken(panel, monkeypatch):
    """The supervisor may be telling the time when the run ends."""
    run, tell = panel.newest, screen.words.status_line
    run.state, run.stopping = "running", True

    def end():
        run.state = "stopped"
        panel.screen.changed(run)

    ending = threading.Thread(target=end)

    def slowly(*args):
        text = tell(*args)
        if threading.current_thread() is not ending:
            ending.start()
            ending.join(0.2)  # it waits for this one
        return text

    monkeypatch.setattr(screen.words, "status_line", slowly)
    panel.screen.tick(run)
    ending.join()
    assert "stopped" in panel.screen.status


def test_ghosts_are_labelled_with_what_differs(panel):
    panel.run(lambd=4)
    panel.run(lambd=5)
    assert legend(panel) == (
        "lambd = 5",
        ["train", "lambd = 1", "lambd = 4"],
    )


def test_the_same_settings_again_replace_their_ghost(panel):
    panel.run(lambd=4)
    panel.run(lambd=1)
    assert legend(panel) == ("lambd = 1", ["train", "lambd = 4"])


def test_another_seed_makes_a_ghost_of_its_own(panel):
    panel.new_seed()
    panel.wait(5)
    assert legend(panel) == ("seed = 4118", ["train", "seed = 4117"])


def test_the_range_holds_all_runs_that_are_shown(panel):
    panel.run(lambd=9)
    panel.run(lambd=0)
    low, high = axis(panel.screen.pictures[0].widget.value, "y")[:2]
    assert low < 1 and high > 12


def test_the_range_of_the_same_settings_is_there_from_the_start(panel, frames):
    panel.run(lambd=9)
    panel.run(lambd=0)
    del frames[:]
    panel.run(lambd=9)
    low, high = axis(frames[0], "y")[:2]
    assert low < 1 and high > 12


def test_the_lines_keep_their_place_and_long_ones_can_be_moved(panel):
    status, printed, _, error, _ = panel.screen.children
    assert status.layout.min_height == "3.6em"  # three lines: nothing jumps
    assert error.layout.overflow == printed.layout.overflow == "auto"


def test_a_diverged_run_shows_its_last_point(panel, monkeypatch):
    def train(lambd, epochs):
        animator = Animator("epoch", "loss", ["train"])
        for epoch, loss in enumerate([7.0, 8.0, float("inf")]):
            animator.add(epoch, loss)

    monkeypatch.setattr(screen.Throttle, "due", lambda throttle: False)
    panel.train = train
    with pytest.raises(DivergedError):
        panel.run()
    assert panel.screen.pictures[0].alt.endswith("At epoch 1: train 8")


def test_clear_does_not_draw_for_a_run_that_lasts(panel, monkeypatch):
    begun, go_on, drawn = threading.Event(), threading.Event(), []

    def train(lambd, epochs):
        curve(lambd)
        begun.set()
        go_on.wait(10)

    panel.train = train
    panel.controls["lambd"].value = 5
    begun.wait(10)
    with monkeypatch.context() as patch:
        patch.setattr(Animator, "html", lambda *_, **__: drawn.append(1) or "")
        panel.clear()
    go_on.set()
    assert panel.wait(10).state == "done"
    assert drawn == []


def test_pictures_and_figures_of_all_kinds_have_places_of_their_own():
    def train(lambd=1):
        for n in (2, 3):
            show_images(torch.zeros(n, 4, 4), 1, n)

    panel = retrain(train, lambd=(0, 9))
    words = [picture.alt for picture in panel.screen.pictures]
    assert words == ["lambd = 1. 2 images.", "lambd = 1. 3 images."]
    panel.close()


def test_a_figure_from_outside_the_run_is_closed_once_it_is_shown(pyplot):
    figure = pyplot.figure()
    other = pyplot.figure()
    panel = retrain(lambda lambd=1: figure, lambd=(0, 9))
    assert pyplot.get_fignums() == [other.number]
    panel.close()
    pyplot.close(other)


def test_two_charts_have_room_for_their_own_curves_only(panel, frames):
    def train(lambd, epochs):
        small, large = Animator("epoch"), Animator("epoch")
        for epoch in (1, 2):
            small.add(epoch, epoch)
            large.add(epoch, 1000 * epoch)

    panel.train = train
    panel.run()
    panel.run()
    for picture, most in zip(panel.screen.pictures, (10, 3000), strict=True):
        assert most / 10 < axis(picture.widget.value, "y")[1] < most


def test_the_alternative_text_states_settings_and_numbers(panel):
    assert panel.screen.pictures[0].alt == (
        "lambd = 1, epochs = 3. Line plot of loss against epoch. "
        "At epoch 3: train 4"
    )


def test_a_figure_keeps_its_words_and_leaves_nothing_in_pyplot(pyplot):
    def train(lambd=1):
        figure, ax = pyplot.subplots()
        ax.plot([0, lambd])
        figure.set_label("a line")
        return figure

    panel = retrain(train, lambd=(0, 9))
    assert pyplot.get_fignums() == []
    assert panel.screen.pictures[0].alt == "lambd = 1. a line"
    panel.close()


def test_figures_and_curves_stand_below_each_other():
    def train(lambd=1):
        Animator("epoch").add(1, lambd)
        return Figure(figsize=(2, 1), label="empty")

    panel = retrain(train, lambd=(0, 9))
    curves, figure = panel.screen.pictures
    assert "<svg" in curves.widget.value
    assert 'alt="lambd = 1. empty"' in figure.widget.value
    panel.close()


def test_clear_may_come_while_a_run_draws():
    def train(lambd=1):
        animator = Animator("epoch", figsize=(2, 1))
        for epoch in range(300):
            animator.add(epoch, lambd)

    panel = retrain(train, lambd=(0, 9))
    for value in range(9):
        panel.controls["lambd"].value = value
        threading.Event().wait(0.02)
        panel.clear()
    assert panel.wait(10).state == "done"
    panel.close()


def test_a_run_whose_picture_cannot_be_drawn_is_no_ghost(monkeypatch):
    panel = retrain(curve, lambd=(0, 9))
    drawn = Animator.html
    monkeypatch.setattr(Animator, "html", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        panel.run(lambd=5)
    assert [run.settings["lambd"] for run in panel.history] == [1]
    monkeypatch.setattr(Animator, "html", drawn)
    panel.run(lambd=6)
    assert legend(panel)[1] == ["train", "lambd = 1"]
    panel.close()


class Broken:
    """A result that cannot be told, nor measured."""

    def __repr__(self):
        raise RuntimeError

    nbytes = property(__repr__)


@pytest.mark.parametrize(
    ("result", "words"),
    [(10**5000, "a int"), (Broken(), "a Broken"), ({"a": Broken()}, "a")],
    ids=["long", "object", "dict"],
)
def test_a_result_that_cannot_be_told_costs_nothing(result, words):
    panel = retrain(lambda lambd=1: result, lambd=(0, 9))
    assert f" · {words}" in panel.screen.status
    panel.run(lambd=5)
    assert [run.state for run in panel.history] == ["done", "done"]
    panel.close()


def test_the_final_picture_has_no_room_for_a_run_that_it_replaces():
    heights = iter([100, 1])

    def train(lambd=1):
        animator = Animator("epoch", "loss", ["a"])
        for epoch, y in enumerate([0, next(heights)]):
            animator.add(epoch, y)

    panel = retrain(train, lambd=(0, 9))
    panel.run()
    assert axis(panel.screen.pictures[0].widget.value, "y")[1] < 2
    panel.close()


def test_a_choice_goes_by_its_name():
    penalties = {"L2": lambda w: w * w, "L1": abs, "none": print}
    panel = retrain(lambda pen, k=1: k, pen=penalties, k=(1, 3))
    assert "pen = L2, k = 1" in panel.screen.status
    panel.run(pen=abs)
    panel.run(pen=print, k=2)
    assert "pen = none, k = 2" in panel.screen.status
    assert labels(panel.history) == [
        "pen = L2, k = 1",
        "pen = L1, k = 1",
        "pen = none, k = 2",
    ]
    panel.close()


def page(panel):
    """Return the saved picture of a panel, its metadata and its words."""
    data, metadata = panel._repr_mimebundle_()
    png = base64.b64decode(data["image/png"])
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    return picture, metadata["image/png"], data["text/plain"]


def test_saved_picture_holds_all_pictures_below_each_other():
    def train(lambd=1):
        Animator("epoch", figsize=(3, 2)).add(1, lambd)
        figure = Figure(figsize=(2, 1), facecolor="red", label="red")
        figure.add_axes([0, 0, 1, 1]).set_axis_off()
        return figure

    panel = retrain(train, lambd=(0, 9))
    picture, metadata, told = page(panel)
    assert picture.size[0] == 600  # two pixels for each CSS pixel
    assert picture.size[1] == 400 + 200
    assert picture.getpixel((100, picture.size[1] - 100)) == (255, 0, 0)
    assert picture.getpixel((590, picture.size[1] - 5)) == (255, 255, 255)
    assert metadata["width"] == 300 and metadata["alt"] == told
    assert told.splitlines()[1] == "lambd = 1. red"
    panel.close()


def test_saved_picture_is_missing_where_nothing_was_drawn():
    panel = retrain(lambda lambd=1: lambd, lambd=(0, 9))
    data, _ = panel._repr_mimebundle_()
    assert data == {"text/plain": "sliders, and no picture yet"}
    panel.close()


def test_pictures_that_a_run_does_not_draw_are_removed():
    def train(n=3):
        for k in range(n):
            Animator(f"x{k}").add(1, n)

    panel = retrain(train, n=(0, 3))
    gone = panel.screen.pictures[1:]
    panel.run(n=1)
    assert len(panel.screen.pictures) == 1
    assert all(picture.widget.comm is None for picture in gone)
    panel.close()


def legend_outside(ax):
    ax.plot([1, 2], label="curve")
    ax.legend(loc="upper left", bbox_to_anchor=(1.05, 1))


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: ax.set_xlabel("epoch"),
        lambda ax: ax.figure.suptitle("a title", y=1.1),
        legend_outside,
        lambda ax: ax.figure.colorbar(ax.imshow(np.eye(3)), label="weight"),
    ],
    ids=["x label", "title above", "legend outside", "colour bar"],
)
def test_figures_are_shown_whole(draw):
    def train(lambd=1):
        figure = Figure(figsize=(2, 2))
        draw(figure.subplots())
        return figure

    panel = retrain(train, lambd=(0, 9))
    picture, _, _ = page(panel)
    pixels = np.asarray(picture.convert("L"))
    edges = [pixels[:4], pixels[-4:], pixels[:, :4], pixels[:, -4:]]
    assert all((edge > 240).all() for edge in edges)  # nothing is cut
    panel.close()


def test_learners_words_are_escaped_everywhere():
    evil = "<script>alert(1)</script>\"'"

    def train(name=evil):
        Animator(evil, evil, legend=[evil]).add(1, 2)
        return {evil: 3}

    panel = retrain(train, name=[evil, "b"])
    panel.run(name="b")
    status, printed, _, error, _ = panel.screen.children
    shown = [widget.value for widget in (status, printed, error)]
    shown += [picture.widget.value for picture in panel.screen.pictures]
    assert "<script" not in "".join(shown)
    assert "alert(1)" in "".join(shown)
    panel.close()


def test_what_a_run_raises_prints_and_draws_is_escaped():
    evil = "<script>alert(1)</script>"

    def train(k=1):
        if k > 1:
            raise ValueError(evil)
        return Figure(label=evil, figsize=(1, 1))

    panel = retrain(train, k=(1, 3))
    panel.run(k=1)
    (picture,) = panel.screen.pictures
    label = picture.widget.value
    with pytest.raises(ValueError):
        panel.run(k=2)
    panel.newest.printed.write(evil)
    panel.screen.changed(panel.newest)
    for shown in (label, panel.screen.error, panel.screen.printed):
        assert "&lt;script&gt;alert(1)" in shown and "<script" not in shown
    panel.close()


def test_old_runs_keep_no_points_that_are_not_drawn():
    panel = retrain(curve, lambd=(0, 20), epochs=(1, 9))
    for lambd in range(2, 14):
        panel.run(lambd=lambd)
    kept = [len(run.animators) for run in panel.history]
    assert kept == [0] * 6 + [1] * 7
    panel.close()
