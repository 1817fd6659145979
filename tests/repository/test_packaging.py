"""The package as a whole: its modules, and what they import."""

import ast
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "course_utils"
MODULES = sorted(PACKAGE.rglob("*.py"))
# A room imports only what stands before it.
ROOMS = [
    "language", "frontend", "checks", "feedback", "runs", "plotting", "data",
    "training", "d2l", "panel", "sweeps", "installation",
]  # fmt: skip
# The parts of the chart are tested as the chart is.
PARTS = {
    "axes", "curve_paths", "legend", "pointer_values", "saved_picture",
    "matplotlib_text", "styles", "unicode_text",
}  # fmt: skip
BUILD = """
import sys
from setuptools import build_meta
build_meta.build_wheel(sys.argv[1])
"""


def test_every_module_has_a_test_file_of_its_name():
    missing = []
    for path in MODULES:
        room = path.relative_to(PACKAGE).parent
        test = ROOT / "tests/package" / room / f"test_{path.stem}.py"
        if path.stem not in PARTS | {"__init__"} and not test.exists():
            missing.append(f"{room / path.stem}")
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


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports_of(path, names):
    """Yield the modules among `names` that the module at `path` imports."""
    package = list(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] * bool(node.level)
            base = ".".join(base + [node.module] * bool(node.module))
            for alias in node.names:  # from .room import module, or a name
                inner = f"{base}.{alias.name}"
                yield from {inner if inner in names else base} & names
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & names


def import_graph():
    names = {module_of(path) for path in MODULES}
    return {module_of(path): set(imports_of(path, names)) for path in MODULES}


def test_the_import_graph_sees_every_way_to_import():
    graph = import_graph()
    assert "course_utils.checks" in graph["course_utils.training.metrics"]
    assert "course_utils.training.loops" in graph["course_utils.d2l"]
    assert "course_utils.frontend" in graph["course_utils.panel.retrain"]


def test_no_two_modules_import_each_other():
    graph = import_graph()

    def reach(name, seen):
        for other in graph[name] - seen:
            seen |= {other}
            reach(other, seen)
        return seen

    assert [name for name in graph if name in reach(name, set())] == []


def test_a_room_imports_only_what_stands_before_it():
    graph, wrong = import_graph(), []
    for name, imported in graph.items():
        mine = name.split(".")[1:2]
        for other in imported - {"course_utils"} if mine else ():
            theirs = other.split(".")[1]
            if ROOMS.index(theirs) > ROOMS.index(*mine):
                wrong.append(f"{name} imports {other}")
    assert wrong == []


def test_a_wheel_holds_every_module_and_the_data(tmp_path):
    source = tmp_path / "source"
    data = list((PACKAGE / "fashion_mnist").iterdir())
    here = shutil.ignore_patterns("__pycache__", *(p.name for p in data))
    shutil.copytree(PACKAGE, source / "course_utils", ignore=here)
    for path in data:  # empty: to pack 30 MB would take seconds
        (source / path.relative_to(ROOT)).touch()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path)],
        cwd=source, check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    styles = list(PACKAGE.rglob("*.css"))
    assert len(data) == 5 and len(MODULES) > 5 and len(styles) == 2
    files = [*MODULES, *data, *styles]
    wanted = {str(path.relative_to(ROOT).as_posix()) for path in files}
    assert wanted <= names
