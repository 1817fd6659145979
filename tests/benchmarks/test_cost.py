"""How costs grow: an epoch with the images, a frame with the runs shown.

pytest-benchmark measures these and prints each beside its counterpart, with
the ratio; ``plot.py`` draws them.
"""

import io
import itertools

import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from torch import nn

from course_utils import (
    load_data_fashion_mnist,
    seed_everything,
    train_epoch_ch3,
)
from course_utils.plotting.figures import DPI
from course_utils.plotting.svg import chart

IMAGES = (1_000, 4_000, 15_000, 60_000)
GHOSTS, POINTS = (0, 2, 4, 6), (10, 100, 1000)
BATCH, SIZES = 256, (784, 256, 256, 10)


def network():
    """Return the book's network and its optimizer."""
    seed_everything(0)
    net = nn.Sequential(
        nn.Flatten(),
        *(nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.2)),
        *(nn.Linear(256, 256), nn.ReLU(), nn.Dropout(0.5)),
        nn.Linear(256, 10),
    )
    return net, torch.optim.SGD(net.parameters(), lr=0.1)


def ours(n):
    """Return `train_epoch_ch3` on `n` images."""
    train_iter, _ = load_data_fashion_mnist(BATCH, n_train=n)
    (net, optimizer), loss = network(), nn.CrossEntropyLoss(reduction="none")
    return lambda: train_epoch_ch3(net, train_iter, loss, optimizer)


def bare_loop(n):
    """Return a loop over ready tensors that measures nothing."""
    train_iter, _ = load_data_fashion_mnist(BATCH, n_train=n)
    X, y = map(torch.cat, zip(*train_iter, strict=True))
    net, optimizer = network()

    def epoch():
        for index in torch.randperm(n).split(BATCH):
            loss = nn.functional.cross_entropy(net(X[index]), y[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return epoch


def matrix_products(n):
    """Return only the products of the layers, forward and backward."""
    batch = min(n, BATCH)
    X, weights, signals = torch.rand(batch, 784), [], []
    for d, k in itertools.pairwise(SIZES):
        weights.append(torch.rand(k, d))
        signals.append(torch.rand(batch, k))

    def epoch():
        for _ in range(0, n, BATCH):
            inputs = [X, *signals]
            for H, W, G in zip(inputs, weights, signals, strict=False):
                H @ W.T  # forward
                G.T @ H  # the weights' gradient
            for W, G in zip(weights[1:], signals[1:], strict=True):
                G @ W  # the hidden units' gradient

    return epoch


WAYS = {f.__name__: f for f in (ours, bare_loop, matrix_products)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("n", IMAGES)
def test_an_epoch(benchmark, n, way):
    benchmark.group = f"an epoch, {n:,} images"
    benchmark.extra_info.update(plot="images in an epoch", x=n, way=way)
    benchmark.pedantic(WAYS[way](n), rounds=5, warmup_rounds=1)


def curves(k, points):
    """Return two curves of the `k`-th run."""
    xs = [1 + i for i in range(points)]
    return [(xs, [k + 1 / x for x in xs]), (xs, [k + 2 / x for x in xs])]


def our_frame(ghosts, points):
    """Return a new run's frame in a panel: SVG as text."""
    spec = {
        "xlabel": "epoch", "ylabel": "loss", "xscale": "linear",
        "yscale": "linear", "xlim": (0, points), "ylim": (0, 20),
        "legend": ("train", "test"), "fmts": (), "figsize": (6, 3),
    }  # fmt: skip
    runs = itertools.count()

    def frame():
        first = next(runs) % 10  # each time another run is the current one
        pale = [
            (f"lambd = {k}", curves(k, points))
            for k in range(first, first + ghosts)
        ]
        now = curves(first + ghosts, points)
        return chart(spec, now, pale, title=f"lambd = {first + ghosts}")

    return frame


def matplotlibs_frame(ghosts, points):
    """Return the same picture, drawn whole by matplotlib alone."""
    runs = itertools.count()

    def frame():
        first = next(runs) % 10
        figure = Figure(figsize=(6, 3), dpi=DPI)
        FigureCanvasAgg(figure)
        ax = figure.add_subplot(xlabel="epoch", ylabel="loss")
        ax.set(xlim=(0, points), ylim=(0, 20))
        figure.subplots_adjust(left=0.13, right=0.72, bottom=0.17)
        for k in range(first, first + ghosts + 1):
            for (xs, ys), name in zip(curves(k, points), "ab", strict=True):
                ax.plot(xs, ys, ".-", label=f"{name}, lambd = {k}")
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8)
        data = io.BytesIO()
        figure.savefig(data)
        return data.getvalue()

    return frame


FRAMES = {"ours": our_frame, "matplotlib": matplotlibs_frame}


@pytest.mark.parametrize("way", FRAMES)
@pytest.mark.parametrize("ghosts", GHOSTS)
def test_a_frame_beside_earlier_runs(benchmark, ghosts, way):
    benchmark.group = f"a frame, {ghosts} earlier runs, 20 points"
    benchmark.extra_info.update(plot="earlier runs shown", x=ghosts, way=way)
    benchmark.pedantic(FRAMES[way](ghosts, 20), rounds=20, warmup_rounds=12)


@pytest.mark.parametrize("way", FRAMES)
@pytest.mark.parametrize("points", POINTS)
def test_a_frame_of_many_epochs(benchmark, points, way):
    benchmark.group = f"a frame, 2 earlier runs, {points} points"
    benchmark.extra_info.update(plot="points of a curve", x=points, way=way)
    benchmark.pedantic(FRAMES[way](2, points), rounds=20, warmup_rounds=12)
