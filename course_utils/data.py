"""The course's data: synthetic regression, and Fashion-MNIST."""

import functools
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_utils import fashion
from course_utils.batches import Batches, load_array
from course_utils.validation import check_args

__all__ = [
    "get_fashion_mnist_labels",
    "load_array",
    "load_data_fashion_mnist",
    "synthetic_data",
]


def synthetic_data(
    w: Tensor, b: float, num_examples: int, *, noise: float = 0.01
) -> tuple[Tensor, Tensor]:
    """Draw a linear regression problem: y = Xw + b + noise·N(0, 1).

    Parameters
    ----------
    w : Tensor, (d,) or (d, 1), floating point, finite
    b : float, or a tensor with one element, finite
    num_examples : int >= 1
    noise : float >= 0, standard deviation of what is added to y

    Returns
    -------
    X : Tensor, (num_examples, d), dtype and device of `w`, N(0, 1) each
    y : Tensor, (num_examples, 1)
        Drawn from torch's default generator: call `seed_everything` before.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type, shape or range.

    Source: *Dive into Deep Learning*, section 3.2, for name and signature.
    """
    if isinstance(b, Tensor) and b.numel() == 1:
        b = b.item()
    check_args(b=b, num_examples=num_examples, noise=noise)
    if not isinstance(w, Tensor) or not w.is_floating_point():
        raise TypeError(f"w must be a tensor of floats, got {w!r}")
    if w.dim() not in (1, 2) or w.numel() != len(w) or not len(w):
        raise ValueError(f"w must have shape (d,) or (d, 1), got {w.shape}")
    if not w.isfinite().all():
        raise ValueError("w must be finite, got nan or inf in it")
    w = w.detach().reshape(-1, 1)
    on = {"dtype": w.dtype, "device": "cpu"}  # the same numbers everywhere
    X = torch.randn(num_examples, len(w), **on).to(w.device)
    errors = torch.randn(num_examples, 1, **on).to(w.device)
    return X, X @ w + b + noise * errors


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
    resize : int or (height, width) in pixels; by default 28 x 28
    n_train : int in 1 ... 60000, how many training images to take: a random
        subset, for one `seed` each a part of every larger one; default all
    label_noise : float in [0, 1], the share of the training labels to
        replace by a wrong class; for one `seed`, more noise spoils the same
        labels and further ones. The test labels stay right.
    seed : int, decides the subset and the wrong labels, nothing else
    device : where the data is kept and the batches are made
    root : folder of the four gz files; default the course's own

    Returns
    -------
    train_iter, test_iter : Batches of (X, y); the first one shuffles
        X : Tensor, (batch, 1, 28, 28), float32 in [0, 1]
        y : Tensor, (batch,), int64 in 0 ... 9

    Raises
    ------
    DataFileError
        If a file is missing or is not the original; it names the remedy.
    TypeError, ValueError
        If an argument is not legal.

    Source: *Dive into Deep Learning*, section 3.5: name, first arguments.
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
    folder = fashion.FOLDER if root is None else Path(root).absolute()
    X, y, *test = fashion.read_fashion_mnist(folder)
    train = fashion.choose_training_set(X, y, n_train, label_noise, int(seed))
    train, test = ([t.to(device) for t in data] for data in (train, test))
    as_images = functools.partial(fashion.as_images, size=resize)
    return (
        Batches(train, batch_size, shuffle=True, transform=as_images),
        Batches(test, batch_size, shuffle=False, transform=as_images),
    )


def get_fashion_mnist_labels(labels: Iterable[int]) -> list[str]:
    """Return the names of class labels.

    Parameters
    ----------
    labels : Tensor, (n,), integer, or an iterable of int, in 0 ... 9

    Returns
    -------
    list of str, length n

    Raises
    ------
    ValueError
        If a label is not one of 0 ... 9.

    Source: *Dive into Deep Learning*, section 3.5, for name and signature.
    """
    labels = [v.tolist() if isinstance(v, Tensor) else v for v in labels]
    for label in labels:
        integer = isinstance(label, (int, np.integer))
        if not integer or not 0 <= label < len(fashion.CLASSES):
            raise ValueError(f"labels must be integers 0 ... 9, got {label!r}")
    return [fashion.CLASSES[label] for label in labels]
