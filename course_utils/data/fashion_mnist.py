"""Fashion-MNIST: its files, checked to the byte, subsets, and its batches."""

import functools
import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..checks import as_number, check_args
from .batches import Batches

CLASSES = (
    "t-shirt", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip

FOLDER = Path(__file__).parents[1] / "fashion_mnist"  # the course's own
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


class DataFileError(OSError):
    """A data file is missing, unreadable, or not the original."""


def load_data_fashion_mnist(
    batch_size: int,
    resize: int | tuple[int, int] | None = None,
    *,
    n_train: int | None = None,
    label_noise: float = 0.0,
    seed: int = 0,
    device: str | torch.device = "cpu",
    root: str | os.PathLike | None = None,
) -> tuple[Batches, Batches]:
    """Load Fashion-MNIST from the files that come with the course.

    Parameters
    ----------
    batch_size : int >= 1
        Examples in a batch; the last one holds what is left.
    resize : int or (height, width), in pixels
        By default the images stay 28 x 28.
    n_train : int in 1 ... 60000, optional
        How many training images to take, by default all: a random subset
        which, for one `seed`, is a part of every larger one.
    label_noise : float in [0, 1]
        The share of the training labels to replace by a wrong class. For one
        `seed`, more noise spoils the same labels and further ones. The test
        labels stay right.
    seed : int in [0, 2**32 - 1]
        Decides the subset and the wrong labels, nothing else.
    device : str or torch.device
        Where the data is kept and the batches are made, whatever
        ``torch.set_default_device`` says.
    root : path, optional
        Folder of the four gz files, by default the course's own.

    Returns
    -------
    train_iter, test_iter : Batches of (X, y)
        The first one shuffles. X : Tensor, (batch, 1, 28, 28), in [0, 1], of
        torch's default dtype when the batch is made, as a new network is:
        float32, unless ``torch.set_default_dtype`` says otherwise.
        y : Tensor, (batch,), int64 in 0 ... 9.

    Raises
    ------
    DataFileError
        If a file is missing or is not the original; it names the remedy.
    TypeError, ValueError
        If an argument is not legal.

    References
    ----------
    Name and first arguments: *Dive into Deep Learning*, section 3.5.
    """
    count = 60_000 if n_train is None else n_train
    check_args(batch_size=batch_size, n_train=count, seed=seed)
    check_args(label_noise=label_noise)
    if count > 60_000:
        raise ValueError(f"n_train must be at most 60000, got {n_train}")
    if resize is not None:
        resize = resize if isinstance(resize, tuple) else (resize, resize)
        for pixels in resize:
            check_args(resize=pixels)
        if len(resize) != 2:
            raise ValueError(f"resize must be (height, width), got {resize}")
    device = torch.device(device)
    folder = FOLDER if root is None else Path(root).absolute()
    X, y, *test = read_fashion_mnist(folder)
    train = _choose_training_set(X, y, n_train, label_noise, int(seed))
    train, test = ([t.to(device) for t in data] for data in (train, test))
    as_images = functools.partial(_as_images, size=resize)
    return (
        Batches(train, batch_size, shuffle=True, transform=as_images),
        Batches(test, batch_size, shuffle=False, transform=as_images),
    )


def get_fashion_mnist_labels(labels: Iterable[int]) -> list[str]:
    """Return the names of class labels, a list of str.

    Parameters
    ----------
    labels : Tensor, (n,), integer, or an iterable of int
        Labels in 0 ... 9; others raise `ValueError`.

    References
    ----------
    Name and signature: *Dive into Deep Learning*, section 3.5.
    """
    labels = [as_number(label) for label in labels]
    for label in labels:
        integer = isinstance(label, (int, np.integer))
        if not integer or not 0 <= label < len(CLASSES):
            raise ValueError(f"labels must be integers 0 ... 9, got {label!r}")
    return [CLASSES[label] for label in labels]


@functools.cache  # a failure is not kept: after the repair, it reads again
def read_fashion_mnist(folder: Path) -> tuple[Tensor, ...]:
    """Read Fashion-MNIST, once a process for each folder.

    Returns
    -------
    X_train, y_train, X_test, y_test : Tensor
        Images, (n, 1, 28, 28), uint8, and labels, (n,), int64 in 0 ... 9, of
        60000 and 10000 examples. All callers share them: do not change them.

    Raises
    ------
    DataFileError
        If a file is missing, unreadable or differs from the original in a
        single bit. The message names the file and the remedy.

    References
    ----------
    Xiao, Rasul and Vollgraf (2017), arXiv:1708.07747.
    """
    with ThreadPoolExecutor() as pool:  # zlib and SHA-256 release the GIL
        return tuple(pool.map(lambda spec: _read_file(folder, *spec), _FILES))


def _read_file(folder, name, header, shape, digest):
    # Return images as uint8, labels as int64.
    path = folder / name
    try:
        with gzip.open(path) as file:
            raw = bytearray(file.read())  # and gzip's own checksum is read
    except (OSError, EOFError, zlib.error) as error:
        reason = f"cannot be read ({getattr(error, 'strerror', 0) or error})"
        raise _error(path, reason) from error
    if hashlib.sha256(raw).hexdigest() != digest:
        raise _error(path, "is not the original: its SHA-256 differs")
    data = torch.frombuffer(raw, dtype=torch.uint8, offset=header).view(shape)
    return data.long() if data.dim() == 1 else data


def _error(path, reason):
    return DataFileError(
        f"The data file {path} {reason}. Restore it: in the course's folder,"
        f" git checkout -- course_utils/fashion_mnist/{path.name} ; or copy"
        " it from Debian's package dataset-fashion-mnist"
        " (/usr/share/datasets/fashion-mnist)."
    )


def _choose_training_set(X, y, n_train, label_noise, seed):
    """Take a random subset, and give a share of it wrong labels.

    For one seed a subset is the beginning of every larger one; None takes all,
    in their order. The `y` that is returned is a copy.
    """
    # On the CPU, whatever torch.set_default_device says: the same for a seed.
    generator = torch.Generator("cpu").manual_seed(seed)
    on = {"generator": generator, "device": "cpu"}
    order = torch.randperm(len(y), **on)
    rank = torch.randperm(len(y), **on)  # the lowest are spoiled first
    shift = torch.randint(1, len(CLASSES), y.shape, **on)  # to another class
    y = y.clone()
    if n_train is not None:
        order = order[:n_train]
        X, y, rank, shift = X[order], y[order], rank[order], shift[order]
    wrong = rank.argsort()[: round(label_noise * len(y))]
    y[wrong] = (y[wrong] + shift[wrong]) % len(CLASSES)
    return X, y


def _as_images(X, y, size):
    # Bytes become numbers in [0, 1], of (height, width) `size`.
    dtype = torch.get_default_dtype()
    # Half precision would round each step, and resizes on few devices only.
    X = X.to(torch.promote_types(dtype, torch.float32)).div_(255)
    if size is not None:
        X = interpolate(X, size, mode="bilinear", antialias=True)
    return X.to(dtype), y
