"""What is promised in files other than Python: they must agree."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "course_utils").glob("*.py"))
# pip's name of each package, and conda-forge's: the name of its feedstock, but
# for matplotlib-base, which the feedstock of matplotlib builds without Qt.
CONDA = {
    "cloudpickle": "cloudpickle",
    "ipykernel": "ipykernel",
    "ipywidgets": "ipywidgets",
    "joblib": "joblib",
    "jsonschema": "jsonschema",
    "jupyterlab": "jupyterlab",
    "matplotlib": "matplotlib-base",
    "numpy": "numpy",
    "packaging": "packaging",
    "pandas": "pandas",
    "pillow": "pillow",
    "requests": "requests",
    "scikit-learn": "scikit-learn",
    "scipy": "scipy",
    "threadpoolctl": "threadpoolctl",
    "torch": "pytorch-cpu",
    "torchvision": "torchvision",
    "tqdm": "tqdm",
}
PIN = re.compile(r"([\w-]+)\s*([<>=]+.*)?")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def environment():
    listed = read("environment.yml").partition("\ndependencies:\n")[2]
    lines = re.findall(r"^  - (\w[^\n#]*)", listed, re.M)
    pins = (PIN.fullmatch(line.strip()).groups() for line in lines)
    return {name: (pin or "").replace(" ", "") for name, pin in pins}


def test_binder_reads_the_same_environment():
    assert read("binder/environment.yml") == read("environment.yml")


def test_conda_and_pip_ask_for_the_same_versions():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    conda = environment()
    python = conda.pop("python").removeprefix("=")
    assert python in SpecifierSet(project["requires-python"])
    assert conda.pop("pip") == ""
    lines = [*project["dependencies"], *extras["lab"], *extras["d2l"]]
    pip = dict(PIN.fullmatch(line).groups() for line in lines)
    assert pip.keys() == CONDA.keys()
    # An exact version: "==" for pip; conda's "=" also allows 2.13.0.post1.
    wanted = {CONDA[k]: (v or "").replace("==", "=") for k, v in pip.items()}
    assert conda == wanted


@pytest.mark.parametrize("name", ["Makefile", "binder/postBuild", "README.md"])
def test_d2l_is_installed_without_its_pins(name):
    lines = [x for x in read(name).splitlines() if "d2l==1.0.3" in x]
    assert lines and all("--no-deps" in line for line in lines)


def test_ci_runs_the_command_of_the_readme():
    assert read(".ci/run").rstrip().splitlines()[-1] == "make test"
    assert "\n    make test\n" in read("README.md")


def test_the_readme_names_every_lesson_and_no_other():
    readme = read("README.md")
    linked = set(re.findall(r"\(notebooks/(\d\d_\w+)\.ipynb\)", readme))
    there = {p.stem for p in (ROOT / "notebooks").glob("[0-9]*.ipynb")}
    assert linked == there


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
