import threading

import pytest
import torch
from course_utils.drawing import Chart
from matplotlib.figure import Figure

from course_utils import Animator, describing, retrain, screen, show_images
from course_utils.runs.errors import DivergedError
from course_utils.runs.run import current_run


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
    """Count the passing frames; each one is due."""
    drawn, jpeg = [], Chart.jpeg
    monkeypatch.setattr(
        Chart, "jpeg", lambda chart: drawn.append(1) or jpeg(chart)
    )
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
    legend = panel.newest.animators[k].axes[0].get_legend()
    texts = [text.get_text() for text in legend.get_texts()]
    return legend.get_title().get_text(), texts


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
    low, high = panel.newest.animators[0].axes[0].get_ylim()
    assert low < 1 and high > 12


def test_the_range_of_the_same_settings_is_there_from_the_start(panel):
    panel.run(lambd=9)
    panel.run(lambd=0)
    ranges = []

    def train(lambd=1, epochs=3):
        # So far from its end that a frame is drawn
        animator = Animator("epoch", "loss", ["train"], xlim=[1, 10**6])
        animator.add(1, 10.0)
        ranges.append(animator.chart.ax.get_ylim())

    panel.train = train
    panel.run(lambd=9)
    low, high = ranges[0]
    assert low < 1 and high > 12


@pytest.mark.parametrize(
    ("seconds", "all_drawn"), [(0.09, False), (0.1, True)]
)
def test_a_frame_is_left_out_a_moment_before_the_last(
    panel, monkeypatch, frames, seconds, all_drawn
):
    monkeypatch.setattr(screen, "remaining", lambda run, animator: seconds)
    panel.run(lambd=3)
    # The first is never left out
    assert len(frames) == (3 if all_drawn else 1)


def test_the_lines_keep_their_place_and_long_ones_can_be_moved(panel):
    status, _, error = panel.screen.box.children
    assert status.layout.min_height == "2.4em"  # two lines: nothing jumps
    assert error.layout.overflow == "auto"


@pytest.mark.parametrize(("clock", "drawn"), [(0.99, 1), (1, 3)])
def test_only_a_quick_run_leaves_a_frame_out(
    monkeypatch, frames, clock, drawn
):
    asked = []
    monkeypatch.setattr(
        screen, "remaining", lambda *args: asked.append(args) or 0
    )

    def train(lambd=1):
        current_run().clock = lambda: clock
        curve(lambd)

    panel = retrain(train, lambd=(0, 9))
    run = panel.newest
    assert len(frames) == drawn
    assert asked == [(run, run.animators[0])] * (3 - drawn)
    panel.close()


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
        patch.setattr(Chart, "png", lambda chart: drawn.append(1) or b"")
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
    ranges = []

    def train(lambd, epochs):
        small, large = Animator("epoch"), Animator("epoch")
        for epoch in (1, 2):
            small.add(epoch, epoch)
            large.add(epoch, 1000 * epoch)
        ranges.append(small.chart.ax.get_ylim()[1])

    panel.train = train
    panel.run()
    panel.run()
    assert max(ranges) < 10


def test_the_alternative_text_states_settings_and_numbers(panel):
    assert panel.screen.pictures[0].alt == (
        "lambd = 1, epochs = 3. Line plot of loss against epoch. "
        "At epoch 3: train 4"
    )


def test_a_picture_is_two_pixels_for_each_css_pixel(panel):
    png = bytes(panel.screen.pictures[0].value)
    assert int.from_bytes(png[16:20], "big") == 2 * 600
    assert panel.screen.pictures[0].layout.width == "600px"


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
    sizes = [picture.layout.width for picture in panel.screen.pictures]
    assert sizes == ["600px", "200px"]
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
    drawn = Chart.png
    monkeypatch.setattr(Chart, "png", lambda chart: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        panel.run(lambd=5)
    assert [run.settings["lambd"] for run in panel.history] == [1]
    monkeypatch.setattr(Chart, "png", drawn)
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
    assert panel.newest.animators[0].axes[0].get_ylim()[1] < 2
    panel.close()


def test_charts_are_shared_also_by_curves_without_a_passing_frame(monkeypatch):
    made = []

    class Counted(Chart):
        def __init__(self, **spec):
            super().__init__(**spec)
            made.append(self)

    monkeypatch.setattr("course_utils.plotting.Chart", Counted)

    def train(lambd=1):
        for name in ("a", "b"):
            Animator("epoch", legend=[name]).add(1, lambd)

    panel = retrain(train, lambd=(0, 9))
    for lambd in (2, 3, 4):
        panel.run(lambd=lambd)
    assert len(made) == 2
    panel.close()


def test_a_choice_goes_by_its_name():
    penalties = {"L2": lambda w: w * w, "L1": abs, "none": print}
    panel = retrain(lambda pen, k=1: k, pen=penalties, k=(1, 3))
    assert "pen = L2, k = 1" in panel.screen.status
    panel.run(pen=abs)
    panel.run(pen=print, k=2)
    assert "pen = none, k = 2" in panel.screen.status
    assert describing.labels(panel.history) == [
        "pen = L2, k = 1",
        "pen = L1, k = 1",
        "pen = none, k = 2",
    ]
    panel.close()
