import gc
import io
import random
import threading
import time

import ipywidgets as widgets
import matplotlib
import numpy as np
import psutil
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from course_utils import (
    Animator,
    checkpoint,
    load_array,
    retrain,
    show_images,
)
from course_utils.panel.panel import FIRST_SEED, Panel
from course_utils.panel.words import labels
from course_utils.plotting.figures import DPI


def curve(lambd=3.0, epochs=4):
    """Draw random numbers, as training does; return the last one."""
    animator = Animator("epoch", "loss", ["train"], xlim=[1, epochs])
    for epoch in range(1, epochs + 1):
        value = lambd + torch.rand(1).item()
        animator.add(epoch, value)
    return {"loss": value}


def slow(lambd=1.0, started=None):
    animator = Animator("epoch", "loss", ["train"], xlim=[1, 10_000])
    for epoch in range(1, 10_000):
        time.sleep(0.001)
        animator.add(epoch, lambd)


@pytest.fixture
def panel():
    panel = retrain(curve, lambd=(0, 10, 0.5))
    yield panel
    panel.close()


def wait_until(condition, seconds=5):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.002)


def test_it_has_trained_with_the_defaults_when_it_appears(panel):
    assert panel.newest.state == "done"
    assert panel.newest.settings == {"lambd": 3.0}


def test_a_moved_slider_retrains_the_learners_function(panel):
    panel.controls["lambd"].value = 7.0
    run = panel.wait(10)
    assert run.settings == {"lambd": 7.0}
    assert run.result["loss"] > 7
    assert "lambd = 7" in panel.screen.status


def test_the_callback_returns_at_once():
    panel = retrain(slow_after_first(), lambd=(0, 10))
    start = time.perf_counter()
    panel.controls["lambd"].value = 7
    assert time.perf_counter() - start < 0.2  # training takes 10 s
    assert panel.newest.state in ("waiting", "running")
    panel.close()


def slow_after_first():
    calls = []

    def train(lambd=1):
        calls.append(lambd)
        if len(calls) > 1:
            slow(lambd)

    return train


def test_a_burst_of_20_events_trains_at_most_twice_and_ends_on_the_last():
    trained = []

    def train(lambd=0):
        for _ in range(30):
            time.sleep(0.001)
            checkpoint()
        trained.append(lambd)

    panel = retrain(train, lambd=(0, 20))
    trained.clear()
    for value in range(1, 21):
        panel.controls["lambd"].value = value
    panel.wait(10)
    assert len(trained) <= 2 and trained[-1] == 20
    panel.close()


def test_every_run_starts_from_the_same_seed(panel):
    first = panel.newest.result
    panel.controls["lambd"].value = 5.0
    panel.wait(10)
    panel.controls["lambd"].value = 3.0
    assert panel.wait(10).result == first


def test_runs_leave_the_generators_as_they_were(panel):
    before = torch.get_rng_state(), np.random.get_state()[1], random.getstate()
    panel.run(lambd=5)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (np.random.get_state()[1] == before[1]).all()
    assert random.getstate() == before[2]


def test_a_run_in_a_cell_does_not_disturb_the_one_in_the_background():
    """Held by the training lock: both draw from torch's one generator."""

    def train(lambd=1, n=300):
        return sum(torch.rand(1).item() for _ in range(n) if not wait())

    def wait():
        time.sleep(0.0002)

    one, two = retrain(train, lambd=(0, 9)), retrain(train, lambd=(0, 9))
    alone = one.newest.result
    one.controls["lambd"].value = 5  # in the background
    wait_until(lambda: one.newest.state == "running")
    assert two.run(lambd=5) == alone  # here, at the same time
    assert one.wait(10).result == alone
    one.close()
    two.close()


def test_new_seed_changes_the_numbers_and_says_so(panel):
    before = panel.newest.result
    panel.new_seed()
    assert panel.wait(10).result != before
    assert f"seed {panel.seed}" in panel.screen.status
    assert panel.newest.seed == panel.history[0].seed + 1


