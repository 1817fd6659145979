"""What people do with a panel, besides dragging its slider with care."""

import re
import time

import pytest
from page import Notebook

CELLS = {
    "imports": """import time, torch, ipywidgets
from course_utils import Animator, retrain""",
    "good": """def good(lambd=3):
    board = Animator("epoch", "loss", xlim=[0, 2])
    for epoch in range(3):
        board.add(epoch, lambd + epoch)
    return {"version": 1}""",
    "panel": "panel = retrain(good, lambd=(0, 10))\npanel",
    "forever": """def forever(k=0):
    while k:
        pass
    return "ended"

endless = retrain(forever, k=(0, 10, 1))""",
    "asks": """def ask(k=0):
    return k and float(input("value? ")) * k

retrain(ask, k=(0, 5, 1))""",
    "slow": """def slow(k=0):
    X, began = torch.randn(100, 100), time.time()
    while k and time.time() - began < 60:
        X = torch.tanh(X @ X / 10)
    return k

retrain(slow, k=(0, 10, 1))""",
    "one_call": """def one_call(k=0):
    time.sleep(2.5 if k == 5 else 0)  # nothing can end this early
    return k

retrain(one_call, k=(0, 10, 1))""",
    "prints": """import warnings

def prints(k=1):
    print("hello from", k)
    warnings.warn(f"careful with {k}")
    return k

retrain(prints, k=(0, 10, 1))""",
    "with": "with torch.no_grad():\n    retrain(good, lambd=(0, 10))",
    "for": "for top in 5, 10:\n    retrain(good, lambd=(0, top))",
    "semicolon": "retrain(good, lambd=(0, 10));",
    "function": "def show():\n    retrain(good, lambd=(0, 10))\n\nshow()",
    "in_a_list": "[retrain(good, lambd=(0, 10))]",
    "last": "retrain(good, lambd=(0, 10))",
    "displayed": "one = retrain(good, lambd=(0, 10))\ndisplay(one)",
    "box": "ipywidgets.VBox([retrain(good, lambd=(0, 10))])",
    "tab": "tab = ipywidgets.Tab([retrain(good, lambd=(0, 10))])\ntab",
    "quick": """def quick(k=0):
    time.sleep(3)
    return k

retrain(quick, k=(0, 10, 1))""",
}
EDITED = CELLS["good"].replace("lambd + epoch", "100 + lambd").replace(
    '"version": 1', '"version": 2'
)  # fmt: skip
REPLACE = """([index, source]) => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.widgets[index].model.sharedModel.setSource(source);
}"""


@pytest.fixture(scope="module")
def notebook(page, lab):
    notebook = Notebook(page, lab.add("clumsy.ipynb", CELLS))
    notebook.run("imports")
    notebook.run("good")
    yield notebook
    notebook.close()


@pytest.mark.parametrize("how", ["Stop", "drag", "other panel", "interrupt"])
def test_a_loop_that_never_ends_is_ended(notebook, show, how):  # F1
    other = show("panel")
    panel = show("forever")
    panel.drag(0.3)
    panel.running("k = 3 ")
    if how == "Stop":
        panel.press("Stop")
        panel.wait("k = 3 · stopped", timeout=15)
    if how == "interrupt":
        notebook.command("notebook:interrupt-kernel")
        panel.wait("k = 3 · stopped", timeout=15)
    if how == "other panel":
        other.scroll_to()
        other.drag(0.7)
        other.wait("lambd = 7 ", timeout=15)
        panel.scroll_to()
    panel.drag(0)
    panel.wait("ended", timeout=15)  # a busy machine takes its time


def test_a_function_that_asks_says_that_it_cannot(show):  # F2
    panel = show("asks")
    panel.drag(0.6)
    panel.wait("k = 3 · RuntimeError, see below")
    assert "make the value an argument" in panel.error.inner_text()
    assert panel.page.locator(".jp-Stdin-input").count() == 0
    panel.drag(0)
    panel.wait("k = 0 · ")


