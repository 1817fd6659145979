"""The book's package d2l as installed: found, read, imported when asked."""

import ast
import functools
import importlib
import importlib.util
import sys
import threading
import types
import warnings
from pathlib import Path

from course_utils.later import LIBRARIES, imported_later

__all__ = ["book_file", "book_names", "import_book"]

_INSTALL = "--no-deps d2l==1.0.3"
_importing = threading.RLock()


def book_file() -> Path | None:
    """Return the path of the installed d2l/torch.py, or None; no import."""
    try:
        spec = importlib.util.find_spec("d2l")
    except (ImportError, ValueError):
        return None
    for folder in (spec and spec.submodule_search_locations) or ():
        if (path := Path(folder, "torch.py")).is_file():
            return path
    return None


def book_names() -> frozenset[str]:
    """Return the names in d2l/torch.py, or none without d2l; no import."""
    path = book_file()
    return frozenset() if path is None else _names(path)


@functools.cache  # reading 140 kB takes a tenth of a second
def _names(path):
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                names.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.Assign):
            names.update(t.id for t in node.targets if isinstance(t, ast.Name))
    return frozenset(names)


def import_book() -> types.ModuleType:
    """Import d2l.torch; of its libraries, those of `later` when used.

    It imports pyplot too, which in a notebook then draws inline. Nothing else
    that it does at import is seen from outside.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        If d2l is not there or does not work; the message names the remedy.
    """
    with _importing:
        if book_file() is None:
            raise ImportError(
                "d2l is not installed. Install it without its pins: pip"
                f" install {_INSTALL} ; and what it imports: pip install "
                + " ".join(dict.fromkeys(LIBRARIES.values()))
            )
        if "d2l.torch" in sys.modules:
            return importlib.import_module("d2l.torch")
        try:
            with imported_later(), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the book's, when compiled
                return importlib.import_module("d2l.torch")
        except Exception as error:  # a broken package raises what it likes
            raise ImportError(
                "the installed d2l cannot be imported"
                f" ({type(error).__name__}: {error}). Remedy: pip install "
                + (getattr(error, "name", None) or _INSTALL)
            ) from error
