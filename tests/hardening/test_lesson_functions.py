"""What a slider drives refuses bad values before it does anything else.

Each lesson's functions are defined here as the lesson does, without what its
cells compute: a stand-in is in the place of the data. Nothing is trained.
"""

import ast
import builtins
import functools
import inspect
import math
import operator
import re
from unittest.mock import MagicMock

import pytest
import torch
from bad import BAD, state
from cells import python, read
from execute import FOLDER, all_notebooks

from course_utils import load_array
from course_utils.runs.run import Run

LESSONS = [path for path in all_notebooks() if path.parent == FOLDER]
OUT_OF_RANGE = {
    "p": 1.5, "lambd": -1, "weight_decay": -1, "noise": -0.1, "lr": 0,
    "label_noise": 1.1, "num_epochs": 0, "batch_size": 0, "seed": -1,
    "n": 0, "n_train": 0, "num_examples": 0, "b": math.nan,
}  # fmt: skip
ALSO = {  # the lessons' other names of these eight kinds
    "sigma2": "lambd", "input_noise": "noise", "draw": "seed", "width": "n",
    "step": "n",
}  # fmt: skip
SLOW = ("sklearn", "d2l")  # to import; a reference is not driven by a slider
NAME = operator.attrgetter("arg")
UNCHECKED = {
    # The book's programs as they are printed there, unchanged.
    ("09_coming_from_d2l", "train"),
    ("09_coming_from_d2l", "fit"),
}


def kind(argument):
    """Return which of the eight an argument is (p1 is a p), or None."""
    name = ALSO.get(argument, argument.rstrip("0123456789"))
    return name if name in OUT_OF_RANGE else None


@functools.cache
def tree_of(lesson):
    cells = python(read(lesson)).values()
    return ast.parse("\n".join(cell.source for cell in cells))


def panels(tree):
    """Return the calls of retrain and of sweep."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in ("retrain", "sweep")
    ]


def driven(lesson):
    """Yield (function, argument) for all of the eight kinds that it takes."""
    tree = tree_of(lesson)
    defined = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    for name in sorted({panel.args[0].id for panel in panels(tree)}):
        stub = "NotImplementedError" in ast.unparse(defined[name].body[-1])
        if stub or (lesson.stem, name) in UNCHECKED:
            continue
        for argument in filter(kind, map(NAME, defined[name].args.args)):
            yield name, argument


def is_a_definition(node):
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return not any(name in ast.unparse(node) for name in SLOW)
    if isinstance(node, ast.ClassDef):  # a class of the book needs the book
        return not any("d2l" in ast.unparse(base) for base in node.bases)
    return isinstance(node, ast.FunctionDef)


def define(lesson):
    """Return a namespace with the functions and constants of a lesson."""
    tree = tree_of(lesson)
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    data = dict.fromkeys(names - set(dir(builtins)), MagicMock())
    namespace = {"__name__": lesson.stem, **data}
    body = [node for node in tree.body if is_a_definition(node)]
    exec(compile(ast.Module(body, []), lesson.name, "exec"), namespace)
    return namespace


class Nobody:
    """Looks at no run; every run is stopped at its first batch or picture."""

    def changed(self, run):
        run.stopping = True


def refusals(function, argument):
    """Yield each bad value and what is said to it, "" if it was taken."""
    parameters = inspect.signature(function).parameters.values()
    wanted = {p.name: 0 for p in parameters if p.default is p.empty}
    for value in [OUT_OF_RANGE[kind(argument)], *BAD]:
        call = functools.partial(function, **wanted | {argument: value})
        run = Run(call, {argument: value}, 0, Nobody())
        run.execute()
        refused = isinstance(run.error, (TypeError, ValueError))
        yield value, str(run.error) if refused else ""


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_panels_function_refuses_bad_values_at_once(lesson):
    functions, taken = list(driven(lesson)), []
    namespace = define(lesson) if functions else {}
    before = state()
    for name, argument in functions:
        for value, message in refusals(namespace[name], argument):
            said = rf"^\w+ must be .*, got {re.escape(repr(value))}$"
            if not re.search(said, message):
                taken.append(f"{name}({argument}={value!r}): {message}")
    assert taken == []
    assert state() == before


def test_there_are_such_functions():
    assert len([pair for lesson in LESSONS for pair in driven(lesson)]) > 40


def test_a_function_without_a_check_is_found():
    def unchecked(lambd):
        return list(load_array((torch.ones(3),), 1))

    found = list(refusals(unchecked, "lambd"))
    assert [message for _, message in found] == [""] * 9
