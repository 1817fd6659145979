import subprocess
import sys

import matplotlib
import numpy as np
import pytest
import torch
from PIL import Image

from course_utils import Animator, DivergedError, retrain

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
    ("legend", "xlabel", "x", "y", "words"),
    [
        (["a", "b"], "epoch", 3, (1, float("nan")), "b became nan at epoch 3"),
        (["a", "b"], "epoch", 3, (1, float("inf")), "b became inf at epoch 3"),
        (["a"], "t", 3, (1, float("-inf")), "curve 2 became -inf at t 3"),
        (["a"], None, 2.5, float("inf"), "a became inf at x 2.5"),
        (
            ["a", "b"],
            "t",
            (None, 3),
            (None, float("inf")),
            "b became inf at t",
        ),
        (["a"], "t", [None], float("inf"), "a became inf[.]"),
    ],
)
def test_in_a_panel_an_infinite_value_is_refused(legend, xlabel, x, y, words):
    def train(lambd=1):
        animator = Animator(xlabel, legend=legend)
        animator.add(x, y)

    with pytest.raises(DivergedError, match=f"diverged: {words}"):
        retrain(train, lambd=(0, 3))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"nrows": 0}, "^nrows must be an integer from 1 to 8, got 0"),
        ({"ncols": True}, "^ncols must be an integer from 1 to 8, got True"),
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
    animator.picture()  # fits the axes
    (ax,) = animator.axes
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "linear")
    assert ax.get_xlim() == (1, 7)
    assert ax.get_ylim() == pytest.approx((-3.4, 5.4))  # 5 % of air


def test_both_axes_may_be_logarithmic():
    (ax,) = Animator(xscale="log", yscale="log").axes
    assert ax.get_xscale() == ax.get_yscale() == "log"


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
    animator.fig.canvas.draw()
    assert list(animator.fig.axes[0].lines[0].get_ydata()) == [1, 5]
    assert animator.axes[0].get_xlabel() == "epoch"
    animator.save(tmp_path / "curve.svg")
    assert (tmp_path / "curve.svg").read_text().count("<path") > 2


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
    animator.picture()
    assert animator.fig.axes[0].lines[0].get_color() == "#ff0000"


def test_a_line_drawn_on_the_axes_later_is_in_the_picture():
    animator = Animator(xlim=(0, 9), ylim=(0, 1))
    animator.add(1, 0.5)
    before = animator.picture()
    animator.axes[0].axhline(0.8, lw=5)
    first = animator.picture()
    animator.axes[0].set_title("of mine")
    assert len({before, first, animator.picture()}) == 3


@pytest.mark.parametrize(
    ("curves", "words"),
    [
        ([([1, 9], [3.0, 0.51234]), ([9], [2])], "At t 9: a 0.512, b 2"),
        ([([1], [3.0]), ([2, 9], [1, 2])], "At t 1: a 3. At t 9: b 2"),
        ([([], []), ([9], [2])], "At t 9: b 2"),
        ([([], []), ([], [])], None),
    ],
)
def test_description_tells_where_each_curve_ends(curves, words):
    animator = Animator("t", "loss", ["a", "b"])
    animator.X, animator.Y = map(list, zip(*curves, strict=True))
    whole = ". ".join(filter(None, ["Line plot of loss against t", words]))
    assert animator.describe() == whole


def test_description_of_one_curve_without_a_name_needs_none():
    animator = Animator()
    animator.add(1, 2)
    words = "Line plot of curves against x. At x 1: 2"
    assert animator.describe() == words


def test_grid_of_plots_draws_the_curves_on_the_first():
    animator = Animator("epoch", nrows=2, ncols=2, figsize=(6, 4))
    animator.add(1, 2)
    animator.axes[3].plot([1, 2], [3, 4])
    animator.picture()
    assert [len(ax.lines) for ax in animator.axes] == [1, 0, 0, 1]


@pytest.mark.parametrize("name", ["$$", "Ba$$in", "from $5 to $10", "_train"])
def test_picture_shows_any_name(name):
    pictures = []
    for legend in ([name, name], ["", ""]):
        animator = Animator(xlabel=name, legend=legend)
        animator.add(1, (0.5, 0.6))
        pictures.append(len(animator.picture()))
    assert pictures[0] > pictures[1]


def test_sixth_curve_has_the_colour_of_the_text():
    animator = Animator()
    animator.add(1, range(6))
    with matplotlib.rc_context({"text.color": "white"}):
        animator.picture()
        assert animator.fig.axes[0].lines[5].get_color() == "white"


def test_pictures_of_ghosts_leave_the_figure_as_it_was():
    animator = Animator("epoch", legend=["a"])
    animator.add(1, 2)
    before = animator.picture()
    dpi = animator.fig.dpi
    other = animator.picture([("lambd = 3", [([1], [3])])], "lambd = 5")
    assert other != before == animator.picture()
    assert animator.fig.dpi == dpi


def test_picture_has_no_ghosts_of_scattered_points():
    animator = Animator(fmts=["o", "-"])
    animator.add(1, (2, 2))
    animator.picture([("old", [([1], [3]), ([1], [4])])], "new")
    assert len(animator.fig.axes[0].lines) == 3


SCRIPTS = {  # what a script does before it imports pyplot
    "curves": "a = Animator(legend=['loss']); a.add(1, 2.0)",
    "a panel, curves": """
from course_utils import retrain
def train(lambd=1):
    animator = Animator('epoch')
    animator.add(1, lambd)
    animator.picture()
    return lambd
train()
assert retrain(train, lambd=(0, 3)).newest.result == 1
b = Animator('x'); b.add(1, 1)
""",
}


@pytest.mark.parametrize("first", SCRIPTS)
def test_a_script_is_quiet_and_pyplot_saves_its_newest_curves(tmp_path, first):
    save = f"plt.savefig({str(tmp_path)!r} + '/%d.png')\n"
    script = (
        "import sys; from course_utils import Animator\n"
        f"{SCRIPTS[first]}\nassert 'matplotlib.pyplot' not in sys.modules\n"
        "import matplotlib; matplotlib.use('agg')\n"
        f"import matplotlib.pyplot as plt\n{save % 0}"
        f"c = Animator('epoch', legend=['loss']); c.add(1, 3.0)\n{save % 1}"
        "d = Animator('epoch', legend=['loss']); d.add(1, 4.0)\n"
        f"e = Animator('t'); e.add(1, 5)\n{save % 2}"
    )
    done = subprocess.run([*FIGURES, script], capture_output=True)
    assert (done.stdout, done.stderr, done.returncode) == (b"", b"", 0)
    pictures = [
        np.asarray(Image.open(tmp_path / f"{k}.png").convert("L"))
        for k in range(3)
    ]
    for pixels in pictures:
        assert (pixels < 250).mean() > 0.005  # ink
    assert len({pixels.tobytes() for pixels in pictures}) == 3


def test_pyplot_makes_a_figure_of_its_own_in_the_next_cell(kernel):
    kernel.run("%matplotlib inline\nimport matplotlib.pyplot as plt")
    kernel.run("animator = Animator(); animator.add(1, 2)")
    outputs = kernel.run("plt.plot([1, 2]); print(plt.gcf() is animator.fig)")
    assert "False" in str(outputs)
    assert any("image/png" in o.get("data", {}) for o in outputs)
