"""The regularization lab's full sweeps: 268 runs, and a table of them.

Run it from the course's folder, and lesson 08 shows the new table:

    .venv/bin/python notebooks/long_runs/regularization_lab.py

Every run is lesson 08's `run`: 784-width-width-10 with ReLU, standardised
pixels, SGD in batches of 32 from lr 0.1 down to 0. Each sweep changes some
settings and leaves the others as they are in `DEFAULTS`.
"""

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
DEFAULTS = {
    "lambd": 0,
    "p": 0,
    "n_train": 1000,
    "label_noise": 0.3,
    "num_epochs": 30,
    "width": 256,
}
MEASURED = "train_acc", "valid_acc", "test_acc", "test_loss"
METHODS = (
    {"lambd": [0], "p": [0, 0.5]},  # none, and dropout
    {"lambd": [0.03], "p": [0]},  # weight decay
)
AXES = (
    {"num_epochs": [1, 3, 10, 30, 100]},
    {"width": [16, 64, 256, 1024]},
    {"label_noise": [0, 0.15, 0.3, 0.45]},
)
SIZES = [10_000, 3000, 1000, 300]
STRENGTHS = [0, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1]
CROSSED = {"lambd": [0, 0.003, 0.01, 0.03, 0.1], "p": [0, 0.2, 0.5, 0.8]}
# Grid and number of seeds of each sweep; the long runs first.
PLAN = (
    ({"n_train": SIZES, "lambd": STRENGTHS}, 3),
    ({"n_train": SIZES, "p": [0.5]}, 3),
    *(({**axis, **by}, 3) for axis in AXES for by in METHODS),
    (CROSSED, 5),
)


def training_set(n_train, label_noise, seed):
    """Return standardised X (n, 1, 28, 28) and labels y (n,)."""
    data_iter, _ = load_data_fashion_mnist(
        n_train, n_train=n_train, label_noise=label_noise, seed=seed
    )
    data_iter.shuffle = False
    X, y = next(iter(data_iter))
    return (X - 0.2860) / 0.3530, y


def fit(net, optimizer, train_set, num_epochs):
    """Train net, with a learning rate that falls to 0."""
    lr, loss = optimizer.defaults["lr"], nn.CrossEntropyLoss()
    for epoch in range(num_epochs):
        optimizer.param_groups[0]["lr"] = lr * (1 - epoch / num_epochs)
        net.train()
        for X, y in load_array(train_set, 32):
            optimizer.zero_grad()
            loss(net(X), y).backward()
            optimizer.step()


def run(lambd, p, n_train, label_noise, num_epochs, width, seed):
    """Train one network; return what is measured, in eval mode."""
    train_set = training_set(n_train, label_noise, seed + 100)
    more = training_set(11_000, label_noise, seed + 100)
    valid_set = [part[10_000:] for part in more]
    _, test_iter = load_data_fashion_mnist(2000)
    test_batches = [((X - 0.2860) / 0.3530, y) for X, y in test_iter]
    seed_everything(seed)
    net = nn.Sequential(
        *(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Dropout(p)),
        *(nn.Linear(width, width), nn.ReLU(), nn.Dropout(p)),
        nn.Linear(width, 10),
    )
    optimizer = torch.optim.SGD(net.parameters(), 0.1, weight_decay=lambd)
    fit(net, optimizer, train_set, num_epochs)
    return {
        "train_acc": evaluate_accuracy(net, [train_set]),
        "valid_acc": evaluate_accuracy(net, [valid_set]),
        "test_acc": evaluate_accuracy(net, test_batches),
        "test_loss": evaluate_loss(net, test_batches, nn.CrossEntropyLoss()),
    }


def measure(plan, defaults, n_jobs):
    """Return the rows of all sweeps in `plan`, each setting once."""
    rows, columns = {}, (*DEFAULTS, "seed", *MEASURED)
    for grid, seeds in plan:
        lists = {name: [value] for name, value in defaults.items()} | grid
        table = sweep(run, lists, seeds=seeds, n_jobs=n_jobs)
        if not isinstance(table, list):
            table = table.to_dict("records")
        for row in table:
            if row["error"]:
                raise RuntimeError(row["error"])
            values = [f"{row[name]:.5g}" for name in columns]
            rows[tuple(values[: -len(MEASURED)])] = values
    return [columns, *rows.values()]


def main(plan=PLAN, path=TABLE, defaults=None, n_jobs=-1):
    """Run all sweeps and write the table."""
    start = time.monotonic()
    rows = measure(plan, defaults or DEFAULTS, n_jobs)
    minutes = (time.monotonic() - start) / 60
    with open(path, "w", newline="") as file:
        file.write(
            f"# made on {datetime.date.today()} by {Path(__file__).name},"
            f" in {minutes:.0f} minutes\n# {processor()},"
            f" {os.cpu_count()} cores, torch {torch.__version__}\n"
        )
        csv.writer(file, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
