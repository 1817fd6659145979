"""What is promised in files other than Python: they must agree."""

import ast
import functools
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from cells import code, read
from execute import all_notebooks
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
# pip's name of each package, and conda-forge's: the name of its feedstock, but
# for matplotlib-base, which the feedstock of matplotlib builds without Qt.
CONDA = {"matplotlib": "matplotlib-base", "torch": "pytorch-cpu"}
PIN = re.compile(r"([\w-]+)\s*([<>=]+.*)?")
# ipykernel's shell; and a table that is made for those who have pandas
NOT_DECLARED = {"ipython", "pandas"}


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


PROJECT = tomllib.loads(text("pyproject.toml"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
CORE = PROJECT["dependencies"]
LESSONS = [*CORE, *EXTRAS["lab"], *EXTRAS["d2l"]]


def test_binder_reads_the_same_environment():
    assert text("binder/environment.yml") == text("environment.yml")


def test_conda_and_pip_ask_for_the_same_versions():
    listed = yaml.safe_load(text("environment.yml"))["dependencies"]
    pins = (PIN.fullmatch(line).groups() for line in listed)
    conda = {name: (pin or "").replace(" ", "") for name, pin in pins}
    python = conda.pop("python").removeprefix("=")
    assert python in SpecifierSet(PROJECT["requires-python"])
    assert conda.pop("pip") == ""
    pip = dict(PIN.fullmatch(line).groups() for line in LESSONS)
    # An exact version: "==" for pip; conda's "=" also allows 2.13.0.post1.
    wanted = {
        CONDA.get(name, name): (pin or "").replace("==", "=")
        for name, pin in pip.items()
    }
    assert conda == wanted


def imported(source):
    """Return the packages that some code imports, by pip's names."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module)
    roots = {name.partition(".")[0] for name in names}
    roots -= {*sys.stdlib_module_names, "course_utils"}
    return {owners()[root][0].lower() for root in roots - {"google"}}


@functools.cache
def owners():
    """Return which installed packages bring a module."""
    return metadata.packages_distributions()


def names(lines):
    return {Requirement(line).name for line in lines}


def test_what_the_package_imports_is_declared():
    files = sorted((ROOT / "course_utils").rglob("*.py"))
    used = set.union(*(imported(path.read_text("utf-8")) for path in files))
    assert "torch" in used
    assert used - NOT_DECLARED <= names(CORE)


@pytest.mark.parametrize("path", all_notebooks(), ids=lambda path: path.stem)
def test_what_a_lesson_imports_is_installed_with_make_lab(path):
    cells = [cell.source for cell in code(read(path)).values()]
    cells += [
        block
        for cell in read(path).cells
        for block in re.findall(r"```python\n(.*?)```", cell.source, re.S)
    ]
    plain = [re.sub(r"(?m)^( *)[%!].*", r"\1pass", cell) for cell in cells]
    used = set.union(*map(imported, plain))
    assert used <= {*names(LESSONS), "d2l", "dask"}  # dask: distributed's


@pytest.mark.parametrize("name", ["binder/postBuild", "README.md"])
def test_d2l_is_installed_without_its_pins(name):
    lines = [line for line in text(name).splitlines() if "d2l==" in line]
    assert lines
    for line in lines:
        assert re.findall("d2l==([0-9.]+[0-9])", line) == ["1.0.3"]
        assert "--no-deps d2l==1.0.3" in line


def test_ci_runs_the_commands_of_the_readme():
    start = text("README.md").partition("## Start")[2]
    commands = re.findall(r"^    (make \w+)\b", start, re.MULTILINE)
    assert commands == ["make lab", "make test"]
    assert "\nmake lab " in text(".ci/lab")
    assert text(".ci/run").rstrip().splitlines()[-1] == "make test"


def test_the_readme_names_every_lesson_and_no_other():
    linked = set(
        re.findall(r"\(notebooks/(\d\db?_\w+)\.ipynb\)", text("README.md"))
    )
    there = {p.stem for p in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert linked == there


def test_ci_tries_the_oldest_and_the_newest_python_that_are_named():
    flow = yaml.safe_load(text(".github/workflows/ci.yml"))
    rows = flow["jobs"]["test"]["strategy"]["matrix"]["include"]
    tried = {r["python"] for r in rows if r["os"].startswith("ubuntu")}
    named = re.findall(
        r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"])
    )
    assert {named[0], named[-1]} <= tried <= set(named)
    assert SpecifierSet(PROJECT["requires-python"]) == f">={named[0]}"
