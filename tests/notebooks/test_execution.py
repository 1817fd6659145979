"""Every notebook runs, and shows what its saved outputs show."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
from cells import code
from execute import ROOT

# A lesson may take 60 s on 2 idle cores. Time of the CPU says nearly the same
# on a busy machine, where the clock does not.
SECONDS = 100


def nbval(path, *options):
    """Run nbval on a notebook; return (exit status, text)."""
    settings = Path(__file__).with_name("sanitize.cfg")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider"),
            *("--nbval", "--nbval-current-env", "--nbval-cell-timeout=120"),
            *(f"--nbval-sanitize-with={settings}", "--color=no", "-q"),
            *(*options, path),
        ],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def cpu_seconds():
    """Return what children have used: other work on the machine is not it."""
    return sum(os.times()[2:4])


def test_the_saved_outputs_are_those_of_a_new_run(path):
    before = cpu_seconds()
    status, text = nbval(path)
    cells = len(code(nbformat.read(path, as_version=4)))
    assert status == 0, text[-4000:]
    assert f"{cells} passed" in text
    assert cpu_seconds() - before < SECONDS


RIGHT = [("print(1 + 1)", "2\n"), ("print(1.5e-07)", "1.4e-07\n")]
WRONG = [("print(1 + 1)", "3\n"), ("print(1.5e-3)", "0.0014\n"), ("1/0", "")]


def test_nbval_tells_right_from_wrong(tmp_path):
    cells = [
        nbformat.v4.new_code_cell(
            source,
            execution_count=1,
            outputs=[nbformat.v4.new_output("stream", text=text)],
        )
        for source, text in [*RIGHT, *WRONG]
    ]
    path = tmp_path / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    status, text = nbval(path, "--rootdir", tmp_path)
    assert status == 1
    assert f"{len(WRONG)} failed, {len(RIGHT)} passed" in text
