"""The cells of a notebook, for tests that run a learner's code as it stands.

Cells are named by their ids, so that a test survives an inserted cell.
"""

import functools

import nbformat
import pytest
import torch
from execute import FOLDER


def read(path):
    """Return the notebook at `path`, a path or a name below notebooks/."""
    path = FOLDER / path
    return nbformat.read(path.with_suffix(".ipynb"), as_version=4)


# The same, read only once: for tests that change nothing of it
saved = functools.cache(read)


def code(notebook):
    """Return the code cells of `notebook` as {id: cell}."""
    return {c.id: c for c in notebook.cells if c.cell_type == "code"}


def python(notebook):
    """Return the same without Colab's cell, which IPython alone can read."""
    return {name: cell for name, cell in code(notebook).items()
            if name != "colab"}  # fmt: skip


@functools.cache
def sources(path):
    """Return the texts of the code cells as {id: text}; read only once."""
    return {name: cell.source for name, cell in code(saved(path)).items()}


@functools.cache
def _cells(path):
    return {cell.id: cell for cell in saved(path).cells}


def see(path, cell):
    """Return the text of a Markdown cell."""
    return _cells(path)[cell].source


def printed(path, cell):
    """Return what a code cell has printed, as it is saved."""
    return "".join(o.get("text", "") for o in _cells(path)[cell].outputs)


def shown_by(path, cell):
    """Return the words beside a code cell's pictures, as they are saved."""
    return "".join(
        str(output.get("data", {}).get("text/plain", ""))
        for output in _cells(path)[cell].outputs
    )


def load(path, *ids, namespace=None, changes=None):
    """Run the code cells `ids` of a notebook, in this order.

    Parameters
    ----------
    path : as in `read`
    namespace : dict in which they run; a new one by default
    changes : dict, cell id -> (old, new), or a list of such pairs: text to
        replace before it runs; the old text must be there

    Returns
    -------
    dict, the namespace: every name that the cells define
    """
    cells, changes = sources(path), changes or {}
    namespace = {} if namespace is None else namespace
    for name in ids:
        source = cells[name]
        pairs = changes.get(name, [])
        for old, new in [pairs] if isinstance(pairs, tuple) else pairs:
            assert old in source, f"cell {name!r} has no {old!r}"
            source = source.replace(old, new)
        exec(compile(source, f"<cell {name}>", "exec"), namespace)
    return namespace


def first_failure(path, ids, namespace):
    """Return the first of the check cells `ids` that fails, or None."""
    for name in ids:
        try:
            load(path, name, namespace=namespace)
        except (AssertionError, RuntimeError):  # or shapes, or nan
            return name
    return None


def feedback(path, cell, answer, namespace, before=()):
    """Return what an exercise's check cell says to the code `answer`.

    The cells `before` run in between, and `namespace` is not changed.
    """
    namespace = dict(namespace)
    exec(answer, namespace)
    keep = {cell: ("\ncheck(", "\nfeedback = check(")}
    load(path, *before, cell, namespace=namespace, changes=keep)
    return namespace["feedback"]


def refuses(function, match=None, **settings):
    """Fail unless `function` refuses `settings` and draws no number before.

    `match` is a pattern for what it says.
    """
    before = torch.get_rng_state()
    with pytest.raises((TypeError, ValueError), match=match):
        function(**settings)
    assert torch.equal(torch.get_rng_state(), before)
