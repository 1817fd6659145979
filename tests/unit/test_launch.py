"""Each way to start the course leads to files that are there."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from cells import read
from execute import FOLDER, all_notebooks
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
COURSE = "regularization-course"
COLAB = f"https://colab.research.google.com/github/{{}}/{COURSE}/blob/main/"
BINDER = f"https://mybinder.org/v2/gh/{{}}/{COURSE}/HEAD?urlpath=lab/tree/"
CODESPACES = f"https://codespaces.new/{{}}/{COURSE}?quickstart=1"


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def owner():
    return re.search(r"codespaces\.new/([\w-]+)/", text("README.md"))[1]


def badges(source, folder):
    """Return the addresses of the badges, whose pictures have to be there."""
    found = re.findall(r"\[!\[[\w ]+\]\((.*?)\)\]\((.*?)\)", source)
    assert all((folder / picture).is_file() for picture, _ in found)
    return [address for _, address in found]


@pytest.mark.parametrize("path", all_notebooks(), ids=lambda path: path.stem)
def test_a_notebooks_badges_open_this_notebook(path):
    file = path.relative_to(ROOT).as_posix()
    wanted = [start.format(owner()) + file for start in (COLAB, BINDER)]
    assert badges(read(path).cells[0].source, path.parent) == wanted


def test_the_readmes_badges_open_lesson_00():
    file = "notebooks/00_start_here.ipynb"
    starts = (BINDER + file, COLAB + file, CODESPACES)
    wanted = [start.format(owner()) for start in starts]
    assert badges(text("README.md"), ROOT) == wanted


def test_a_forks_owner_changes_every_address_with_the_readmes_command(
    tmp_path,
):
    (command,) = re.findall(r"^    (git grep .*)$", text("README.md"), re.M)
    (tmp_path / "notebooks").mkdir()
    lesson = tmp_path / "notebooks/00_start_here.ipynb"
    shutil.copy(FOLDER / lesson.name, lesson)
    shutil.copy(ROOT / "README.md", tmp_path)
    for words in ("git init -q", "git add .", command):
        subprocess.run(words, shell=True, cwd=tmp_path, check=True)
    notebook = read(lesson)
    places = notebook.cells[0].source + notebook.cells[1].source
    places += (tmp_path / "README.md").read_text(encoding="utf-8")
    hosts = "/gh|/github|github.com|codespaces.new"
    owners = re.findall(rf"(?:{hosts})/([\w-]+)/{COURSE}\b", places)
    assert len(owners) == 6
    assert set(owners) == {"your-name"}


def test_codespaces_builds_the_conda_environment_and_opens_lesson_00():
    container = json.loads(text(".devcontainer/devcontainer.json"))
    environment = yaml.safe_load(text("environment.yml"))
    name, command = environment["name"], container["onCreateCommand"]
    assert command.split(" && ") == [
        "conda env create --file environment.yml",
        f"conda run --name {name} --no-capture-output bash binder/postBuild",
    ]
    assert (ROOT / "binder/postBuild").is_file()
    home = f"/opt/conda/envs/{name}/bin"
    assert container["remoteEnv"]["PATH"].startswith(f"{home}:")
    custom = container["customizations"]
    python = custom["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert python == f"{home}/python"
    assert "ms-toolsai.jupyter" in custom["vscode"]["extensions"]
    (opened,) = custom["codespaces"]["openFiles"]
    assert (ROOT / opened).samefile(FOLDER / "00_start_here.ipynb")
    assert container["forwardPorts"] == [8888]
    assert "cuda" not in json.dumps(container).lower()


def test_codespaces_has_a_python_that_the_package_allows():
    pins = yaml.safe_load(text("environment.yml"))["dependencies"]
    (python,) = (pin for pin in pins if str(pin).startswith("python "))
    project = tomllib.loads(text("pyproject.toml"))["project"]
    version = python.removeprefix("python =")
    assert version == "3.11"
    assert version in SpecifierSet(project["requires-python"])


def test_ci_runs_both_commands_on_three_systems():
    flow = yaml.safe_load(text(".github/workflows/ci.yml"))
    job = flow["jobs"]["test"]
    matrix = job["strategy"]["matrix"]["include"]
    systems = {each["os"].split("-")[0] for each in matrix}
    assert systems == {"ubuntu", "macos", "windows"}
    commands = [step.get("run", "") for step in job["steps"]]
    assert "bash .ci/lab" in commands
    assert "\nmake lab " in text(".ci/lab")
    assert "${{ matrix.test }}" in commands
    ends = {
        "bash .ci/run",
        "make test",
        "make test TEST_FLAGS=tests/notebooks",
    }
    assert {each["test"] for each in matrix} == ends
    assert (ROOT / "tests/notebooks").is_dir()
    readme = text("README.md")
    assert "\n    make lab\n" in readme and "\n    make test\n" in readme


def test_ci_has_no_rights_and_reads_its_cache_from_pyproject():
    flow = yaml.safe_load(text(".github/workflows/ci.yml"))
    assert flow["permissions"] == {"contents": "read"}
    assert flow["concurrency"]["cancel-in-progress"]
    steps = flow["jobs"]["test"]["steps"]
    used = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", name) for name in used)
    (setup,) = (step for step in steps if "cache" in step.get("with", {}))
    assert setup["with"]["cache-dependency-path"] == "pyproject.toml"


@pytest.mark.parametrize(
    ("system", "folder"), [("Windows_NT", "Scripts"), ("", "bin")]
)
def test_make_knows_where_windows_puts_programs(system, folder):
    words = ["make", "--dry-run", f"OS={system}", "lab"]
    done = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, check=True
    )
    lab = f".venv/{folder}/jupyter lab"
    assert lab in done.stdout
