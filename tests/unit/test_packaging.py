"""The package as a whole: its modules, and what they import."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "course_utils").glob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_is_small_and_says_what_it_offers(module):
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    assert text.count("\n__all__ = [") == 1


def test_every_module_has_a_test_file_of_its_name():
    tests = {path.stem for path in Path(__file__).parent.glob("test_*.py")}
    missing = [
        m.stem for m in MODULES if f"test_{m.stem}" not in tests
        and m.stem not in ("__init__", "screen")
    ]  # fmt: skip
    assert missing == []


def test_the_package_imports_neither_d2l_nor_what_only_d2l_needs():
    code = (
        "import sys, course_utils\n"
        "roots = {name.split('.')[0] for name in sys.modules}\n"
        "print(roots & {'d2l', 'torchvision', 'pandas', 'sklearn'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert done.stdout.strip() == "set()"


def test_no_two_modules_import_each_other():
    graph = {
        m.stem: set(re.findall(
            r"^from (?:\.|course_utils\.)(\w+) import", m.read_text(), re.M
        ))
        for m in MODULES if m.stem != "__init__"
    }  # fmt: skip

    def reach(name, seen):
        for other in graph[name] - seen:
            seen |= {other}
            reach(other, seen)
        return seen

    assert [name for name in graph if name in reach(name, set())] == []
