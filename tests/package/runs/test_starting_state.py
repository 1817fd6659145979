"""Each run starts as the first one did."""

import functools
import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader

from course_utils import retrain
from course_utils.runs.starting_state import StartingState

X, Y = torch.arange(12.0).reshape(6, 2) / 10, torch.ones(6, 1)


def notebook(*cells):
    """Return the variables of a notebook that has run these cells."""
    known = {"__name__": "__main__", "torch": torch, "nn": nn, "np": np}
    known |= {"X": X, "Y": Y, "random": random}
    for cell in cells:
        exec(cell, known)
    return known


STEP = """
def step(net, updater):
    loss = ((net(X) - Y) ** 2).mean()
    updater.zero_grad()
    loss.backward()
    updater.step()
    return loss.item()
"""
NET = "net = nn.Linear(2, 1)\n" + STEP
# What one cell makes, and what the function of another does with it.
MADE_ELSEWHERE = {
    "a net": (
        NET,
        "u = torch.optim.SGD(net.parameters(), lr)\n"
        "return [step(net, u) for _ in range(3)]",
    ),
    "a net and its mode": (
        "net = nn.Sequential(nn.Linear(2, 1), nn.Dropout(0.5))",
        "before = net.training\nnet.eval()\nreturn before",
    ),
    "the running mean of a net": (
        "net = nn.BatchNorm1d(2)",
        "net(X * lr)\nreturn net.running_mean.tolist()",
    ),
    "gradients that nobody clears": (
        NET,
        "(lr * net(X).sum()).backward()\nreturn net.weight.grad.tolist()",
    ),
    "weights": (
        "w = torch.ones(2, 1, requires_grad=True)",
        "(X @ w).sum().backward()\n"
        "with torch.no_grad():\n"
        "    w.sub_(lr * w.grad)\n"
        "    w.grad.zero_()\n"
        "return w.tolist()",
    ),
    "weights changed through data": (
        "w = torch.ones(2, 1, requires_grad=True)",
        "(X @ w).sum().backward()\n"
        "w.data.sub_(lr * w.grad)\n"
        "w.grad.data.zero_()\n"
        "return w.tolist()",
    ),
    "a net changed through data": (
        NET,
        "for p in net.parameters():\n    p.data.mul_(1 - lr)\n"
        "return net.weight.tolist()",
    ),
    "an array": ("w = np.ones(2)", "w[:] = w * lr\nreturn w.tolist()"),
    "an optimizer with momentum": (
        NET + "u = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)",
        "for group in u.param_groups:\n    group['lr'] = lr\n"
        "return [step(net, u) for _ in range(3)]",
    ),
    "Adam": (
        NET + "u = torch.optim.Adam(net.parameters(), 0.1)",
        "u.param_groups[0]['weight_decay'] = lr\n"
        "return [step(net, u) for _ in range(3)]",
    ),
    "a schedule": (
        NET + "u = torch.optim.SGD(net.parameters(), 0.1)\n"
        "schedule = torch.optim.lr_scheduler.StepLR(u, 1, 0.5)",
        "step(net, u)\nschedule.step()\n"
        "return schedule.get_last_lr() + [u.param_groups[0]['lr'] * lr]",
    ),
    "torch's generator": (
        "g = torch.Generator().manual_seed(3)",
        "return torch.rand(2, generator=g).tolist()",
    ),
    "NumPy's generator": (
        "g = np.random.default_rng(3)",
        "return g.random(2).tolist()",
    ),
    "NumPy's older generator": (
        "g = np.random.RandomState(3)",
        "return g.rand(2).tolist()",
    ),
    "Python's generator": ("g = random.Random(3)", "return g.random()"),
    "a list of weights": (
        "params = [torch.ones(2, 1), torch.zeros(1)]",
        "for p in params:\n    p.sub_(lr)\nreturn [p.sum() for p in params]",
    ),
    "a dict of generators": (
        "own = {'noise': [torch.Generator().manual_seed(1)]}",
        "return torch.rand(1, generator=own['noise'][0]).item()",
    ),
    "an object of a learner's class": (
        "class Model:\n    pass\nmodel = Model()\nmodel.w = X[0].clone()",
        "model.w.mul_(lr)\nreturn model.w.tolist()",
    ),
    "a net that a helper uses": (
        NET + "def helper(lr):\n"
        "    u = torch.optim.SGD(net.parameters(), lr)\n"
        "    return step(net, u)",
        "return helper(lr)",
    ),
}


