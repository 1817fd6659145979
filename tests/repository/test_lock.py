"""requirements.lock: the exact versions that `make` installs."""

import shutil
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROGRAMS = str(Path(sys.executable).parent)
TEXT = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = [Requirement(line) for line in TEXT.splitlines() if line[0] != "#"]


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def wanted():
    project_ = project()
    extras = project_["optional-dependencies"].values()
    lines = [*project_["dependencies"], *(line for e in extras for line in e)]
    return [pytest.param(Requirement(line), id=line) for line in lines]


@pytest.mark.parametrize("wish", wanted())
def test_it_holds_what_the_project_asks_for(wish):
    name = canonicalize_name(wish.name)
    found = [each for each in LOCKED if each.name == name]
    assert found, f"{wish} is not in requirements.lock: make lock"
    for each in found:  # several, if Pythons differ in what they can have
        (pin,) = each.specifier
        assert pin.operator == "=="
        assert wish.specifier.contains(pin.version)


def test_it_is_for_every_system_and_needs_no_graphics_card():
    assert all(each.url is None for each in LOCKED)
    assert "--hash" not in TEXT and "://" not in TEXT
    assert not [e for e in LOCKED if e.name.startswith(("nvidia", "cuda"))]
    for system in ("linux", "darwin", "win32"):
        there = {"sys_platform": system, "python_version": "3.12"}
        there["python_full_version"] = "3.12.0"
        names = {
            each.name
            for each in LOCKED
            if each.marker is None or each.marker.evaluate(there)
        }
        assert {"torch", "jupyterlab", "ipykernel", "numpy"} <= names


@pytest.mark.skipif(
    not (Path(sys.prefix) / ".ready-test").exists(),
    reason="this environment was not built by make",
)
def test_this_environment_has_these_versions():
    here = [e for e in LOCKED if not e.marker or e.marker.evaluate()]
    assert len(here) > 100
    other = []
    for each in here:
        if each.name == "uv" and not shutil.which("uv", path=PROGRAMS):
            continue  # INSTALLER=pip
        version = metadata.version(each.name).split("+")[0]
        if not each.specifier.contains(version):
            other.append(f"{each}, but {version} is installed")
    assert not other
