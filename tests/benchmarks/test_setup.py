"""From a fresh clone to a course that starts, and how much of it is torch."""

import os
import re
import subprocess
import sys
import time

from lab import REPO


def seconds(command, **variables):
    """Return how long a command takes."""
    begin = time.perf_counter()
    subprocess.run(
        [*map(str, command)], check=True, env={**os.environ, **variables},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - begin


def test_from_a_fresh_clone(tmp_path):
    """Needs the network, or pip's settings for an index that is near."""
    cache = {"UV_CACHE_DIR": str(tmp_path / "cache")}
    for state in "empty", "warm":
        clone = tmp_path / state
        begin = time.perf_counter()
        seconds(["git", "clone", "--quiet", REPO, clone])
        make = ["make", "-C", clone, "LAB_FLAGS=--version"]
        seconds([*make, "lab"], **cache)
        print(f"  make lab, {state} cache:", end="")
        print(f" {time.perf_counter() - begin:.1f} s")
    again = seconds(["make", "-C", clone, "install"], **cache)
    print(f"  make install, a second time: {again:.2f} s")
    test = seconds(["make", "-C", clone, ".venv/.ready-test"], **cache)
    print(f"  what make test adds: {test:.1f} s")


def test_torch_alone(tmp_path):
    """In a new environment, by pip and by uv with an empty cache."""
    lock = (REPO / "requirements.lock").read_text()
    torch = re.search(r"^torch==[^ ;\n]+", lock, re.MULTILINE)[0]
    python = tmp_path / "bin" / "python"
    begin = time.perf_counter()
    seconds([sys.executable, "-m", "venv", tmp_path])
    seconds([python, "-m", "pip", "install", torch])
    print(f"  {torch} by pip: {time.perf_counter() - begin:.1f} s")
