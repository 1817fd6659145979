"""Where dropout pays and where it costs: train, and write a table.

Run it from the course's folder, and lesson 07 shows the new table:

    .venv/bin/python notebooks/long_runs/where_dropout_pays.py

The recipe is everywhere the same: 784-256-256-10 with ReLU, PyTorch's initial
weights, standardised pixels, SGD from lr 0.1 down to 0, one step at a time. A
seed decides which images are taken, which labels are wrong, the first weights,
the order and the masks. The strengths of dropout and weight decay are round
numbers from earlier trials, which had seen the test set: no fine tuning, but
not a blind choice either.
"""

import csv
import datetime
import os
import time
from pathlib import Path
from typing import NamedTuple

import joblib
import torch
from machine import processor
from torch import nn

from course_utils import (
    evaluate_accuracy,
    evaluate_loss,
    load_array,
    load_data_fashion_mnist,
    seed_everything,
)

TABLE = Path(__file__).with_suffix(".csv")
COLUMNS = (
    *("n_train", "label_noise", "num_epochs", "method", "p1", "p2"),
    *("weight_decay", "seed", "train_acc", "test_acc", "test_loss", "seconds"),
)


class Setting(NamedTuple):
    """Data and length of training: what the methods have in common."""

    n_train: int
    label_noise: float
    batch_size: int
    num_epochs: int


class Method(NamedTuple):
    """A regularizer: two probabilities of dropping and a weight decay."""

    name: str
    p1: float = 0.0
    p2: float = 0.0
    weight_decay: float = 0.0


NONE = Method("none")
BOOK = Method("dropout", 0.2, 0.5)
HALF = Method("dropout", 0.5, 0.5)
TOO_MUCH = (
    Method("too much dropout", 0.8, 0.8),
    Method("too much decay", weight_decay=0.1),
)


def decay(weight_decay):
    """Return weight decay as a method."""
    return Method("weight decay", weight_decay=weight_decay)


# Setting, methods, number of seeds; the long runs first.
PLAN = (
    (Setting(60_000, 0, 256, 30), (NONE, BOOK, decay(0.001)), 3),
    (Setting(60_000, 0, 256, 10), (NONE, BOOK, decay(0.001)), 3),
    (Setting(5_000, 0, 64, 25), (NONE, HALF, decay(0.01)), 5),
    (Setting(1_000, 0, 32, 30), (NONE, HALF, decay(0.03), *TOO_MUCH), 5),
    (Setting(1_000, 0.3, 32, 30), (NONE, HALF, decay(0.03), *TOO_MUCH), 5),
)


def standardised(data_iter):
    """Return all of a data iterator: X (n, 784), standardised, and y (n,)."""
    X, y = (torch.cat(parts) for parts in zip(*data_iter, strict=True))
    return X.flatten(1).sub_(0.2860).div_(0.3530), y


def train(setting, method, seed):
    """Train one network; return it and its training data."""
    images, _ = load_data_fashion_mnist(
        1000,
        n_train=setting.n_train,
        label_noise=setting.label_noise,
        seed=seed,
    )
    data = standardised(images)
    seed_everything(seed)
    net = nn.Sequential(
        *(nn.Linear(784, 256), nn.ReLU(), nn.Dropout(method.p1)),
        *(nn.Linear(256, 256), nn.ReLU(), nn.Dropout(method.p2)),
        nn.Linear(256, 10),
    )
    loss, train_iter = nn.CrossEntropyLoss(), load_array(data, setting[2])
    optimizer = torch.optim.SGD(
        net.parameters(), lr=0.1, weight_decay=method.weight_decay
    )
    num_steps = setting.num_epochs * len(train_iter)
    step = 0
    for _ in range(setting.num_epochs):
        for X, y in train_iter:
            optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / num_steps)
            optimizer.zero_grad()
            loss(net(X), y).backward()
            optimizer.step()
            step += 1
    return net, data


def run(setting, method, seed):
    """Train and judge one network, in eval mode; return a row."""
    torch.set_num_threads(1)
    start = time.process_time()  # a processor's time, training only
    net, data = train(setting, method, seed)
    seconds = round(time.process_time() - start, 1)
    _, test_iter = load_data_fashion_mnist(1000)
    test = [standardised(test_iter)]
    n_train, label_noise, _, num_epochs = setting
    measured = (
        evaluate_accuracy(net, [data]),
        evaluate_accuracy(net, test),
        evaluate_loss(net, test, nn.CrossEntropyLoss()),
    )
    rounded = (f"{value:.4f}" for value in measured)
    setting = n_train, label_noise, num_epochs
    return (*setting, *method, seed, *rounded, seconds)


def main(plan=PLAN, path=TABLE, jobs=None):
    """Train all that `plan` asks for, `jobs` at a time; write the table."""
    jobs = jobs or joblib.cpu_count()
    rows = joblib.Parallel(n_jobs=jobs, verbose=5)(
        joblib.delayed(run)(setting, method, seed)
        for setting, methods, seeds in plan
        for method in methods
        for seed in range(seeds)
    )
    minutes = sum(row[-1] for row in rows) / 60
    with open(path, "w", newline="") as file:
        file.write(
            f"# made on {datetime.date.today()} by {Path(__file__).name},"
        )
        file.write(f" {minutes:.0f} minutes of one core's time\n")
        file.write(f"# {processor()}, {os.cpu_count()} cores,")
        file.write(f" torch {torch.__version__}\n")
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


if __name__ == "__main__":
    main()
