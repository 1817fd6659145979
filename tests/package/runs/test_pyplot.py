import copy
import threading
from concurrent.futures import ThreadPoolExecutor

import matplotlib
import pytest
from matplotlib.figure import Figure

from course_utils import Animator, retrain
from course_utils.plotting.figures import caption
from course_utils.runs.pyplot import pyplot_figures

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
    """Return a panel of a function that draws with pyplot."""

    def train(lambd=1):
        figure, ax = plt.subplots(num="mine", figsize=(2, 1))
        figure.set_label("mine")
        ax.plot([0, lambd])
        if how == "closes":
            plt.close(figure)
        if how == "makes two":
            plt.close(figure)
            plt.figure(label="second", figsize=(2, 1))
            assert plt.get_fignums() == [1]  # a number comes again
        if how == "adds":
            Figure(label="of nobody")
            Animator("epoch", figsize=(2, 1)).add(1, 7)
        return {"returns": figure, "pair": (figure, ax)}.get(how)

    return retrain(train, lambd=(0, 9))


CURVE = "Line plot of curves against epoch. At epoch 1: 7"


@pytest.mark.parametrize(
    ("how", "shown"),
    [
        ("leaves it", ["mine"]),
        ("returns", ["mine"]),
        ("pair", ["mine"]),
        ("closes", []),
        ("makes two", ["second"]),
        ("adds", [CURVE, "mine"]),
    ],
)
def test_what_pyplot_has_drawn_is_shown_in_the_panel_and_closed(how, shown):
    panel = draw(how)
    assert names(panel) == [f"lambd = 1. {name}" for name in shown]
    panel.run(lambd=2)
    assert names(panel) == [f"lambd = 2. {name}" for name in shown]
    assert len(panel.newest.figures) == len(shown) - (how == "adds")
    assert panel.history[0].figures == []  # they take memory
    panel.close()


@pytest.mark.parametrize("what", [ValueError, KeyboardInterrupt])
def test_a_run_has_figures_of_its_own(what):
    other = plt.figure()

    def train(lambd=0):
        plt.plot([1, 2])
        if lambd:
            raise what

    panel = retrain(train, lambd=(0, 9))
    assert len(panel.screen.pictures) == 1
    with pytest.raises((what, RuntimeError)):
        panel.run(lambd=1)
    assert plt.get_fignums() == [other.number] and other.axes == []
    plt.close(other)
    panel.close()


def test_another_thread_neither_sees_nor_closes_the_figures_of_a_run():
    seen = []

    def cell():
        seen.append(plt.get_fignums())
        plt.plot([1, 2])
        seen.append(len(plt.gcf().axes))
        seen.append(hasattr(plt.gcf(), "_ipython_display_"))
        plt.close("all")

    with pyplot_figures() as figures:
        mine = plt.figure()
        thread = threading.Thread(target=cell)
        thread.start()
        thread.join()
        assert plt.gcf() is mine and mine.axes == []
    assert figures == [mine] and seen == [[], 1, False]


def test_ipython_leaves_a_figure_to_the_panel_while_the_run_lasts():
    with pyplot_figures() as figures:
        one, two = plt.figure(), plt.figure()
        assert one._ipython_display_() is None  # plt.show() in a notebook
        plt.close("all")
    assert figures == [one]
    for figure in one, two, copy.copy(one):
        for call in (lambda show: show()), in_a_new_thread:
            with pytest.raises(NotImplementedError):  # IPython goes on then
                call(figure._ipython_display_)


def in_a_new_thread(call):
    with ThreadPoolExecutor(1) as threads:
        threads.submit(call).result()


def test_a_figure_is_told_by_its_label_or_its_titles():
    figure = Figure()
    assert caption(figure) == ""
    for ax, title in zip(figure.subplots(1, 3), ["a", "", "b"], strict=True):
        ax.set_title(title)
    assert caption(figure) == "a, b"
    figure.suptitle("all")
    assert caption(figure) == "all, a, b"
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
    (shown,) = kernel.run(code)  # the panel, and no figure beside it
    assert shown["data"]["text/plain"].startswith("lambd = 1")
    (own,) = kernel.run("panel.run(lambd=5); plt.plot([1, 2]); panel.run();")
    assert "image/png" in own["data"]
    (told,) = kernel.run("print(len(panel.screen.pictures))")
    assert told["text"] == "1\n"


def test_a_cell_and_a_run_that_lasts_draw_each_on_their_own(kernel):
    code = (
        "import time\n"
        "def train(lambd=0):\n"
        "    plt.figure(figsize=(2, 1))\n"
        "    while lambd and not done:\n"
        "        time.sleep(0.001); checkpoint()\n"
        "    plt.plot([0, lambd])\n"
        "done, panel = [], retrain(train, lambd=(0, 9))\n"
        "panel.controls['lambd'].value = 1\n"
        "while panel.newest.state == 'waiting':\n    time.sleep(0.01)\n"
        "time.sleep(0.1)"
    )
    kernel.run("%matplotlib inline\nimport matplotlib.pyplot as plt")
    kernel.run(code, person=True)
    (own,) = kernel.run("plt.plot([1, 2]);", person=True)
    assert "image/png" in own["data"]
    (told,) = kernel.run(
        "done.append(1); run = panel.wait(5)\n"
        "print([len(f.axes[0].lines) for f in run.figures])",
        person=True,
    )
    assert told["text"] == "[1]\n"
