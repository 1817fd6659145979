"""One JupyterLab in one page of a Chromium, a notebook for each test.

Loading JupyterLab takes longer than most tests, so they share it.
"""

import os
from importlib.metadata import version
from pathlib import Path

import pytest
from lab import Lab, faults
from page import FLAGS, Notebook, find_browser, open_lab


def give_up(reason):
    """Skip the test; or fail it, where a skipped test would go unseen."""
    if os.environ.get("COURSE_NEEDS_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    """Return a Chromium that is steered by Playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        give_up("Playwright is missing: pip install -e '.[test]'")
    with sync_playwright() as playwright:
        path = find_browser() or playwright.chromium.executable_path
        if not Path(path).exists():
            give_up(
                "no Chromium: install your system's chromium package, name a "
                "browser in the environment variable CHROMIUM, or run "
                "'.venv/bin/playwright install chromium'"
            )
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def lab(browser, tmp_path_factory):
    """Return a JupyterLab; at the end its log has to be free of faults."""
    server = Lab(tmp_path_factory.mktemp("lab"))
    try:
        server.wait()
        yield server
        log = server.log()
    finally:
        survivors = server.stop()
    assert not survivors, survivors
    assert not faults(log), log  # whole: which socket, whose process?


@pytest.fixture(scope="session")
def page(browser, lab):
    """Return a page with JupyterLab in it."""
    context = browser.new_context(viewport={"width": 1240, "height": 1000})
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    open_lab(page, lab)
    yield page
    context.close()
    if version("ipywidgets").startswith("7."):
        # It wants to typeset each HTML by MathJax 2; JupyterLab 4 has 3.
        faults = [each for each in faults if "reading 'Queue'" not in each]
    assert not faults, faults


@pytest.fixture
def open_notebook(page, lab, request):
    """Return a function that opens a notebook, made of cells or copied."""
    opened = []

    def open_it(cells_or_path, kernel="current"):
        if isinstance(cells_or_path, Path):
            path = lab.copy(cells_or_path)
        else:
            name = f"{request.node.name}-{len(opened)}.ipynb"
            path = lab.add(name, cells_or_path, kernel)
        opened.append(Notebook(page, path))
        return opened[-1]

    yield open_it
    for notebook in opened:
        notebook.close()


@pytest.fixture
def show(notebook):
    """Return a function that runs a cell and finds the panel below it.

    `notebook` is the test module's own.
    """
    shown = []

    def show_it(name):
        notebook.run(name)
        shown.append(notebook.panel(name))
        return shown[-1]

    yield show_it
    for panel in shown:
        panel.press("Stop")
