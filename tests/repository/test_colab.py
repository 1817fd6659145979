"""The first cell of every notebook, run as on Google Colab.

What stands for Colab: a module ``google.colab``, a folder for /content, a
repository in a folder for GitHub's, and a ``pip`` that writes down what it is
asked for (nothing is downloaded here, and the course is installed already).
"""

import os
import re
import shutil
import subprocess
from types import SimpleNamespace

import pytest
from cells import code, read
from execute import FOLDER, all_notebooks

PIP = """#!/bin/sh
echo "$@" >> {log}
case $1 in show) test -e {log}.done;; install) touch {log}.done;; esac
"""
COLAB = """
import types
sys.modules["google.colab"] = types.ModuleType("google.colab")
"""
HERE = "import os; print(os.getcwd(), len(os.listdir()))"


def first_cell():
    return code(read("00_start_here"))["colab"].source


@pytest.fixture(scope="module")
def colab(tmp_path_factory, start_kernel):
    """Return a kernel in an empty folder, and the cell for this machine."""
    home = tmp_path_factory.mktemp("colab")
    hub, content, log = home / "regularization-course", home / "content", "log"
    content.mkdir()
    for name in ("images", "long_runs"):
        shutil.copytree(FOLDER / name, hub / "notebooks" / name)
    git = ["git", "-C", hub, "-c", "user.name=me", "-c", "user.email=me@here"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], check=True)
    log = home / "log"
    (home / "pip").write_text(PIP.format(log=log))
    (home / "pip").chmod(0o755)
    path = {"PATH": f"{home}{os.pathsep}{os.environ['PATH']}"}
    with start_kernel(cwd=content, env={**os.environ, **path}) as kernel:
        yield SimpleNamespace(
            content=content,
            asked=lambda: log.read_text().splitlines() if log.exists() else [],
            run=lambda code: kernel.run(code, person=True),
            cell=re.sub('"https://.*"', f'"{hub}"', first_cell()).replace(
                "/content", str(content)
            ),
        )


def text(outputs):
    assert [o for o in outputs if o["kind"] == "error"] == []
    return "".join(o.get("text", "") for o in outputs)


def test_elsewhere_the_cell_does_nothing(colab):
    assert colab.run(colab.cell) == []
    assert text(colab.run(HERE)) == f"{colab.content} 0\n"
    assert colab.asked() == []


def test_on_colab_it_installs_the_course_once_and_finds_its_files(colab):
    text(colab.run(COLAB))
    text(colab.run(colab.cell))
    course = colab.content / "regularization-course"
    (course / "mine").touch()  # another clone would not have it
    text(colab.run(f"os.chdir({str(colab.content)!r})"))  # after a restart
    assert text(colab.run(colab.cell)) == ""
    assert text(colab.run(HERE)).startswith(f"{course / 'notebooks'} ")
    assert (course / "mine").exists()
    show = "show -qq regularization-course"
    assert colab.asked() == [show, "install --no-deps .. d2l==1.0.3", show]


def test_then_a_slider_trains_in_its_callback(colab):
    cells = code(read("00_start_here"))
    for name in ("imports", "measure", "fit-polynomial"):
        assert text(colab.run(cells[name].source)) == ""
    slider = cells["degree-slider"].source
    text(colab.run(f"panel = {slider}\nslider = panel.controls['degree']"))
    show = "slider.value = {}; print(panel.newest.result)"
    errors = [text(colab.run(show.format(degree))) for degree in (2, 9)]
    assert all(x.startswith("{'training RMSE': ") for x in errors)
    assert errors[0] != errors[1]
    assert text(colab.run("print(slider.continuous_update)")) == "False\n"


def test_then_lesson_06_finds_its_data_and_its_table(colab):
    cells = code(read("06_dropout_from_scratch"))
    said = [
        text(colab.run(cells[name].source)) for name in ("imports", "data")
    ]
    assert "training: (1000, 1, 28, 28)" in said[-1]
    rows = text(colab.run("print(len(read_table('when_to_stop.csv')))"))
    assert rows == "200\n"


@pytest.mark.parametrize("path", all_notebooks(), ids=lambda path: path.stem)
def test_every_notebook_begins_with_this_cell_folded(path):
    notebook = read(path)
    cell = notebook.cells[1]
    assert cell.source == first_cell()
    assert len(cell.source.splitlines()) <= 8
    assert cell.outputs == []
    assert cell.metadata == {
        "cellView": "form",  # Colab
        "jupyter": {"source_hidden": True},  # JupyterLab, Notebook
    }
