"""■ or Ctrl-C, at whatever moment, leaves everything as it was."""

import random
import time

import pytest

PREPARE = """
import os, random, signal, sys, threading, time
# Tests run side by side: a thread that waits must not take a core.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
import torch
from torch import nn
from matplotlib import pyplot
from course_utils import load_array, retrain, seed_everything, train_ch3
from course_utils.panel.panel import worker
from course_utils.plotting import views

torch.set_num_threads(2)  # not the 1 that many a function sets
seed_everything(1)
X, y = torch.randn(256, 1, 20), torch.randint(0, 5, (256,))
batches, nets, ended = load_array((X, y), 32), [], []
lost = []  # by Python itself: what is raised in a weak reference's callback
sys.unraisablehook = lambda what: lost.append(what.exc_type)


def train(num_epochs=3):
    layers = nn.Linear(20, 16), nn.Dropout(0.5), nn.Linear(16, 5)
    net = nn.Sequential(nn.Flatten(), *layers)
    layers[1].eval()  # a mode of its own, to be put back
    nets.append(net)
    updater = torch.optim.SGD(net.parameters(), 0.1)
    loss = nn.CrossEntropyLoss()
    train_ch3(net, batches, batches, loss, num_epochs, updater)
    return layers[0].weight.tolist()


def seeded():
    seed_everything(0)
    return train()


def check_all():
    for net in nets:
        modes = [part.training for part in net.modules()]
        assert modes == [True, True, True, False, True], modes
    nets.clear()
    assert torch.get_num_threads() == 2
    assert torch.is_grad_enabled()
    assert [n for n in pyplot.get_fignums() if n] == figures
    assert sys.getswitchinterval() == interval


def interrupt(call, after):
    heard = []
    lost.clear()

    def hear(*what):
        heard.append(what)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, hear)
    timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    try:
        timer.start()
        call()
        assert not heard or lost == [KeyboardInterrupt], "it was swallowed"
        ended.append(call)  # before it was interrupted
        timer.join()
    except KeyboardInterrupt:
        pass
    except ValueError as error:  # what Agg makes of it, if it meets one there
        assert "Invalid bounding box" in str(error), error
    finally:
        signal.signal(signal.SIGINT, before)


def seconds(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


interval, moments = sys.getswitchinterval(), random.Random(0)
figures = []
expected = seeded()  # this first one imports more than later ones
in_a_cell = min(seconds(seeded) for _ in range(3))
panel = retrain(train, num_epochs=(1, 9))
in_a_panel = panel.wait(60).result
live_panel = min(
    seconds(lambda: retrain(train, num_epochs=(1, 9))) for _ in range(3)
)
nets.clear()
"""

IN_A_CELL = """
figures = [pyplot.figure(7).number]  # the learner's own
for k in range(50):
    views._open.clear()  # a cell's end draws its pictures, but not all 100
    interrupt(seeded, moments.uniform(0, in_a_cell))
    check_all()
    assert seeded() == expected
print(k + 1, len(ended) < 40)
"""

WHILE_THE_CELL_WAITS = """
ended.clear()
figures = [pyplot.figure(7).number]
for k in range(50):
    interrupt(
        lambda: retrain(train, num_epochs=(1, 9)),
        moments.uniform(0, live_panel),
    )
    deadline = time.monotonic() + 60  # what ■ has stopped ends at once
    while worker._running is not None and time.monotonic() < deadline:
        time.sleep(0.001)
    check_all()
    assert k % 10 or panel.run() == in_a_panel
print(k + 1, len(ended) < 40)
"""


WHILE_NO_CELL_RUNS = """
figures = []
panel = retrain(train, num_epochs=(3, 900))
panel.wait(60)
panel.controls["num_epochs"].value = 900
"""

AFTERWARDS = """
run = panel.wait(60)
check_all()
print(run.state)
"""


@pytest.fixture(scope="module")
def kernel(start):
    kernel = start()
    kernel.run(PREPARE)
    return kernel


def test_ctrl_c_in_a_cell_that_trains(kernel):
    assert kernel.run(IN_A_CELL).endswith("50 True\n")


def test_stop_while_a_cell_waits_for_its_panel(kernel):
    assert kernel.run(WHILE_THE_CELL_WAITS).endswith("50 True\n")


def test_stop_while_no_cell_runs(kernel):
    moments = random.Random(0)
    for _ in range(5):
        kernel.run(WHILE_NO_CELL_RUNS)
        time.sleep(moments.uniform(0, 0.3))
        kernel.manager.interrupt_kernel()
        assert kernel.run(AFTERWARDS).endswith("stopped\n")
    kernel.run("assert panel.run(num_epochs=3) == in_a_panel")