def test_stop_ends_the_run_that_lasts():
    panel = retrain(slow_after_first(), lambd=(0, 10))
    panel.controls["lambd"].value = 7
    wait_until(lambda: panel.newest.state == "running")
    start = time.perf_counter()
    panel.stop()
    assert panel.wait(5).state == "stopped"
    assert time.perf_counter() - start < 1  # of 10 s
    assert "stopped" in panel.screen.status
    panel.close()


def test_of_the_runs_of_a_drag_only_the_last_says_that_it_was_stopped():
    panel, told = retrain(slow_after_first(), lambd=(0, 10)), []
    panel.screen.children[0].observe(lambda c: told.append(c.new), "value")
    for value in range(2, 7):
        panel.controls["lambd"].value = value
        wait_until(lambda v=value: told and f"lambd = {v} " in told[-1])
    panel.stop()
    panel.wait(5)
    assert "lambd = 6 · stopped" in told[-1]
    assert not [text for text in told[:-1] if "stopped" in text]
    panel.close()


def test_stop_says_that_a_run_that_never_began_is_stopped():
    first = retrain(slow_after_first(), lambd=(0, 10))
    second = retrain(curve, lambd=(0, 10))
    begun, end = threading.Event(), threading.Event()
    first.train = lambda lambd: begun.set() or end.wait(10)
    first.controls["lambd"].value = 7
    assert begun.wait(5)
    second.controls["lambd"].value = 5
    wait_until(lambda: "waits for" in second.screen.status)
    second.stop()
    assert "lambd = 5 · stopped" in second.screen.status
    end.set()
    first.wait(5)
    first.close()
    second.close()


def test_reset_moves_all_sliders_back_and_trains_once():
    trained = []

    def train(a=1, b=2):
        trained.append((a, b))

    panel = retrain(train, a=(0, 9), b=(0, 9))
    panel.run(a=5, b=6)
    trained.clear()
    panel.reset()
    panel.wait(5)
    assert trained == [(1, 2)]
    assert [c.value for c in panel.controls.values()] == [1, 2]
    panel.close()


def test_clear_forgets_the_earlier_runs(panel):
    panel.run(lambd=5)
    panel.run(lambd=6)
    assert len(panel.history) == 3
    panel.clear()
    assert panel.history == []
    assert [run.settings["lambd"] for run in panel.screen.kept.values()] == [
        6.0
    ]


def test_history_is_in_order_and_ghosts_are_at_most_six(panel):
    for value in range(10):
        panel.run(lambd=value)
    panel.run(lambd=9)  # the same settings replace, not add
    settings = [run.settings["lambd"] for run in panel.history]
    assert settings == [3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]
    kept = [run.settings["lambd"] for run in panel.screen.kept.values()]
    assert kept == [3, 4, 5, 6, 7, 8, 9]  # the newest, and six ghosts


def test_run_returns_what_train_returned_and_moves_the_slider(panel):
    assert panel.run(lambd=8)["loss"] > 8
    assert panel.controls["lambd"].value == 8


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"lambd": 99}, ValueError, "lambd cannot be 99"),
        ({"lambd": "x"}, ValueError, "lambd cannot be 'x'"),
        ({"alpha": 1}, TypeError, "no slider 'alpha', only lambd"),
    ],
)
def test_run_refuses_what_the_sliders_cannot_show(panel, values, error, words):
    with pytest.raises(error, match=words):
        panel.run(**values)
    assert panel.controls["lambd"].value == 3.0
    assert len(panel.history) == 1


def test_run_raises_what_train_raised_and_the_panel_goes_on():
    def train(lambd=1.0):
        return 1 / (lambd - 2)

    panel = retrain(train, lambd=(0.0, 4.0))
    with pytest.raises(ZeroDivisionError):
        panel.run(lambd=2)
    assert panel.run(lambd=3) == 1
    panel.close()


