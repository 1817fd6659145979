"""A sweep of trainings like those of lesson 08, in one process and in two."""

import statistics
import time

import torch
from torch import nn

from course_utils import load_data_fashion_mnist, sweep

TIMES = 3
GRID = {"lambd": [0, 0.03], "p": [0, 0.5]}
SEEDS = 3  # 12 runs of about a second


def make_run():
    """Return the function of a notebook's cell: it is sent by its code."""

    def run(lambd, p, seed):
        train_iter, _ = load_data_fashion_mnist(
            32, n_train=1000, label_noise=0.3
        )
        net = nn.Sequential(
            nn.Flatten(),
            nn.Linear(784, 256), nn.ReLU(), nn.Dropout(p),
            nn.Linear(256, 256), nn.ReLU(), nn.Dropout(p),
            nn.Linear(256, 10),
        )  # fmt: skip
        updater = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=lambd)
        for epoch in range(30):
            updater.param_groups[0]["lr"] = 0.1 * (1 - epoch / 30)
            for X, y in train_iter:
                loss = nn.functional.cross_entropy(net((X - 0.286) / 0.353), y)
                updater.zero_grad()
                loss.backward()
                updater.step()
        return {"train loss": loss}

    return run


def test_throughput():
    run = make_run()
    # Start the processes and let each of them read the data once.
    sweep(run, {"lambd": [0], "p": [0]}, seeds=4, n_jobs=2, progress=False)
    figures, tables = {1: [], 2: []}, []
    for _ in range(TIMES):  # by turns: the machine's load changes
        for n_jobs, rates in figures.items():
            begin = time.perf_counter()
            tables.append(
                sweep(run, GRID, seeds=SEEDS, n_jobs=n_jobs, progress=False)
            )
            rates.append(len(tables[-1]) / (time.perf_counter() - begin))
    assert all(table.equals(tables[0]) for table in tables)
    assert (tables[0].error == "").all()
    one, two = (statistics.median(rates) for rates in figures.values())
    each = [b / a for a, b in zip(*figures.values(), strict=True)]
    print(f"  a sweep of {len(tables[0])} trainings on 1,000 images")
    print(f"  n_jobs=1    {one:.2f} runs a second")
    print(f"  n_jobs=2    {two:.2f} runs a second    {two / one:.2f} ×")
    print("  pair by pair:", *(f"{ratio:.2f} ×" for ratio in each))
