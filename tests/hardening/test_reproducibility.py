"""A lesson's numbers depend on its seed alone."""

import random

import pytest
import torch
from cells import load, python, read

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


def accuracy(threads):
    """Return what one epoch of 5,000 images gives."""
    torch.set_num_threads(threads)
    train_iter, test_iter = load_data_fashion_mnist(32, n_train=5000)
    seed_everything(0)
    net = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(784, 64), torch.nn.ReLU(),
        torch.nn.Dropout(0.2), torch.nn.Linear(64, 10),
    )  # fmt: skip
    updater = torch.optim.SGD(net.parameters(), 0.1)
    loss = torch.nn.CrossEntropyLoss()
    train_epoch_ch3(net, train_iter, loss, updater)
    return evaluate_accuracy(net, test_iter)


def test_one_thread_or_two_give_the_same_to_a_hundredth():
    one, two = accuracy(1), accuracy(2)
    assert one > 0.6
    assert abs(one - two) < 0.01
    assert accuracy(1) == one


LESSONS = {  # the cells up to a panel's function, which is called then
    "00_start_here": ("fit-polynomial", "fit_polynomial", {"degree": 3}),
    "01_weight_decay_from_scratch": ("train", "train", {"lambd": 3}),
    "07_dropout_concise": ("show-dropout", "show_dropout", {"p": 0.3}),
}


def run(lesson):
    """Return the numbers that a lesson's function gives, seeded."""
    last, function, settings = LESSONS[lesson]
    names = list(python(read(lesson)))
    namespace = load(lesson, *names[: names.index(last) + 1])
    seed_everything(0)
    result = namespace[function](**settings)
    return repr(result), torch.rand(3).tolist()


def test_lessons_in_any_order_do_not_touch_each_other(capsys):
    alone = {lesson: run(lesson) for lesson in LESSONS}
    order = [*LESSONS, *LESSONS]
    random.Random(0).shuffle(order)
    assert [run(lesson) for lesson in order] == [alone[k] for k in order]
