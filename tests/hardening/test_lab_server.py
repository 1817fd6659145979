"""`make lab` starts a server that is for this machine and this person only."""

import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from execute import ROOT

ADDRESS = r"(http://127\S+?/)\S*token=(\w+)"
LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def recipe(target):
    """Return the words of what `make` would run for a target."""
    done = subprocess.run(
        ["make", "-n", target, "LAB_FLAGS=--no-browser"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = done.stdout.replace("\\\n", " ").splitlines()
    return shlex.split(next(line for line in lines if "jupyter lab" in line))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Return the process, its address, and its token.

    The server says its address a moment before it listens there.
    """
    home = tmp_path_factory.mktemp("home")
    program, *words = recipe("lab")
    assert program.endswith("bin/jupyter")
    env = {"HOME": str(home), "PATH": str(Path(sys.executable).parent)}
    with open(home / "log", "w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter", *words],
            cwd=ROOT, env=env, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            for _ in range(600):
                said = (home / "log").read_text()
                match = re.search(ADDRESS, said)
                if match and answers(("127.0.0.1", urlsplit(match[1]).port)):
                    break
                assert process.poll() is None, said
                time.sleep(0.1)
            yield process, *match.groups()
        finally:
            process.terminate()
            process.wait()


def ask(url, *, data=None, **headers):
    """Return the status and the text of an answer."""
    request = urllib.request.Request(url, data=data, headers=headers)
    try:
        with LOCAL.open(request, timeout=30) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def answers(address):
    with socket.socket() as client:
        client.settimeout(5)
        return client.connect_ex(address) == 0


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux has 127.0.0.2 from the start"
)
def test_it_listens_on_this_machine_only(server):
    """A server for all addresses would listen on this one of Linux, too."""
    port = urlsplit(server[1]).port
    assert answers(("127.0.0.1", port))
    assert not answers(("127.0.0.2", port))
    with socket.create_server(("", 0)) as open_to_all:
        assert answers(("127.0.0.2", open_to_all.getsockname()[1]))


def test_it_wants_its_token(server):
    _, address, token = server
    assert len(token) >= 32
    assert ask(f"{address}api/contents")[0] == 403
    assert ask(f"{address}api/contents?token={'0' * len(token)}")[0] == 403
    assert ask(f"{address}api/contents?token={token}")[0] == 200


def test_it_refuses_what_another_site_sends_with_the_learners_cookie(server):
    _, address, token = server
    jar = urllib.request.HTTPCookieProcessor()
    LOCAL.add_handler(jar)  # logged in, as the browser is
    assert ask(f"{address}lab?token={token}")[0] == 200
    assert ask(f"{address}api/contents")[0] == 200
    status, text = ask(f"{address}api/sessions", data=b"{}")
    assert (status, "_xsrf" in text) == (403, True)
    (xsrf,) = (c.value for c in jar.cookiejar if c.name == "_xsrf")
    headers = {"X-XSRFToken": xsrf}
    status, text = ask(f"{address}api/sessions", data=b"{}", **headers)
    assert status == 400  # it is read now, and says nothing
