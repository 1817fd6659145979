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
        name, _, lesson = name.partition("[")
        file = ROOT / path
        if name:
            assert f"def {name}(" in file.read_text(encoding="utf-8")
        else:
            assert file.is_file() or list(file.glob("test_*.py"))
        if lesson:
            assert (ROOT / "notebooks" / f"{lesson[:-1]}.ipynb").is_file()


def test_every_group_of_tests_is_run_in_some_row():
    used = {kind for row in ROWS.values() for kind in row.get("tests", ())}
    assert used == TABLE["tests"].keys()
