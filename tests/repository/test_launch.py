"""Each way to start the course leads to files that are there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from cells import read
from execute import FOLDER, all_notebooks

ROOT = Path(__file__).parents[2]
COURSE = "regularization-course"
COLAB = f"https://colab.research.google.com/github/{{}}/{COURSE}/blob/main/"
BINDER = f"https://mybinder.org/v2/gh/{{}}/{COURSE}/HEAD?urlpath=lab/tree/"
CODESPACES = f"https://codespaces.new/{{}}/{COURSE}?quickstart=1"
OWNED = re.compile(rf"([\w-]+)(?:\.github\.io)?/{COURSE}(?![\w-])")


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def owner():
    return re.search(r"codespaces\.new/([\w-]+)/", text("README.md"))[1]


def owners(folder):
    """Return whose course the addresses name, and how many there are."""
    files = [*folder.rglob("*.md"), *folder.rglob("*.ipynb")]
    ours = [p for p in files if not {".venv", "build"} & {*p.parts}]
    found = [
        name
        for path in ours
        for line in path.read_text(encoding="utf-8").splitlines()
        if "://" in line  # not a folder of that name
        for name in OWNED.findall(line)
    ]
    return set(found), len(found)


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


def copy(folder):
    """Copy the notebooks and pages into a repository of git."""
    git = ["git", "-C", folder]
    subprocess.run(["git", "init", "-q", folder], check=True)
    pages = [path.relative_to(ROOT) for path in all_notebooks()]
    pages += [path.relative_to(ROOT) for path in ROOT.glob("*.md")]
    pages += [path.relative_to(ROOT) for path in ROOT.glob("docs/**/*.md")]
    for page in pages:
        (folder / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / page).write_bytes((ROOT / page).read_bytes())
    subprocess.run([*git, "add", "."], check=True)
    return git


def publish(folder, *name):
    words = [sys.executable, ROOT / "tools" / "publish_name.py", *name]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True)


def test_every_address_names_one_owner():
    assert owners(ROOT)[0] == {owner()}


def test_publish_name_leaves_no_other_owner_and_can_be_repeated(tmp_path):
    git = copy(tmp_path)
    _, count = owners(tmp_path)
    assert count > 3 * len(all_notebooks())
    for name in "ada-1", "Grace":
        assert publish(tmp_path, name).returncode == 0
        assert owners(tmp_path) == ({name}, count)
    remote = f"git@github.com:mary/{COURSE}.git"
    subprocess.run([*git, "remote", "add", "origin", remote], check=True)
    assert publish(tmp_path).returncode == 0  # the account of `origin`
    assert owners(tmp_path) == ({"mary"}, count)
    publish(tmp_path, owner())
    for path in all_notebooks():  # nothing but the name was changed
        same = tmp_path / path.relative_to(ROOT)
        assert same.read_bytes() == path.read_bytes()


def test_publish_name_wants_an_accounts_name(tmp_path):
    copy(tmp_path)
    for name in "a b", "-a", "a/b", "":
        done = publish(tmp_path, name)
        assert done.returncode != 0, name
        assert "OWNER=" in done.stderr
    assert owners(tmp_path)[0] == {owner()}


def test_codespaces_opens_lesson_00_with_the_python_that_make_builds():
    container = json.loads(text(".devcontainer/devcontainer.json"))
    target = container["onCreateCommand"].removeprefix("make ")
    plan = subprocess.run(
        ["make", "--dry-run", "--always-make", target],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert "tools/install.py lab" in plan
    custom = container["customizations"]
    python = custom["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert python == "${workspaceFolder}/.venv/bin/python"
    (opened,) = custom["codespaces"]["openFiles"]
    assert (ROOT / opened).samefile(FOLDER / "00_start_here.ipynb")


def test_ci_has_no_rights_and_uses_only_githubs_own_actions():
    flow = yaml.safe_load(text(".github/workflows/ci.yml"))
    assert flow["permissions"] == {"contents": "read"}
    steps = flow["jobs"]["test"]["steps"]
    used = [step["uses"] for step in steps if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", name) for name in used)


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
