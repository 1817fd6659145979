"""The book's package d2l, as installed: imported when it is needed first."""

import importlib
import sys
import types
import warnings
from contextlib import suppress

import torch

_REMEDIES = {
    # Its own pins (numpy 1.23.5, matplotlib 3.7.2) exclude Python >= 3.12.
    "d2l": "--no-deps d2l==1.0.3 ; and what it imports: pip install"
    " torchvision==0.28.0 pandas requests scipy",
    "torchvision": "torchvision==0.28.0",  # the one for the course's torch
    "PIL": "pillow",
}
_BOXES = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def import_book() -> types.ModuleType:
    """Import d2l.torch with all that it imports: one to two seconds, once.

    It imports pyplot too, which then draws inline in a notebook. Nothing else
    that the import does is seen from outside. If d2l, or a library that it
    imports, is missing or broken, an `ImportError` names the remedy.
    """
    if "d2l.torch" in sys.modules:
        return importlib.import_module("d2l.torch")  # waits for other threads
    part = "d2l"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # theirs, not the learner's
            importlib.import_module("d2l")
            part = "torchvision"
            _import_torchvision()
            part = "d2l"
            return importlib.import_module("d2l.torch")
    except Exception as error:  # a broken package raises what it likes
        if isinstance(error, ModuleNotFoundError) and error.name:
            part = error.name.partition(".")[0]
        raise ImportError(
            "the book's package d2l cannot be imported"
            f" ({type(error).__name__}: {error}). Remedy: pip install"
            f" {_REMEDIES.get(part, part)}",
            name=part,
        ) from error


def book_names() -> frozenset[str]:
    """Return the names that d2l.torch has, or none if it can't be imported."""
    try:
        names = vars(import_book())
    except ImportError:
        return frozenset()
    return frozenset(name for name in names if not name.startswith("__"))


def _import_torchvision():
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if "operator torchvision::nms does not exist" not in str(error):
            raise
        # Its compiled half was built for another torch, for instance with
        # CUDA beside a torch without, and cannot be loaded. The operators
        # that it describes when it is imported have to exist.
        for operator in ("torchvision::nms", "torchvision::qnms"):
            with suppress(RuntimeError):  # defined by an earlier attempt
                torch.library.define(operator, _BOXES)
        importlib.import_module("torchvision")
