"""The book's helpers: ``from course_utils import d2l``.

Write it for ``from d2l import torch as d2l``, and go on as in *Dive into Deep
Learning*. Each name comes from one of two halves:

- the course: the names in ``__all__``, also those that d2l 1.x dropped
  (`train_ch3`, `train_epoch_ch3`, `evaluate_accuracy`, `predict_ch3`); and
  `FashionMNIST`, `ProgressBoard` and `Trainer`, made from the book's classes:
  they read the course's data and draw as the course does;
- the book: every other name. Its package, with torchvision, pandas, scipy and
  requests, is imported when one of them is used first: a second or two, once.

The first line of help tells the halves apart: ``help(d2l.sgd)`` is "in module
course_utils.training.updates", ``help(d2l.Module)`` "in module d2l.torch".

For the same seed the course's half has the book's numbers, except that

- `load_array`, `load_data_fashion_mnist` and `FashionMNIST` shuffle into
  another order, and resized pixels are not rounded to whole bytes;
- `evaluate_loss` measures in eval mode, and a short last batch counts by its
  size; it and `evaluate_accuracy` go through the data in order and draw no
  random number; `evaluate_accuracy` and `train_epoch_ch3` put the mode back;
- `train_ch3` returns its curves, and no assertion ends it;
- `show_images` is grey and returns a list; `Animator` has one plot only;
- what is not legal raises: shapes that torch would broadcast, labels that are
  no class, a learning rate of nan, too few numbers for an `Accumulator`.
"""

import difflib
import sys

from torch import Tensor

from ..data.batches import load_array
from ..data.fashion_mnist import (
    get_fashion_mnist_labels,
    load_data_fashion_mnist,
)
from ..data.synthetic import synthetic_data
from ..plotting.animator import Animator
from ..plotting.figures import show_images
from ..training.loops import predict_ch3, train_ch3, train_epoch_ch3
from ..training.metrics import (
    Accumulator,
    accuracy,
    evaluate_accuracy,
    evaluate_loss,
)
from ..training.updates import sgd
from .book import book_names, import_book
from .classes import ADAPTED, make_classes

__all__ = [
    "Accumulator", "Animator", "accuracy", "evaluate_accuracy",
    "evaluate_loss", "get_fashion_mnist_labels", "linreg", "load_array",
    "load_data_fashion_mnist", "predict_ch3", "sgd", "show_images",
    "squared_loss", "synthetic_data", "train_ch3", "train_epoch_ch3",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted({*__all__, *book_names()})


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(name)
    if name.startswith("_") and "d2l.torch" not in sys.modules:
        # Jupyter and pytest ask for such names: that imports no book.
        raise AttributeError(name)
    try:
        book = import_book()
    except ImportError as error:
        what = f"the course's half of d2l has no {name!r}, and {error}"
        raise AttributeError(what, name=name) from error
    if name in ADAPTED and hasattr(book, name):
        globals().update(make_classes(book))
        return globals()[name]
    if hasattr(book, name):
        return getattr(book, name)
    near = difflib.get_close_matches(name, __dir__(), n=1)
    raise AttributeError(
        f"neither the course nor the installed d2l has {name!r}"
        + (f"; did you mean {near[0]!r}?" if near else "")
        + " (d2l 1.x: pip install --no-deps d2l==1.0.3)" * (not near),
        name=name,
    )


def linreg(X: Tensor, w: Tensor, b: Tensor | float) -> Tensor:
    """Return the predictions of a linear model, Xw + b: Tensor, (n, 1).

    Parameters
    ----------
    X : Tensor, (n, d)
        Inputs.
    w : Tensor, (d, 1)
        Weights.
    b : Tensor, (1,), or float
        Bias.
    """
    return X @ w + b


def squared_loss(y_hat: Tensor, y: Tensor) -> Tensor:
    """Return the loss of each example, (ŷ − y)²/2, of the shape of `y_hat`.

    Parameters
    ----------
    y_hat : Tensor
        Predictions.
    y : Tensor
        Targets, of any shape with as many numbers.
    """
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2
