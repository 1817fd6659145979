"""How long to train, with dropout and without: train, and write a table.

Run it from the course's folder, and lesson 06 shows the new table:

    .venv/bin/python notebooks/long_runs/when_to_stop.py

Each row is a training of its own, by lesson 06's loop: 1,000 images of which
30 % have a wrong label, batches of 32, SGD whose rate falls from 0.1 towards 0
over the epochs of that row. A seed decides which images are taken, which
labels are wrong, the first weights, the order and the masks. 2,000 further
images are for validation: "valid_acc" has their right labels, and for
"valid_acc_wrong" about 30 % of these labels are wrong, too.
"""

import csv
import datetime
import os
from itertools import product
from pathlib import Path

import joblib
import torch
from machine import processor
from torch import nn

from course_utils import (
    evaluate_accuracy,
    load_array,
    load_data_fashion_mnist,
    seed_everything,
)

TABLE = Path(__file__).with_suffix(".csv")
COLUMNS = (
    *("p", "num_epochs", "seed", "train_acc"),
    *("valid_acc", "valid_acc_wrong", "test_acc"),
)
SEEDS = range(10)
EPOCHS = (3, 5, 10, 20, 30, 100)
PROBABILITIES = (0, 0.5, 0.8)
PLAN = (
    *product(PROBABILITIES, EPOCHS, SEEDS),
    *product((0.5,), (40, 60), SEEDS),  # 2 and 3 times the best for 0.5
)


def images(n, label_noise, seed):
    """Return standardised X (n, 1, 28, 28) and y (n,), in one order."""
    batches, _ = load_data_fashion_mnist(
        n, n_train=n, label_noise=label_noise, seed=seed
    )
    batches.shuffle = False
    X, y = next(iter(batches))
    return (X - 0.2860) / 0.3530, y


def train(p, num_epochs, data):
    """Train one network for `num_epochs` on (X, y); return it."""
    net = nn.Sequential(
        nn.Flatten(),
        *(nn.Linear(784, 256), nn.ReLU(), nn.Dropout(p)),
        *(nn.Linear(256, 256), nn.ReLU(), nn.Dropout(p)),
        nn.Linear(256, 10),
    )
    loss, train_iter = nn.CrossEntropyLoss(), load_array(data, 32)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(num_epochs):
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - epoch / num_epochs)
        for X, y in train_iter:
            optimizer.zero_grad()
            loss(net(X), y).backward()
            optimizer.step()
    return net


def run(p, num_epochs, seed, n_train=1000, n_valid=2000):
    """Train one network and measure it, in eval mode; return a row."""
    torch.set_num_threads(1)
    data = images(n_train, 0.3, seed)
    # For one seed the training set is the beginning of every larger one.
    X, right = images(n_train + n_valid, 0, seed)
    _, wrong = images(n_train + n_valid, 0.3, seed)
    _, test_iter = load_data_fashion_mnist(1000)
    test = [((X - 0.2860) / 0.3530, y) for X, y in test_iter]
    seed_everything(seed)
    net = train(p, num_epochs, data)
    sets = [data], [(X[n_train:], right[n_train:])]
    sets = *sets, [(X[n_train:], wrong[n_train:])], test
    return (
        p,
        num_epochs,
        seed,
        *(f"{evaluate_accuracy(net, batches):.4f}" for batches in sets),
    )


def main(plan=PLAN, path=TABLE, jobs=None, **sizes):
    """Train each (p, epochs, seed) of `plan`, `jobs` at a time; write all."""
    rows = joblib.Parallel(n_jobs=jobs or joblib.cpu_count(), verbose=5)(
        joblib.delayed(run)(*setting, **sizes) for setting in plan
    )
    with open(path, "w", newline="") as file:
        file.write(f"# made on {datetime.date.today()} by ")
        file.write(f"{Path(__file__).name}, {processor()},")
        file.write(f" {os.cpu_count()} cores, torch {torch.__version__}\n")
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


if __name__ == "__main__":
    main()
