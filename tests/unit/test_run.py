import threading

from course_utils.errors import DivergedError, Stopped
from course_utils.run import Run, checkpoint, current_run


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


def test_a_run_dropped_before_it_begins_never_calls_its_function():
    called = []
    run = make_run(lambda: called.append(1))
    run.drop()
    assert run.finished.is_set()
    run.execute()
    assert called == [] and run.state == "stopped"


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
            raise RuntimeError("no kernel")

    run = Run(lambda: 1, {}, 0, Dead())
    run.execute()
    assert run.finished.is_set() and run.state == "failed"


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