def test_the_buttons_have_words_and_do_their_work():
    panel = retrain(slow_after_first(), lambd=(0, 10))
    row = next(b for b in panel.children if isinstance(b, widgets.HBox))
    assert row.layout.flex_flow == "row wrap"  # on a narrow page
    assert {b.description: b.tooltip for b in row.children} == {
        "Stop": "End the training that runs",
        "Clear": "Forget the earlier curves",
        "Reset": "Move the sliders back",
        "New seed": "Draw other random numbers",
    }
    stop, clear, reset, new_seed = row.children
    clear.click()
    assert panel.history == []
    new_seed.click()
    assert panel.seed == panel.newest.seed == FIRST_SEED + 1
    panel.controls["lambd"].value = 7
    reset.click()
    assert panel.controls["lambd"].value == 1
    stop.click()
    assert panel.wait(5).state == "stopped"
    panel.close()


def test_a_panel_hears_its_sliders_from_the_start():
    slider = widgets.IntSlider(1)
    panel = Panel(lambda a: None, {"a": slider}, live=True)
    slider.value = 2
    assert panel.wait(5).settings == {"a": 2}
    panel.close()


def test_two_sliders_that_move_together_ask_for_one_run(monkeypatch):
    asked = []
    panel = retrain(lambda a=1, b=2: None, a=(0, 9), b=(0, 9))
    monkeypatch.setattr(panel, "request", lambda: asked.append(1))
    panel.run(a=5, b=6)
    assert asked == []
    panel.reset()
    assert asked == [1]
    panel.close()


def test_a_run_that_was_stopped_has_no_result():
    def train(lambd=1):
        if lambd > 1:
            panel.stop()
            checkpoint()

    panel = retrain(train, lambd=(0, 4))
    with pytest.raises(RuntimeError) as caught:
        panel.run(lambd=2)
    assert str(caught.value) == "the run was stopped: it has no result"
    panel.close()


def test_stop_leaves_the_run_of_another_panel_alone(panel):
    other = retrain(slow_after_first(), lambd=(0, 10))
    other.controls["lambd"].value = 7
    wait_until(lambda: other.newest.state == "running")
    panel.stop()
    time.sleep(0.05)  # dozens of checkpoints
    assert other.newest.state == "running"
    other.close()


def test_a_program_that_runs_a_notebook_gets_a_picture(panel):
    data, metadata = panel._repr_mimebundle_()
    assert set(data) == {"image/png", "text/plain"}
    assert metadata["image/png"]["alt"] == data["text/plain"]


def test_wait_without_a_limit_waits_for_the_end(panel):
    panel.controls["lambd"].value = 7.0
    assert panel.wait().state == "done"


def test_a_slider_that_outlives_its_panel_is_not_heard():
    slider = widgets.IntSlider(1)
    panel = Panel(lambda a: None, {"a": slider}, live=True)
    panel.request()
    before, seen = panel.wait(5), []
    slider.observe(lambda change: seen.append(change.new), "value")
    panel.close(but=[slider])
    slider.value = 2
    assert panel.newest is before
    assert seen == [2]  # what else hears it, still does
    slider.close()


def test_an_error_shows_as_a_traceback_that_begins_at_the_learners_line():
    def helper(lambd):
        raise ValueError("<script>alert(1)</script>")

    def train(lambd=1):
        if lambd > 1:
            helper(lambd)

    panel = retrain(train, lambd=(0, 4))
    panel.controls["lambd"].value = 2
    assert panel.wait(5).state == "failed"
    lines = panel.screen.error.splitlines()
    assert "in train" in lines[0] and "helper(lambd)" in lines[1]
    assert "&lt;script&gt;" in lines[-1] and "<script>" not in lines[-1]
    panel.controls["lambd"].value = 0
    assert panel.wait(5).state == "done" and panel.screen.error == ""
    panel.close()


def test_a_diverging_run_is_stopped_and_explained():
    def train(lambd=1.0):
        animator, w = Animator("epoch", "loss", ["train"]), 1.0
        for epoch in range(1, 10_000):
            w *= 1 - lambd * 1.0
            animator.add(epoch, w * w if abs(w) < 1e150 else float("inf"))

    panel = retrain(train, lambd=(0.0, 4.0))
    panel.controls["lambd"].value = 4.0
    assert panel.wait(10).state == "diverged"
    assert "train became inf at epoch" in panel.screen.status
    assert "stays below 2" in panel.screen.status
    panel.close()


