"""A real JupyterLab on copies of notebooks, for the tests to open."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.metadata import version
from pathlib import Path

import nbformat
import psutil

REPO = Path(__file__).parents[2]
OLD_KERNELS = ["6.31.0", "7.0.1"]
LEARNER = (Path(__file__).parent / "learner.py").read_text()
# Beside a CPU-only torch, torchvision misses two operators.
TORCHVISION = """
import torch
try:
    import torchvision
except RuntimeError:
    boxes = "(Tensor dets, Tensor scores, float iou) -> Tensor"
    torch.library.define("torchvision::nms", boxes)
    torch.library.define("torchvision::qnms", boxes)
"""
# Linux counts in ru_maxrss what the process that started this one has held.
# It is in bytes on macOS, in kilobytes elsewhere.
PEAK = """
def peak():
    import pathlib, re, resource, sys
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        held = re.search(r"VmHWM:\\s+(\\d+)", status.read_text())
        return 1024 * int(held[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024)
"""
# An Animator that draws nothing: the loop alone.
SILENT = """
class Silent:
    def __init__(self, *args, **kwargs):
        pass

    def add(self, x, y):
        pass
"""
BOOK = TORCHVISION + "from d2l import torch as d2l\n"
SETTINGS = {
    "apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
}
if version("jupyterlab").startswith(("4.4.", "4.5.")):
    # Cells outside the window would not be in the page.
    mode = {"windowingMode": "none"}
    SETTINGS["notebook-extension/tracker"] = mode
FAULT = re.compile(r"Traceback|^\[[EC] |Error\b")
# Both happen to whoever closes a tab or ends a kernel in that moment.
GONE = re.compile(
    # The server was writing to a page that a test has closed: Tornado leaves
    # that to asyncio.
    r"^Task exception was never retrieved\n"
    r"future: <Task .*WebSocketProtocol13\.write_message"
    r".*exception=WebSocketClosedError\(\)>\n"
    r"(?:Traceback .*\n(?:  .*\n)+tornado\.iostream\.StreamClosedError: .*\n"
    r"\nDuring handling .*\n\n)?"
    r"Traceback .*\n(?:  .*\n)+tornado\.websocket\.WebSocketClosedError\n"
    # A kernel was answering a request when it was told to end: from version 7
    # on, ipykernel closes the socket of its answers first.
    r"|^\[IPKernelApp\] ERROR \| Exception in message handler:\n"
    r"Traceback .*\n(?:  .*\n)+"
    r"  File .*\bkernelbase\.py\", line \d+, in \w+_request\n"
    r"    .*self\.session\.send\(.*\n(?:  .*\n)+"
    r"zmq\.error\.ZMQError: Socket operation on non-socket\n",
    re.MULTILINE,
)
# JupyterLab, which stops when its stdin ends: also when the tests are killed.
SERVER = """
import os, signal, sys, threading, time
from jupyterlab.labapp import main

def watch():
    data = True
    while data:
        try:
            data = os.read(0, 1)
        except BlockingIOError:  # node, which JupyterLab starts, makes it so
            time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=watch, daemon=True).start()
sys.exit(main())
"""


def old_kernel(version):
    """Return the folder of an older ipykernel, where `make` puts it."""
    return Path(sys.prefix) / "kernels" / version


def kernel_env(version):
    """Return the environment in which `python -m ipykernel` is `version`."""
    path = [str(REPO)]
    if version != "current":
        path.insert(0, str(old_kernel(version)))
    return {"PYTHONPATH": os.pathsep.join(path)}


def faults(log):
    """Return the lines of a server's log that tell of an exception."""
    log = GONE.sub("", log)
    return [line for line in log.splitlines() if FAULT.search(line)]


class Lab:
    """One JupyterLab server; everything it reads and writes is in `home`."""

    def __init__(self, home):
        self.home, self.files = home, home / "files"
        self.files.mkdir()
        for name, value in SETTINGS.items():
            path = home / f"settings/@jupyterlab/{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value))
        for kernel in OLD_KERNELS:
            self._add_kernelspec(kernel)
        self.token = secrets.token_hex(16)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{s.getsockname()[1]}"
        env = {k: v for k, v in os.environ.items() if "JUPYTER" not in k}
        env.pop("COURSE_UTILS_LIVE", None)
        env |= kernel_env("current") | {
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "IPYTHONDIR": str(home / "ipython"),
        }
        with open(home / "server.log", "w") as log:
            self._server = subprocess.Popen(
                [
                    sys.executable, "-c", SERVER, "--no-browser",
                    "--allow-root", "--expose-app-in-browser",
                    "--ip=127.0.0.1", f"--port={self.address.split(':')[-1]}",
                    "--ServerApp.port_retries=0",
                    f"--IdentityProvider.token={self.token}",
                    f"--ServerApp.root_dir={self.files}",
                ],
                stdin=subprocess.PIPE, stdout=log,
                stderr=subprocess.STDOUT, env=env,
                cwd=home, start_new_session=True,
            )  # fmt: skip
        self._process = psutil.Process(self._server.pid)

    def wait(self, timeout=60):
        """Wait until the server answers."""
        end = time.monotonic() + timeout
        while True:
            try:
                return self.api("/api")
            except OSError:
                if self._server.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(
                        "JupyterLab did not start:\n" + self.log()[-2000:]
                    ) from None
                time.sleep(0.1)

    def api(self, path, method="GET"):
        """Call the server's REST interface."""
        request = urllib.request.Request(
            self.address + path,
            method=method,
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.loads(reply.read() or "null")

    def log(self):
        """Return what the server and its kernels have written."""
        return (self.home / "server.log").read_text()

    def add(self, name, cells, kernel="current"):
        """Write a notebook of code cells; return its path in the server.

        `cells` is a dict, cell id -> source.
        """
        notebook = nbformat.v4.new_notebook(
            cells=[
                nbformat.v4.new_code_cell(source, id=cell)
                for cell, source in cells.items()
            ]
        )
        notebook.metadata.kernelspec = {
            "name": "python3" if kernel == "current" else kernel,
            "display_name": kernel,
        }
        nbformat.write(notebook, self.files / name)
        return name

    def copy(self, notebook):
        """Copy a notebook, and the tables that lessons read.

        Return the notebook's path in the server.
        """
        shutil.copy(notebook, self.files)
        tables = notebook.parent / "long_runs"
        if tables.is_dir():
            shutil.copytree(
                tables, self.files / tables.name, dirs_exist_ok=True
            )
        return notebook.name

    def end_kernel(self, path):
        """Shut down the kernel of a notebook."""
        for session in self.api("/api/sessions"):
            if session["path"] == path:
                self.api(f"/api/sessions/{session['id']}", "DELETE")

    def stop(self):
        """Stop the server and all its kernels, whatever state they are in."""
        processes = [self._process, *self._process.children(recursive=True)]
        self._server.stdin.close()
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            self._server.kill()
        _, alive = psutil.wait_procs(processes[1:], timeout=5)
        for process in alive:
            process.kill()
        return alive

    def _add_kernelspec(self, version):
        spec = self.home / "data/kernels" / version / "kernel.json"
        spec.parent.mkdir(parents=True)
        launch = [sys.executable, "-m", "ipykernel_launcher", "-f",
                  "{connection_file}"]  # fmt: skip
        spec.write_text(
            json.dumps(
                {
                    "argv": launch,
                    "env": kernel_env(version),
                    "display_name": version,
                    "language": "python",
                }
            )
        )
