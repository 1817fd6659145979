import ast
import re
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from lab import LEARNER
from page import ENDS, Notebook, pixels, shown_values

CELLS = {
    "learner": LEARNER,
    # A run of half a second: a busy browser may pause for a shorter one's time
    "fine": """class Slow(Animator):
    def add(self, x, y):
        time.sleep(0.02)
        super().add(x, y)


fine = retrain(lambda lambd=3.0: train(lambd, Slow), lambd=(0, 10, 0.1))
fine""",
    "panel": "panel = retrain(train, lambd=(0, 10, 0.5))\npanel",
    "slow": "slow = retrain(train_long, lambd=(0, 10, 0.5))\nslow",
    "sum": "1 + 1",
    "picky": """def picky(lambd=0.0):
    inverse = 1 / (lambd <= 5)
    return {"inverse": inverse}


retrain(picky, lambd=(0, 10, 0.5))""",
    "kinds": """import ipywidgets
from course_utils import log_slider


def kinds(n=2, rate=0.1, name="a", extra=False):
    for curves in Animator("x", "y"), Animator("x", "z"):
        curves.add(1, n)
    return f"{n} {rate} {name} {extra}"


retrain(kinds, n=(1, 5), rate=log_slider(0.01, 1, 0.1),
        name=["a", "<i>b"], extra=False)""",
}


NEWEST = (
    "[(xs[-1], ys[-1]) for a in panel.history[-1].animators"
    " for xs, ys in a.curves]"
)


@pytest.fixture(scope="module")
def notebook(page, lab):
    notebook = Notebook(page, lab.add("panel.ipynb", CELLS))
    notebook.run("learner")
    yield notebook
    notebook.close()


def test_a_fast_drag_trains_little_and_ends_at_the_last_value(notebook, show):
    panel = show("fine")  # each position is another value
    picture, top = panel.picture(), panel.pictures.bounding_box()["y"]
    trained = int(notebook.value("len(fine.history)"))
    notebook.watch()
    panel.drag(0.9, seconds=1.5, positions=30)
    last = float(panel.readout().inner_text())
    assert abs(last - 9) < 0.2  # 9.0, or with ipywidgets 7 8.9
    panel.wait(f"lambd = {last:g} ")
    assert panel.picture() != picture
    assert (
        notebook.value("fine.history[-1].settings") == f"{{'lambd': {last}}}"
    )
    assert int(notebook.value("len(fine.history)")) - trained <= 3
    seen = [event["what"] for event in notebook.seen()]
    assert "picture" in seen[: seen.index("release")]  # while it is dragged
    assert panel.pictures.bounding_box()["y"] == top  # nothing has jumped


def test_a_drag_takes_the_place_of_a_long_run_at_once(notebook, show):
    panel = show("slow")
    panel.drag(0.5)
    panel.running("lambd = 5 ")
    notebook.watch()
    panel.drag(0.8)
    panel.running("lambd = 8 ")
    seen = notebook.seen()
    released = next(e["at"] for e in seen if e["what"] == "release")
    began = next(e["at"] for e in seen if "lambd = 8 " in e["text"])
    assert began - released < 1000  # milliseconds; the benchmark measures it


def test_keys_move_the_slider(notebook, show):
    panel = show("panel")
    panel.box.get_by_role("button", name="Stop").focus()
    for _ in range(2):  # over the number beside the slider
        notebook.page.keyboard.press("Shift+Tab")
    for key, value in {
        "ArrowRight": "3.5",
        "Home": "0",
        "End": "10",
        "ArrowLeft": "9.5",
        "PageDown": "7",
    }.items():
        notebook.page.keyboard.press(key)
        panel.wait(f"lambd = {value} ")


def test_a_number_can_be_typed(notebook, show):
    panel = show("panel")
    panel.readout().click()
    notebook.page.keyboard.press("Control+A")
    notebook.page.keyboard.type("4.5")
    notebook.page.keyboard.press("Enter")
    panel.wait("lambd = 4.5 ")
    assert panel.handle().get_attribute("aria-valuenow") == "4.5"


