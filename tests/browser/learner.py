"""What a learner's cell holds: a training loop by hand, kept in one place.

The browser tests put the text of this file into a notebook's first cell.
"""

import time

import torch

from course_utils import Animator, retrain  # noqa: F401  (for later cells)

torch.manual_seed(0)
X = torch.randn(120, 200)
y = X @ torch.full((200, 1), 0.01) + 0.05 + 0.01 * torch.randn(120, 1)


def squared_loss(y_hat, y):
    return ((y_hat - y) ** 2).mean().item() / 2


def train(lambd=3.0, animator=Animator):
    w, b = torch.randn(200, 1, requires_grad=True), torch.zeros(1)
    b.requires_grad_()
    curves = animator(
        "epoch", "loss", legend=["train", "test"], xlim=[5, 100], yscale="log"
    )
    for epoch in range(1, 101):
        for i in torch.randperm(20).split(5):
            loss = ((X[i] @ w + b - y[i]) ** 2 / 2).mean()
            (loss + lambd * (w**2).sum() / 2).backward()
            with torch.no_grad():
                for param in (w, b):
                    param -= 0.003 * param.grad
                    param.grad.zero_()
        if epoch % 5 == 0:
            with torch.no_grad():
                y_hat = X @ w + b
            losses = (squared_loss(y_hat[:20], y[:20]),
                      squared_loss(y_hat[20:], y[20:]))  # fmt: skip
            curves.add(epoch, losses)
    return {"norm": w.norm().item()}


def train_long(lambd=0.0):
    """Last a minute, except at 0; the height of the curve is lambd."""
    curves = Animator("step", "height", legend=["now"], xlim=[1, 3000])
    for step in range(1, 3001 if lambd else 2):
        time.sleep(0.02)
        curves.add(step, lambd)
