import subprocess
import sys

import numpy as np
import pytest
import torch

from course_utils import Animator

# ipywidgets 7 uses what ipykernel calls deprecated.
COMM = "ignore:The `ipykernel.comm.Comm` class:DeprecationWarning"
FIGURES = [sys.executable, "-W", "error", "-W", COMM, "-c"]


def test_points_are_kept_curve_by_curve():
    animator = Animator(legend=["train", "test"])
    animator.add(1, (0.5, torch.tensor(0.7)))
    animator.add(2, (None, np.float32(0.5)))
    assert animator.X == [[1], [1, 2]]
    assert animator.Y == [[0.5], [pytest.approx(0.7), 0.5]]


def test_one_curve_takes_one_number():
    animator = Animator()
    animator.add(1, 2)
    animator.add([2], [3])
    assert animator.Y == [[2, 3]]


@pytest.mark.parametrize(("x", "y"), [(3, (1,)), ((1, 2), (1, 2, 3))])
def test_a_wrong_number_of_values_changes_nothing(x, y):
    animator = Animator()
    animator.add(1, (1, 2))
    with pytest.raises(ValueError, match="for each of 2 curves"):
        animator.add(x, y)
    assert animator.Y == [[1], [2]]


def test_nan_outside_a_panel_is_kept_and_not_drawn():
    animator = Animator(yscale="log")
    animator.add(1, 1.0)
    animator.add(2, float("nan"))
    animator.add(3, 0.0)
    assert animator.picture().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"nrows": 2}, r"^nrows and ncols must be 1 \(make an Animator for"),
        ({"xscale": "cubic"}, "^xscale must be 'linear' or 'log'"),
        ({"yscale": "cubic"}, "^yscale must be 'linear' or 'log'"),
        ({"xlim": (0, float("nan"))}, "^xlim "),
        ({"ylim": (0, float("nan"))}, "^ylim "),
    ],
)
def test_bad_options_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        Animator(**options)


def test_the_options_are_those_of_the_picture():
    animator = Animator(xlim=(1, 7), ylim=(-3, 5), xscale="log")
    animator.add(2, 1)
    assert not animator.touched
    animator.picture()  # fits the axes
    (ax,) = animator.axes
    assert animator.touched
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    assert ax.get_xlim() == (1, 7)
    assert ax.get_ylim() == pytest.approx((-3.4, 5.4))  # 5 % of air


def test_both_axes_may_be_logarithmic():
    (ax,) = Animator(xscale="log", yscale="log").axes
    assert ax.get_xscale() == ax.get_yscale() == "log"


def test_a_picture_that_passes_by_is_a_jpeg():
    animator = Animator()
    animator.add(1, 2)
    assert animator.picture(passing=True).startswith(b"\xff\xd8\xff")
    assert animator.picture().startswith(b"\x89PNG")


def test_each_curve_may_have_an_x_of_its_own():
    animator = Animator()
    animator.add((1, 2), (3, 4))
    animator.add(torch.tensor([5, 6]), (7, None))
    assert animator.curves == [([1, 5], [3, 7]), ([2], [4])]


def test_the_description_states_names_and_last_numbers():
    animator = Animator("epoch", "loss", ["train", "test"])
    animator.add(10, (0.12345, 0.5))
    assert animator.describe() == (
        "Line plot of loss against epoch. At epoch 10: train 0.123, test 0.5"
    )


def test_figure_and_axes_have_the_newest_points(tmp_path):
    animator = Animator("epoch")
    animator.add(1, 1)
    animator.add(2, 5)
    assert list(animator.fig.axes[0].lines[0].get_ydata()) == [1, 5]
    assert animator.axes[0].get_xlabel() == "epoch"
    animator.save(tmp_path / "curve.svg")
    assert (tmp_path / "curve.svg").read_text().count("<path") > 2


def test_pyplot_is_neither_imported_nor_used():
    code = (
        "import sys; from course_utils import Animator\n"
        "a = Animator(); a.add(1, 1); a.picture()\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([*FIGURES, code], check=True)


def test_a_plain_script_is_quiet():
    code = (
        "from course_utils import Animator, retrain\n"
        "def train(lambd=1):\n"
        "    Animator('epoch').add(1, lambd)\n"
        "    return lambd\n"
        "train()\n"
        "assert retrain(train, lambd=(0, 3)).newest.result == 1\n"
    )
    done = subprocess.run([*FIGURES, code], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.parametrize(
    ("legend", "n", "names"),
    [
        (["a", "b"], 0, []),
        (["a", "b"], 1, ["a"]),
        (["a"], 2, ["a", "curve 2"]),
        ("loss", 1, ["loss"]),
        (["a", None], 2, ["a", ""]),
    ],
)
def test_there_may_be_more_or_fewer_names_than_curves(legend, n, names):
    animator = Animator("epoch", legend=legend, xlim=np.array([0, 1]))
    assert animator.names(n) == names
    if n:
        animator.add(1, range(n))
    assert animator.describe().count(", ") == max(0, n - 1)
    assert animator.picture().startswith(b"\x89PNG")


def test_one_format_string_is_not_taken_apart():
    animator = Animator(fmts="r-")
    animator.add(1, 2)
    assert animator.fig.axes[0].lines[0].get_color() == "r"


def test_a_line_drawn_on_the_axes_later_is_in_the_picture():
    animator = Animator(xlim=(0, 9), ylim=(0, 1))
    animator.add(1, 0.5)
    before = animator.picture()
    animator.axes[0].axhline(0.8, lw=5)
    first = animator.picture()
    animator.axes[0].set_title("of mine")
    assert len({before, first, animator.picture()}) == 3
