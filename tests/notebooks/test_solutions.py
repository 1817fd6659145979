"""Each exercise has a solution, which passes the lesson's own check."""

import re

import pytest
from cells import code, saved
from execute import FOLDER, all_notebooks

LESSONS = [p for p in all_notebooks() if p.parent == FOLDER]
CORES = [p for p in LESSONS if not re.match(r"\d\db", p.stem)]


def cells_of(path):
    return code(saved(path))


def checks(cells):
    """Return the ids of the checks of exercises among `cells`."""
    return {n for n in cells if n.startswith("ex") and n.endswith("-check")}


@pytest.mark.parametrize("lesson", CORES, ids=lambda path: path.stem)
def test_a_core_lesson_has_two_exercises_or_more(lesson):
    assert len(checks(cells_of(lesson))) >= 2


@pytest.fixture(
    params=[p for p in LESSONS if checks(cells_of(p))],
    ids=lambda path: path.stem,
)
def pair(request):
    """Return the code cells of a lesson and of its solutions."""
    name = f"{request.param.stem}_solutions.ipynb"
    paths = request.param, FOLDER / "solutions" / name
    return [cells_of(path) for path in paths]


def shown(cell):
    (output,) = cell.outputs
    return output.data["text/plain"]


def test_each_exercise_has_a_stub_and_a_solution(pair):
    lesson, solutions = pair
    assert checks(solutions) == checks(lesson)
    for name in checks(lesson):
        assert name.replace("-check", "-stub") in lesson
        assert name.replace("-check", "-solution") in solutions


def test_cells_of_the_same_id_are_the_same(pair):
    lesson, solutions = pair
    for name in lesson.keys() & solutions.keys():
        assert lesson[name].source == solutions[name].source, name


def test_the_lesson_says_not_attempted_yet_and_solutions_are_correct(pair):
    lesson, solutions = pair
    for name in checks(solutions):
        assert shown(lesson[name]) == "○ not attempted yet", name
        assert shown(solutions[name]) == "✓ correct", name


def test_a_stub_raises_and_holds_no_solution(pair):
    lesson, _ = pair
    stubs = [name for name in lesson if name.endswith("-stub")]
    for name in stubs:
        assert "raise NotImplementedError" in lesson[name].source, name
