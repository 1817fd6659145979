import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from course_utils.book import book_file, book_names, import_book

# In the script that follows, these packages are as if not installed.
BLOCK = """
import sys
from importlib.machinery import PathFinder

find_spec = PathFinder.find_spec

def find_others(name, *args):
    return None if name.split(".")[0] in {names!r} else find_spec(name, *args)

PathFinder.find_spec = find_others
"""
HELPERS = {"torchvision", "pandas", "scipy", "requests"}
WITHOUT_HELPERS = """
import torch
from course_utils import d2l

torch.manual_seed(0)
data = d2l.SyntheticRegressionData(torch.tensor([2.0, -3.4]), 4.2)
model = d2l.LinearRegression(lr=0.03)
d2l.Trainer(max_epochs=3).fit(model, data)
print(abs(model.get_w_b()[1].item() - 4.2) < 0.1)
print(len(d2l.FashionMNIST().train))
ones = d2l.ones(2).numpy()
for use in (
    lambda: d2l.pd.read_csv("x"),
    lambda: d2l.torchvision.io.read_image("x"),
    lambda: d2l.rbfkernel(ones, ones),
    lambda: d2l.download("http://localhost/x", sys.argv[1]),
):
    try:
        use()
    except ImportError as error:
        print(error.name, "|", error)
for name in dir(d2l):
    getattr(d2l, name)  # as help does
"""
STATE = """
import random
import warnings
import matplotlib
import numpy as np
import torch
from course_utils.book import import_book

def state():
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    yield
    yield torch.rand(1), np.random.rand(), random.random()
    yield dict(matplotlib.rcParams), warnings.filters[:]
    yield torch.get_num_threads(), set(sys.modules) & {names!r}

before, after = state(), state()
next(before)
before = list(before)
next(after)
import_book()
print(list(after) == before)
"""


def python(code, *args, without=()):
    done = subprocess.run(
        [sys.executable, "-c", BLOCK.format(names=without) + code, *args],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """Write a package in place of d2l."""

    def write(text):
        (tmp_path / "d2l").mkdir()
        (tmp_path / "d2l/__init__.py").touch()
        (tmp_path / "d2l/torch.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        for name in ("d2l", "d2l.torch"):
            monkeypatch.delitem(sys.modules, name, raising=False)

    return write


def test_the_names_of_the_book_are_known_without_importing_it():
    module = import_book()
    assert book_file().samefile(module.__file__)
    public = {n for n in vars(module) if not n.startswith("__")}
    assert public == book_names()


def test_importing_the_book_changes_no_state_and_loads_no_library():
    assert python(STATE.replace("{names!r}", repr(HELPERS))) == ["True"]


def test_a_warning_of_the_book_is_not_an_error(fake):
    fake("import warnings\nwarnings.warn('an escape')\nx = 1\n")
    assert import_book().x == 1


def test_what_needs_no_absent_library_works_and_the_rest_says_which(tmp_path):
    lines = python(WITHOUT_HELPERS, str(tmp_path), without=HELPERS)
    assert [line for line in lines if "|" not in line][:2] == ["True", "60000"]
    errors = dict(line.split(" | ") for line in lines if "|" in line)
    assert errors.keys() == HELPERS
    for name, text in errors.items():
        assert text.startswith(f"d2l needs {name}")
        assert f"Remedy: pip install {name}" in text


def test_without_the_book_an_error_names_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "d2l", None)
    assert book_file() is None and book_names() == set()
    with pytest.raises(ImportError, match="d2l is not installed") as failure:
        import_book()
    text = str(failure.value)
    assert "pip install --no-deps d2l==1.0.3" in text
    assert text.endswith("torchvision==0.28.0 pandas requests scipy")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nowhere\n", "No module.* Remedy: pip install nowhere"),
        ("1 / 0\n", "ZeroDivisionError.* pip install --no-deps d2l==1.0.3"),
    ],
)
def test_a_book_that_fails_says_why(fake, text, message):
    fake(text)
    with pytest.raises(ImportError, match=message):
        import_book()


def test_threads_that_need_the_book_at_once_get_the_same(fake):
    fake("import time\ntime.sleep(0.1)\nx = object()\n")
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: import_book().x, range(4)))
    assert len(found) == 1
