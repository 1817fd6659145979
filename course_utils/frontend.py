"""Who is looking: a person in a notebook, a robot, a terminal, or nobody."""

import os
import signal
import sys

__all__ = [
    "callbacks_must_train",
    "cell_identity",
    "has_person",
    "kernel",
    "on_colab",
    "on_interrupt",
]


def kernel():
    """Return the ipykernel that runs this code, or None in a plain Python."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None)


def has_person() -> bool:
    """Tell whether a person's front end runs this cell.

    A front end that a person sits at allows the kernel to ask for input;
    nbclient, nbconvert and nbval do not, and they show no widgets.
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


def on_interrupt(action) -> None:
    """Call `action` when ■ is pressed while no cell runs.

    ipykernel ignores the signal then. What it puts in place after each cell
    is the handler that it keeps as ``saved_sigint_handler``.
    """
    running = kernel()
    if getattr(running, "saved_sigint_handler", None) is signal.SIG_IGN:
        running.saved_sigint_handler = lambda *_: action()


def cell_identity():
    """Return (cell id, execution count) of the running cell.

    Where the front end sends no id, the cell's text serves as one. Either is
    None where there is none.
    """
    running = kernel()
    if running is None:
        return None, None
    parent = running.get_parent("shell") or {}
    cell = parent.get("metadata", {}).get("cellId")
    cell = cell or parent.get("content", {}).get("code")
    return cell, running.shell.execution_count
