"""Each remedy at many strengths, on six data sets: the lab's table.

Run it from the course's folder, and lesson 08 shows the new table:

    .venv/bin/python notebooks/long_runs/regularization_lab.py

The network is lesson 08's: 784-256-256-10 with ReLU, standardised pixels,
batches of 32, SGD whose rate falls from 0.1 towards 0 over the epochs of that
training. For one seed, all settings start from the same weights, meet the
same images in the same order, and have the same wrong labels: differences are
paired. Such networks are trained together, as one stack, which saves time;
`tests/lessons/test_lesson_08.py` holds a stack to `nn.Sequential`.

2,000 further images are for validation; their labels are wrong in the same
way as those for training. The 10,000 test images have their right labels.
"""

import csv
import datetime
import os
import sys
import time
from itertools import product
from pathlib import Path
from typing import NamedTuple

import torch
from machine import processor
from torch import nn
from torch.nn.functional import cross_entropy

from course_utils import load_data_fashion_mnist, seed_everything

TABLE = Path(__file__).with_suffix(".csv")
COLUMNS = (
    *("labels", "n_train", "lambd", "p", "num_epochs", "width", "shift"),
    *("seed", "train_acc", "valid_acc", "test_acc"),
)
# Labels "alike": a wrong label is that of the class that looks most alike.
ALIKE = torch.tensor([6, 3, 4, 1, 2, 7, 0, 5, 9, 8])
NUM_VALID = 2000
LAMBDAS = (0.003, 0.01, 0.02, 0.03, 0.05, 0.1)
EPOCHS = (3, 5, 10, 20, 30)
PS = (0.2, 0.35, 0.5, 0.65, 0.8)


class Group(NamedTuple):
    """Networks that are trained together; each has its own lambd and p."""

    pairs: tuple
    num_epochs: int = 30
    width: int = 256
    shift: int = 0


DECAY = Group(tuple(product(LAMBDAS, [0])))
DROPOUT = Group(tuple(product([0], PS)))
SHORTER = tuple(Group(((0, 0),), num_epochs) for num_epochs in EPOCHS)
OTHERS = (
    *(Group(((0, 0),), width=width) for width in (16, 64)),
    *(Group(((0, 0),), shift=shift) for shift in (1, 2)),
)
CROSSED = (
    Group(tuple(product((0.01, 0.02, 0.03), (0.2, 0.35, 0.5))), 30),
    Group(tuple(product((0, 0.003, 0.01), (0, 0.2, 0.35)))[1:], 20),
    Group(tuple(product((0, 0.003, 0.01), (0, 0.2, 0.35)))[1:], 10),
)
EACH = (*SHORTER, DECAY, DROPOUT)
# The strongest have failed for 1,000 images; they would take ten minutes.
MANY = (
    *SHORTER,
    Group(tuple(product(LAMBDAS[:4], [0]))),
    Group(tuple(product([0], PS[:4]))),
)
# Labels, training images, what is trained on them, and number of seeds.
PLAN = (
    ("random", 300, EACH, 5),
    ("random", 1000, (*EACH, *OTHERS), 5),
    ("alike", 1000, (*EACH, *OTHERS), 5),
    ("right", 1000, (*EACH, *OTHERS), 5),
    ("right", 300, EACH, 5),
    ("random", 1000, CROSSED, 5),
    ("random", 10_000, MANY, 3),
)


def images(labels, n_train, seed):
    """Return standardised (X, y) for training and for validation."""
    noise = 0 if labels == "right" else 0.3
    more = []
    for label_noise in (noise, 0):
        batches, _ = load_data_fashion_mnist(
            60_000, n_train=10_000 + NUM_VALID, label_noise=label_noise,
            seed=seed + 100,
        )  # fmt: skip
        batches.shuffle = False
        more.append(next(iter(batches)))
    (X, y), (_, truth) = more
    if labels == "alike":
        y = torch.where(y == truth, truth, ALIKE[truth])
    X = (X - 0.2860) / 0.3530
    return (X[:n_train], y[:n_train]), (X[10_000:], y[10_000:])


def test_images():
    """Return the standardised test set, right labels."""
    X, y = next(iter(load_data_fashion_mnist(10_000)[1]))
    return (X - 0.2860) / 0.3530, y


