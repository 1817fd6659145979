"""The book's dropout recipe on all 60,000 images, with and without dropout.

    python notebooks/long_runs/book_recipe.py

writes `book_recipe.csv` beside this file (about three minutes on one core).
Lesson 06b reads it. Same seed: same first weights, and the same batches in the
first epoch; then dropout has drawn random numbers, too.
"""

import csv
import datetime
import itertools
from pathlib import Path

import torch
from machine import processor
from torch import nn

from course_utils import (
    evaluate_accuracy,
    load_data_fashion_mnist,
    seed_everything,
    train_epoch_ch3,
)

TABLE = Path(__file__).with_suffix(".csv")
COLUMNS = (
    *("p1", "p2", "seed", "epoch"),
    *("train loss", "train acc on", "train acc", "test acc"),
)


def rows(p1, p2, seed, num_epochs=10, n_train=None):
    """Train once; yield a row of the table for each epoch.

    "train acc on" is measured during the epoch with dropout on, "train acc"
    and "test acc" after it in eval mode.
    """
    iters = load_data_fashion_mnist(256, n_train=n_train)
    seed_everything(seed)
    net = nn.Sequential(
        *(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Dropout(p1)),
        *(nn.Linear(256, 256), nn.ReLU(), nn.Dropout(p2), nn.Linear(256, 10)),
    )
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    loss = nn.CrossEntropyLoss(reduction="none")
    for epoch in range(1, num_epochs + 1):
        during = train_epoch_ch3(net, iters[0], loss, optimizer)
        after = [evaluate_accuracy(net, data_iter) for data_iter in iters]
        numbers = [round(value, 4) for value in (*during, *after)]
        yield (p1, p2, seed, epoch, *numbers)


def write(table, settings, seeds, **sizes):
    """Run all settings with all seeds and write the table."""
    with open(table, "w", newline="") as file:
        today = datetime.date.today().isoformat()
        file.write(f"# {today}, {processor()}, torch {torch.__version__}\n")
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for (p1, p2), seed in itertools.product(settings, seeds):
            writer.writerows(rows(p1, p2, seed, **sizes))


if __name__ == "__main__":
    torch.set_num_threads(1)  # the same numbers on every number of cores
    write(TABLE, settings=[(0, 0), (0.2, 0.5)], seeds=range(5))
