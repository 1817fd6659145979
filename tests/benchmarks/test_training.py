"""`train_ch3` on all of Fashion-MNIST, beside the book's way and bare loops.

The network is that of the book's dropout lesson: 784-256-256-10, dropout
0.2 and 0.5, batches of 256. An epoch trains on 60,000 images and measures
the accuracy on 10,000.
"""

import gzip
import statistics
import subprocess
import sys

from lab import REPO, TORCHVISION

EPOCHS = 5
CODE = f"""{TORCHVISION}
import sys, time, warnings
warnings.simplefilter("ignore")  # more workers than cores, as in the book
from d2l import torch as d2l
from torch import nn
from torchvision import datasets, transforms
from course_utils import load_data_fashion_mnist, seed_everything, train_ch3


def make():
    seed_everything(0)
    net = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(256, 256), nn.ReLU(), nn.Dropout(0.5), nn.Linear(256, 10))
    return net, torch.optim.SGD(net.parameters(), lr=0.1)


def books_way(net, optimizer, train_iter, test_iter):
    '''Count loss and hits of each batch; then the hits on the test set.'''
    train, test = d2l.Accumulator(3), d2l.Accumulator(2)
    net.train()
    for X, y in train_iter:
        y_hat = net(X)
        l = nn.functional.cross_entropy(y_hat, y, reduction="none")
        optimizer.zero_grad()
        l.mean().backward()
        optimizer.step()
        train.add(float(l.sum()), float(d2l.accuracy(y_hat, y)), len(y))
    net.eval()
    with torch.no_grad():
        for X, y in test_iter:
            test.add(float(d2l.accuracy(net(X), y)), len(y))


def bare(net, optimizer, X, y):
    net.train()
    for index in torch.randperm(len(X)).split(256):
        l = nn.functional.cross_entropy(net(X[index]), y[index])
        optimizer.zero_grad()
        l.backward()
        optimizer.step()


def bare_test(net, X, y):
    net.eval()
    with torch.no_grad():
        for index in torch.arange(len(X)).split(256):
            net(X[index])


def loader(train):
    data = datasets.FashionMNIST(
        sys.argv[1], train=train, transform=transforms.ToTensor())
    return torch.utils.data.DataLoader(
        data, 256, shuffle=train, num_workers=4)


loss = nn.CrossEntropyLoss(reduction="none")
data = load_data_fashion_mnist(256)
ready = [[torch.cat(t) for t in zip(*d, strict=True)] for d in data]
book = loader(True), loader(False)
nets = {{name: make() for name in ("book", "bare", "ours")}}
for _ in range({EPOCHS} + 1):
    seconds = []
    for name, (net, optimizer) in nets.items():
        begin = time.perf_counter()
        if name == "book":
            books_way(net, optimizer, *book)
        elif name == "ours":
            train_ch3(net, *data, loss, 1, optimizer)
        else:
            bare(net, optimizer, *ready[0])
            seconds.append(time.perf_counter() - begin)
            bare_test(net, *ready[1])
        seconds.append(time.perf_counter() - begin)
    print(*seconds, flush=True)
"""


def test_an_epoch(tmp_path):
    raw = tmp_path / "FashionMNIST/raw"
    raw.mkdir(parents=True)
    for packed in (REPO / "course_utils/fashion_mnist").glob("*.gz"):
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    reply = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)],
        check=True, stdout=subprocess.PIPE, text=True, cwd=REPO,
    )  # fmt: skip
    rows = [list(map(float, line.split())) for line in reply.stdout.split("\n")
            if line][1:]  # fmt: skip
    assert len(rows) == EPOCHS
    book, bare, tested, ours = map(statistics.median, zip(*rows, strict=True))
    print(f"  an epoch, median of {EPOCHS}, all in turn")
    print(f"  the book's way, 4 workers         {book:6.2f} s")
    print(f"  train_ch3                         {ours:6.2f} s", end="")
    print(f"    (book {book / ours:.1f} ×)")
    print(f"  bare loop, training only          {bare:6.2f} s", end="")
    print(f"    (ours {ours / bare:.2f} ×)")
    print(f"  bare loops, training and test set {tested:6.2f} s", end="")
    print(f"    (ours {ours / tested:.2f} ×)")