def test_batches_of_the_course_are_checkpoints():
    data = load_array((torch.zeros(1000, 1),), 1)
    calls = []

    def train(lambd=1):
        calls.append(lambd)
        if len(calls) > 1:
            while True:
                for _ in data:
                    time.sleep(0.001)

    panel = retrain(train, lambd=(0, 4))
    panel.controls["lambd"].value = 2
    wait_until(lambda: panel.newest.state == "running")
    panel.stop()
    assert panel.wait(2).state == "stopped"
    panel.close()


def test_wait_says_when_it_has_waited_in_vain():
    panel = retrain(slow_after_first(), lambd=(0, 10))
    panel.controls["lambd"].value = 7
    with pytest.raises(TimeoutError, match="lambd=7"):
        panel.wait(0.05)
    panel.close()


def test_several_controls_of_every_kind():
    def train(lambd=0.5, n=3, kind="l2", noisy=False, lr=0.1):
        return f"{lambd} {n} {kind} {noisy} {lr}"

    panel = retrain(
        train,
        lambd=(0, 1, 0.1),
        n=(1, 9),
        kind=["l1", "l2"],
        noisy=False,
        lr=widgets.FloatLogSlider(value=0.1, min=-3, max=0),
    )
    assert panel.newest.result == "0.5 3 l2 False 0.1"
    panel.controls["noisy"].value = True
    assert panel.wait(5).result == "0.5 3 l2 True 0.1"
    panel.close()


def test_a_first_curve_without_points_is_no_obstacle():
    def train(lambd=1):
        animator = Animator("epoch", "loss", ["a", "b"], xlim=[1, 5])
        animator.add(2, (None, lambd))

    panel = retrain(train, lambd=(0, 4))
    assert "epoch 2 of 5" in panel.screen.status
    assert panel.screen.pictures[0].alt.endswith("At epoch 2: b 1")
    panel.close()


def test_two_animators_make_two_pictures():
    def train(lambd=1):
        for name in ("loss", "norm"):
            Animator("epoch", name, ["a"]).add(1, lambd)

    panel = retrain(train, lambd=(0, 4))
    assert len(panel.screen.pictures) == 2
    assert all(
        "<svg" in picture.widget.value for picture in panel.screen.pictures
    )
    panel.close()


def test_a_returned_figure_is_shown():
    def train(lambd=1):
        figure = Figure(figsize=(3, 2))
        figure.subplots().plot([0, lambd])
        return figure

    panel = retrain(train, lambd=(0, 4))
    (picture,) = panel.screen.pictures
    inches = Image.open(io.BytesIO(picture.png())).width / DPI
    assert 3 < inches < 3.5  # with its tick labels
    assert f"width:{100 * inches:.0f}px" in picture.widget.value
    assert "Figure" not in panel.screen.status
    panel.close()


def test_a_function_under_sliders_cannot_make_a_panel():
    def train(lambd=1):
        retrain(curve, lambd=(0, 3))

    with pytest.raises(RuntimeError, match="cannot call retrain"):
        retrain(train, lambd=(0, 9))


def test_a_function_under_sliders_cannot_run_a_panel(panel):
    with pytest.raises(RuntimeError, match="cannot run a panel"):
        retrain(lambda lambd: panel.run(lambd=lambd), lambd=(0, 9))
    assert panel.run(lambd=4)["loss"] > 4  # nothing hangs


def test_images_and_curves_keep_their_order_and_go_with_their_run():
    def train(two=True):
        show_images(torch.rand(1, 3, 3), 1, 1, scale=1)
        Animator("epoch", figsize=(3, 1)).add(1, 1)
        if two:
            Animator("epoch", figsize=(4, 1)).add(1, 1)

    def kinds():
        pictures = [p.widget.value for p in panel.screen.pictures]
        return ["image" if "<img" in p else "curves" for p in pictures]

    panel = retrain(train, two=True)
    assert kinds() == ["image", "curves", "curves"]
    panel.run(two=False)
    assert kinds() == ["image", "curves"]
    panel.close()


def test_an_animators_own_figure_is_not_shown_twice():
    def train(lambd=1):
        animator = Animator("epoch")
        animator.add(1, lambd)
        return animator.fig

    panel = retrain(train, lambd=(0, 9))
    assert len(panel.screen.pictures) == 1
    panel.close()


