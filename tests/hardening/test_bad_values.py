"""Every public function refuses bad values of the course's parameters."""

import inspect

import pytest
import torch
from bad import BAD, state
from torch import nn

import course_utils as course

OUTSIDE = {  # parameter -> a value out of its range, the range in words
    "p": (1.5, "a number in [0, 1]"),
    "label_noise": (1.5, "a number in [0, 1]"),
    "lambd": (-1, "a finite number >= 0"),
    "noise": (-0.1, "a finite number >= 0"),
    "lr": (0, "a finite number > 0"),
    "num_epochs": (0, "an integer >= 1"),
    "batch_size": (0, "an integer >= 1"),
    "n": (0, "an integer >= 1"),
    "n_train": (-5, "an integer >= 1"),
    "num_examples": (0, "an integer >= 1"),
    "resize": (0, "an integer >= 1"),
    "seed": (-1, "an integer in [0, 2**32 - 1]"),
}
BY_DEFAULT = {"n_train", "resize"}  # None takes all images, as they are
BATCHES = [(torch.zeros(2, 1, 28, 28), torch.zeros(2, dtype=torch.int64))]


def weight():
    w = torch.ones(3, requires_grad=True)
    w.sum().backward()
    return w


def others(name):
    """Return legal values for what a public function needs besides."""
    if name == "load_data_fashion_mnist":
        return {"batch_size": 32}
    if name == "synthetic_data":
        return {"w": torch.ones(2), "b": 0, "num_examples": 3}
    if name == "train_ch3":
        data = {"train_iter": BATCHES, "test_iter": BATCHES}
        loss = nn.CrossEntropyLoss()
        net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10)).eval()
        updater = torch.optim.SGD(net.parameters(), 0.1)
        return {"net": net, **data, "loss": loss, "updater": updater}
    return {
        "sgd": {"params": [weight()], "lr": 0.1, "batch_size": 1},
        "load_array": {"data_arrays": (torch.ones(2),)},
        "predict_ch3": {"net": nn.Flatten(), "test_iter": BATCHES},
    }.get(name, {})


def weights(given):
    """Return what a training would change: weights, gradients, the mode."""
    net = given.get("net", nn.Flatten())
    params = [*given.get("params", ()), *net.parameters()]
    tensors = [t for w in params for t in (w, w.grad) if t is not None]
    return [t.tolist() for t in tensors], net.training


CALLS = [
    (name, parameter)
    for name in course.__all__
    for parameter in inspect.signature(getattr(course, name)).parameters
    if parameter in OUTSIDE
]


@pytest.mark.parametrize(("name", "parameter"), CALLS)
def test_a_bad_value_is_named_and_nothing_is_changed(name, parameter):
    function, given = getattr(course, name), others(name)
    outside, legal = OUTSIDE[parameter]
    before = state(), weights(given)
    for value in [outside, *BAD]:
        if value is None and parameter in BY_DEFAULT:
            continue
        with pytest.raises((TypeError, ValueError)) as refused:
            function(**{**given, parameter: value})
        message = f"{parameter} must be {legal}, got {value!r}"
        assert str(refused.value) == message
    assert (state(), weights(given)) == before


def test_all_public_functions_are_looked_at():
    found = {name for name, _ in CALLS}
    assert found >= {"sgd", "train_ch3", "Accumulator", "seed_everything"}
    assert len(CALLS) >= 14
