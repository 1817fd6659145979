"""The course runs where a home, a locale or a disk is not as usual."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from execute import ROOT

from course_utils import Animator, load_array, retrain

SCRIPT = """
import os, pathlib, signal, time, course_utils
assert pathlib.Path(course_utils.__file__).is_relative_to(os.getcwd())
course_utils.load_data_fashion_mnist(256, n_train=100)
assert "✗" not in str(course_utils.check_installation())
board = course_utils.Animator("λ", "‖w‖", ["ünï"])
board.add(1, 2)
board.save("curve.png")
def train(lambd=1):
    course_utils.Animator("λ", "‖w‖").add(lambd, 2)
    return {"‖w‖": lambd}
panel = course_utils.retrain(train, lambd=(0, 3))
assert panel.run(lambd=2) == {"‖w‖": 2}
table = course_utils.sweep(
    lambda lambd, seed: {"loss": lambd}, {"lambd": [1, 2]}, seeds=1,
    n_jobs=2 if "HOME" in os.environ else 1,  # processes in the worse place
)
assert list(table["loss"]) == [1, 2]
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Return a copy of the package, in a folder with an unusual name."""
    folder = tmp_path_factory.mktemp("place") / "Kürs mit Leer zeichen λ"
    shutil.copytree(
        ROOT / "course_utils",
        folder / "course_utils",
        ignore=shutil.ignore_patterns("__pycache__"),
        copy_function=os.link if same_disk(folder) else shutil.copy,
    )
    return folder


def same_disk(folder):
    return folder.parent.stat().st_dev == ROOT.stat().st_dev


@pytest.mark.parametrize("home", [{}, {"HOME": os.devnull}])
def test_no_home_a_plain_locale_and_a_path_that_is_not_ascii(checkout, home):
    script = checkout / "skript ü.py"
    script.write_text(SCRIPT, encoding="utf-8")
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONUTF8": "0"}
    env |= {"PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(checkout)} | home
    done = subprocess.run(
        [sys.executable, script.name], cwd=checkout, env=env,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (checkout / "curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="only Linux has a full disk"
)
def test_a_full_disk_is_said_and_the_curves_are_kept(tmp_path):
    board = Animator("epoch", "loss")
    board.add(1, 2)
    picture = tmp_path / "curves.png"
    picture.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        board.save(picture)
    picture.unlink()
    board.add(2, 1)
    board.save(picture)
    assert board.Y == [[2, 1]]
    assert picture.stat().st_size > 1000


def test_a_clock_that_goes_back_changes_nothing(monkeypatch):
    monkeypatch.setattr(time, "time", iter(range(10**9, 0, -3600)).__next__)
    board = Animator("epoch", "loss")
    for (x,) in load_array((torch.arange(3.0),), 1, is_train=False):
        board.add(float(x), 1)
    panel = retrain(lambda k=1: k, k=(0, 3))
    assert panel.wait(10).seconds >= 0
    assert panel.run(k=2) == 2
    assert board.X == [[0, 1, 2]]
