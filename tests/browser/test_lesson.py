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


def test_the_last_of_many_values_is_shown(lesson):
    panel = lesson.panel("train-slider")
    picture = panel.picture()
    panel.drag(0.3, seconds=1, positions=20, via=(1, 0.1, 0.8))
    status = panel.wait("lambd = 3 ")
    lesson.page.wait_for_timeout(300)
    assert panel.status.inner_text() == status
    assert "epoch 100" in status
    assert panel.picture() != picture
    assert panel.readout().inner_text() == "3.0"
    plot = panel.pictures.get_by_role("img").first
    assert plot.get_attribute("aria-label").startswith("lambd = 3")