def test_an_edited_function_is_taken_at_the_next_drag(notebook, show):  # F4
    panel = show("panel")
    panel.drag(0.7)
    panel.wait("version 1")
    index = notebook._index("good")
    try:
        notebook.page.evaluate(REPLACE, [index, EDITED])
        notebook.run("good")
        panel.scroll_to()
        panel.drag(0.5, positions=1)
        status = panel.wait("lambd = 5 ")
        assert "version 2" in status
        label = panel.pictures.get_by_role("img").first
        assert "105" in label.get_attribute("aria-label")
        notes = notebook.value("[r.settings for r in panel.history]")
        assert "{'lambd': 7}" not in notes
        assert "has changed: earlier curves are gone" in status
    finally:
        notebook.page.evaluate(REPLACE, [index, CELLS["good"]])
        notebook.run("good")


def test_a_silent_loop_lets_the_clock_tick(show):  # F7
    panel = show("slow")
    panel.drag(0.3)
    panel.running("k = 3 · training")
    panel.running("· 1.", timeout=5)  # seconds
    panel.drag(0.6)
    panel.running("k = 6 · training", timeout=3)


def test_one_long_call_is_told_and_the_newest_comes_next(show):  # F7
    panel = show("one_call")
    panel.drag(0.5, positions=1)
    panel.running("k = 5 · training")
    panel.drag(0.8, positions=1)
    panel.wait("k = 8 · waits for k = 5", timeout=3)
    panel.wait("k = 8 · 0.0", timeout=10)


def test_what_is_printed_is_that_of_the_shown_run(notebook, show):  # F9
    panel = show("prints")
    printed = panel.box.locator("pre").first
    for place, k in ((0.3, 3), (0.7, 7)):
        panel.drag(place, positions=1)
        panel.wait(f"k = {k} ")
        notebook.page.wait_for_timeout(200)
        text = printed.inner_text()
        assert text.startswith(f"hello from {k}\n")
        assert f"careful with {k}" in text
    kinds = [output["output_type"] for output in notebook.outputs("prints")]
    assert kinds == ["display_data"] * 2  # no stream, no stderr


@pytest.mark.parametrize(
    ("cell", "panels"),
    [
        ("with", 1), ("for", 2), ("semicolon", 1), ("function", 1),
        ("in_a_list", 1), ("last", 1), ("displayed", 1), ("box", 1),
        ("tab", 1),
    ],
)  # fmt: skip
def test_a_panel_is_seen_once_wherever_it_is_called(
    notebook, cell, panels
):  # F10
    notebook.run(cell)
    seen = notebook.cell(cell).locator(".cu-panel:visible")
    seen.first.wait_for()
    notebook.page.wait_for_timeout(200)
    assert seen.count() == panels
    saved = notebook.cell(cell).locator(".cu-saved:visible")
    assert saved.count() == 0  # the picture for later is hidden
    panel = notebook.panel(cell)
    panel.drag(0.8)
    panel.wait("lambd = 8 " if cell != "for" else "lambd = 4 ")


def test_four_quick_reruns_do_not_wait_four_times(notebook, show):  # F12
    notebook.run("quick")
    began = time.monotonic()
    for _ in range(3):
        notebook.run("quick", wait=False)
    notebook.run("quick")
    notebook.panel("quick")
    assert time.monotonic() - began < 3
    show("panel").wait("version 1")  # and nothing is in the way


# The last test: it leaves a kernel in which no cell has run.
def test_a_saved_notebook_shows_its_last_pictures(notebook):  # F3
    notebook.run("panel")
    panel = notebook.panel("panel")
    panel.drag(0.7)
    panel.wait("lambd = 7 ")
    notebook.wait_for_saved_picture("panel", "lambd = 7. ")
    notebook.command("docmanager:save")
    notebook.page.wait_for_function("""() => !jupyterapp.shell
        .currentWidget.context.model.dirty""")
    notebook.close()
    notebook.open()
    cell = notebook.cell("panel")
    picture = cell.locator(".cu-saved img")
    picture.scroll_into_view_if_needed()
    assert picture.is_visible()
    assert picture.evaluate("image => image.naturalWidth") > 500
    alt = picture.get_attribute("alt")
    assert re.match(r"lambd = 7\. Line plot .* against epoch", alt)
    assert "At epoch 2: 9" in alt  # of the last run
    assert "Run the cell for the sliders." in cell.inner_text()
    assert "Error displaying widget" not in cell.inner_text()