def test_a_line_that_a_run_adds_to_its_axes_is_its_own():
    def train(lambd=1):
        animator = Animator("epoch")
        animator.add(1, lambd)
        animator.axes[0].axhline(lambd)
        lines.append(len(animator.axes[0].lines))

    lines = []
    panel = retrain(train, lambd=(0, 9))
    for value in range(3):
        panel.run(lambd=value)
    panel._repr_mimebundle_()
    lines.append(len(panel.newest.animators[0].axes[0].lines))
    assert lines == [1, 1, 1, 1, 4]  # its line; in the end its curve and
    # two ghosts too
    panel.close()


def test_a_seed_of_the_learners_own_is_labelled_as_such():
    panel = retrain(lambda seed: None, seed=(0, 9))
    panel.run(seed=5)
    panel.run(seed=6)
    assert labels(panel.history[-2:]) == ["seed = 5", "seed = 6"]
    panel.close()


def test_results_of_old_runs_let_go_of_their_graphs():
    def train(lambd=1.0):
        w = torch.ones(3, requires_grad=True)
        return {"loss": (lambd * w).sum()}

    panel = retrain(train, lambd=(0, 9, 0.5))
    assert panel.run(lambd=2)["loss"].requires_grad
    panel.run(lambd=3)
    assert not panel.history[0].result["loss"].requires_grad
    panel.close()


def test_a_stopped_run_leaves_no_pyplot_figure():
    matplotlib.use("agg")
    from matplotlib import pyplot

    before = []

    def train(lambd=0):
        before.append(pyplot.get_fignums())
        figure = pyplot.figure()
        while lambd:
            time.sleep(0.001)
            checkpoint()
        return figure

    panel = retrain(train, lambd=(0, 9))
    panel.controls["lambd"].value = 1
    wait_until(lambda: len(before) == 2)
    panel.stop()
    assert panel.wait(5).state == "stopped"
    panel.controls["lambd"].value = 0
    assert panel.wait(5).state == "done"
    assert before == [[], [], []] and pyplot.get_fignums() == []
    panel.close()


def test_clear_after_a_diverged_run_takes_the_ghosts_away():
    def train(lambd=1):
        animator = Animator("epoch", "loss", ["a"])
        animator.add(1, 1)
        animator.add(2, 1 if lambd < 5 else float("nan"))

    panel = retrain(train, lambd=(0, 9))
    panel.controls["lambd"].value = 7
    assert panel.wait(5).state == "diverged"
    panel.clear()
    shown = panel.screen.pictures[0].widget.value
    assert shown.count("data-curve") == 1 and "data-ghost" not in shown
    panel.close()


def test_close_leaves_no_widget_and_no_observer():
    before = set(live_widgets())
    panel = retrain(curve, lambd=(0, 10))
    panel.run(lambd=4)
    slider = panel.controls["lambd"]
    panel.close()
    after = set(live_widgets())
    assert after == before
    slider.value = 5
    assert panel.newest.settings == {"lambd": 4}


def live_widgets():
    from ipywidgets.widgets import widget

    if hasattr(widget, "_instances"):
        return widget._instances
    return widget.Widget.widgets  # ipywidgets 7


def test_200_retrains_keep_one_figure_one_thread_and_the_memory():
    def figures():
        gc.collect()
        return sum(issubclass(type(o), Figure) for o in gc.get_objects())

    def train(lambd=3.0):
        animator = Animator("epoch", "loss", figsize=(3, 1.5))
        for epoch in range(3):
            animator.add(epoch, lambd)

    panel = retrain(train, lambd=(0, 10, 0.5))
    for value in range(9):  # ghosts and caches are complete
        panel.run(lambd=value)
    panel.controls["lambd"].value = 2
    panel.wait(10)
    memory = psutil.Process().memory_info
    before = threading.active_count(), figures(), memory().rss
    for k in range(200):
        panel.controls["lambd"].value = (k % 20) / 2
        panel.wait(10)
    after = threading.active_count(), figures(), memory().rss
    panel.close()
    assert after[0] == before[0]
    assert after[1] <= before[1]
    assert after[2] - before[2] < 30e6


