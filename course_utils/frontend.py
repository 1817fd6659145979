"""Who is looking: a person in a notebook, another program, or a terminal."""

import os
import sys

from IPython import get_ipython


def kernel():
    """Return the ipykernel that runs this code, or None in a plain Python."""
    return getattr(get_ipython(), "kernel", None)


def has_person() -> bool:
    """Tell whether a person's front end runs this cell.

    It allows the kernel to ask for input. nbclient, nbconvert and nbval do
    not, and they show no widgets.
    """
    running = kernel()
    return running is not None and getattr(running, "_allow_stdin", True)


def on_colab() -> bool:
    """Tell whether Google Colab runs this code."""
    return "google.colab" in sys.modules


def callbacks_must_train() -> bool:
    """Tell whether a slider's callback has to train by itself (sync mode).

    Colab shows what a widget does only while a cell or a callback runs. Set
    the environment variable ``COURSE_UTILS_LIVE=sync`` for other such places.
    """
    mode = os.environ.get("COURSE_UTILS_LIVE", "")
    if mode not in ("", "thread", "sync"):
        raise ValueError(
            "the environment variable COURSE_UTILS_LIVE must be 'sync', "
            f"'thread' or empty, got {mode!r}"
        )
    return mode == "sync" or (not mode and on_colab())


def cell_identity():
    """Return (id of the running cell or else its text, execution count).

    Either is None where there is none.
    """
    running = kernel()
    if running is None:
        return None, None
    parent = running.get_parent("shell") or {}
    cell = parent.get("metadata", {}).get("cellId")
    cell = cell or parent.get("content", {}).get("code")
    return cell, running.shell.execution_count
