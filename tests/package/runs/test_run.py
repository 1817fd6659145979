import contextvars
import threading
import time
import types

import pytest
import torch
from matplotlib import pyplot as plt

from course_utils.runs import interrupts
from course_utils.runs import run as module
from course_utils.runs.errors import DivergedError, Stopped
from course_utils.runs.run import Run, check_place, checkpoint, current_run


class Recorder:
    """A view that notes the states it is told of."""

    def __init__(self):
        self.states = []

    def changed(self, run):
        self.states.append(run.state)


def make_run(call):
    return Run(call, {"lambd": 3.0}, 7, Recorder())


def test_a_run_keeps_what_its_function_returned():
    run = make_run(lambda: 42)
    run.execute()
    assert (run.state, run.result, run.error) == ("done", 42, None)
    assert run.view.states == ["running", "done"]
    assert run.seconds > 0


def test_seconds_are_those_of_the_training(monkeypatch):
    clock = iter([10.0, 12.5])
    monkeypatch.setattr(
        module,
        "time",
        types.SimpleNamespace(
            perf_counter=clock.__next__, monotonic=time.monotonic
        ),
    )
    run = make_run(lambda: 42)
    run.execute()
    assert run.seconds == 2.5
    assert repr(run) == "Run(lambd=3.0: done, 2.50 s)"


def test_a_run_shows_what_it_is_about():
    run = Run(None, {"lambd": 3.0, "kind": "l1"}, 7, None)
    assert repr(run) == "Run(lambd=3.0, kind='l1': waiting, 0.00 s)"


def test_a_run_keeps_the_context_that_it_was_made_in():
    name = contextvars.ContextVar("name")
    name.set("then")
    run = make_run(None)
    name.set("now")
    assert run.context.run(name.get) == "then"


def test_a_run_inside_a_run_is_refused():
    inner = make_run(lambda: 1)
    outer = make_run(inner.execute)
    outer.execute()
    assert str(outer.error) == "a function under sliders cannot run a panel"
    assert inner.state == "stopped" and inner.finished.is_set()


def test_an_error_is_kept_not_raised():
    run = make_run(lambda: 1 / 0)
    run.execute()
    assert run.state == "failed"
    assert isinstance(run.error, ZeroDivisionError)


def test_divergence_is_a_state_of_its_own_and_says_why():
    def call():
        raise DivergedError("the loss became nan")

    run = make_run(call)
    run.execute()
    assert run.state == "diverged"
    assert "the loss became nan" in str(run.error)
    assert "below 2" in str(run.error)


def test_interrupt_stops_the_run():
    def call():
        raise KeyboardInterrupt

    run = make_run(call)
    run.execute()
    assert run.state == "stopped"
    assert isinstance(run.error, KeyboardInterrupt)
    assert run.finished.is_set()


def test_interrupt_before_the_training_stops_the_run(monkeypatch):
    class Interrupted:
        def acquire(self, timeout):
            raise KeyboardInterrupt

    monkeypatch.setattr(module, "_training_lock", Interrupted())
    run = make_run(lambda: 42)
    with pytest.raises(KeyboardInterrupt):
        run.execute()
    assert run.state == "stopped" and run.finished.is_set()


def test_a_run_that_waits_for_another_has_not_finished():
    run = make_run(lambda: 42)
    run.paused = run.stopping = True
    run.execute()
    assert run.was_put_off() and not run.finished.is_set()
    run = make_run(lambda: 42)
    run.paused = True  # too late to stop it
    run.execute()
    assert not run.was_put_off() and run.finished.is_set()


def test_a_stopped_function_leaves_no_figure_behind():
    def call():
        figure = plt.figure()
        run.stopping = True
        checkpoint()
        return figure

    run = make_run(call)
    run.execute()
    assert run.state == "stopped" and run.error is None
    assert plt.get_fignums() == []


def test_checkpoint_does_nothing_outside_a_run():
    assert current_run() is None
    checkpoint()


def test_checkpoint_ends_a_run_even_where_the_learner_catches_errors():
    passed = []

    def call():
        run.stopping = True
        try:
            checkpoint()
        except Exception:
            passed.append("swallowed")
        passed.append("went on")

    run = make_run(call)
    run.execute()
    assert run.state == "stopped"
    assert passed == []
    assert issubclass(Stopped, BaseException)


@pytest.mark.parametrize("superseded", [False, True])
def test_a_run_dropped_before_it_begins_never_calls_its_function(superseded):
    called = []
    run = make_run(lambda: called.append(1))
    run.drop(superseded=superseded)
    assert run.finished.is_set() and run.state == "stopped"
    assert run.view.states == ([] if superseded else ["stopped"])
    run.execute()
    assert called == [] and run.state == "stopped"


