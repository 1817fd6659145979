import threading
import time

import pytest

from course_utils.runs import interrupts
from course_utils.runs.run import Run, checkpoint, current_run


class Unseen:
    """A view that shows nothing."""

    def changed(self, run):
        pass


def make_run(call):
    return Run(call, {"lambd": 3.0}, 7, Unseen())


def interrupt_soon(run, after=0.0):
    """Stop a run, and let the supervisor's call come when it is due."""

    def interrupt():
        time.sleep(after)
        run.stop()
        for _ in range(1000):
            if run.finished.wait(0.01):
                break
            run.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    return thread


def in_learner_code(body):
    """Return a run of `body`, which is told its run."""

    def call():
        with run.interruptible():
            return body(run)

    run = make_run(call)
    return run


@pytest.fixture
def short_grace(monkeypatch):
    monkeypatch.setattr(interrupts, "GRACE", 0.02)


def spin(_run):
    """Loop for ever, as far as a test can wait for it."""
    end = time.monotonic() + 4
    while time.monotonic() < end:
        pass


def spin_in_a_generator(_run):
    end = time.monotonic() + 4
    return sum(1 for _ in iter(lambda: time.monotonic() < end, False))


def spin_until_swallowed(_run):
    try:
        spin(None)
    except:  # noqa: E722
        return "swallowed"


def spin_in_two_bare_excepts(_run):
    for _ in range(2):
        spin_until_swallowed(None)
    return "swallowed twice"


def spin_in_a_finally(_run):
    try:
        spin(None)
    finally:
        spin(None)


def fail_after_a_swallowed_stop(_run):
    spin_until_swallowed(None)
    raise ValueError("and then this")


@pytest.mark.parametrize(
    "body",
    [
        spin, spin_in_a_generator, spin_until_swallowed,
        spin_in_two_bare_excepts, spin_in_a_finally,
        fail_after_a_swallowed_stop,
    ],
)  # fmt: skip
def test_a_loop_without_checkpoints_is_ended(short_grace, body):
    run = in_learner_code(body)
    thread = interrupt_soon(run, 0.05)
    run.execute()
    thread.join()
    assert (run.state, run.result, run.error) == ("stopped", None, None)
    assert run.seconds < 2  # of 4, or of 8
    total = sum(range(10**5))  # nothing is raised later
    assert total == 4999950000 and current_run() is None
    after = make_run(lambda: 42)
    after.execute()
    assert after.state == "done"


def test_a_run_has_time_to_reach_its_checkpoint(monkeypatch):
    monkeypatch.setattr(interrupts, "GRACE", 5)
    run = in_learner_code(lambda run: [checkpoint() for _ in iter(int, 1)])
    thread = interrupt_soon(run)
    run.execute()
    thread.join()
    assert run.state == "stopped"
    assert run._raised_at < 0  # it was never needed


def test_no_exception_comes_into_what_the_package_does(short_grace):
    steps = []

    def body(run):
        for _ in range(3):
            with run.shielded():
                end = time.monotonic() + 0.1
                while time.monotonic() < end:
                    pass
                steps.append("whole")
            if run.stopping:
                spin(run)

    run = in_learner_code(body)
    thread = interrupt_soon(run, 0.02)
    run.execute()
    thread.join()
    assert run.state == "stopped"
    assert steps == ["whole"]


def test_a_run_that_is_not_to_stop_is_not_interrupted(short_grace):
    def body(run):
        run.interrupt()
        time.sleep(0.05)
        run.interrupt()
        return 42

    run = in_learner_code(body)
    run.execute()
    assert run.result == 42


def test_nothing_is_interrupted_outside_the_learners_code(short_grace):
    run = make_run(lambda: 42)  # never in it
    run.stop()
    time.sleep(0.05)
    run.interrupt()
    assert not run.cut_short and run._raised_at < 0


def test_an_exception_that_comes_too_late_is_taken_back(short_grace):
    """It is raised in the thread, which has no turn before it leaves."""

    def body(run):
        run.stop()
        run.stopped_at -= 1
        run.interrupt()  # in this very thread: it comes at the next chance

    for _ in range(50):
        run = in_learner_code(body)
        run.execute()
        assert run.state == "stopped"
        assert sum(range(1000)) == 499500


def test_a_run_that_was_cut_short_has_no_result():
    def body(run):
        run.cut_short = True
        return 42

    run = in_learner_code(body)
    run.execute()
    assert (run.state, run.result) == ("stopped", None)


def test_interrupt_between_two_cells_stops_the_training(kernel):
    code = (
        "import time\n"
        "def train(lambd=0):\n"
        "    while lambd:\n"
        "        time.sleep(0.001); checkpoint()\n"
        "panel = retrain(train, lambd=(0, 9))\n"
        "panel.controls['lambd'].value = 1\n"
        "while panel.newest.state != 'running':\n"
        "    time.sleep(0.01)"
    )
    kernel.run(code, person=True)
    kernel.manager.interrupt_kernel()
    (output,) = kernel.run("print(panel.wait(5).state)")
    assert output["text"] == "stopped\n"
    assert kernel.run("1 + 1")[0]["data"]["text/plain"] == "2"


def test_interrupt_of_a_cell_that_trains_leaves_all_usable(kernel):
    code = (
        "import threading, time, os, signal\n"
        "def train(lambd=0):\n"
        "    while lambd:\n"
        "        time.sleep(0.001); checkpoint()\n"
        "panel = retrain(train, lambd=(0, 9))\n"
        "threading.Timer(\n"
        "    0.2, os.kill, (os.getpid(), signal.SIGINT)\n"
        ").start()\n"
        "panel.run(lambd=1)"
    )
    errors = [o["ename"] for o in kernel.run(code) if o["kind"] == "error"]
    assert errors == ["KeyboardInterrupt"]
    (output,) = kernel.run("print(panel.newest.state, panel.run(lambd=0))")
    assert output["text"] == "stopped None\n"


def test_profiler_works_after_a_run(kernel):
    """%prun and cProfile hung in a kernel whose panel had trained."""
    kernel.run(
        "def train(lambd=3):\n    return lambd\n"
        "panel = retrain(train, lambd=(0, 10))\n"
        "import cProfile\n"
        "profile = cProfile.Profile()\n"
    )
    (output,) = kernel.run("print(profile.runcall(train, 2))")
    assert output["text"] == "2\n"