def first_weights(width, count):
    """Return `count` copies of the first weights and biases of a network."""
    layers = nn.Linear(784, width), nn.Linear(width, width)
    layers = *layers, nn.Linear(width, 10)
    copies = [
        each.detach()[None].repeat(count, 1, 1)
        for layer in layers
        for each in (layer.weight.mT, layer.bias[None])
    ]
    copies[0] = copies[0].transpose(0, 1).contiguous()  # (784, K, width)
    return [each.requires_grad_() for each in copies]


def forward(parameters, X, p=None):
    """Return the outputs (K, n, 10) of K networks for X (n, 784).

    p : Tensor, (K, 1, 1), or None for no dropout.
    """
    W1, b1, W2, b2, W3, b3 = parameters
    H = (X @ W1.flatten(1)).unflatten(1, W1.shape[1:]).transpose(0, 1) + b1
    H = dropped(H.relu(), p)
    H = dropped(torch.baddbmm(b2, H, W2).relu(), p)
    return torch.baddbmm(b3, H, W3)


def dropped(H, p):
    """Return H (K, n, width) after dropout; each network has its own p."""
    return H if p is None else H * (torch.rand_like(H) >= p) / (1 - p)


def moved(X, shift):
    """Return X (n, 1, 28, 28), each image rolled by up to `shift` pixels."""
    dy, dx = torch.randint(-shift, shift + 1, (2, len(X), 1))
    rows = (torch.arange(28) + dy) % 28
    columns = (torch.arange(28) + dx) % 28
    image = torch.arange(len(X))[:, None, None]
    return X[image, 0, rows[:, :, None], columns[:, None, :]][:, None]


def fit(parameters, group, X, y, seed=0):
    """Train a group's networks, with a learning rate that falls to 0."""
    # Masks draw from torch's own generator, so they leave the order alone.
    order = torch.Generator().manual_seed(seed)
    lambd, p = torch.tensor(group.pairs).T[:, :, None, None]
    p = p if p.any() else None
    for epoch in range(group.num_epochs):
        lr = 0.1 * (1 - epoch / group.num_epochs)
        for batch in torch.randperm(len(X), generator=order).split(32):
            X_now = moved(X[batch], group.shift) if group.shift else X[batch]
            y_hat = forward(parameters, X_now.flatten(1), p)
            labels = y[batch].repeat(len(lambd))
            loss = cross_entropy(y_hat.flatten(0, 1), labels) * len(lambd)
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                for each, gradient in zip(parameters, gradients, strict=True):
                    if lambd.any():  # W1 has the networks in its second axis
                        first = each is parameters[0]
                        decay = lambd.transpose(0, 1) if first else lambd
                        each.mul_(1 - lr * decay)
                    each.sub_(gradient, alpha=lr)


@torch.no_grad()
def shares_right(parameters, X, y):
    """Return for each network the share of X that it gets right."""
    batches = zip(X.flatten(1).split(1000), y.split(1000), strict=True)
    right = [
        (forward(parameters, each).argmax(2) == label).sum(1)
        for each, label in batches
    ]
    return (torch.stack(right).sum(0) / len(y)).tolist()


def run(labels, n_train, group, seed, test):
    """Train the networks of a group; return a row for each."""
    train, valid = images(labels, n_train, seed)
    seed_everything(seed)
    parameters = first_weights(group.width, len(group.pairs))
    fit(parameters, group, *train, seed)
    shares = [shares_right(parameters, *data) for data in (train, valid, test)]
    return [
        (labels, n_train, *pair, *group[1:], seed, *map("{:.4f}".format, each))
        for pair, *each in zip(group.pairs, *shares, strict=True)
    ]


def main(plan=PLAN, path=TABLE):
    """Train all that `plan` asks for; write the table."""
    torch.set_num_threads(1)
    start, rows, test = time.process_time(), {}, test_images()
    for labels, n_train, groups, seeds in plan:
        for seed, group in product(range(seeds), groups):
            for row in run(labels, n_train, group, seed, test):
                rows.setdefault(row[:8], row)  # each setting once
        minutes = (time.process_time() - start) / 60
        print(f"{labels} {n_train}: {minutes:.1f} minutes", file=sys.stderr)
        with open(path, "w", newline="") as file:
            file.write(f"# made on {datetime.date.today()} by ")
            file.write(f"{Path(__file__).name}, {minutes:.0f} minutes of one")
            file.write(f" core's time\n# {processor()}, {os.cpu_count()} ")
            file.write(f"cores, torch {torch.__version__}\n")
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([COLUMNS, *rows.values()])


if __name__ == "__main__":
    main()
