"""What the check cells of the lessons say to right and to wrong answers.

Each lesson has a table, `answers_NN.py` beside this file:

    LESSON = "01_weight_decay_from_scratch"
    BEFORE = ("imports", "data")   # cells that run first, in this order
    ANSWERS = {                    # check cell -> answers of learners
        "turn-penalty-check": {
            "right": ["def l2_penalty(w): ...", ...],           # 3 or more
            "wrong": [("def l2_penalty(w): ...", "half"), ...], # 4 or more
        },
    }

A wrong answer stands beside a piece of what the check must say; "|" parts
alternatives. Cells that a check needs besides `BEFORE` (a turn's own answer,
say) may be listed under "before".
"""

import importlib.util
from pathlib import Path

import pytest
import torch
from cells import feedback, load, sources

TABLES = {}
for path in sorted(Path(__file__).parent.glob("answers_*.py")):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    TABLES[module.LESSON] = module

CASES = [
    (lesson, check)
    for lesson, table in TABLES.items()
    for check in table.ANSWERS
]
RIGHT = [
    pytest.param(lesson, check, answer, id=f"{lesson[:3]}-{check}-{k}")
    for lesson, check in CASES
    for k, answer in enumerate(TABLES[lesson].ANSWERS[check]["right"])
]
WRONG = [
    pytest.param(lesson, check, *case, id=f"{lesson[:3]}-{check}-{k}")
    for lesson, check in CASES
    for k, case in enumerate(TABLES[lesson].ANSWERS[check]["wrong"])
]


@pytest.fixture(scope="module")
def learners():
    """Return the namespace of a lesson; each is run only once.

    Some lessons count in float64, which is a setting of the whole process.
    """
    known, usual = {}, torch.get_default_dtype()

    def get(lesson, check):
        table = TABLES[lesson]
        before = (*table.BEFORE, *table.ANSWERS[check].get("before", ()))
        if (lesson, before) not in known:
            torch.set_default_dtype(usual)
            namespace = load(lesson, *before)
            known[lesson, before] = namespace, torch.get_default_dtype()
        namespace, dtype = known[lesson, before]
        torch.set_default_dtype(dtype)
        return namespace

    yield get
    torch.set_default_dtype(usual)


@pytest.mark.parametrize("lesson", TABLES)
def test_every_check_has_right_and_wrong_answers(lesson):
    checks = {name for name in sources(lesson) if name.endswith("-check")}
    assert checks == set(TABLES[lesson].ANSWERS)
    for name, answers in TABLES[lesson].ANSWERS.items():
        assert len(answers["right"]) >= 3, name
        assert len(answers["wrong"]) >= 4, name


@pytest.mark.parametrize(("lesson", "check", "answer"), RIGHT)
def test_check_accepts(learners, lesson, check, answer):
    line = feedback(lesson, check, answer, learners(lesson, check))
    assert line == "✓ correct"


@pytest.mark.parametrize(("lesson", "check", "answer", "said"), WRONG)
def test_check_refuses(learners, lesson, check, answer, said):
    line = feedback(lesson, check, answer, learners(lesson, check))
    assert line.startswith("✗ ")
    assert any(part in line for part in said.split("|")), line