def test_another_cell_answers_during_training(notebook, show):
    panel = show("slow")
    panel.drag(0.5)
    panel.running("lambd = 5 ")
    notebook.run("sum")
    (output,) = notebook.outputs("sum")
    assert output["data"]["text/plain"] == "2"
    panel.running("lambd = 5 ")


def test_clear_forgets_the_earlier_curves(notebook, show):
    panel = show("panel")
    alone = panel.picture()
    panel.drag(0.7)
    panel.wait("lambd = 7 ")
    panel.drag(0.3)
    panel.wait("lambd = 3 ")
    assert panel.picture() != alone  # the curve of 7 is in it
    panel.press("Clear")
    notebook.page.wait_for_timeout(300)
    assert panel.picture() == alone
    assert notebook.value("len(panel.history)") in "01"


def test_reset_moves_the_slider_back_and_trains(show):
    panel = show("panel")
    panel.drag(0.7)
    panel.wait("lambd = 7 ")
    panel.press("Reset")
    panel.wait("lambd = 3 ")
    assert panel.readout().inner_text() == "3.0"


def test_a_new_seed_is_named_and_changes_the_curve(show):
    panel = show("panel")
    before, seed = panel.picture(), panel.seed()
    panel.press("New seed")
    panel.wait(f"seed {seed + 1}")
    assert panel.picture() != before


def test_a_second_panel_goes_first_and_the_first_resumes(notebook, show):
    fast, slow = show("panel"), show("slow")
    slow.drag(0.5)
    slow.running("step")
    fast.scroll_to()
    fast.drag(0.7)
    fast.wait("lambd = 7 ")
    slow.running("lambd = 5 ")
    assert notebook.value("slow.newest.state") == "'running'"


def test_an_error_shows_in_the_panel_and_the_next_drag_works(show):
    panel = show("picky")
    panel.wait("inverse 1")
    panel.drag(0.8)
    panel.error.wait_for()
    lines = panel.error.inner_text().splitlines()
    assert "in picky" in lines[0]
    assert lines[1].strip() == "inverse = 1 / (lambd <= 5)"
    assert lines[-1] == "ZeroDivisionError: division by zero"
    panel.drag(0.2)
    panel.wait("inverse 1")
    assert panel.error.count() == 0


def test_a_panel_takes_every_kind_of_slider_and_two_figures(show):
    panel = show("kinds")
    panel.wait("2 0.1 a False")
    panel.drag(1, number=0)
    panel.wait("5 0.1 a False")
    panel.drag(0, number=1)
    panel.wait("5 0.0 a False")
    panel.box.get_by_role("combobox").select_option("<i>b")
    panel.wait("5 0.0 <i>b False")  # as text
    panel.box.get_by_role("checkbox").click()
    panel.wait("5 0.0 <i>b True")
    assert panel.pictures.count() == 2


def test_running_the_cell_again_puts_a_panel_in_place_of_the_old(show):
    for _ in range(2):
        panel = show("panel")
    assert panel.box.count() == 1
    panel.drag(0.7)
    panel.wait("lambd = 7 ")


def cleared(notebook, panel):
    """Clear the panel and return its picture, when the page shows it.

    Which values on its way a drag has time to train with, and leaves as
    earlier curves, is another thing each time.
    """
    notebook.value("panel.clear()")
    notebook.page.wait_for_timeout(500)
    return panel.picture()


def test_a_restarted_kernel_draws_the_same_picture(notebook, show):
    seen = []
    for kernel in ("first", "second"):
        if kernel == "second":  # in the middle of a training
            notebook.run("slow")
            slow = notebook.panel("slow")
            slow.drag(0.5)
            slow.running("lambd = 5 ")
            notebook.restart()
            assert notebook.value("slow") == "NameError"
            notebook.run("learner")
        panel = show("panel")
        panel.drag(0.7)
        panel.wait("lambd = 7 ")
        result = notebook.value("panel.newest.result")
        seen.append((cleared(notebook, panel), result))
    assert seen[0] == seen[1]


