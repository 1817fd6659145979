import contextvars
import sys
import threading
import time
import weakref

import pytest
import torch

from course_utils.runs.newest_wins import Worker
from course_utils.runs.run import Run, checkpoint


class View:
    def changed(self, run):
        pass


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    worker.stop()


def endless(started):
    """Return a function that trains until it is stopped."""

    def call():
        started.set()
        while True:
            checkpoint()
            time.sleep(0.001)

    return call


def test_the_newest_request_ends_the_run_that_lasts(worker):
    view, started = View(), threading.Event()
    old = Run(endless(started), {}, 0, view)
    worker.submit(old)
    assert started.wait(5)
    new = Run(lambda: "new", {}, 0, view)
    worker.submit(new)
    assert new.finished.wait(5) and old.finished.wait(5)
    assert (old.state, new.state) == ("stopped", "done")


def test_a_waiting_request_is_replaced_not_trained(worker):
    view, started, calls = View(), threading.Event(), []
    blocked = threading.Event()

    def busy():  # no checkpoint: cannot be stopped
        started.set()
        blocked.wait(5)

    worker.submit(Run(busy, {}, 0, view))
    assert started.wait(5)
    runs = [Run(lambda k=k: calls.append(k), {}, 0, view) for k in range(20)]
    for run in runs:
        worker.submit(run)
    blocked.set()
    assert runs[-1].finished.wait(5)
    assert calls == [19]
    assert {run.state for run in runs[:-1]} == {"stopped"}


def test_another_panel_goes_first_and_the_first_one_begins_again(worker):
    started, again = threading.Event(), []

    def long():
        again.append(1)
        started.set()
        for _ in range(200):
            checkpoint()
            time.sleep(0.001)
        return "whole"

    first = Run(long, {}, 0, View())
    worker.submit(first)
    assert started.wait(5)
    second = Run(lambda: (len(again), first.state), {}, 0, View())
    worker.submit(second)
    assert second.finished.wait(5) and first.finished.wait(5)
    assert second.result == (1, "waiting")  # the first begins again later
    assert (first.state, first.result, len(again)) == ("done", "whole", 2)


def test_stop_ends_what_runs_and_what_waits(worker):
    view, other, started = View(), View(), threading.Event()
    running = Run(endless(started), {}, 0, view)
    worker.submit(running)
    assert started.wait(5)
    waiting = Run(endless(threading.Event()), {}, 0, other)
    worker.submit(waiting)
    worker.stop()
    assert running.finished.wait(5) and waiting.finished.wait(5)
    assert {running.state, waiting.state} == {"stopped"}


def test_stop_is_said_even_of_a_run_that_was_superseded(worker):
    """The newer run that waits is dropped: nobody else says anything."""
    begun, end, told = threading.Event(), threading.Event(), []

    class Telling(View):
        def changed(self, run):
            told.append((run.seed, run.state))

    def library():  # one long call, which nothing can end
        begun.set()
        end.wait(5)
        checkpoint()

    view = Telling()
    old, new = Run(library, {}, 0, view), Run(lambda: None, {}, 1, view)
    worker.submit(old)
    assert begun.wait(5)
    worker.submit(new)
    worker.stop(view)
    end.set()
    assert old.finished.wait(5)
    assert told == [(0, "running"), (1, "stopped"), (0, "stopped")]


def test_stopping_one_view_leaves_the_other(worker):
    started, view = threading.Event(), View()
    running = Run(endless(started), {}, 0, view)
    worker.submit(running)
    assert started.wait(5)
    worker.stop(View())
    time.sleep(0.02)
    assert running.state == "running"
    worker.stop(view)
    assert running.finished.wait(5)


def test_one_thread_for_many_requests(worker):
    before = threading.active_count()
    for k in range(50):
        run = Run(lambda k=k: k, {}, 0, View())
        worker.submit(run)
        assert run.finished.wait(5) and run.result == k
    assert threading.active_count() == before + 2  # and the supervisor


def test_the_thread_has_a_name_and_does_not_keep_python_from_ending(worker):
    run = Run(threading.current_thread, {}, 0, View())
    worker.submit(run)
    assert run.finished.wait(5)
    assert run.result.name == "course_utils worker" and run.result.daemon


def test_a_run_has_the_context_of_the_thread_that_asked_for_it(worker):
    which = contextvars.ContextVar("which")
    which.set("the cell that was run")
    run = Run(which.get, {}, 0, View())
    worker.submit(run)
    assert run.finished.wait(5)
    assert run.result == "the cell that was run"


def test_while_it_trains_other_threads_get_their_turn_soon(worker):
    before = sys.getswitchinterval()
    run = Run(sys.getswitchinterval, {}, 0, View())
    worker.submit(run)
    assert run.finished.wait(5)
    assert run.result == pytest.approx(0.5e-3)
    started = threading.Event()
    lasting = Run(endless(started), {}, 0, View())
    worker.submit(lasting)
    assert started.wait(5)
    worker.stop()
    assert lasting.finished.wait(5)
    idle = Run(lambda: None, {}, 0, View())
    worker.submit(idle)
    assert idle.finished.wait(5)
    for _ in range(100):  # the thread puts it back a moment later
        if sys.getswitchinterval() == before:
            break
        time.sleep(0.01)
    assert sys.getswitchinterval() == before


