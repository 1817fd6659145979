"""What `make` installs where PyTorch's index answers, and where it does not.

    .venv/bin/python -m pytest tests/launch

`make test` leaves this out: it takes minutes and needs a package index. The
packages are real and so are uv and pip; PyTorch's host is a proxy's. What that
cannot show: that PyTorch's real index has these builds for each Python and
system, how long they take from there, and torchvision's own CPU build, in
whose place is the package index's. Nothing is run on Python 3.12 to 3.14 or
another system; there uv only chooses packages.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from network import Network

ROOT = Path(__file__).parents[2]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
SYSTEMS = ["linux", "aarch64-unknown-linux-gnu", "aarch64-apple-darwin",
           "windows"]  # fmt: skip
BIN = Path(".venv") / ("Scripts" if os.name == "nt" else "bin")
USED = """
import sys, torch, matplotlib.pyplot, sklearn, distributed, course_utils
from importlib import metadata
print(torch.__version__, torch.ones(2).sum())
names = {each.name for each in metadata.distributions()}
print(sorted(name for name in names if name.startswith(("nvidia", "cuda"))))
print(sorted(names & {"d2l", "torchvision", "uv", "pytest"}))
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """A folder with torch for the CPU and torchvision, as pip finds them."""
    folder = tmp_path_factory.mktemp("wheels")
    for name in "torch==2.13.0", "torchvision==0.28.0":
        words = ["download", "--quiet", "--no-deps", "--dest", folder, name]
        subprocess.run([sys.executable, "-m", "pip", *words], check=True)
    if not list(folder.glob("torch-*+cpu-*")):
        pytest.skip("pip finds no torch for the CPU that could be served")
    return folder


@pytest.fixture(scope="module")
def pytorch(wheels, tmp_path_factory):
    """PyTorch's index: torch under the names of all Pythons, torchvision."""
    folder = tmp_path_factory.mktemp("pytorch")
    for wheel in wheels.iterdir():
        name = wheel.name.partition("-")[0]
        index = folder / "whl" / "cpu" / name
        index.mkdir(parents=True)
        for python in PYTHONS:
            tag = f"cp{python.replace('.', '')}"
            other = re.sub(r"cp3\d+-cp3\d+", f"{tag}-{tag}", wheel.name)
            (index / other).hardlink_to(wheel)
    return folder


@pytest.fixture
def clone(tmp_path):
    """Copy what git knows of, and what it would add."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).is_file() and name != ".venv":
            target = tmp_path / "clone" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    return tmp_path / "clone"


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A cache of uv's for these tests: what a proxy served must not stay."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("UV_CACHE_DIR", str(folder))
        # torch 2.13 has no build for an older macOS; uv would suppose 13.
        patch.setenv("MACOSX_DEPLOYMENT_TARGET", "14.0")
        yield


@pytest.fixture
def network(request, tmp_path):
    """A network in which PyTorch's host serves `request.param`."""
    serves = request.param and request.getfixturevalue(request.param)
    (tmp_path / "keys").mkdir()
    with Network(tmp_path / "keys", serves) as network:
        yield network


def make(clone, target, variables):
    """Run make in a clone; return what it said."""
    begin = time.perf_counter()
    done = subprocess.run(
        ["make", "-C", clone, target], env={**os.environ, **variables},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    print(f"make {target}: {time.perf_counter() - begin:.1f} s")
    return done.stdout


def what_works(clone):
    done = subprocess.run(
        [clone / BIN / "python", "-c", USED], cwd=clone, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.splitlines()


NO_PYTORCH = "PyTorch's index does not give torch"


@pytest.mark.parametrize("network", [None], indirect=True)
def test_closed_pips_settings_lead_to_the_course(network, clone, wheels):
    variables = {**network.variables, "PIP_FIND_LINKS": str(wheels)}
    said = make(clone, "install", variables)
    assert network.refused
    assert said.count(NO_PYTORCH) == 1
    assert "Going on with pip." not in said  # uv did it
    torch, cuda, have = what_works(clone)
    assert torch == "2.13.0+cpu tensor(2.)"
    assert cuda == "[]"
    assert have == "['d2l', 'torchvision', 'uv']"


@pytest.mark.parametrize("network", ["pytorch"], indirect=True)
def test_open_torch_comes_from_pytorchs_index(network, clone):
    nowhere = {"PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}
    variables = {**network.variables, **nowhere}
    said = make(clone, "install", variables)
    assert NO_PYTORCH not in said
    fetched = [path for path in network.served if path.endswith(".whl")]
    assert {path.split("/")[3] for path in fetched} == {"torch", "torchvision"}
    torch, cuda, have = what_works(clone)
    assert torch == "2.13.0+cpu tensor(2.)"
    assert cuda == "[]"
    assert have == "['d2l', 'torchvision', 'uv']"

    assert "Nothing to be done" in make(clone, "install", variables)
    said = make(clone, ".venv/.ready-test", variables)
    replaced = re.findall("^ [-~] .*", said, re.MULTILINE)
    assert replaced == []
    added = re.findall(r"^ \+ ([\w-]+)==", said, re.MULTILINE)
    assert {"pytest", "nbval", "playwright"} < set(added)
    for version in "6.31.0", "7.0.1":
        assert (clone / ".venv/kernels" / version / "ipykernel").is_dir()


def compiled(*words, **variables):
    """Return what uv would install, a line for each package."""
    uv = ROOT / BIN / "uv"
    done = subprocess.run(
        [uv, "pip", "compile", "--quiet", "--all-extras", "--no-header",
         "--no-annotate", *words, "pyproject.toml"],
        cwd=ROOT, env={**os.environ, **variables}, text=True,
        capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("network", ["pytorch"], indirect=True)
def test_by_hand_no_python_gets_cuda(network):
    """`[tool.uv.pip]` in pyproject.toml says so."""
    for python in PYTHONS:
        lines = compiled(
            *("--python-version", python, "--python-platform", "linux"),
            **network.variables,
        )
        assert "torch==2.13.0+cpu" in lines
        assert not [x for x in lines if re.match("nvidia|cuda|triton", x)]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_locked_is_there_without_a_compiler(python, system):
    lines = compiled(
        *("--no-config", "--only-binary", ":all:"),
        *("--python-version", python, "--python-platform", system),
        *("--constraint", "requirements.lock"),
    )
    assert "torch==2.13.0" in lines
