"""Running a notebook under nbval, and what that costs."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from cells import code
from execute import ROOT

# A lesson may take 60 s on 2 idle cores. Time of the CPU says nearly the same
# on a busy machine, where the clock does not.
SECONDS = 100
GUARD = Path(__file__).with_name("guard")


def nbval(path, *options, wrap=list):
    """Run nbval on a notebook; return (exit status, text).

    A connection to another machine is refused, and is a failure. `wrap` makes
    another command of this one, such as `confined`.
    """
    settings = Path(__file__).with_name("sanitize.cfg")
    command = [
        *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider"),
        *("-p", "nbval.plugin", "-p", "close_numbers"),
        *("--nbval", "--nbval-current-env"),
        *("--nbval-cell-timeout=300", "--color=no", "-q"),
        *(f"--nbval-sanitize-with={settings}", *options, path),
    ]
    env = {k: v for k, v in os.environ.items() if k != "PYTEST_ADDOPTS"}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # saves a second a notebook
    # pytest's processes share the cores: a second thread would only wait.
    env["OMP_NUM_THREADS"] = "1"
    before = env.get("PYTHONPATH", "").split(os.pathsep)
    folders = [str(GUARD), str(GUARD.parent), *before]
    env["PYTHONPATH"] = os.pathsep.join(filter(None, folders))
    with tempfile.NamedTemporaryFile("r") as log:
        env["COURSE_NETWORK_LOG"] = log.name
        done = subprocess.run(
            wrap(command), cwd=ROOT, env=env, capture_output=True, text=True
        )
        connections = log.read()
    status = done.returncode or bool(connections)
    return status, done.stdout + done.stderr + connections


def cpu_seconds():
    """Return what children have used: other work on the machine is not it."""
    return sum(os.times()[2:4])


def check_notebook(path, **options):
    """Fail unless a new run of `path` gives its saved outputs, in time."""
    before = cpu_seconds()
    status, text = nbval(path, **options)
    cells = len(code(nbformat.read(path, as_version=4)))
    assert status == 0, text[-4000:]
    assert f"{cells} passed" in text
    assert cpu_seconds() - before < SECONDS
