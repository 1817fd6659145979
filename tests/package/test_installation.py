import importlib
import shutil
import sys
import types
import warnings
from importlib import metadata

import pytest
import torch

from course_utils import installation
from course_utils.data.fashion_mnist import FOLDER
from course_utils.installation import Report, check_installation

NEEDS = [
    "torch==2.13.0",
    "numpy>=1.23.5",
    'scikit-learn; extra == "lab"',
    'ruff; extra == "test"',
]
BROWSER = ["comm>=0.1.3", "widgetsnbextension~=4.0.16"]


@pytest.fixture
def here(monkeypatch):
    """A made-up environment: what is installed, and what runs."""
    env = types.SimpleNamespace(
        python=">=3.11",
        installed={
            "torch": "2.13.0+cpu",
            "numpy": "2.4.6",
            "scikit-learn": "1.9.1",
            "widgetsnbextension": "4.0.16",
        },
        running={"torch": "2.13.0+cpu", "numpy": "2.4.6"},
    )

    def version(name):
        if name not in env.installed:
            raise metadata.PackageNotFoundError(name)
        return env.installed[name]

    def distribution(name):
        python = {"Requires-Python": env.python}
        return types.SimpleNamespace(requires=NEEDS, metadata=python)

    def import_module(name):
        if isinstance(env.running.get(name), Exception):
            raise env.running[name]
        if name in env.running:
            return types.SimpleNamespace(__version__=env.running[name])
        return types.SimpleNamespace()

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(metadata, "distribution", distribution)
    monkeypatch.setattr(metadata, "requires", lambda name: BROWSER)
    monkeypatch.setattr(importlib, "import_module", import_module)
    return env


def texts(items, mark):
    return [text for found, text in items if found == mark]


def test_this_installation_is_sound():
    report = check_installation()
    assert report.ok, report
    subjects = [text.split()[0] for _, text in report]
    assert subjects[0] == "Python"
    assert subjects[-4:] == ["data:", "threads:", "front", "GPU,"]


def test_a_report_is_a_line_for_each_item():
    report = Report([("✓", "fine"), ("✗", "wrong\n  in two lines")])
    assert repr(report) == str(report) == "✓ fine\n✗ wrong in two lines"
    assert not report.ok
    assert Report([("✓", "fine"), ("○", "note")]).ok


@pytest.mark.parametrize("error", [OSError("disk"), ValueError(), KeyError(3)])
def test_a_check_that_fails_is_an_item_and_the_others_go_on(
    monkeypatch, error
):
    def _spoons():
        raise error

    monkeypatch.setattr(
        installation, "_CHECKS", (_spoons, installation._threads)
    )
    report = check_installation()
    assert not report.ok
    assert report[0][1].startswith("spoons cannot be checked")
    assert type(error).__name__ in report[0][1]
    assert "threads" in report[1][1]


def test_right_packages_are_named_with_their_versions(here):
    ((mark, text),) = installation._packages()
    assert mark == "✓"
    for part in ("torch 2.13.0+cpu", "numpy 2.4", "widgetsnbextension 4"):
        assert part in text
    assert "ruff" not in text  # only the tests need it


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [
        ("torch", "2.12.1", "torch 2.12.1 is here, not ==2.13.0"),
        ("torch", "2.14.0+cu130", "torch 2.14.0"),
        ("numpy", "1.23.4", "numpy 1.23.4 is here, not >=1.23.5"),
        ("widgetsnbextension", "3.6.10", "widgetsnbextension 3.6.10"),
        ("numpy", None, "numpy is not installed"),
    ],
)
def test_a_package_that_does_not_fit_is_wrong(here, name, version, said):
    here.installed[name] = here.running[name] = version
    if version is None:
        del here.installed[name]
    items = installation._packages()
    (text,) = texts(items, "✗")
    assert said in text
    assert "make clean lab" in text
    assert name not in texts(items, "✓")[0]


