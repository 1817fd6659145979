"""Libraries that are imported when something in them is used first.

d2l.torch imports torchvision (which takes seconds), pandas, scipy and
requests at its top, for chapters that few readers of this course come from.
"""

import contextlib
import importlib
import pkgutil
import sys
import types
import warnings
from collections.abc import Iterator

import torch

__all__ = ["LIBRARIES", "Later", "imported_later"]

# What pip calls them; torchvision has to fit the course's torch.
LIBRARIES = {
    "torchvision": "torchvision==0.28.0",
    "pandas": "pandas",
    "requests": "requests",
    "scipy": "scipy",
    "scipy.spatial": "scipy",
}
_BOXES = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


class Later(types.ModuleType):
    """Stands for a library, or something in it, until that is used.

    Parameters
    ----------
    name : str, such as "scipy.spatial.distance_matrix"
    pip : str, what pip calls the library
    """

    def __init__(self, name: str, pip: str) -> None:
        super().__init__(name)
        vars(self).update(_pip=pip, _used=False)

    def __getattr__(self, name):
        if name.startswith("__"):  # Python asks, not the book
            raise AttributeError(name)
        if self._used:
            return getattr(self._import(), name)
        part = Later(f"{self.__name__}.{name}", self._pip)  # from ... import
        vars(part).update(_used=True)
        return part

    def __call__(self, *args, **kwargs):
        """Call what it stands for, or raise `ImportError`."""
        return self._import()(*args, **kwargs)

    def _import(self):
        library = self.__name__.partition(".")[0]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # theirs, not the learner's
                _import_mended(library)
                return pkgutil.resolve_name(self.__name__)
        except Exception as error:  # a broken library raises what it likes
            raise ImportError(
                f"d2l needs {self.__name__} here, which cannot be imported"
                f" ({type(error).__name__}: {error}). Remedy: pip install"
                f" {self._pip}",
                name=library,
            ) from error


def _import_mended(library):
    try:
        importlib.import_module(library)
    except RuntimeError as error:
        if "operator torchvision::nms does not exist" not in str(error):
            raise
        # Its compiled half was built for another torch: for CUDA, say, beside
        # a torch without. What it describes when it is imported has to exist.
        for operator in ("torchvision::nms", "torchvision::qnms"):
            with contextlib.suppress(RuntimeError):  # defined before
                torch.library.define(operator, _BOXES)
        importlib.import_module(library)


@contextlib.contextmanager
def imported_later() -> Iterator[None]:
    """Let ``import`` of one of `LIBRARIES` that is not loaded give a `Later`.

    Afterwards ``import`` is as before; the `Later` objects stay in use.
    """
    blocked = [n for n in LIBRARIES if sys.modules.get(n, "") is None]
    new = {
        name: Later(name, pip)
        for name, pip in LIBRARIES.items()
        if sys.modules.get(name) is None
    }
    sys.modules.update(new)
    try:
        yield
    finally:
        for name, stand_in in new.items():
            vars(stand_in).update(_used=True)
            del sys.modules[name]
        sys.modules.update(dict.fromkeys(blocked))
