"""From a fresh clone to a course that starts, and how much of it is torch."""

import re
import subprocess
import sys
import time

from lab import REPO


def test_from_a_fresh_clone(tmp_path):
    """Needs the network, or pip's settings for an index that is near."""
    clone, alone = tmp_path / "clone", tmp_path / "alone"
    lock = (REPO / "requirements.lock").read_text()
    torch = re.search(r"^torch==[^ ;\n]+", lock, re.MULTILINE)[0]
    steps = {
        "clone": ["git", "clone", "--quiet", REPO, clone],
        "make": ["make", "--silent", "-C", clone, ".venv/.ready"],
        "venv": [sys.executable, "-m", "venv", alone],
        "torch": [alone / "bin/python", "-m", "pip", "install", torch],
    }
    seconds = {}
    for name, command in steps.items():
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds[name] = time.perf_counter() - begin
    ours = seconds["clone"] + seconds["make"]
    other = seconds["venv"] + seconds["torch"]
    print(f"  clone {seconds['clone']:.1f} s, make {seconds['make']:.0f} s;")
    print(f"  torch alone in a new environment {other:.0f} s", end="")
    print(f" (all of the course: {ours / other:.1f} ×)")
