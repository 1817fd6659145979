"""A lesson's numbers depend on its seed alone."""

import json
import os
import subprocess
import sys

import pytest
import torch
from cells import load, python, read
from matplotlib.figure import Figure

from course_utils import (
    evaluate_accuracy,
    load_data_fashion_mnist,
    seed_everything,
    train_epoch_ch3,
)


@pytest.fixture(autouse=True)
def keep_torch_as_it_is():
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    yield
    torch.set_num_threads(threads)
    torch.set_default_dtype(dtype)


def accuracy(threads, train_iter, test_iter):
    """Return what three epochs of the book's network with dropout give.

    Its products are large enough for two threads to share them.
    """
    torch.set_num_threads(threads)
    seed_everything(0)
    net = torch.nn.Sequential(
        torch.nn.Flatten(),
        torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Dropout(0.2),
        torch.nn.Linear(256, 256), torch.nn.ReLU(), torch.nn.Dropout(0.5),
        torch.nn.Linear(256, 10),
    )  # fmt: skip
    updater = torch.optim.SGD(net.parameters(), 0.5)
    loss = torch.nn.CrossEntropyLoss()
    for _ in range(3):
        train_epoch_ch3(net, train_iter, loss, updater)
    return evaluate_accuracy(net, test_iter)


def test_one_thread_or_two_give_the_same_to_a_hundredth():
    data = load_data_fashion_mnist(256, n_train=2000)
    one, two, again = (accuracy(threads, *data) for threads in (1, 2, 1))
    assert one > 0.5
    assert abs(one - two) < 0.01
    assert again == one


LESSONS = {  # the cells up to a panel's function, which is called then
    "00_start_here": ("fit-polynomial", "fit_polynomial", {"degree": 3}),
    "01_weight_decay_from_scratch": ("train", "train", {"lambd": 3}),
    "03_geometry_of_penalties": ("data", "shrink", {"lambd": 0.3}),
    "05_bias_and_variance": ("ridge", "show_slice", {"lambd": 0.3}),
    "06_dropout_from_scratch": ("turn-layer-ours", "see_through", {"p": 0.5}),
    "07_dropout_concise": ("imports", "show_dropout", {"p": 0.3}),
    "08_regularization_lab": ("fit", "train", {"p": 0.5, "num_epochs": 1}),
}


def run(lesson):
    """Return the numbers that a lesson's function gives with its data.

    It is called twice: what it gives must not depend on an earlier call.
    """
    last, function, settings = LESSONS[lesson]
    names = list(python(read(lesson)))
    namespace = load(lesson, *names[: names.index(last) + 1])
    data = [torch.as_tensor(namespace[name]).double().sum().item()
            for name in ("X", "y") if name in namespace]  # fmt: skip
    numbers = []
    for _ in range(2):
        seed_everything(0)
        result = namespace[function](**settings)
        if isinstance(result, Figure):
            result = result.get_label()
        numbers.append([repr(result), torch.rand(3).tolist()])
    assert numbers[0] == numbers[1], lesson
    if lesson.startswith("03"):  # says that its kernel counts in float64
        torch.set_default_dtype(torch.float32)
    return [data, *numbers[0]]


def elsewhere():
    """Return {lesson: numbers} of a new process, from the first lesson on."""
    program = (
        f"import json, {__name__} as t; "
        "print(json.dumps({lesson: t.run(lesson) for lesson in t.LESSONS}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_lessons_in_any_order_do_not_touch_each_other():
    # Each of two lessons is before the other in one of the two processes.
    assert elsewhere() == {name: run(name) for name in reversed(LESSONS)}
