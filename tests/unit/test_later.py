import importlib.util
import os
import subprocess
import sys

import pytest

from course_utils.later import LIBRARIES, Later, imported_later

# A torchvision that fails as one does that was built for another torch.
OTHER_TORCH = """
import torch
torch.library.register_fake("torchvision::nms")(lambda *boxes: None)
torch.library.register_fake("torchvision::qnms")(lambda *boxes: None)
from . import transforms
"""
MEND = """
import sys
import torch
from course_utils.later import imported_later
with imported_later():
    from torchvision import transforms
assert "torchvision" not in sys.modules
try:
    import torchvision
except RuntimeError as error:
    print(error)
print(transforms.double(21))
import torchvision.transforms
print(torchvision.transforms.double is transforms.double)
"""
REAL = """
import numpy as np
import torch
from course_utils.later import imported_later
with imported_later():
    from torchvision import transforms
image = transforms.ToTensor()(np.full((2, 3, 1), 51, np.uint8))
print(tuple(image.shape), round(image.unique().item(), 6))
"""


def python(code, path=""):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(path)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture
def library(monkeypatch, tmp_path):
    """Write a library in place of pandas."""

    def write(text):
        (tmp_path / "pandas.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "pandas", raising=False)

    return write


def test_a_library_is_imported_when_something_in_it_is_used(library):
    library("def read_csv(path): return path\nversion = 7\n")
    with imported_later():
        import pandas as pd
        from pandas import read_csv
    assert isinstance(pd, Later) and "pandas" not in sys.modules
    assert read_csv("x") == "x"
    assert "pandas" in sys.modules
    assert pd.version == 7 and pd.read_csv is not read_csv


def test_a_library_that_is_loaded_is_taken_as_it_is(library):
    library("")
    import pandas

    with imported_later():
        import pandas as again
    assert again is pandas is sys.modules["pandas"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("raise ValueError('for NumPy 1')", "ValueError: for NumPy 1"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_a_library_that_fails_says_so_when_it_is_used(library, text, why):
    library(text)
    with imported_later():
        import pandas as pd
    for use in (lambda: pd.read_csv("x"), lambda: pd(), lambda: pd.DataFrame):
        with pytest.raises(ImportError) as failure:
            use()
        assert why in str(failure.value) and failure.value.name == "pandas"
        assert str(failure.value).endswith("Remedy: pip install pandas")


def test_a_library_that_is_blocked_stays_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with imported_later():
        import pandas as pd
    with pytest.raises(ImportError, match="d2l needs pandas here"):
        pd.read_csv("x")
    with pytest.raises(ImportError, match="halted"):
        import pandas  # noqa: F401


def test_import_is_as_before_also_after_a_failure(monkeypatch):
    for name in LIBRARIES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(ZeroDivisionError), imported_later():
        raise ZeroDivisionError
    assert not LIBRARIES.keys() & sys.modules.keys()


def test_python_may_ask_a_stand_in_for_what_modules_have(library):
    library("raise ValueError")
    with imported_later():
        import pandas as pd
    assert repr(pd) == "<module 'pandas'>"
    assert not hasattr(pd, "__path__") and not hasattr(pd, "__wrapped__")


def test_a_torchvision_built_for_another_torch_is_mended(tmp_path):
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision/__init__.py").write_text(OTHER_TORCH)
    (tmp_path / "torchvision/transforms.py").write_text(
        "def double(x): return 2 * x"
    )
    fault, result, same = python(MEND, tmp_path)
    assert fault == "operator torchvision::nms does not exist"
    assert (result, same) == ("42", "True")


def test_a_torchvision_that_works_is_left_alone(tmp_path):
    (tmp_path / "torchvision.py").write_text("def transforms(): return 1")
    code = """
import torch
from course_utils.later import imported_later
with imported_later():
    from torchvision import transforms
print(transforms(), hasattr(torch.ops.torchvision, "nms"))
"""
    assert python(code, tmp_path) == ["1 False"]


@pytest.mark.skipif(
    importlib.util.find_spec("torchvision") is None,
    reason="torchvision is not installed",
)
def test_the_installed_torchvision_can_be_used():
    assert python(REAL) == ["(1, 2, 3) 0.2"]


def test_another_fault_of_a_library_is_not_mended(tmp_path):
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('no disk')")
    code = """
from course_utils.later import imported_later
with imported_later():
    from torchvision import transforms
try:
    transforms.double(21)
except (RuntimeError, ImportError) as error:
    print(error)
"""
    assert "no disk" in python(code, tmp_path)[0]