def test_an_animator_may_get_its_first_point_later_than_another():
    def train(lambd=1):
        loss = Animator("epoch", legend=["loss"])
        accuracy = Animator("epoch", legend=["train", "test"])
        for epoch in range(3):
            loss.add(epoch, 1.0)
            accuracy.add(epoch, (0.5, 0.4))
        Animator("epoch", legend=["never", "used"])

    panel = retrain(train, lambd=(0, 9))
    assert panel.wait(10)
    assert panel.history[-1].state == "done"
    assert len(panel.history[-1].animators) == 3


def test_an_animator_from_outside_is_refused_and_keeps_its_points():
    animator = Animator("epoch", legend=["loss"])
    animator.add(1, 2)

    def train(lambd=1):
        animator.add(2, lambd)

    with pytest.raises(RuntimeError, match="inside the function"):
        retrain(train, lambd=(0, 9))
    assert animator.curves == [([1.0], [2.0])]


def test_a_loss_that_explodes_on_a_log_axis_is_no_obstacle():
    def train(lambd=1):
        animator = Animator("epoch", "loss", ["a"], yscale="log")
        animator.add(1, 1)
        animator.add(2, {1: 1e-300, 2: 1e308, 3: 1e300}[lambd])
        if lambd == 3:
            animator.add(3, float("inf"))

    panel = retrain(train, lambd=(1, 3))
    for lambd, state in (2, "done"), (3, "diverged"), (1, "done"):
        panel.controls["lambd"].value = lambd
        assert panel.wait(5).state == state
    panel.close()


def test_gradients_that_a_run_switches_off_are_on_again():
    def train(lambd=1):
        w = torch.ones(1, requires_grad=True)
        (lambd * w).sum().backward()
        torch.set_grad_enabled(False)
        return w.grad.item()

    panel = retrain(train, lambd=(0, 9))
    panel.controls["lambd"].value = 5
    assert panel.wait(5).result == 5
    assert panel.run(lambd=6) == 6 and torch.is_grad_enabled()
    panel.close()


def test_a_bare_except_does_not_make_a_stopped_run_a_finished_one():
    steps = []

    def train(lambd=0):
        while lambd:
            try:
                time.sleep(0.001)
                steps.append(lambd)
                checkpoint()
            except:  # noqa: E722
                break

    panel = retrain(train, lambd=(0, 9))
    panel.controls["lambd"].value = 2
    wait_until(lambda: steps)
    panel.stop()
    assert panel.wait(5).state == "stopped"
    assert {run.settings["lambd"] for run in panel.history} == {0}
    panel.close()


@pytest.mark.parametrize(
    "choices", [{"small": [64], "large": [9, 9]}, [[64], [9, 9]]]
)
def test_choices_may_be_lists(choices):
    panel = retrain(lambda hidden=[64]: len(hidden), hidden=choices)  # noqa: B006
    assert panel.newest.result == 1
    assert panel.run(hidden=[9, 9]) == 2
    panel.reset()
    assert panel.wait(5).result == 1
    panel.close()


def run_cell(source, known=None):
    """Run a cell of a notebook; return its variables."""
    known = {"__name__": "__main__"} if known is None else known
    known |= {"Animator": Animator, "torch": torch, "time": time}
    exec(source, known)
    return known


CHANGED = "train has changed: earlier curves are gone"
DRAW = """
def helper(k):
    return RATE * k

RATE = 1

def train(k=1):
    board = Animator("epoch", "loss")
    board.add(1, helper(k))
    return helper(k)
"""


@pytest.mark.parametrize(
    ("edit", "result"),
    [
        ("def train(k=1):\n    return 100 * k", 200),
        ("def helper(k):\n    return -k", -2),
        ("RATE = 5", 10),
    ],
)
def test_the_next_drag_takes_edited_code_and_drops_other_curves(edit, result):
    notebook = run_cell(DRAW)
    panel = retrain(notebook["train"], k=(1, 9))
    panel.run(k=5)
    assert len(panel.screen.kept) == 2 and CHANGED not in panel.screen.status
    run_cell(edit, notebook)  # its cell alone
    assert panel.run(k=2) == result
    assert CHANGED in panel.screen.status
    assert [run.settings for run in panel.history] == [{"k": 2}]
    assert panel.run(k=3) == result / 2 * 3
    assert CHANGED not in panel.screen.status  # it is said once
    assert len(panel.history) == 2
    panel.close()


