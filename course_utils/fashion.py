"""Fashion-MNIST: its files, checked to the byte, and subsets of it."""

import functools
import gzip
import hashlib
import math
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate

__all__ = [
    "CLASSES",
    "FOLDER",
    "DataFileError",
    "as_images",
    "choose_training_set",
    "read_fashion_mnist",
]

CLASSES = (
    "t-shirt", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip

FOLDER = Path(__file__).parent / "fashion_mnist"  # the files we ship
_IMAGES, _LABELS = "images-idx3-ubyte", "labels-idx1-ubyte"
# File, bytes of its header, shape of what follows, SHA-256 of both unzipped
# (the bytes of the gz files themselves differ between mirrors).
_FILES = (
    (f"train-{_IMAGES}.gz", 16, (60_000, 1, 28, 28),
     "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
    (f"train-{_LABELS}.gz", 8, (60_000,),
     "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
    (f"t10k-{_IMAGES}.gz", 16, (10_000, 1, 28, 28),
     "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
    (f"t10k-{_LABELS}.gz", 8, (10_000,),
     "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
)  # fmt: skip
_CHUNK = 2**20  # bytes unzipped at a time: never a second copy of the data


class DataFileError(OSError):
    """A data file is missing, unreadable, or not the original."""


def _read_file(folder, name, header, shape, digest):
    """Return images as uint8 and labels as int64, or raise."""
    size = header + math.prod(shape)
    raw = torch.empty(size, dtype=torch.uint8, device="cpu")
    path, view, filled = folder / name, memoryview(raw.numpy()), 0
    try:
        with gzip.open(path) as file:
            while got := file.readinto(view[filled : filled + _CHUNK]):
                filled += got
            too_long = bool(file.read(1))  # and gzip's own checksum is read
    except (OSError, EOFError, zlib.error) as error:
        reason = f"cannot be read ({getattr(error, 'strerror', 0) or error})"
        raise _error(path, reason) from error
    if filled < len(raw):
        raise _error(path, f"ends after {filled} of {len(raw)} bytes unzipped")
    if too_long:
        raise _error(path, f"has more than {len(raw)} bytes unzipped")
    if hashlib.sha256(view).hexdigest() != digest:
        raise _error(path, "is not the original: its SHA-256 differs")
    data = raw[header:].view(shape)
    return data.long() if data.dim() == 1 else data


def _error(path, reason):
    return DataFileError(
        f"The data file {path} {reason}. Restore it: in the course's folder,"
        f" git checkout -- course_utils/fashion_mnist/{path.name} ; or copy"
        " it from Debian's package dataset-fashion-mnist"
        " (/usr/share/datasets/fashion-mnist)."
    )


@functools.cache  # a failure is not kept: after the repair, it reads again
def read_fashion_mnist(folder: Path) -> tuple[Tensor, ...]:
    """Read Fashion-MNIST, once a process for each folder.

    Parameters
    ----------
    folder : Path of the folder with the four original gz files

    Returns
    -------
    X_train : Tensor, (60000, 1, 28, 28), uint8
    y_train : Tensor, (60000,), int64 in 0 ... 9
    X_test : Tensor, (10000, 1, 28, 28), uint8
    y_test : Tensor, (10000,), int64 in 0 ... 9
        All shared by every caller: do not write into them.

    Raises
    ------
    DataFileError
        If a file is missing, unreadable or differs from the original in a
        single bit. The message names the file and the remedy.

    Source: Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747.
    """
    with ThreadPoolExecutor() as pool:  # zlib and SHA-256 release the GIL
        return tuple(pool.map(lambda spec: _read_file(folder, *spec), _FILES))


def choose_training_set(
    X: Tensor, y: Tensor, n_train: int | None, label_noise: float, seed: int
) -> tuple[Tensor, Tensor]:
    """Take a random subset, and give a share of it wrong labels.

    Parameters
    ----------
    X : Tensor, (n, ...)
    y : Tensor, (n,), int64 in 0 ... 9
    n_train : int <= n, size of the subset; None takes all, in their order
    label_noise : float in [0, 1], share of wrong labels, to the next whole one
    seed : int; for one seed a subset is the beginning of every larger one,
        and more noise spoils the same labels and further ones

    Returns
    -------
    X, y : Tensor, (n_train, ...) and (n_train,); `y` is a copy
    """
    # On the CPU, whatever torch.set_default_device says: the same for a seed.
    on = {
        "generator": torch.Generator("cpu").manual_seed(seed),
        "device": "cpu",
    }
    order = torch.randperm(len(y), **on)
    turn = torch.randperm(len(y), **on)  # which labels are spoiled first
    shift = torch.randint(1, len(CLASSES), y.shape, **on)
    y = y.clone()
    if n_train is not None:
        order = order[:n_train]
        X, y, turn, shift = X[order], y[order], turn[order], shift[order]
    wrong = turn.argsort()[: round(label_noise * len(y))]
    y[wrong] = (y[wrong] + shift[wrong]) % len(CLASSES)
    return X, y


def as_images(
    X: Tensor, y: Tensor, size: tuple[int, int] | None
) -> tuple[Tensor, Tensor]:
    """Turn bytes into float32 in [0, 1], of (height, width) `size`."""
    X = X.to(torch.float32).div_(255)
    if size is not None:
        X = interpolate(X, size, mode="bilinear", antialias=True)
    return X, y
