"""What a function uses is found, and an edit of it is noticed."""

import functools
import types

import pytest
import torch

from course_utils.runs.learners_code import fingerprint, used_by


def notebook(*cells):
    """Return the variables of a notebook that has run these cells."""
    known = {"__name__": "__main__", "torch": torch}
    for cell in cells:
        exec(cell, known)
    return known


def test_it_finds_what_the_helpers_and_classes_of_the_notebook_use():
    known = notebook(
        "a, b, c, d = [torch.zeros(1) for _ in range(4)]",
        "def helper():\n    return [b for _ in range(2)]",
        "class Net:\n    def go(self):\n        return c",
        "def train():\n    return a, helper(), Net().go()",
    )
    found = used_by(known["train"])
    assert {"a", "b", "c", "helper", "Net"} <= found.keys()
    assert "d" not in found


TRAIN = """
def helper(w, rate=0.1):
    return w * rate

class Net:
    def go(self):
        return SCALE

SCALE = 2.0

def train(lambd=3):
    return helper(lambd) + Net().go()
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("helper(lambd) +", "helper(lambd) -"),
        ("w * rate", "w / rate"),
        ("rate=0.1", "rate=0.2"),
        ("lambd=3", "lambd=4"),
        ("return SCALE", "return 2 * SCALE"),
        ("SCALE = 2.0", "SCALE = 3.0"),
        ("SCALE = 2.0", "SCALE = 2"),
        ("SCALE = 2.0", "SCALE = '2.0'"),
        ("helper(lambd)", "abs(lambd)"),
    ],
)
def test_edited_code_has_another_fingerprint(old, new):
    before = fingerprint(notebook(TRAIN)["train"])
    assert fingerprint(notebook(TRAIN)["train"]) == before
    edited = TRAIN.replace(old, new)
    assert edited != TRAIN
    assert fingerprint(notebook(edited)["train"]) != before


INSIDE = """
def train(lambd=1):
    try:
        y = g(lambd)
        z = h(y)
    except ValueError:
        z = 0
    return z
"""
OUTSIDE = """
def train(lambd=1):
    try:
        y = g(lambd)
    except ValueError:
        z = 0
    else:
        z = h(y)
    return z
"""


def test_a_line_moved_out_of_a_try_is_an_edit():
    inside, outside = (notebook(c)["train"] for c in (INSIDE, OUTSIDE))
    assert fingerprint(inside) != fingerprint(outside)


def test_comments_blank_lines_and_other_cells_have_no_fingerprint():
    before = fingerprint(notebook(TRAIN)["train"])
    same = (
        "# so\n\n" + TRAIN.replace("SCALE\n", "SCALE  # why\n") + "other = 1"
    )
    assert fingerprint(notebook(same)["train"]) == before


def test_what_a_run_counts_is_no_edit():
    known = notebook(
        "n, log, nan = 0, [], float('nan')",
        "def count():\n    global n\n    n += 1",
        "def train(k=1):\n    count()\n    log.append(nan)\n    return n",
    )
    before = fingerprint(known["train"])
    known["train"]()
    assert known["n"] == 1
    assert fingerprint(known["train"]) == before
    known["nan"] = 1.0
    assert fingerprint(known["train"]) != before


@pytest.mark.parametrize(
    "callable_", [functools.partial(max, 3), max, types.SimpleNamespace]
)
def test_any_callable_has_a_fingerprint(callable_):
    assert fingerprint(callable_) == fingerprint(callable_)
