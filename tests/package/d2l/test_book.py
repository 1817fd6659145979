import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from course_utils.d2l.book import book_names, import_book

ROOT = Path(__file__).parents[3]

# A torchvision that fails as one does that was built for another torch.
OTHER_TORCH = """
import torch
torch.library.register_fake("torchvision::nms")(lambda *boxes: None)
torch.library.register_fake("torchvision::qnms")(lambda *boxes: None)
from . import transforms
"""


def python(code, path=""):
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "PYTHONWARNINGS": "error",
            "PYTHONPATH": f"{path}{os.pathsep}{ROOT}",
        },
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


def test_book_names_are_those_of_the_installed_module():
    public = {n for n in vars(import_book()) if not n.startswith("__")}
    assert book_names() == public
    assert {"Module", "corr2d", "pd", "torchvision"} <= public


def test_import_book_takes_a_warning_of_the_book_for_no_error(fake):
    fake("import warnings\nwarnings.warn('an escape')\nx = 1\n")
    assert import_book().x == 1


def test_import_book_without_d2l_names_the_remedy(monkeypatch):
    for name in ("d2l", "d2l.torch"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "d2l", None)
    assert book_names() == set()
    with pytest.raises(ImportError) as failure:
        import_book()
    text = str(failure.value)
    assert "pip install --no-deps d2l==1.0.3" in text
    assert text.endswith("torchvision==0.28.0 pandas requests scipy")


@pytest.mark.parametrize(
    ("library", "remedy"),
    [
        ("torchvision", "torchvision==0.28.0"),
        ("pandas", "pandas"),
        ("PIL", "pillow"),
    ],
)
def test_import_book_names_the_library_that_is_missing(
    fake, monkeypatch, library, remedy
):
    fake(f"import {library}\n")
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=f"pip install {remedy}$") as e:
        import_book()
    assert e.value.name == library


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import nowhere\n", "No module.* Remedy: pip install nowhere"),
        ("1 / 0\n", "ZeroDivisionError.* pip install --no-deps d2l==1.0.3"),
    ],
)
def test_import_book_says_why_the_book_fails(fake, text, message):
    fake(text)
    with pytest.raises(ImportError, match=message):
        import_book()


def test_import_book_gives_the_same_to_threads_at_once(fake):
    fake("import time\ntime.sleep(0.1)\nx = object()\n")
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: import_book().x, range(4)))
    assert len(found) == 1


def test_import_book_mends_only_a_torchvision_that_needs_it(tmp_path):
    """One that works is left alone, one for another torch is mended."""
    works, other = tmp_path / "works", tmp_path / "other"
    works.mkdir()
    (works / "torchvision.py").write_text("transforms = 1")
    (other / "torchvision").mkdir(parents=True)
    (other / "torchvision/__init__.py").write_text(OTHER_TORCH)
    (other / "torchvision/transforms.py").write_text("double = 2 .__mul__")
    code = f"""
import sys
import torch
from course_utils.d2l.book import import_book
print(import_book().transforms, hasattr(torch.ops.torchvision, "nms"))
del sys.modules["torchvision"], sys.modules["d2l.torch"]
sys.path[sys.path.index({str(works)!r})] = {str(other)!r}
try:
    import torchvision
except RuntimeError as error:
    print(error)
book = import_book()
print(book.transforms.double(21), book.torchvision.__name__)
"""
    assert python(code, works) == [
        "1 False",
        "operator torchvision::nms does not exist",
        "42 torchvision",
    ]


def test_import_book_does_not_hide_another_fault_of_torchvision(
    fake, tmp_path, monkeypatch
):
    fake("import torchvision\n")
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('no disk')")
    with pytest.raises(ImportError, match="no disk") as failure:
        import_book()
    remedy = "Remedy: pip install torchvision==0.28.0"
    assert str(failure.value).endswith(remedy)


def test_the_libraries_of_the_book_can_be_used_through_it():
    book = import_book()
    assert book.pd.__version__ and book.torchvision.__version__
    pixels = np.full((2, 3, 1), 51, np.uint8)
    image = book.transforms.ToTensor()(pixels)
    assert image.shape == (1, 2, 3)
    assert image.unique().item() == pytest.approx(0.2)