def test_on_colab_its_own_versions_are_a_note(here, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    here.installed["torch"] = here.running["torch"] = "2.11.0+cu128"
    del here.installed["numpy"]
    items = installation._packages()
    (note,), (wrong,) = texts(items, "○"), texts(items, "✗")
    assert note.startswith("torch 2.11.0+cu128 is here, not ==2.13.0. Colab")
    assert "first cell again" in wrong
    assert "make" not in note + wrong


def test_a_package_that_cannot_be_imported_is_wrong(here):
    here.running["torch"] = OSError("libtorch.so: no such file")
    (text,) = texts(installation._packages(), "✗")
    assert "torch 2.13.0+cpu cannot be imported (libtorch.so" in text


def test_an_update_below_a_running_kernel_asks_for_a_restart(here):
    here.running["numpy"] = "2.3.0"
    (text,) = texts(installation._packages(), "✗")
    assert text == "numpy 2.4.6 is new, 2.3.0 runs. Restart the kernel."


def test_a_package_that_only_some_need_is_a_note(here):
    del here.installed["scikit-learn"]
    items = installation._packages()
    assert texts(items, "✗") == []
    (text,) = texts(items, "○")
    assert "pip install scikit-learn" in text


def test_an_old_python_is_wrong(here):
    here.python = ">=4"
    (text,) = texts(installation._packages(), "✗")
    assert "Python" in text and ">=4" in text


def test_a_course_that_is_not_installed_is_wrong(monkeypatch):
    monkeypatch.setattr(installation, "COURSE", "no-such-package")
    ((mark, text),) = installation._packages()
    assert mark == "✗"
    assert "make clean lab" in text


def test_a_data_file_is_read_anew_and_its_damage_found(monkeypatch, tmp_path):
    for file in FOLDER.glob("*.gz"):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(installation, "FOLDER", tmp_path)
    assert texts(installation._data(), "✓")
    path = tmp_path / "t10k-labels-idx1-ubyte.gz"
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    (text,) = texts(installation._data(), "✗")
    assert path.name in text and "git checkout" in text


@pytest.mark.parametrize(
    ("threads", "cpus", "mark"), [(2, 2, "✓"), (8, 2, "✗"), (1, 4, "○")]
)
def test_threads_are_held_against_the_cpus(monkeypatch, threads, cpus, mark):
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.setattr(installation.joblib, "cpu_count", lambda: cpus)
    ((found, text),) = installation._threads()
    assert found == mark
    assert (f"torch.set_num_threads({cpus})" in text) == (threads != cpus)


@pytest.mark.parametrize(
    ("person", "mark", "said"),
    [(True, "✓", "while a slider is dragged"), (False, "○", "a program")],
)
def test_a_kernel_knows_its_front_end(kernel, person, mark, said):
    code = "from course_utils import installation as i; print(i._front_end())"
    (output,) = kernel.run(code, person=person)
    assert mark in output["text"] and said in output["text"]


def test_sync_mode_is_a_note(kernel):
    code = (
        "import os; os.environ['COURSE_UTILS_LIVE'] = 'sync'\n"
        "from course_utils import installation as i; print(i._front_end())\n"
        "del os.environ['COURSE_UTILS_LIVE']"
    )
    (output,) = kernel.run(code, person=True)
    assert "○" in output["text"] and "has ended" in output["text"]


@pytest.fixture
def front_end_alone(monkeypatch):
    monkeypatch.setattr(installation, "_CHECKS", (installation._front_end,))


def test_an_unknown_mode_is_wrong(monkeypatch, front_end_alone):
    monkeypatch.setenv("COURSE_UTILS_LIVE", "fast")
    (text,) = texts(check_installation(), "✗")
    assert text.startswith("front end cannot be checked")
    assert "COURSE_UTILS_LIVE must be" in text


def test_without_a_slider_the_front_end_is_wrong(monkeypatch, front_end_alone):
    monkeypatch.setattr(installation.widgets, "IntSlider", None)
    assert "front end" in texts(check_installation(), "✗")[0]


def no_gpu(**_):
    return None


def old_driver(**_):
    warnings.warn("the driver is too old", stacklevel=1)


def dead_gpu(**_):
    raise RuntimeError("no kernel image is available")


def some_gpu(**_):
    return torch.device("cpu")  # it answers as a GPU would


@pytest.mark.parametrize(
    ("gpu", "said"),
    [
        (no_gpu, "none"),
        (old_driver, "none; the driver is too old"),
        (dead_gpu, "fails: no kernel image"),
        (some_gpu, "cpu works"),
    ],
)
def test_a_gpu_is_tried_and_never_needed(monkeypatch, gpu, said):
    monkeypatch.setattr(torch.accelerator, "current_accelerator", gpu)
    ((mark, text),) = installation._gpu()
    assert mark == "○"
    assert said in text
    assert "no lesson needs" in text
