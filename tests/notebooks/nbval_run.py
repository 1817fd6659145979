"""Running a notebook under nbval, and what that costs."""

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


def check_notebook(path):
    """Fail unless a new run of `path` gives its saved outputs, in time."""
    before = cpu_seconds()
    status, text = nbval(path)
    cells = len(code(nbformat.read(path, as_version=4)))
    assert status == 0, text[-4000:]
    assert f"{cells} passed" in text
    assert cpu_seconds() - before < SECONDS