@pytest.mark.parametrize("what", MADE_ELSEWHERE)
def test_the_same_settings_have_the_same_result_whatever_is_made_elsewhere(
    what,
):
    made, body = MADE_ELSEWHERE[what]
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    known = notebook(made, f"def train(lr=0.1):\n{lines}")
    panel = retrain(known["train"], lr=[0.1, 0.2])
    first = panel.newest.result
    other = panel.run(lr=0.2)
    assert panel.run(lr=0.2) == other
    assert panel.run(lr=0.1) == first
    panel.close()


def changing(w):
    """Return what a run changes: a function, a method, a partial, ..."""

    class Model:
        def __init__(self):
            self.w = w

        def fit(self, k=1):
            self.w.add_(k)
            return self.w.item()

    def closure(k=1):
        return w.add_(k).item()

    def with_default(k=1, w=w):
        return w.add_(k).item()

    def argument(w, k=1):
        return w.add_(k).item()

    @functools.wraps(closure)
    def wrapped(*args, **kwargs):
        return closure(*args, **kwargs)

    Model.__module__ = "__main__"
    return {
        "closure": closure, "default": with_default, "method": Model().fit,
        "partial": functools.partial(argument, w), "decorated": wrapped,
    }  # fmt: skip


@pytest.mark.parametrize(
    "how", ["closure", "default", "method", "partial", "decorated"]
)
def test_it_is_found_wherever_the_function_keeps_it(how):
    panel = retrain(changing(torch.zeros(()))[how], k=(1, 5))
    assert panel.newest.result == 1
    assert [panel.run(k=4), panel.run(k=1)] == [4, 1]
    panel.close()


def test_the_generator_of_a_loader_is_put_back():
    generator = torch.Generator().manual_seed(3)
    loader = DataLoader(X, 2, shuffle=True, generator=generator)

    def train(k=1):
        return [batch[0, 0].item() for batch in loader]

    panel = retrain(train, k=(1, 3))
    first = panel.newest.result
    assert panel.run(k=2) == first and panel.run(k=1) == first
    panel.close()


def test_what_another_cell_has_changed_is_where_the_next_runs_start():
    known = notebook(
        NET,
        "def train(lr=0.1):\n"
        "    u = torch.optim.SGD(net.parameters(), lr)\n"
        "    return [step(net, u) for _ in range(2)]",
    )
    panel = retrain(known["train"], lr=[0.1, 0.2])
    first = panel.newest.result
    nn.init.ones_(known["net"].weight)  # the learner's next cell
    begun = known["net"].weight.tolist()
    second = panel.run(lr=0.1)
    assert begun == [[1, 1]] and second != first
    assert panel.run(lr=0.2) != second
    assert panel.run(lr=0.1) == second
    panel.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda w: w.fill_(5),
        lambda w: w.data.fill_(5),
        lambda w: w.data.add_(2),  # 2 runs would have made 3 of it
    ],
)
def test_changes_by_hand_are_noticed_however_they_are_made(change):
    w = torch.ones(3)
    start = StartingState()

    def train():
        return w

    for _ in range(2):
        with start.restored(train):
            assert w.tolist() == [1, 1, 1]
            w.data.add_(2)
    change(w)
    mine = w.tolist()
    for _ in range(2):
        with start.restored(train):
            assert w.tolist() == mine
            w.data.add_(2)


def test_a_net_made_anew_is_the_one_to_start_from():
    known = notebook(NET, "def train(k=1):\n    net.weight.data += k\n"
                     "    return net.weight.sum().item()")  # fmt: skip
    panel = retrain(known["train"], k=(1, 3))
    exec("net = nn.Linear(2, 1); nn.init.zeros_(net.weight)", known)
    assert [panel.run(k=1) for _ in range(3)] == [2, 2, 2]
    panel.close()


def test_what_cannot_be_copied_is_left_alone():
    class Odd(nn.Module):
        def state_dict(self, *args, **kwargs):
            raise RuntimeError("has none")

    odd, lazy = Odd(), nn.LazyLinear(2)

    def train(k=2):
        return odd is not None and lazy(X[:, :k]).shape[1]

    panel = retrain(train, k=[2])
    assert panel.newest.result == 2
    assert panel.run(k=2) == 2
    panel.close()


def test_large_data_are_not_copied_but_large_weights_are():
    data, w = torch.zeros(300_000), torch.zeros(300_000, requires_grad=True)
    start = StartingState()

    def train():
        return data, w

    with start.restored(train), torch.no_grad():
        data += 1
        w += 1
    with start.restored(train):
        assert (data[0].item(), w[0].item()) == (1, 0)


def test_a_tensor_with_a_history_is_no_obstacle():
    w = torch.ones(2, requires_grad=True)
    doubled = 2 * w  # of an earlier cell: its gradient is not kept

    def train(k=1):
        return (k * doubled).sum().item()

    panel = retrain(train, k=(1, 3))
    assert [panel.run(k=2), panel.run(k=1)] == [8, 4]
    panel.close()
