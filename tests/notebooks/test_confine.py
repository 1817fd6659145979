"""Lessons run as on a small machine without a network, and that is so."""

import subprocess
import sys

import nbformat
import pytest
from confine import PACKAGE, confined, wrapper
from nbval_run import nbval

CALL = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
RUN = "import subprocess, sys; subprocess.check_call([sys.executable, '-c', "
TRIES = (
    CALL,
    "import urllib.request as r; r.urlopen('http://example.org')",
    f"{RUN}{CALL!r}], stderr=-3)",
    "import socket as s; s.socket().connect(('192.0.2.1', 80))",
    "import socket as s; s.socket(type=2).sendto(b'', ('192.0.2.1', 9))",
    "import socket as s; s.socket(type=2).sendmsg([], (), 0, ('1.2.3.4', 9))",
    "import socket as s; s.socket().bind(('0.0.0.0', 0))",
    "import socket as s; s.gethostbyname('example.org')",
)


def test_a_lesson_that_talks_to_another_machine_fails(tmp_path):
    cells = [
        nbformat.v4.new_code_cell(
            f"try:\n    {tried}\nexcept Exception:\n    pass",
            execution_count=1,
        )
        for tried in TRIES
    ]
    path = tmp_path / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    status, text = nbval(path, "--rootdir", tmp_path)
    assert status != 0
    assert f"{len(TRIES)} passed" in text  # they have swallowed the error
    assert text.count("socket.getaddrinfo '192.0.2.1'") == 2
    assert text.count("socket.getaddrinfo 'example.org'") == 1
    for asked in ("connect ('192", "sendto ('192", "sendmsg ('1.2",
                  "bind ('0.0", "gethostbyname 'example"):  # fmt: skip
        assert text.count(f"socket.{asked}") == 1, asked


PROBE = f"""
import os, resource, socket, sys
from pathlib import Path

disk = os.statvfs("/dev/shm")
assert disk.f_blocks * disk.f_frsize == 64 * 2**20
with socket.socket() as server, socket.socket() as client:
    server.bind(("127.0.0.1", 0))
    server.listen()
    client.connect(server.getsockname())  # a kernel needs this
for act, reason in (
    (lambda: Path({str(PACKAGE)!r}, "new.py").touch(), "Read-only"),
    (lambda: socket.create_connection(("192.0.2.1", 80), 3), "unreachable"),
):
    try:
        act()
    except OSError as error:
        assert reason in str(error), error
    else:
        sys.exit("nothing was refused")
assert resource.getrlimit(resource.RLIMIT_DATA) == (2**30, 2**30)
try:
    bytearray(2**30)
except MemoryError:
    sys.exit(0)
sys.exit("a gigabyte was had")
"""


@pytest.mark.skipif(
    not wrapper(), reason="namespaces need Linux, and root or a permission"
)
def test_a_confined_process_is_confined():
    command = confined([sys.executable, "-c", PROBE])
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (PACKAGE / "new.py").exists()
