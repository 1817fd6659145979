"""The tests that `make matrix` runs in its environments."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = tomllib.loads((ROOT / "tests/launch/rows.toml").read_text())
ROWS = TABLE["rows"]


@pytest.mark.parametrize("kind", TABLE["tests"])
def test_the_tests_of_the_matrix_are_there(kind):
    for test in TABLE["tests"][kind]:
        path, _, name = test.partition("::")
        name, _, value = name.removesuffix("]").partition("[")
        file = ROOT / path
        if name:
            text = file.read_text(encoding="utf-8")
            assert f"def {name}(" in text
        else:
            assert file.is_file() or list(file.glob("test_*.py"))
        if value:  # a lesson, or one that the file names
            lesson = ROOT / "notebooks" / f"{value}.ipynb"
            assert lesson.is_file() or f'"{value}"' in text


def test_every_group_of_tests_is_run_in_some_row():
    used = {kind for row in ROWS.values() for kind in row.get("tests", ())}
    assert used == TABLE["tests"].keys()
