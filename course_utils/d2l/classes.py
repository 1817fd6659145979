"""The classes of d2l 1.x that need more than an import to run here."""

import types

import torch
from torch import Tensor

from ..data import fashion_mnist
from ..data.batches import Batches
from ..data.fashion_mnist import (
    get_fashion_mnist_labels,
    load_data_fashion_mnist,
)
from ..plotting.animator import Animator
from ..plotting.figures import show_images

ADAPTED = ("FashionMNIST", "ProgressBoard", "Trainer")


class Images(torch.utils.data.Dataset):
    """One half of Fashion-MNIST, as torchvision's data set looks from outside.

    `data`, (n, 28, 28), uint8, is shared by all data sets of the process:
    assign another tensor to it, do not write into it. `targets`, (n,), int64
    in 0 ... 9, is a copy. Who assigns a part of both gets that part's batches.
    """

    classes = list(fashion_mnist.CLASSES)

    def __init__(self, batches: Batches) -> None:
        X, y = batches.tensors
        self.data, self.targets = X[:, 0], y.clone()
        self._transform = batches.transform

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        """Return an image, (1, h, w), floats in [0, 1], and its label."""
        image, label = self.data[i], self.targets[i]
        X, label = self._transform(image[None, None], label)
        return X[0], int(label)

    def batches(self, batch_size: int, shuffle: bool) -> Batches:
        """Return an iterable of batches (X, y) of all items."""
        tensors = self.data.unsqueeze(1), torch.as_tensor(self.targets)
        return Batches(tensors, batch_size, shuffle, self._transform)


def make_classes(book: types.ModuleType) -> dict[str, type]:
    """Make `ADAPTED` from those of `book`, the imported d2l.torch."""

    class FashionMNIST(book.DataModule):
        """Fashion-MNIST, from the files that come with the course.

        The book's class downloads the same images. Two things differ: a seed
        shuffles into another order, and resized pixels are not rounded to
        whole bytes.

        Parameters
        ----------
        batch_size : int >= 1
            Examples in a batch.
        resize : int or (height, width), in pixels
            28 x 28 leaves the images as they are.
        """

        def __init__(self, batch_size=64, resize=(28, 28)):
            super().__init__(num_workers=0)  # the data lie in memory
            self.save_hyperparameters()
            size = None if resize in (28, (28, 28), [28, 28]) else resize
            size = tuple(size) if isinstance(size, list) else size
            halves = load_data_fashion_mnist(batch_size, size)
            self.train, self.val = map(Images, halves)

        def text_labels(self, indices):
            """Return the names of class labels."""
            return get_fashion_mnist_labels(int(i) for i in indices)

        def get_dataloader(self, train):
            """Return an iterable of batches (X, y) that has a `len`."""
            data = self.train if train else self.val
            if isinstance(data, Images):
                return data.batches(self.batch_size, shuffle=train)
            return torch.utils.data.DataLoader(  # a Subset, or the learner's
                data, self.batch_size, shuffle=train
            )

        def visualize(self, batch, nrows=1, ncols=8, labels=()):
            """Show the first images of a batch with their names."""
            X, y = batch
            show_images(
                X, nrows, ncols, titles=list(labels) or self.text_labels(y)
            )

    class ProgressBoard(book.ProgressBoard):
        """The book's board, drawn by the course's `Animator`.

        The points are those of the book's board. It draws faster, and it
        works under sliders.
        """

        animator = None

        def draw(self, x, y, label, every_n=1):
            """Add a point; the mean of each `every_n` of a label is drawn."""
            shown, self.display = self.display, False  # only the averages
            try:
                super().draw(x, y, label, every_n)
            finally:
                self.display = shown
            line = self.data[label]
            if shown and len(line) > len(self._points(label)):
                ys = [None] * len(self.animator.Y)
                ys[self._labels.index(label)] = float(line[-1].y)
                self.animator.add(float(line[-1].x), ys)

        def _points(self, label):
            """Return the points drawn so far, with a curve for `label`."""
            if self.animator is None:
                self._labels = []
                self.animator = Animator(
                    self.xlabel or "x", self.ylabel, (), self.xlim, self.ylim,
                    self.xscale, self.yscale,
                )  # fmt: skip
            if label not in self._labels:
                self._labels.append(label)
                self.animator.X.append([])
                self.animator.Y.append([])
                self.animator.spec = self.animator.spec | {
                    "legend": tuple(self._labels)
                }
            return self.animator.Y[self._labels.index(label)]

    class Trainer(book.Trainer):
        """The book's trainer; each fit draws on a new board of the course."""

        def prepare_model(self, model):
            """Prepare a model; give it our board, with its board's settings.

            A board of another class, or one that has drawn, is left alone.
            """
            super().prepare_model(model)
            board, kinds = model.board, (book.ProgressBoard, ProgressBoard)
            if type(board) in kinds and board.axes is board.fig is None:
                model.board = ProgressBoard()
                settings = board.hparams.keys() & vars(board).keys()
                for name in settings:
                    setattr(model.board, name, getattr(board, name))

    made = (FashionMNIST, ProgressBoard, Trainer)
    for each in made:
        each.__module__, each.__qualname__ = "course_utils.d2l", each.__name__
    return dict(zip(ADAPTED, made, strict=True))