@pytest.mark.parametrize("superseded", [False, True])
def test_only_a_superseded_run_stops_without_saying_so(superseded):
    def call():
        run.drop(superseded=superseded)
        checkpoint()

    run = make_run(call)
    run.execute()
    said = ["running"] if superseded else ["running", "stopped"]
    assert run.view.states == said


def test_a_superseded_run_that_fails_says_so():
    def call():
        run.drop(superseded=True)
        return 1 / 0

    run = make_run(call)
    run.execute()
    assert run.view.states == ["running", "failed"]


def test_a_picture_that_cannot_be_drawn_fails_the_run():
    class Broken(Recorder):
        def changed(self, run):
            super().changed(run)
            if run.state == "done":
                raise RuntimeError("no picture")

    run = Run(lambda: 1, {}, 0, Broken())
    run.execute()
    assert run.state == "failed" and "no picture" in str(run.error)


def test_a_view_that_is_broken_for_good_does_not_hang_the_run():
    class Dead:
        def changed(self, run):
            told.append(run.state)
            raise RuntimeError("no kernel")

    told = []
    run = Run(lambda: 1, {}, 0, Dead())
    run.execute()
    assert run.finished.is_set() and run.state == "failed"
    assert told == ["running", "failed", "failed"]


def test_two_runs_never_train_at_once():
    inside, most = [], []

    def call():
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.02)
        inside.pop()

    threads = [
        threading.Thread(target=make_run(call).execute) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 5


def test_same_settings_and_seed_have_the_same_key():
    view = Recorder()
    run = Run(None, {"lambd": 3.0}, 0, view)
    assert run.key == Run(None, {"lambd": 3.0}, 0, view).key
    assert run.key != Run(None, {"lambd": 3.0}, 1, view).key
    assert run.key != Run(None, {"lambd": 2.0}, 0, view).key


def test_ctrl_c_when_a_run_ends_leaves_the_thread_outside_of_it():
    def call():
        def clock():
            raise KeyboardInterrupt

        run.clock = clock

    run = make_run(call)
    with pytest.raises(KeyboardInterrupt):
        run.execute()
    assert current_run() is None


@pytest.mark.parametrize(
    "error", [ValueError, KeyboardInterrupt, lambda: DivergedError("it")]
)
def test_a_function_that_fails_leaves_no_figure_behind(error):
    def call():
        figure = plt.figure()
        raise error()
        return figure

    make_run(call).execute()
    assert plt.get_fignums() == []


@pytest.mark.parametrize("reaction", ["returns", "raises"])
def test_a_stop_that_the_learner_swallows_is_a_stop(reaction):
    def call():
        run.stopping = True
        try:
            checkpoint()
        except:  # noqa: E722
            if reaction == "returns":
                return 42
            raise ValueError from None

    run = make_run(call)
    run.execute()
    assert (run.state, run.result, run.error) == ("stopped", None, None)


@pytest.mark.parametrize("own", [True, False])
def test_a_run_draws_on_its_own_view_only(own):
    run = make_run(lambda: check_place(run.view if own else Recorder()))
    run.execute()
    words = (
        "make the Animator inside the function that trains: each run has"
        " curves of its own"
    )
    assert str(run.error) == ("None" if own else words)
    check_place(None)  # outside of a run


def test_who_hears_that_a_run_has_ended_is_outside_of_it():
    class Listener:
        def changed(self, run):
            heard.append(current_run())

    heard = []
    run = Run(lambda: 42, {}, 7, Listener())
    run.execute()
    assert heard == [run, None]


@pytest.fixture
def short_grace(monkeypatch):
    monkeypatch.setattr(interrupts, "GRACE", 0.02)


def test_a_run_keeps_the_default_device_of_its_cell():
    with torch.device("meta"):
        run = make_run(torch.get_default_device)
    assert run.device == torch.device("meta")


def test_a_run_that_waits_tells_what_for(short_grace):
    told = []

    class Teller(Recorder):
        def changed(self, run):
            told.append((run.state, run.waits_for))

    begun, end = threading.Event(), threading.Event()
    first = make_run(lambda: begun.set() or end.wait(5))
    thread = threading.Thread(target=first.execute)
    thread.start()
    assert begun.wait(5)
    second = Run(lambda: 42, {}, 7, Teller())
    other = threading.Thread(target=second.execute)
    other.start()
    time.sleep(0.2)
    assert told == [("waiting", first)] and second.result is None
    end.set()
    other.join()
    thread.join()
    assert second.result == 42 and second.waits_for is None
