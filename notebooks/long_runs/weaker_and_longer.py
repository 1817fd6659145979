"""Weaker strengths and longer trainings: train, and write a table.

Run it from the course's folder, and lesson 07 shows the new table (about 15
minutes of one core's time):

    .venv/bin/python notebooks/long_runs/weaker_and_longer.py

With ``--cache FOLDER`` a broken-off run goes on where it stopped. The recipe
is everywhere the same: 784-256-256-10 with ReLU, PyTorch's initial weights,
standardised pixels, SGD from lr 0.1 down to 0, one step at a time. Each number
of epochs is a training of its own. A seed decides which images are taken,
which labels are wrong, the first weights, the order and the masks; for one
seed all methods have the same images and the same first weights. Of the 60,000
training images the last 10,000, in that seed's order and with right labels,
are for validation in every setting.

For networks with dropout the table also has Monte-Carlo dropout: the share of
right answers in the half of 2,000 validation images that a measure of doubt
calls surer: the plain probability in eval mode ("plain_half"), the spread of
30 passes with dropout ("spread_half"), the probability of their mean
("mean_half"), their mutual information ("mutual_half").
"""

import argparse
import csv
import datetime
import os
import time
from pathlib import Path

import torch
from machine import processor
from torch import nn

from course_utils import (
    evaluate_accuracy,
    evaluate_loss,
    load_array,
    load_data_fashion_mnist,
    seed_everything,
    sweep,
)

TABLE = Path(__file__).with_suffix(".csv")
HALVES = "plain_half", "spread_half", "mean_half", "mutual_half"
COLUMNS = (
    *("n_train", "label_noise", "num_epochs", "p1", "p2", "weight_decay"),
    *("seed", "train_acc", "valid_acc", "test_acc", "test_loss"),
    *(*HALVES, "seconds"),
)
NONE = 0, 0, 0  # p1, p2, weight_decay
# Number of images, share of wrong labels, batch size; epochs; methods; seeds.
PLAN = (
    (
        (1_000, 0.3, 32),
        (10, 30),
        (
            *(NONE, (0.2, 0.2, 0), (0.5, 0.5, 0)),
            *((0, 0, 0.003), (0, 0, 0.01), (0, 0, 0.03)),
        ),
        5,
    ),
    (
        (1_000, 0, 32),
        (10, 30, 90),
        (
            *(NONE, (0.2, 0.2, 0), (0.5, 0.5, 0)),
            *((0, 0, 0.003), (0, 0, 0.01)),
        ),
        5,
    ),
    (
        (50_000, 0, 256),
        (10, 30),
        (NONE, (0.1, 0.1, 0), (0.2, 0.5, 0), (0, 0, 0.0003)),
        3,
    ),
)


def images(n, label_noise, seed):
    """Return standardised X (n, 784) and y (n,), in the seed's order."""
    batches, test_iter = load_data_fashion_mnist(
        n, n_train=n, label_noise=label_noise, seed=seed
    )
    batches.shuffle = False
    X, y = next(iter(batches))
    return X.flatten(1).sub_(0.2860).div_(0.3530), y, test_iter


def train(method, data, batch_size, num_epochs):
    """Train one network on (X, y); return it."""
    p1, p2, weight_decay = method
    net = nn.Sequential(
        nn.Linear(784, 256),
        nn.ReLU(),
        nn.Dropout(p1),
        nn.Linear(256, 256),
        nn.ReLU(),
        nn.Dropout(p2),
        nn.Linear(256, 10),
    )
    loss, train_iter = nn.CrossEntropyLoss(), load_array(data, batch_size)
    optimizer = torch.optim.SGD(
        net.parameters(), lr=0.1, weight_decay=weight_decay
    )
    num_steps, step = num_epochs * len(train_iter), 0
    for _ in range(num_epochs):
        for X, y in train_iter:
            optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / num_steps)
            optimizer.zero_grad()
            loss(net(X), y).backward()
            optimizer.step()
            step += 1
    return net


def surer_halves(net, X, y, num_passes=30):
    """Return how many of the surer half are right, by four measures."""
    with torch.no_grad():
        net.train()
        found = torch.stack([net(X).softmax(1) for _ in range(num_passes)])
        net.eval()
        sure, guess = net(X).softmax(1).max(1)
    mean = found.mean(0)
    entropies = torch.special.entr(found).sum(-1).mean(0)
    measures = (
        (-sure, guess),
        (found[:, range(len(X)), guess].std(0), guess),
        (-mean.max(1).values, mean.argmax(1)),
        (torch.special.entr(mean).sum(-1) - entropies, mean.argmax(1)),
    )
    shares = []
    for doubt, answer in measures:
        half = doubt.argsort()[: len(X) // 2]
        shares.append((answer == y)[half].float().mean().item())
    return shares


def run(data, num_epochs, method, seed, n_valid=10_000):
    """Train one network and measure it, in eval mode; return the numbers."""
    n_train, label_noise, batch_size = data
    # For one seed a training set is the beginning of every larger one.
    X_all, y_all, test_iter = images(60_000, 0, seed + 100)
    X, y = X_all[:n_train], y_all[:n_train]
    if label_noise:
        y = images(n_train, label_noise, seed + 100)[1]
    X_valid, y_valid = X_all[-n_valid:], y_all[-n_valid:]
    test = [(X.flatten(1).sub(0.2860).div(0.3530), y) for X, y in test_iter]
    seed_everything(seed)
    start = time.process_time()  # a processor's time, training only
    net = train(method, (X, y), batch_size, num_epochs)
    seconds = time.process_time() - start
    halves = [float("nan")] * 4
    if any(method[:2]):
        halves = surer_halves(net, X_valid[:2000], y_valid[:2000])
    return {
        "train_acc": evaluate_accuracy(net, [(X, y)]),
        "valid_acc": evaluate_accuracy(net, [(X_valid, y_valid)]),
        "test_acc": evaluate_accuracy(net, test),
        "test_loss": evaluate_loss(net, test, nn.CrossEntropyLoss()),
        **dict(zip(HALVES, halves, strict=True)),
        "seconds": seconds,
    }


def measure(plan, cache, n_jobs):
    """Return the rows of the table, one for each training."""
    rows = []
    for data, epochs, methods, seeds in plan:
        grid = {"data": [data], "num_epochs": epochs, "method": methods}
        table = sweep(run, grid, seeds=seeds, n_jobs=n_jobs, cache=cache)
        if not isinstance(table, list):
            table = table.to_dict("records")
        for row in table:
            if row["error"]:
                raise RuntimeError(row["error"])
            numbers = (f"{row[name]:.5g}" for name in COLUMNS[7:])
            setting = data[0], data[1], row["num_epochs"], *row["method"]
            rows.append([*setting, row["seed"], *numbers])
    return rows


def main(plan=PLAN, path=TABLE, cache=None, n_jobs=-1):
    """Train all that `plan` asks for; write the table."""
    rows = measure(plan, cache, n_jobs)
    minutes = sum(float(row[-1]) for row in rows) / 60
    with open(path, "w", newline="") as file:
        file.write(
            f"# made on {datetime.date.today()} by {Path(__file__).name},"
            f" {minutes:.0f} minutes of one core's time\n# {processor()},"
            f" {os.cpu_count()} cores, torch {torch.__version__}\n"
        )
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", help="a folder that keeps what has run")
    parser.add_argument("--jobs", type=int, default=-1)
    options = parser.parse_args()
    main(cache=options.cache, n_jobs=options.jobs)