def test_torchs_number_of_threads_reaches_a_worker_that_has_begun(worker):
    before = torch.get_num_threads()
    try:
        for n in (2, 1, 2):
            torch.set_num_threads(n)
            run = Run(torch.get_num_threads, {}, 0, View())
            worker.submit(run)
            assert run.finished.wait(5)
            assert run.result == n
    finally:
        torch.set_num_threads(before)


def test_a_run_that_has_ended_is_let_go_of(worker):
    """It holds the learner's tensors; the threads wait, perhaps for hours."""
    run = Run(lambda: 42, {}, 0, View())
    worker.submit(run)
    assert run.finished.wait(5)
    kept, end = weakref.ref(run), time.monotonic() + 5
    del run
    while kept() is not None:
        assert time.monotonic() < end
        time.sleep(0.01)


class Ticking(View):
    """A view that notes when it is told of the time."""

    def __init__(self):
        self.told = []

    def tick(self, run):
        self.told.append((run.state, run.waits_for))


def learners(run_of, view, body):
    """Return a run of learner's code without checkpoints."""

    def call():
        with run.interruptible():
            return body()

    run = run_of(call, {}, 0, view)
    return run


def spin(started):
    def body():
        started.set()
        end = time.monotonic() + 4  # a test that fails must end, too
        while time.monotonic() < end:
            pass

    return body


def test_the_newest_ends_a_loop_without_checkpoints(worker):
    view, started = View(), threading.Event()
    old = learners(Run, view, spin(started))
    worker.submit(old)
    assert started.wait(5)
    asked = time.monotonic()
    new = Run(lambda: "new", {}, 0, view)
    worker.submit(new)
    assert new.finished.wait(5)
    assert time.monotonic() - asked < 2  # 0.3 s, and a busy machine
    assert (old.state, new.result) == ("stopped", "new")


def test_stop_ends_a_loop_without_checkpoints(worker):
    view, started = View(), threading.Event()
    run = learners(Run, view, spin(started))
    worker.submit(run)
    assert started.wait(5)
    worker.stop(view)
    assert run.finished.wait(5) and run.state == "stopped"


def test_another_panel_interrupts_a_loop_which_begins_again_afterwards(worker):
    started, begun = threading.Event(), []

    def body():
        begun.append(1)
        started.set()
        end = time.monotonic() + 4
        while len(begun) < 2 and time.monotonic() < end:
            pass
        return "whole"

    first = learners(Run, View(), body)
    worker.submit(first)
    assert started.wait(5)
    second = Run(lambda: "between", {}, 0, View())
    worker.submit(second)
    assert second.finished.wait(5) and second.result == "between"
    assert first.finished.wait(5)
    assert (first.state, first.result, len(begun)) == ("done", "whole", 2)


def test_the_clock_ticks_and_who_waits_says_for_what(worker):
    one, other = Ticking(), Ticking()
    started, end = threading.Event(), threading.Event()

    def library():  # one long call, which nothing can end
        started.set()
        end.wait(5)

    running = Run(library, {}, 0, one)
    worker.submit(running)
    assert started.wait(5)
    time.sleep(0.35)
    assert set(one.told) == {("running", None)}
    assert 1 <= len(one.told) <= 5
    waiting = Run(lambda: 42, {}, 0, other)
    worker.submit(waiting)
    time.sleep(0.7)
    assert set(other.told) == {("waiting", running)}
    end.set()
    assert waiting.finished.wait(5) and waiting.result == 42


def test_a_view_that_cannot_tick_ends_no_run(worker):
    class Gone(View):
        def tick(self, run):
            raise RuntimeError("no front end")

    run = Run(lambda: time.sleep(0.3) or 42, {}, 0, Gone())
    worker.submit(run)
    assert run.finished.wait(5) and run.result == 42
    again = Run(lambda: 43, {}, 0, Gone())
    worker.submit(again)
    assert again.finished.wait(5) and again.result == 43


def test_views_tidy_up_when_all_is_quiet(worker, monkeypatch):
    monkeypatch.setattr("course_utils.runs.newest_wins.SETTLED", 0.2)

    class Tidy(View):
        def __init__(self):
            self.settled = []

        def settle(self):
            self.settled.append(time.monotonic())

    view = Tidy()
    for _ in range(5):
        run = Run(lambda: None, {}, 0, view)
        worker.submit(run)
        assert run.finished.wait(5)
    ended = time.monotonic()
    time.sleep(0.6)
    assert len(view.settled) == 1  # not five times
    assert view.settled[0] - ended >= 0.1


def test_the_default_device_of_the_cell_holds_in_the_thread(worker):
    with torch.device("meta"):
        run = Run(lambda: torch.zeros(1).device.type, {}, 0, View())
    worker.submit(run)
    plain = Run(lambda: torch.zeros(1).device.type, {}, 0, View())
    assert run.finished.wait(5)
    worker.submit(plain)
    assert plain.finished.wait(5)
    assert (run.result, plain.result) == ("meta", "cpu")
