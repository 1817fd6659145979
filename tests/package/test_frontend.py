import sys

import pytest

from course_utils import frontend


def test_a_plain_python_has_no_kernel_and_no_person():
    assert frontend.kernel() is None
    assert not frontend.has_person()
    assert frontend.cell_identity() == (None, None)


def test_a_plain_python_need_not_have_imported_ipython(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert frontend.kernel() is None
    assert "IPython" not in sys.modules


@pytest.mark.parametrize("person", [True, False])
def test_a_person_is_told_from_a_robot(kernel, person):
    code = "from course_utils import frontend; print(frontend.has_person())"
    (output,) = kernel.run(code, person=person)
    assert output["text"].strip() == str(person)


def test_a_cell_knows_its_id_and_execution(kernel):
    code = "from course_utils import frontend; print(frontend.cell_identity())"
    (one,) = kernel.run(code, cell="a-cell")
    (two,) = kernel.run(code, cell="a-cell")
    assert one["text"].startswith("('a-cell', ")
    assert one["text"] != two["text"]


@pytest.mark.parametrize(
    ("mode", "sync"), [("", False), ("sync", True), ("thread", False)]
)
def test_the_environment_chooses_the_mode(monkeypatch, mode, sync):
    monkeypatch.setenv("COURSE_UTILS_LIVE", mode)
    assert frontend.callbacks_must_train() is sync


def test_colab_trains_in_the_callback(monkeypatch):
    monkeypatch.delenv("COURSE_UTILS_LIVE", raising=False)
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    assert frontend.callbacks_must_train()


def test_an_unknown_mode_is_refused(monkeypatch):
    monkeypatch.setenv("COURSE_UTILS_LIVE", "fast")
    with pytest.raises(ValueError, match="COURSE_UTILS_LIVE .* got 'fast'"):
        frontend.callbacks_must_train()


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
