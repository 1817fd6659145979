"""The chart in a browser: light and dark, wide and narrow, mouse and keys."""

import math

import pytest
from page import ENDS, pixels, shown_values

from course_utils.plotting.svg import chart

XS = [float(x) for x in range(1, 21)]
SPEC = {
    "xlabel": "epoch",
    "ylabel": "loss",
    "xscale": "linear",
    "yscale": "log",
    "xlim": (1, 20),
    "ylim": None,
    "legend": ("train", "test error of a model with a long name"),
    "fmts": (),
    "figsize": (6, 3),
}
CURVES = [(XS, [math.exp(-x / k) for x in XS]) for k in (4, 9)]
GHOSTS = [
    (f"lambd = {n}, p = 0.{n}", [(XS, [y * n / 3 for y in ys])
                                 for _, ys in CURVES])
    for n in range(1, 7)
]  # fmt: skip
CHART = chart(SPEC, CURVES, GHOSTS, title="lambd = 7, p = 0.5", alt="falls")
PAGE = """<!doctype html><html lang="en"><title>t</title>
<style>body {{margin: 0}}</style><main><h1>chart</h1>
<button>before</button>{0}{0}<button>after</button></main>"""
# The smallest gap between boxes, and between each box and the page's edges
BOXES = """() => {
    const wide = document.documentElement.clientWidth;
    const all = [...document.querySelectorAll(
        'svg text, .cu-legend span, .cu-legend svg')]
        .map(e => [e, e.getBoundingClientRect()]);
    const bad = [];
    for (const [e, r] of all) {
        if (r.left < 0 || r.right > wide || r.width === 0)
            bad.push('cut: ' + e.textContent);
        for (const [f, s] of all)
            if (e !== f && r.left < s.right && s.left < r.right
                && r.top < s.bottom && s.top < r.bottom)
                bad.push(e.textContent + ' on ' + f.textContent);
    }
    return bad;
}"""
LETTERS = """() => Math.min(...[...document.querySelectorAll('svg text')].map(
    e => parseFloat(getComputedStyle(e).fontSize)
         * Math.hypot(e.getScreenCTM().a, e.getScreenCTM().b)))"""
INSIDE = """() => [...document.querySelectorAll(
    '.cu-values span, .cu-values input'
)].every(e => {
    const plot = e.closest('.cu-plot').getBoundingClientRect();
    const box = e.getBoundingClientRect();
    return plot.left <= box.left && box.right <= plot.right
        && plot.top <= box.top && box.bottom <= plot.bottom;
})"""


@pytest.fixture(params=[700, 360])
def width(request):
    return request.param


@pytest.fixture(scope="module")
def blank_page(browser):
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def chart_page(blank_page, width):
    blank_page.set_viewport_size({"width": width, "height": 800})
    blank_page.mouse.move(0, 0)
    blank_page.set_content(PAGE.format(CHART))
    return blank_page


def test_chart_fits_the_page_and_nothing_overlaps(chart_page):
    assert chart_page.evaluate(BOXES) == []
    scroll = "document.documentElement.scrollWidth <= innerWidth"
    assert chart_page.evaluate(scroll)
    assert chart_page.evaluate(LETTERS) >= 9.5
    assert chart_page.evaluate(INSIDE)


def test_chart_has_its_legend_beside_or_below(chart_page, width):
    plot = chart_page.locator(".cu-plot").first.bounding_box()
    legend = chart_page.locator(".cu-legend").first.bounding_box()
    below = legend["y"] >= plot["y"] + plot["height"]
    beside = legend["x"] >= plot["x"] + plot["width"]
    assert (below, beside) == ((True, False) if width < 600 else (False, True))


def test_chart_ends_each_curve_where_its_numbers_say(chart_page):
    chart = chart_page.locator(".cu-chart").first
    for (xs, ys), end in zip(CURVES, chart.evaluate(ENDS), strict=True):
        found = pixels(chart, xs[-1], ys[-1])
        assert end == pytest.approx(found, abs=1)


def test_chart_shows_the_values_under_the_mouse(chart_page):
    main = chart_page.locator("main")
    areas = main.locator(".cu-values").first.locator("label")
    assert shown_values(main) == []
    areas.nth(4).hover()
    (text,) = shown_values(main)
    assert text.split("\n")[:2] == ["epoch 5", f"train {CURVES[0][1][4]:.3g}"]
    areas.last.click()  # as a finger does
    chart_page.mouse.move(1, 1)
    (text,) = shown_values(main)
    assert text.startswith("epoch 20\n")
    areas.nth(4).hover()
    (text,) = shown_values(main)  # one of both
    assert text.startswith("epoch 5\n")


def test_chart_is_read_with_the_keys(chart_page):
    press = chart_page.keyboard.press

    def value():
        shown = shown_values(chart_page.locator("main"))
        return [text.split("\n")[0] for text in shown]

    chart_page.locator("button").first.focus()
    seen = []
    for key in ("Tab", "ArrowLeft", "ArrowUp", "ArrowRight", "Enter"):
        press(key)
        seen += value()
    assert seen == [f"epoch {n}" for n in (20, 19, 18, 19, 19)]
    for expected in (["epoch 20"], []):  # the other chart, and the page
        press("Tab")
        assert value() == expected
    assert chart_page.url == "about:blank"  # nothing was sent


CELL = f"""import ipywidgets
from IPython.display import display
display(ipywidgets.VBox([ipywidgets.HTML({CHART!r})]))"""


def test_chart_keeps_its_keys_in_jupyterlab(page, open_notebook):
    notebook = open_notebook({"above": "1", "chart": CELL, "below": "2"})
    notebook.run("chart")
    cell = notebook.cell("chart")
    areas = cell.locator(".cu-values label")
    areas.last.wait_for()
    active = "jupyterapp.shell.currentWidget.content.activeCellIndex"
    areas.nth(9).click()
    for key, epoch in [
        ("ArrowRight", 11), ("ArrowDown", 12), ("ArrowUp", 11),
        ("ArrowLeft", 10),
    ]:  # fmt: skip
        page.keyboard.press(key)
        # The mouse rests where it was, and shows its values too.
        shown = {text.split("\n")[0] for text in shown_values(cell)}
        assert shown == {f"epoch {epoch}", "epoch 10"}
        assert page.evaluate(active) == 1
    assert cell.locator(".cu-chart").bounding_box()["width"] == 600
    assert page.evaluate(INSIDE)
