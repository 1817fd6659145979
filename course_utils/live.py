"""`retrain`: put a learner's own function under sliders."""

from collections.abc import Callable

from . import frontend
from .controls import family
from .panel import Panel, worker
from .run import current_run
from .sliders import controls_for

__all__ = ["retrain"]

# A cell shows its panel when the first run has ended, or after so many
# seconds: a picture from the start, and no long wait.
PATIENCE = 3.0
_panels = {}  # cell -> (execution count, the panels that it made)


def retrain(train: Callable, /, **sliders) -> Panel:
    """Put `train` under sliders that retrain it whenever they move.

    Write it as the last expression of a cell. Each run starts from the same
    seed, so that a slider is the only difference between two curves; earlier
    runs stay as paler curves. The newest request wins: a run that has been
    overtaken stops at its next batch or `Animator.add`.

    A cell may run while a training lasts. If both draw random numbers they
    share torch's generator, and neither has the same numbers twice: wait for
    the training first (``panel.wait()``).

    Parameters
    ----------
    train : callable, the learner's own function. Its Animators,
        what it draws with matplotlib.pyplot, and a Figure that it returns
        are shown; so is a number, a string or a dict of numbers.
    **sliders : for each argument of `train` that a slider drives, a range
        ``(min, max)`` or ``(min, max, step)``, a list or dict of choices,
        True or False, or a widget. `train`'s default is the initial value.

    Returns
    -------
    Panel

    Raises
    ------
    TypeError, ValueError
        If `train` cannot be called so, or a range is not one.
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
    live = not frontend.callbacks_must_train()
    panel = Panel(train, controls_for(train, sliders, live=live), live=live)
    _replace_the_cells_earlier_panels(panel)
    frontend.on_interrupt(worker.stop)
    if live and frontend.has_person():
        try:
            panel.request().finished.wait(PATIENCE)
        except KeyboardInterrupt:
            panel.stop()
            raise
    else:
        panel.run()
    return panel


def _replace_the_cells_earlier_panels(panel):
    cell, execution = frontend.cell_identity()
    if execution is None:
        return  # a script: nothing is run twice
    if cell is None:  # not from a cell's text: go by the names
        cell = (getattr(panel.train, "__qualname__", ""), *panel.controls)
    last, panels = _panels.get(cell, (execution, []))
    if last != execution:
        _panels[cell] = (execution, [])
        shared = [c for _, each in _panels.values() for p in each
                  for c in p.controls.values()]  # fmt: skip
        for old in panels:
            kept = [*shared, *panel.controls.values()]
            old.close(but=[m for widget in kept for m in family(widget)])
    _panels.setdefault(cell, (execution, []))[1].append(panel)
