import random

import pytest
from fixtures import give_up
from kernel import Kernel
from lab import LEARNER, OLD_KERNELS, faults, old_kernel

in_every_kernel = pytest.mark.parametrize(
    "version", [*OLD_KERNELS, "current"], indirect=True
)
CELLS = {
    "learner": LEARNER,
    "panel": "panel = retrain(train, lambd=(0, 10, 0.5))\npanel",
    "slow": "slow = retrain(train_long, lambd=(0, 10, 0.5))\nslow",
    "sum": "1 + 1",
}

# A loop of a learner's own, which meets no checkpoint before its end.
WITHOUT_CHECKPOINTS = """
import random, sys, threading, time
import numpy as np
import torch
from matplotlib import pyplot as plt
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from course_utils import Animator, evaluate_accuracy, retrain
from course_utils.runs import interrupts, newest_wins

# Stopped often, so that 50 stops do not last half a minute.
interrupts.GRACE, newest_wins.TICK = 0.01, 0.005
torch.set_num_threads(2)
torch.manual_seed(0)
data = TensorDataset(torch.randn(64, 20), torch.randint(0, 5, (64,)))
net = nn.Sequential(nn.Linear(20, 16), nn.Dropout(0.5), nn.Linear(16, 5))
net[1].eval()  # a mode of its own
updater = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
noise = torch.Generator().manual_seed(1)

def train(epochs=3):
    losses, figure = [], plt.figure(figsize=(1, 1))
    while len(losses) < epochs:
        for X, y in DataLoader(data, 16, shuffle=True):
            X = X + 0.1 * torch.randn(X.shape, generator=noise)
            X = X + np.random.rand() + random.random()
            loss = nn.functional.cross_entropy(net(X), y)
            updater.zero_grad()
            loss.backward()
            updater.step()
        with torch.no_grad():
            losses.append(nn.functional.cross_entropy(net(X), y).item())
        print(len(losses), evaluate_accuracy(net, [(X, y)]))
    board = Animator("epoch", "loss")
    for epoch, loss in enumerate(losses):
        board.add(epoch, loss)
    return losses

def everything():
    return (
        torch.get_rng_state().tolist(), repr(np.random.get_state()),
        random.getstate(), torch.get_num_threads(), torch.is_grad_enabled(),
        torch.get_default_dtype(), sys.getswitchinterval(),
        plt.get_fignums(), threading.active_count(),
    )

def left():
    until = time.monotonic() + 5
    while time.monotonic() < until and everything() != before:
        time.sleep(0.01)  # the worker puts the length of turns back
    return [a == b for a, b in zip(everything(), before)]

panel = retrain(train, epochs=(3, 1_000_000))
panel.wait(60)
panel.controls["epochs"].value = 4
first = panel.wait(60)
assert first.state == "done", first.error
points, modes = first.animators[0].Y, [m.training for m in net.modules()]
before, wrong, states = everything(), [], []
"""
FIFTY_STOPS = """
moments = random.Random(3)  # used before the states are compared
for k in range(50):
    panel.controls["epochs"].value = 1_000_000 - k
    until = time.perf_counter() + moments.choice([0.01, 0.03, 0.1]) * (
        moments.random()
    )
    while time.perf_counter() < until:
        time.sleep(0.001)
    panel.stop()
    states.append(panel.wait(10).state)
    if not all(left()):
        wrong.append((k, left()))
panel.controls["epochs"].value = 4
again = panel.wait(60)
"""


@pytest.fixture(scope="module")
def version(request):
    """Return the version of an ipykernel that is installed."""
    version = request.param
    if version != "current" and not old_kernel(version).exists():
        give_up(
            f"ipykernel {version} is missing: pip install --no-deps "
            f"--target {old_kernel(version)} ipykernel=={version}"
        )
    return version


@pytest.fixture(scope="module")
def kernel(version, tmp_path_factory):
    """Return a kernel that the tests share, to import torch once."""
    kernel = Kernel(version, tmp_path_factory.mktemp("kernel"))
    yield kernel
    kernel.stop()