@pytest.mark.parametrize("edit", [DRAW, "RATE = 1", "other = 2", "del helper"])
def test_the_same_code_run_again_drops_nothing(edit):
    notebook = run_cell(DRAW + "spare = helper\n")
    if edit == "del helper":
        edit += "\nhelper = spare"
    panel = retrain(notebook["train"], k=(1, 9))
    run_cell(edit, notebook)
    assert panel.run(k=2) == 2
    assert len(panel.history) == 2 and CHANGED not in panel.screen.status
    panel.close()


def test_a_counter_that_runs_raise_drops_nothing():
    notebook = run_cell(
        "n = 0\ndef train(k=1):\n    global n\n    n += 1\n    return n"
    )
    panel = retrain(notebook["train"], k=(1, 9))
    assert [panel.run(k=k) for k in (2, 3, 4)] == [2, 3, 4]
    assert len(panel.history) == 4 and CHANGED not in panel.screen.status
    panel.close()


def test_another_thing_of_that_name_is_not_taken():
    notebook = run_cell("def train(k=1):\n    return k")
    panel = retrain(notebook["train"], k=(1, 9))
    run_cell("train = 'a data set'", notebook)
    assert panel.run(k=2) == 2
    panel.close()


def test_an_edited_function_with_other_arguments_is_refused():
    notebook = run_cell("def train(k=1):\n    return k")
    panel = retrain(notebook["train"], k=(1, 9))
    run_cell("def train(rate=1):\n    return rate", notebook)
    with pytest.raises(TypeError, match="cannot be called with the sliders k"):
        panel.run(k=2)
    panel.controls["k"].value = 4  # a drag tells it in the panel
    assert panel.wait(5).state == "failed"
    assert "cannot be called with the sliders k" in panel.screen.error
    run_cell("def train(k=1):\n    return 10 * k", notebook)
    assert panel.run(k=3) == 30
    panel.close()


def test_the_gradient_mode_of_the_cell_holds_in_each_run():
    with torch.no_grad():
        panel = retrain(lambda k=1: torch.is_grad_enabled(), k=(1, 9))
    other = retrain(lambda k=1: torch.is_grad_enabled(), k=(1, 9))
    for each, on in ((panel, False), (other, True)):
        each.controls["k"].value = 5
        assert each.wait(5).result is on
        each.close()


def test_the_default_device_of_the_notebook_holds_in_each_run():
    panel = retrain(lambda k=1: torch.zeros(k).device.type, k=(1, 9))
    try:
        torch.set_default_device("meta")
        panel.controls["k"].value = 5
        assert panel.wait(5).result == "meta"
        torch.set_default_device(None)
        panel.controls["k"].value = 6
        assert panel.wait(5).result == "cpu"
    finally:
        torch.set_default_device(None)
    panel.close()


def test_a_fixed_value_has_no_slider_and_is_told():
    panel = retrain(lambda k=1, n=3: k * n, k=(1, 9), n=widgets.fixed([1, 2]))
    assert panel.newest.result == [1, 2]
    assert "n = [1, 2]" in panel.screen.status
    assert panel.run(k=2) == [1, 2, 1, 2]
    with pytest.raises(ValueError, match="fixed"):
        panel.run(n=4)
    panel.reset()
    assert panel.wait(5).settings == {"k": 1, "n": [1, 2]}
    panel.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((lambda k: k, (0, 10)), r"the name of the argument.*got \(0, 10\)"),
        ((3,), "write its name without parentheses, got 3"),
        ((None,), "without parentheses, got None"),
    ],
)
def test_misplaced_arguments_are_told(arguments, words):
    with pytest.raises(TypeError, match=words):
        retrain(*arguments, k=(1, 9))
