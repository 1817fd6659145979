"""Runs of a notebook are stored, found again, and fail with a name."""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from web_book import stored_runs

FIRST = """
import torch
from course_utils import Animator, retrain

def train(lambd=2.0):
    print(f"lambd is {lambd}")
    animator = Animator("step", "w")
    w = torch.rand(1).item()
    for step in range(4):
        w -= 0.1 * lambd * w
        animator.add(step, w)
    return {"w": w}
"""
PANEL = "retrain(train, lambd=(0.0, 4.0, 1.0))"


FIGURE = """
from matplotlib.figure import Figure
from course_utils import retrain, show_figure
def draw(a=1):
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([0, a])
    show_figure(figure, f'a line to {a}')
"""
NOTEBOOKS = {
    "01_plain": (FIRST, PANEL),
    "02_diverges": (
        FIRST.replace("w)\n", "float('nan') if lambd > 3 else w)\n"),
        PANEL,
    ),
    "03_figure": (FIGURE, "retrain(draw, a=(0, 2))"),
    "04_fails": (
        FIRST.replace("w = torch", "1 / (4 - lambd)\n    w = torch"),
        PANEL,
    ),
    "05_cell_fails": ("1 / 0", FIRST, PANEL),
}
# One process for all of these, because each imports torch anew.
RUN = """
import contextlib, io, json, sys
from pathlib import Path
from web_book import stored_runs

folder, names = Path(sys.argv[1]), sys.argv[2:]
stored_runs.NOTEBOOKS = folder / "notebooks"
stored_runs.STORE = folder / "stored-runs"
done = {}
for name in names:
    path = stored_runs.NOTEBOOKS / f"{name}.ipynb"
    stored_runs.folder_of(path).mkdir(parents=True)
    with contextlib.redirect_stderr(io.StringIO()) as told:
        code = stored_runs.main(path)
    done[name] = code, told.getvalue()
(folder / "done.json").write_text(json.dumps(done))
"""


def write(path, *sources):
    cells = [nbformat.v4.new_code_cell(s) for s in sources]
    for k, cell in enumerate(cells):
        cell.id = f"cell-{k}"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with notebooks that a process of their own has run."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "notebooks").mkdir()
    for name, sources in NOTEBOOKS.items():
        write(folder / "notebooks" / f"{name}.ipynb", *sources)
    more = {"PYTHONPATH": str(stored_runs.ROOT), "MPLBACKEND": "agg"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, folder, *NOTEBOOKS],
        env=os.environ | more, capture_output=True, text=True,
    )  # fmt: skip
    assert not done.returncode, done.stderr
    return folder


@pytest.fixture
def path_of(folder, monkeypatch):
    """Return a function that returns a notebook's path."""
    monkeypatch.setattr(stored_runs, "NOTEBOOKS", folder / "notebooks")
    monkeypatch.setattr(stored_runs, "STORE", folder / "stored-runs")
    return lambda name: folder / "notebooks" / f"{name}.ipynb"


@pytest.fixture
def done(folder):
    """Return {name: (exit code, what was told)}."""
    return json.loads((folder / "done.json").read_text())


def test_each_position_is_run_and_kept(path_of, done):
    assert done["01_plain"][0] == 0, done["01_plain"][1]
    (record,) = stored_runs.load(path_of("01_plain"))
    assert record["id"] == "cell-1" and record["crossed"]
    assert sorted(each["at"] for each in record["runs"]) == [
        [0], [1], [2], [3], [4]
    ]  # fmt: skip
    for each in record["runs"]:
        assert each["printed"] == f"lambd is {each['at'][0]}.0"
        assert each["status"].startswith(f"lambd = {each['at'][0]} · step 3")
        assert each["code"] == f"train(lambd={each['at'][0]}.0)  # seed 4117"
        assert " s ·" not in each["status"]
        ((xs, ys),) = each["charts"][0]["curves"]
        ratio = 1 - each["at"][0] / 10
        assert xs == [0, 1, 2, 3]
        assert ys[3] == pytest.approx(ys[0] * ratio**3, rel=1e-5)


def test_other_code_above_makes_them_out_of_date(
    folder, tmp_path, monkeypatch
):
    monkeypatch.setattr(stored_runs, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(stored_runs, "STORE", tmp_path / "stored-runs")
    path = tmp_path / "01_plain.ipynb"
    write(path, FIRST, PANEL)
    assert stored_runs.load(path) is None
    shutil.copytree(folder / "stored-runs", stored_runs.STORE)
    assert stored_runs.load(path)
    write(path, FIRST, PANEL, "print('below')")
    assert stored_runs.load(path)
    write(path, FIRST.replace("0.1", "0.2"), PANEL)
    assert stored_runs.load(path) is None


def test_a_failing_run_names_its_panel_and_settings(done):
    code, told = done["04_fails"]
    assert code == 1
    assert "panel cell-1 fails at {'lambd': 4.0}" in told
    assert "ZeroDivisionError" in told


def test_a_failing_cell_is_named(done):
    code, told = done["05_cell_fails"]
    assert code == 1 and "cell cell-0 fails" in told


def test_a_run_that_diverges_is_kept(path_of, done):
    assert done["02_diverges"][0] == 0, done["02_diverges"][1]
    (record,) = stored_runs.load(path_of("02_diverges"))
    last = next(each for each in record["runs"] if each["at"] == [4])
    assert "nan" in last["status"].lower()
    json.dumps(record, allow_nan=False)


def test_a_figure_is_kept_as_a_picture(path_of, done):
    assert done["03_figure"][0] == 0, done["03_figure"][1]
    (record,) = stored_runs.load(path_of("03_figure"))
    assert len(record["runs"]) == 3
    (picture,) = record["runs"][0]["pictures"]
    assert 300 <= picture["width"] < 400  # and what stands outside
    assert "a line to 0" in picture["alt"]


def test_panels_inside_of_checks_are_no_panels_of_the_page():
    assert stored_runs.PANEL.search("x = 1\nretrain(f, a=(0, 1))")
    assert stored_runs.PANEL.search("panel = retrain(f, a=(0, 1))")
    assert not stored_runs.PANEL.search("def test():\n    retrain(f)")