def wait_for(kernel, slider, value):
    """Wait until a move has come to the panel in the kernel."""
    kernel.run(
        "import time\nend = time.monotonic() + 30\n"
        f"while panel.controls[{slider!r}].value != {value}:\n"
        "    assert time.monotonic() < end\n    time.sleep(0.01)"
    )


@in_every_kernel
@pytest.mark.parametrize("seed", [1])
def test_500_random_moves_lose_neither_the_last_value_nor_the_kernel(
    kernel, version, seed
):
    kernel.run(LEARNER + CELLS["panel"])
    used = kernel.run("import ipykernel", "ipykernel.__version__")
    assert version in (used, "current")
    slider = kernel.run("", "panel.controls['lambd'].model_id")
    rng = random.Random(seed)
    for _ in range(500):
        value = rng.randrange(21) / 2
        kernel.move(slider, value)
        # A burst, the pace of a hand, or time enough to train.
        pause = rng.choices([0, 0.02, 0.3], weights=[50, 47, 3])[0]
        kernel.listen(pause * rng.random())
    wait_for(kernel, "lambd", value)
    settings = {"lambd": value}
    kernel.run("run = panel.wait(30)")
    kernel.listen(0.3)
    assert kernel.run("", "run.settings") == settings
    assert kernel.run("", "panel.controls['lambd'].value") == value
    assert kernel.run("", "panel.history[-1].settings") == settings
    assert f"lambd = {value:g} " in kernel.status
    assert 'aria-live="polite"' in kernel.status
    assert kernel.noise == []
    assert "Traceback" not in kernel.log()
    kernel.move(slider, 10 - value)  # and it goes on
    wait_for(kernel, "lambd", 10 - value)
    kernel.run("run = panel.wait(30)")
    assert kernel.run("", "run.settings") == {"lambd": 10 - value}


@pytest.mark.parametrize("version", OLD_KERNELS, indirect=True)
def test_a_drag_and_another_cell_work_in_an_older_kernel(
    open_notebook, version
):
    notebook = open_notebook(CELLS, kernel=version)
    for cell in ("learner", "panel", "slow"):
        notebook.run(cell)
    used = notebook.value("__import__('ipykernel').__version__")
    assert used == repr(version)
    panel = notebook.panel("panel")
    panel.drag(0.9, seconds=0.8, positions=20)
    panel.wait("lambd = 9 ")
    slow = notebook.panel("slow")
    slow.drag(0.5)
    slow.running("lambd = 5 ")
    notebook.run("sum")
    (output,) = notebook.outputs("sum")
    assert output["data"]["text/plain"] == "2"
    slow.running("lambd = 5 ")
    slow.press("Stop")
    slow.wait("stopped", timeout=2)
    assert notebook.faults() == []


@in_every_kernel
def test_50_stops_of_a_loop_without_checkpoints_leave_all_as_it_was(
    kernel, version
):
    kernel.run(WITHOUT_CHECKPOINTS)
    kernel.run(FIFTY_STOPS)
    assert kernel.run("", "wrong") == []
    assert kernel.run("", "states") == ["stopped"] * 50
    assert kernel.run("", "again.state") == "done"
    assert kernel.run("", "again.animators[0].Y == points")
    assert kernel.run("", "again.result == first.result")
    assert kernel.run("", "[m.training for m in net.modules()] == modes")
    slider = kernel.run("", "panel.controls['epochs'].model_id")
    for value in range(500_000, 500_010):  # the newest ends the one before
        kernel.move(slider, value)
        kernel.listen(0.05)
    kernel.move(slider, 4)
    wait_for(kernel, "epochs", 4)
    kernel.run("last = panel.wait(30)")
    assert kernel.run("", "last.settings, last.result == first.result") == (
        {"epochs": 4}, True
    )  # fmt: skip
    assert kernel.run("", "all(left())")
    assert kernel.noise == []
    assert "Traceback" not in kernel.log()


@in_every_kernel
def test_a_kernel_that_ends_amid_a_cell_leaves_no_fault(kernel, version):
    kernel.client.execute("print('begun'); __import__('time').sleep(1)")
    while not kernel.noise:
        kernel.hear()
    kernel.end()
    assert kernel.noise[0]["text"] == "begun\n"
    assert faults(kernel.log()) == []
