"""Fashion-MNIST in memory, beside torchvision's data set and loader."""

import gzip
import subprocess
import sys

from kernel import Kernel
from lab import PEAK, REPO, TORCHVISION

OURS = """
import time
import torch
from course_utils import load_data_fashion_mnist

begin = time.perf_counter()
train_iter, test_iter = load_data_fashion_mnist(256)
first = time.perf_counter() - begin
begin = time.perf_counter()
train_iter, test_iter = load_data_fashion_mnist(256)
again = time.perf_counter() - begin
epochs = []
for _ in range(5):
    begin = time.perf_counter()
    n = sum(len(X) for X, _ in train_iter)
    epochs.append(time.perf_counter() - begin)
print(first, again, sorted(epochs)[2], n)
"""
BOOKS_WAY = f"""{TORCHVISION}
import sys, time, warnings
warnings.simplefilter("ignore")  # more workers than cores, as in the book
from torchvision import datasets, transforms

begin = time.perf_counter()
data = datasets.FashionMNIST(sys.argv[1], transform=transforms.ToTensor())
first = time.perf_counter() - begin
for workers in 0, 4:
    loader = torch.utils.data.DataLoader(
        data, 256, shuffle=True, num_workers=workers)
    begin = time.perf_counter()
    n = sum(len(X) for X, _ in loader)
    print(first, time.perf_counter() - begin, n)
"""
MODULES = "import ipywidgets, matplotlib.pyplot, torch\n"
NOW = "psutil.Process().memory_info().rss"
IMPORT = """import time
import ipywidgets, matplotlib{pyplot}, torch
begin = time.perf_counter()
import course_utils
print(time.perf_counter() - begin)
"""


def python(code, *args):
    reply = subprocess.run(
        [sys.executable, "-c", code, *map(str, args)],
        check=True, capture_output=True, text=True, cwd=REPO,
    )  # fmt: skip
    return [
        [float(word) for word in line.split()]
        for line in reply.stdout.splitlines()
    ]


def test_load_and_iterate(tmp_path):
    raw = tmp_path / "FashionMNIST/raw"
    raw.mkdir(parents=True)
    for packed in (REPO / "course_utils/fashion_mnist").glob("*.gz"):
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    python(OURS)  # now the files are in the system's cache
    ((first, again, epoch, n),) = python(OURS)
    alone, workers = python(BOOKS_WAY, tmp_path)
    assert n == alone[-1] == workers[-1] == 60_000
    print("                               load     an epoch of batches of 256")
    print(
        f"  load_data_fashion_mnist    {first:.2f} s    {epoch:.2f} s", end=""
    )
    print(f"    (loaded again: {again:.3f} s)")
    for name, (load, seconds, _) in {
        "torchvision": alone,
        "torchvision, 4 workers": workers,
    }.items():
        print(f"  {name:24} {load:6.2f} s {seconds:7.2f} s", end="")
        print(f"    ({seconds / epoch:.0f} × ours)")


def test_memory_of_a_kernel(tmp_path):
    kernel = Kernel("current", tmp_path)
    load = """data = course_utils.load_data_fashion_mnist(256)
for _ in data[0]: pass"""
    steps = {
        "bare": (f"import psutil{PEAK}", NOW),
        "everything imported": (MODULES + "import course_utils", NOW),
        "peak, data read once": (load, "peak()"),
    }
    print("  a kernel's memory:")
    for name, (code, figure) in steps.items():
        kernel.run(code)
        print(f"  {name:25} {kernel.run('', figure) / 1e6:.0f} MB")
    kernel.stop()


def test_import():
    for pyplot in "", ".pyplot":
        code = IMPORT.format(pyplot=pyplot)
        seconds = sorted(python(code)[0][0] for _ in range(5))
        print(
            f"  import course_utils after torch, ipywidgets, "
            f"matplotlib{pyplot}: {seconds[2]:.2f} s"
        )
