import pytest
from lab import REPO
from page import Notebook

LESSON = REPO / "notebooks/01_weight_decay_from_scratch.ipynb"


@pytest.fixture(scope="module")
def lesson(page, lab):
    notebook = Notebook(page, lab.copy(LESSON))
    notebook.run_all(timeout=180)
    yield notebook
    notebook.close()


@pytest.fixture
def panel(lesson):
    panel = lesson.panel("train-slider")
    panel.press("Reset")
    panel.press("Clear")
    panel.wait("lambd = 0 ")
    return panel


def test_the_lesson_shows_its_pictures_before_it_runs(
    page, lab, open_notebook
):
    notebook = open_notebook(LESSON)
    pictures = notebook.cell("train-slider").locator("img")
    pictures.first.wait_for()
    assert pictures.count() == 1
    assert pictures.evaluate("image => image.naturalWidth") > 500


def test_the_lesson_runs_without_a_fault(lesson):
    assert lesson.faults() == []


def test_the_mouse_drags_the_slider(lesson, panel):
    picture = panel.picture()
    panel.drag(0.3)
    status = panel.wait("lambd = 3 ")
    assert "epoch 100" in status
    assert panel.picture() != picture
    assert panel.readout().inner_text() == "3.0"


def test_the_last_of_many_values_is_shown(lesson, panel):
    panel.drag(0.5, seconds=1.5, positions=30, via=(1, 0.1, 0.8))
    panel.wait("lambd = 5 ")
    lesson.page.wait_for_timeout(500)
    panel.wait("lambd = 5 ")
    plot = panel.pictures.get_by_role("img").first
    assert plot.get_attribute("aria-label").startswith("lambd = 5")


def test_keys_move_the_slider(lesson, panel):
    panel.handle().focus()
    lesson.page.keyboard.press("ArrowRight")
    panel.wait("lambd = 0.5 ")
    lesson.page.keyboard.press("End")
    panel.wait("lambd = 10 ")


def test_a_number_can_be_typed(lesson, panel):
    panel.readout().click()
    lesson.page.keyboard.press("Control+A")
    lesson.page.keyboard.type("4.5")
    lesson.page.keyboard.press("Enter")
    panel.wait("lambd = 4.5 ")