def test_the_picture_tells_settings_and_numbers(notebook, show):
    panel = show("panel")
    panel.drag(0.7)
    status = panel.wait("lambd = 7 ")
    plot = panel.pictures.get_by_role("img").first
    title = plot.get_attribute("aria-label")
    assert "lambd = 7" in title
    assert re.search(r"epoch 100: train [\d.e-]+, test [\d.e-]+", title)
    assert re.search(r"\b\d+\.\d+ s\b.* norm [\d.]+", status)
    assert panel.status.get_attribute("role") == "status"
    label = panel.box.locator("label").first
    assert label.inner_text() == "lambd"
    assert label.get_attribute("title") != "null"  # what a hover shows


def test_a_saved_panel_is_a_picture_in_html(lab, notebook, show):
    show("panel").wait("lambd = 3 ")
    notebook.wait_for_saved_picture("panel", "lambd = 3. ")
    notebook.command("docmanager:save")
    path = lab.files / notebook.path
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", path],
        check=True, capture_output=True, cwd=lab.home,
    )  # fmt: skip
    _, picture = notebook.outputs("panel")
    saved = picture["data"]["text/html"]
    assert 'alt="lambd = 3. Line plot' in saved
    source = re.search(r'src="([^"]*)"', saved)[1]
    assert source in path.with_suffix(".html").read_text()


@pytest.mark.parametrize("width", [900, 1240])
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_panel_fits_the_page_in_both_themes(notebook, show, width, theme):
    notebook.page.set_viewport_size({"width": width, "height": 1000})
    notebook.command("apputils:change-theme", theme=f"JupyterLab {theme}")
    try:
        panel = show("panel")
        panel.wait("lambd = 3 ")
        assert panel.contrast() >= 4.5
        image = panel.pictures.bounding_box()
        assert 0 < image["x"] and image["x"] + image["width"] < width
        assert panel.overflow() == 0
        assert image["width"] > 500
    finally:
        notebook.command("apputils:change-theme", theme="JupyterLab Light")
        notebook.page.set_viewport_size({"width": 1240, "height": 1000})


def test_curves_end_at_the_kernels_numbers_which_mouse_and_keys_show(
    notebook, show
):
    panel = show("panel")
    panel.drag(0.7)
    panel.wait("lambd = 7 ")
    chart = panel.pictures.first
    points = ast.literal_eval(notebook.value(NEWEST))
    (x, train), (_, test) = points
    for end, point in zip(chart.evaluate(ENDS), points, strict=True):
        assert end == pytest.approx(pixels(chart, *point), abs=1)
    notebook.page.mouse.move(pixels(chart, x, train)[0] - 1, end[1])
    (hovered,) = shown_values(chart)
    assert "100" in hovered
    for number in (train, test):
        assert f"{number:.3g}" in hovered
    notebook.page.mouse.move(0, 0)
    panel.box.get_by_role("button", name="New seed").focus()
    for _ in range(4):  # over the call, to the chart
        notebook.page.keyboard.press("Tab")
        if shown := shown_values(chart):
            break
    (first,) = shown
    notebook.page.keyboard.press("ArrowRight")
    (second,) = shown_values(chart)
    assert first != second


def test_the_panel_has_no_serious_fault_of_accessibility(notebook, show):
    """The sliders' missing names are ipywidgets' own: they are left out."""
    panel = show("panel")
    panel.wait("lambd = 3 ")
    panel.box.evaluate("box => { box.id = 'the-panel' }")
    options = {"rules": {"aria-input-field-name": {"enabled": False}}}
    found = Axe().run(notebook.page, context="#the-panel", options=options)
    serious = [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in found.response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert serious == []
