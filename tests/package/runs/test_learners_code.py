"""What a function uses is found, and an edit of it is noticed."""

import functools
import types

import numpy as np
import pytest
import torch

from course_utils.runs.learners_code import fingerprint, used_by


def notebook(*cells):
    """Return the variables of a notebook that has run these cells."""
    known = {"__name__": "__main__", "torch": torch, "np": np}
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


DEFAULTS = [  # a default, and one of another value
    ("torch.Generator()", "None"),
    ("{1: object()}", "{2: object()}"),
    ("object()", "[]"),
    ("[1, 'a']", "[1, 'b']"),
    ("[1]", "[True]"),
    ("[float('nan')]", "[0.0]"),
    ("[10**5000]", "[10**5000 + 1]"),
    ("(1, (2.0, None))", "(1, [2.0, None])"),
    ("{'lr': 0.1}", "{'lr': 0.2}"),
    ("{'a', 'b', 'c'}", "{'a', 'b'}"),
    ("torch.tensor([1.00001])", "torch.tensor([1.00002])"),
    ("torch.zeros(2)", "torch.zeros(2, dtype=torch.float64)"),
    ("torch.eye(2).to_sparse()", "torch.zeros(2, 2).to_sparse()"),
    ("np.ones(2)", "np.zeros(2)"),
    ("np.float32(1)", "np.float32(2)"),
    ("torch.optim.SGD", "torch.optim.Adam"),
    ("torch.relu", "torch.tanh"),
    ("torch.nn.Dropout(0.3)", "torch.nn.Dropout(0.4)"),
    ("lambda x: x + 1", "lambda x: x + 2"),
]


@pytest.mark.parametrize("form", ["k=1, g={}", "k=1, *, g={}"])
@pytest.mark.parametrize(("default", "other"), DEFAULTS)
def test_defaults_are_compared_by_value(form, default, other):
    train = f"def train({form}):\n    return g"
    defaults = (default, default, other)
    functions = [notebook(train.format(d))["train"] for d in defaults]
    first, again, edited = map(fingerprint, functions)
    assert first == again and edited != first


def test_what_a_run_puts_into_its_defaults_is_no_edit():
    train = notebook(
        "def train(k=1, log=[], w=torch.zeros(2)):\n"
        "    log.append(k)\n    w += 1"
    )["train"]
    before = fingerprint(train)
    train()
    assert fingerprint(train) == before


def test_two_functions_that_change_places_are_an_edit_counting_is_none():
    known = notebook(
        "n = 0",
        "def up(x):\n    return x + 1",
        "def down(x):\n    return x - 1",
        "f, g = up, down",
        "class Count:\n    def go(self):\n        global n\n        n += 1",
        "def train(k=1):\n    Count().go()\n    return f(k) - 2 * g(k)",
    )
    before = fingerprint(known["train"])
    known["train"]()
    assert known["n"] == 1 and fingerprint(known["train"]) == before
    known["f"], known["g"] = known["g"], known["f"]
    assert fingerprint(known["train"]) != before


@pytest.mark.parametrize(
    "callable_", [functools.partial(max, 3), max, types.SimpleNamespace]
)
def test_any_callable_has_a_fingerprint(callable_):
    assert fingerprint(callable_) == fingerprint(callable_)
