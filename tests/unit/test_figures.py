import matplotlib
import pytest
from matplotlib.figure import Figure

from course_utils import Animator, retrain
from course_utils.figures import caption, keep, pyplot_figures

matplotlib.use("agg")
from matplotlib import pyplot as plt  # noqa: E402


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    left = plt.get_fignums()
    plt.close("all")
    assert left == []


def names(panel):
    return [picture.alt for picture in panel.screen.pictures]


def draw(how):
    """Return a panel of a function that draws with pyplot, or without."""

    def train(lambd=1):
        figure, ax = plt.subplots(num="mine", figsize=(2, 1))
        figure.set_label("mine")
        ax.plot([0, lambd])
        if how == "closes":
            plt.close(figure)
        if how == "adds":
            Figure(label="of nobody")
            Animator("epoch", figsize=(2, 1)).add(1, 7)
        return {"returns": figure, "pair": (figure, ax)}.get(how)

    return retrain(train, lambd=(0, 9))


@pytest.mark.parametrize(
    ("how", "shown"),
    [
        ("leaves it", ["lambd = 1. mine"]),
        ("returns", ["lambd = 1. mine"]),
        ("pair", ["lambd = 1. mine"]),
        ("closes", []),
        (
            "adds",
            [
                "lambd = 1. Line plot of curves against epoch. "
                "At epoch 1: curve 1 7",
                "lambd = 1. mine",
            ],
        ),
    ],
)
def test_what_pyplot_has_drawn_is_shown_in_the_panel_and_closed(how, shown):
    panel = draw(how)
    assert names(panel) == shown
    panel.run(lambd=2)
    assert names(panel) == [name.replace("= 1", "= 2") for name in shown]
    assert panel.newest.figures != [] or how == "closes"
    assert panel.history[0].figures == []  # they take memory
    panel.close()


@pytest.mark.parametrize("what", [ValueError, KeyboardInterrupt])
def test_a_run_that_fails_leaves_no_figure_and_no_other_is_closed(what):
    other = plt.figure()

    def train(lambd=0):
        plt.figure()
        if lambd:
            raise what

    panel = retrain(train, lambd=(0, 9))
    with pytest.raises((what, RuntimeError)):
        panel.run(lambd=1)
    assert plt.get_fignums() == [other.number]
    plt.close(other)
    panel.close()


def test_ipython_shows_no_figure_while_its_run_lasts():
    with pyplot_figures() as figures:
        figure = plt.figure()
        assert figure._ipython_display_() is None  # and remembers it
        plt.close(figure)
    assert figures == [figure]
    assert not hasattr(figure, "_ipython_display_")


def test_a_figure_of_nobodys_run_is_left_alone():
    figure = Figure()
    keep(figure)
    assert not hasattr(figure, "_ipython_display_")


def test_a_figure_is_told_by_its_label_or_its_titles():
    figure = Figure()
    assert caption(figure) == ""
    for ax, title in zip(figure.subplots(1, 3), ["a", "", "b"], strict=True):
        ax.set_title(title)
    assert caption(figure) == "a, b"
    figure.set_label("mine")
    assert caption(figure) == "mine"


@pytest.mark.parametrize("end", ["", "plt.show()", "return plt.gcf()"])
def test_a_notebook_shows_no_figure_outside_the_panel(kernel, end):
    code = (
        "%matplotlib inline\n"
        "import matplotlib.pyplot as plt\n"
        f"def train(lambd=1):\n    plt.plot([0, lambd])\n    {end}\n"
        "panel = retrain(train, lambd=(0, 9))\n"
    )
    assert kernel.run(code) == []
    assert kernel.run("panel.run(lambd=5); panel.run(lambd=6);") == []
    (shown,) = kernel.run("print(len(panel.screen.pictures))")
    assert shown["text"] == "1\n"
