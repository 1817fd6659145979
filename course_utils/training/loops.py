"""The training loop of the book's classifiers."""

import math
from collections.abc import Callable, Iterable

from torch import Tensor
from torch.optim import Optimizer

from ..checks import as_labels, check_args, check_batch
from ..data.batches import check_batches, in_order
from ..data.fashion_mnist import get_fashion_mnist_labels
from ..plotting.animator import Animator
from ..plotting.figures import show_images
from ..runs.errors import DivergedError
from .metrics import Accumulator, accuracy, evaluate_accuracy
from .modes import apply, in_mode, predict
from .updates import (
    IdleWatch,
    Updater,
    check_gradients,
    check_loss,
    check_updater,
)


@in_mode(training=True)
def train_epoch_ch3(
    net: Callable, train_iter: Iterable, loss: Callable, updater: Updater
) -> tuple[float, float]:
    """Train a classifier, or a regression, for one epoch, in train mode.

    Parameters
    ----------
    net : nn.Module or function of X
        Returns scores, a Tensor, (batch, classes), or predictions.
    train_iter : iterable of (X, y)
        y : Tensor, (batch,), labels of any integer dtype, which `loss` gets
        as int64; or, of a regression, floats of the shape of the predictions,
        (batch,) or (batch, 1).
    loss : function of (y_hat, y)
        Returns a loss for each example (and output), a Tensor, or their mean
        (reduction "none" or "mean").
    updater : Optimizer or function of the batch size
        An Optimizer gets the gradient of the mean loss, a function that of
        the sum.

    Returns
    -------
    mean_loss : float
        Measured, as the share, while the weights change, with dropout on.
    share : float in [0, 1], or nan
        Share of correct predictions; nan if the targets are floats.

    Raises
    ------
    DivergedError
        At the first batch whose loss is nan or infinite, before its step.
    TypeError, ValueError
        If an argument, a batch or a label is not legal; dtypes or devices of
        X and `net` do not fit; the loss depends on no parameter; or
        `updater`, an Optimizer, holds none that the loss depends on.

    Warns
    -----
    UserWarning
        If `updater`, a function, has left the parameters of `net` alone.

    References
    ----------
    Name and signature: *Dive into Deep Learning*, section 3.6.
    """
    check_loss(loss)
    check_updater(updater)
    total, watch = Accumulator(3), None
    for X, y in train_iter:
        y_hat = apply(net, X)
        correct = _count_correct(y_hat, y)
        losses = loss(y_hat, as_labels(y))
        _check_recorded(losses)
        mean = losses.mean()
        value = float(mean.detach())
        if not math.isfinite(value):
            when = f"after {total[2]:.0f} examples of an epoch"
            raise DivergedError(f"the loss became {value} {when}")
        if isinstance(updater, Optimizer):
            updater.zero_grad()
            mean.backward()
            if not total[2]:
                check_gradients(updater)
            updater.step()
        else:  # a hand-written step divides by the batch size itself
            # A sum over several outputs would count each as an example.
            total_loss = losses.sum() if losses.dim() == 1 else mean * len(y)
            total_loss.backward()
            watch = watch or IdleWatch(net)
            updater(len(y))
            watch.look()
        total.add(value * len(y), correct, len(y))
    if not total[2]:
        raise ValueError("train_iter must have a batch at least, got none")
    if watch:
        watch.warn()
    return total[0] / total[2], total[1] / total[2]


def _count_correct(y_hat, y):
    is_float = isinstance(y, Tensor) and y.is_floating_point()
    if is_float and y.shape[1:] in ((), (1,)):
        check_batch(y_hat, y)
        return math.nan
    return accuracy(y_hat, y)  # refuses one-hot floats


def _check_recorded(losses):
    if not isinstance(losses, Tensor):
        kind = type(losses).__name__
        raise TypeError(f"loss must return a tensor, got a {kind}")
    if not losses.requires_grad:
        raise ValueError(
            "loss depends on no parameter that requires a gradient: all layers"
            " of net are frozen, its output is detached, or gradients are"
            " switched off (torch.no_grad, torch.set_grad_enabled(False))"
        )


def train_ch3(
    net: Callable,
    train_iter: Iterable,
    test_iter: Iterable,
    loss: Callable,
    num_epochs: int,
    updater: Updater,
) -> dict[str, list[float]]:
    """Train a classifier and draw its curves.

    Parameters
    ----------
    net, train_iter, loss, updater
        As `train_epoch_ch3` takes them.
    test_iter : iterable of (X, y)
        Measured in eval mode after each epoch.
    num_epochs : int >= 1
        How often to go through `train_iter`.

    Returns
    -------
    dict of list of float
        "train loss", "train acc" and "test acc", a number for each epoch.

    Raises
    ------
    DivergedError, TypeError, ValueError
        As `train_epoch_ch3`.

    References
    ----------
    Name and signature: *Dive into Deep Learning*, section 3.6.
    """
    check_args(num_epochs=num_epochs)
    check_loss(loss)
    check_updater(updater)
    check_batches(train_iter=train_iter, test_iter=test_iter)
    history = {"train loss": [], "train acc": [], "test acc": []}
    xlim = (1, max(2, num_epochs))
    animator = Animator(xlabel="epoch", xlim=xlim, legend=list(history))
    for epoch in range(1, num_epochs + 1):
        train = train_epoch_ch3(net, train_iter, loss, updater)
        values = (*train, evaluate_accuracy(net, test_iter))
        for name, value in zip(history, values, strict=True):
            history[name].append(value)
        animator.add(epoch, values)
    return history


def predict_ch3(net: Callable, test_iter: Iterable, n: int = 6) -> None:
    """Show the first images with their true and their predicted names.

    Parameters
    ----------
    net : nn.Module or function of X
        Returns scores, a Tensor, (batch, 10). It is used in eval mode.
    test_iter : iterable of (X, y) of Fashion-MNIST
        Its first batch is taken.
    n : int >= 1
        Number of images, at most those of a batch.

    Raises
    ------
    TypeError, ValueError
        If `n` is not legal, or larger than the batch.

    References
    ----------
    Name and signature: *Dive into Deep Learning*, section 3.6.
    """
    check_args(n=n)
    X, y = next(in_order(test_iter), ((), ()))
    if n > len(y):
        raise ValueError(f"n must be at most the batch's {len(y)}, got {n}")
    y_hat = predict(net, X)
    check_batch(y_hat, y)
    truth = get_fashion_mnist_labels(y[:n])
    guess = get_fashion_mnist_labels(y_hat[:n].argmax(dim=1))
    titles = [f"{t}\n{g}" for t, g in zip(truth, guess, strict=True)]
    size = X.shape[-2:] if X.dim() > 2 else (28, 28)
    show_images(X[:n].reshape(n, *size).cpu(), 1, n, titles=titles)
