from importlib.util import find_spec

import pytest
from fixtures import give_up
from lab import LEARNER
from page import SliderPanel

CELLS = {
    "learner": LEARNER,
    "panel": "panel = retrain(train, lambd=(0, 10, 0.5))\npanel",
}


@pytest.fixture
def classic(browser, lab):
    """Return a page with the classic Notebook 7 in it."""
    if find_spec("notebook") is None:
        give_up("Notebook 7 is missing: pip install -e '.[test]'")
    context = browser.new_context(viewport={"width": 1240, "height": 1000})
    page = context.new_page()
    path = lab.add("classic.ipynb", CELLS)
    page.goto(f"{lab.address}/notebooks/{path}?token={lab.token}")
    yield page
    context.close()
    lab.end_kernel(path)


def test_the_panel_works_in_the_classic_notebook(classic):
    classic.locator(".jp-Cell").first.click()
    classic.locator(
        ".jp-Notebook-ExecutionIndicator[data-status=idle]"
    ).wait_for()
    for _ in CELLS:
        classic.keyboard.press("Shift+Enter")
    panel = SliderPanel(classic, classic.locator(".jp-Cell").nth(1))
    panel.box.wait_for(timeout=30_000)
    panel.wait("lambd = 3 ")
    before = panel.picture()
    panel.drag(0.9, seconds=0.8, positions=20)
    panel.wait("lambd = 9 ")
    assert panel.picture() != before
