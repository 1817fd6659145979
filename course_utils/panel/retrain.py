"""`retrain`: put a learner's own function under sliders."""

import time
from collections.abc import Callable

import ipywidgets as widgets
from IPython.display import display

from .. import frontend
from ..runs.interrupts import on_interrupt
from ..runs.run import current_run
from .controls import controls_for, family
from .panel import Panel, worker

# A cell shows its panel when the first run has ended, or after so many
# seconds: a picture from the start, and no long wait.
PATIENCE = 3.0
# Cells whose panels are kept. Where cells have no id, a cell is known by its
# text, so each edited text is another cell.
MANY = 50
_panels = {}  # cell -> (execution count, time, the panels that it made)
_to_show = []  # panels of the cell that runs


def retrain(train: Callable, /, *misplaced, **sliders) -> Panel:
    """Put `train` under sliders that retrain it whenever they move.

    The panel is shown below the cell, wherever in the cell this is called.
    Each run starts from the same seed, and finds nets, optimizers and
    generators of other cells as the first run found them, so that a slider is
    the only difference between two curves; earlier runs stay as paler curves.
    The newest request wins: a run that has been overtaken stops at its next
    batch or `Animator.add`, or wherever its Python code is.

    What `train` prints appears in the panel. If its cell is edited and run
    again, the next drag trains the new function.

    A cell may run while a training lasts. If both draw random numbers they
    share torch's generator, and neither has the same numbers twice: wait for
    the training first (``panel.wait()``).

    Parameters
    ----------
    train : callable
        The learner's own function. Its Animators, what it draws with
        matplotlib.pyplot, and a Figure that it returns are shown; so is a
        number, a string or a dict of numbers.
    **sliders : object
        For each argument of `train` that a slider drives, a range
        ``(min, max)`` or ``(min, max, step)``, a list or dict of choices,
        True or False, a widget, or ``fixed(value)``. `train`'s default is the
        initial value.

    Returns
    -------
    Panel

    Raises
    ------
    TypeError, ValueError
        If `train` cannot be called so, or a range is not one.
    RuntimeError
        If it is called by a function that is itself under sliders.
    Exception
        Whatever `train` raises, where no person looks (nbval, a script).

    Examples
    --------
    >>> def train(lambd=3):
    ...     return lambd**2
    >>> retrain(train, lambd=(0, 10)).history[-1].result
    9
    """
    if current_run() is not None:
        raise RuntimeError("a function under sliders cannot call retrain")
    if misplaced:
        raise TypeError(
            "retrain needs the name of the argument that a slider drives, as"
            f" in retrain(train, lambd=(0, 10)), got {misplaced[0]!r} alone"
        )
    live = not frontend.callbacks_must_train()
    panel = Panel(train, controls_for(train, sliders, live=live), live=live)
    again = _replace_the_cells_earlier_panels(panel)
    on_interrupt(worker.stop)
    if frontend.has_person():
        run = panel.request()
        try:
            run.finished.wait(0 if again else PATIENCE)
        except KeyboardInterrupt:
            panel.stop()
            raise
    else:
        panel.run()
    _show_when_the_cell_ends(panel)
    return panel


def _replace_the_cells_earlier_panels(panel):
    """Close what the same cell has made; tell whether that was just now."""
    cell, execution = frontend.cell_identity()
    if execution is None:
        return False  # a script: nothing is run twice
    if cell is None:  # called by a widget's message: go by the names
        cell = (getattr(panel.train, "__qualname__", ""), *panel.controls)
    now = time.monotonic()
    last, made_at, panels = _panels.get(cell, (execution, -PATIENCE, []))
    again = last != execution and now - made_at < 2 * PATIENCE
    if last != execution:
        del _panels[cell]
        _close(panels, panel)
        panels = []
    _panels[cell] = execution, now, [*panels, panel]
    for old in list(_panels)[:-MANY]:
        _close(_panels.pop(old)[2], panel)
    return again


def _close(panels, new):
    """Close panels, but no slider that another one has, too."""
    others = [new, *(p for each in _panels.values() for p in each[2])]
    kept = [
        member
        for other in others
        for control in other.controls.values()
        for member in family(control)
    ]
    for old in panels:
        old.close(but=kept)


def _show_when_the_cell_ends(panel):
    running = frontend.kernel()
    if running is None:
        return
    _to_show.append(panel)
    events = running.shell.events
    if _show_panels not in events.callbacks["post_execute"]:
        events.register("post_execute", _show_panels)


def _show_panels():
    """Show the panels of this cell that nothing else shows."""
    while _to_show:
        panel = _to_show.pop(0)
        if not (panel.displayed or panel.closed or _has_parent(panel)):
            display(panel)


def _has_parent(panel):
    module = widgets.widgets.widget
    everything = getattr(module, "_instances", None)  # of ipywidgets 8
    if everything is None:
        everything = widgets.Widget.widgets
    return any(
        panel in getattr(each, "children", ())
        for each in list(everything.values())
    )
