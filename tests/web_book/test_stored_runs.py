"""Runs of a notebook are stored, found again, and fail with a name."""

import json

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


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Return a function that writes a notebook of these cells."""
    monkeypatch.setattr(stored_runs, "NOTEBOOKS", tmp_path / "notebooks")
    (tmp_path / "notebooks").mkdir()

    def write(*sources):
        cells = [nbformat.v4.new_code_cell(s) for s in sources]
        for k, cell in enumerate(cells):
            cell.id = f"cell-{k}"
        path = tmp_path / "notebooks" / "01_made.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs a notebook in a process of its own."""
    import os
    import subprocess
    import sys

    monkeypatch.setattr(stored_runs, "STORE", tmp_path / "stored-runs")
    root = stored_runs.ROOT
    code = (
        "import sys; from pathlib import Path\n"
        "from web_book import stored_runs\n"
        "folder = Path(sys.argv[1])\n"
        "stored_runs.NOTEBOOKS = folder / 'notebooks'\n"
        "stored_runs.STORE = folder / 'stored-runs'\n"
        "path = folder / 'notebooks' / '01_made.ipynb'\n"
        "stored_runs.folder_of(path).mkdir(parents=True, exist_ok=True)\n"
        "sys.exit(stored_runs.main(path))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(root), "MPLBACKEND": "agg"}
    return lambda: subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=environment,
        capture_output=True, text=True,
    )  # fmt: skip


def test_each_position_is_run_and_kept(notebook, run):
    path = notebook(FIRST, PANEL)
    done = run()
    assert not done.returncode, done.stderr
    (record,) = stored_runs.load(path)
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


def test_other_code_above_makes_them_out_of_date(notebook, run):
    path = notebook(FIRST, PANEL)
    assert stored_runs.load(path) is None
    assert not run().returncode
    assert stored_runs.load(path)
    notebook(FIRST, PANEL, "print('below')")
    assert stored_runs.load(path)
    notebook(FIRST.replace("0.1", "0.2"), PANEL)
    assert stored_runs.load(path) is None


def test_a_failing_run_names_its_panel_and_settings(notebook, run):
    notebook(FIRST + "\n    if lambd > 3: raise OSError('no')", PANEL)
    failing = FIRST.replace("w = torch", "1 / (4 - lambd)\n    w = torch")
    notebook(failing, PANEL)
    done = run()
    assert done.returncode == 1
    assert "panel cell-1 fails at {'lambd': 4.0}" in done.stderr
    assert "ZeroDivisionError" in done.stderr


def test_a_failing_cell_is_named(notebook, run):
    notebook("1 / 0", FIRST, PANEL)
    done = run()
    assert done.returncode == 1 and "cell cell-0 fails" in done.stderr


def test_a_run_that_diverges_is_kept(notebook, run):
    path = notebook(
        FIRST.replace("w)\n", "float('nan') if lambd > 3 else w)\n"), PANEL
    )
    done = run()
    assert not done.returncode, done.stderr
    (record,) = stored_runs.load(path)
    last = next(each for each in record["runs"] if each["at"] == [4])
    assert "nan" in last["status"].lower()
    json.dumps(record, allow_nan=False)


def test_a_figure_is_kept_as_a_picture(notebook, run):
    path = notebook(
        "from matplotlib.figure import Figure\n"
        "from course_utils import retrain, show_figure\n"
        "def draw(a=1):\n"
        "    figure = Figure(figsize=(3, 2))\n"
        "    figure.subplots().plot([0, a])\n"
        "    show_figure(figure, f'a line to {a}')\n",
        "retrain(draw, a=(0, 2))",
    )
    done = run()
    assert not done.returncode, done.stderr
    (record,) = stored_runs.load(path)
    assert len(record["runs"]) == 3
    (picture,) = record["runs"][0]["pictures"]
    assert 300 <= picture["width"] < 400  # and what stands outside
    assert "a line to 0" in picture["alt"]


def test_panels_inside_of_checks_are_no_panels_of_the_page():
    assert stored_runs.PANEL.search("x = 1\nretrain(f, a=(0, 1))")
    assert stored_runs.PANEL.search("panel = retrain(f, a=(0, 1))")
    assert not stored_runs.PANEL.search("def test():\n    retrain(f)")
