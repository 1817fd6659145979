"""Take the README's picture of the slider panel: ``make screenshot``.

It runs lesson 01 in a real JupyterLab, drags λ, and photographs the panel.
"""

import io
import tempfile
from pathlib import Path

from lab import REPO, Lab
from page import FLAGS, Notebook, find_browser, open_lab
from PIL import Image
from playwright.sync_api import sync_playwright

LESSON = REPO / "notebooks/01_weight_decay_from_scratch.ipynb"
CELL = "train-slider"
PICTURE = REPO / "notebooks/images/panel.png"
MARGIN = 8  # CSS pixels around the panel


def photograph(page, lab):
    """Return a PNG of lesson 01's panel after a few drags."""
    open_lab(page, lab)
    notebook = Notebook(page, lab.copy(LESSON))
    notebook.run_all(timeout=180)
    panel = notebook.panel(CELL)
    for lambd in (1, 10, 3):
        panel.drag(lambd / 10)
        panel.wait(f"lambd = {lambd:g} ")
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    first, last = panel.slider().bounding_box(), panel.pictures.bounding_box()
    box = panel.box.bounding_box()
    bottom = last["y"] + last["height"]
    return page.screenshot(
        clip={
            "x": box["x"] - MARGIN,
            "y": first["y"] - 2 * MARGIN,
            "width": last["x"] + last["width"] - box["x"] + 2 * MARGIN,
            "height": bottom - first["y"] + 3 * MARGIN,
        }
    )


def main():
    """Write the picture, in at most 256 colours."""
    with (
        tempfile.TemporaryDirectory() as home,
        sync_playwright() as playwright,
    ):
        lab = Lab(Path(home))
        try:
            lab.wait()
            browser = playwright.chromium.launch(
                executable_path=find_browser(), args=FLAGS
            )
            page = browser.new_page(
                viewport={"width": 1000, "height": 1000}, device_scale_factor=2
            )
            png = photograph(page, lab)
        finally:
            lab.stop()
    PICTURE.parent.mkdir(exist_ok=True)
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(256)
    picture.save(PICTURE, optimize=True)
    print(
        f"{PICTURE.relative_to(REPO)}: {PICTURE.stat().st_size / 1000:.0f} kB"
    )


if __name__ == "__main__":
    main()
