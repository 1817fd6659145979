"""A grid, a training like a lesson's, and what it leaves behind."""

import os
import time

import torch

GRID = {"lambd": [0, 0.1], "p": [0.2, 0.5]}


def make_run(folder, *, pause=0.0):
    """Return a training like a lesson's, which leaves a file for each call."""

    def run(lambd, p, seed):
        import numpy as np
        from torch import nn

        (folder / f"{lambd} {p} {seed} {os.getpid()} {time.time_ns()}").touch()
        time.sleep(pause)
        net = nn.Sequential(
            nn.Linear(50, 300), nn.ReLU(), nn.Dropout(p), nn.Linear(300, 10)
        )
        updater = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=lambd)
        X, y = torch.randn(200, 50), torch.randint(10, (200,))
        for _ in range(5):
            updater.zero_grad()
            loss = nn.functional.cross_entropy(net(X), y)
            loss.backward()
            updater.step()
        A = np.random.randn(300, 200)  # large enough for several threads
        w = np.linalg.solve(A.T @ A + np.eye(200), A.T @ A[:, 0])
        sums = {"w": w.sum(), "dot": A.ravel() @ A.ravel()}
        return {"loss": loss, **sums, "threads": torch.get_num_threads()}

    return run


def calls(folder):
    """Return (lambd, p, seed) and the process of each call."""
    names = sorted(path.name.split() for path in folder.iterdir())
    return [tuple(name[:3]) for name in names], {int(n[3]) for n in names}
