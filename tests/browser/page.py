"""Hands and eyes: a notebook and its slider panels in a browser's page."""

import math
import os
import re
import shutil
import time

from playwright.sync_api import TimeoutError

FLAGS = [
    "--no-sandbox",  # containers often run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OPEN = """async path => {
    const widget = await jupyterapp.commands.execute(
        'docmanager:open', {path, factory: 'Notebook'});
    await widget.context.ready;
    await widget.revealed;
}"""
KERNEL_READY = """() => {
    const session = jupyterapp.shell.currentWidget?.sessionContext;
    const kernel = session?.isReady && session.session?.kernel;
    return kernel?.connectionStatus === 'connected'
        && kernel.status === 'idle';
}"""
CLOSE = """async () => {
    const widget = jupyterapp.shell.currentWidget;
    await widget.sessionContext.shutdown();
    widget.dispose();
}"""
EVALUATE = """async code => {
    const context = jupyterapp.shell.currentWidget.sessionContext;
    const reply = await context.session.kernel.requestExecute({
        code: '', silent: true, user_expressions: {value: code},
    }).done;
    const value = reply.content.user_expressions.value;
    return value.status === 'ok' ? value.data['text/plain'] : value.ename;
}"""
FIND = """id => jupyterapp.shell.currentWidget.content.widgets.findIndex(
    cell => cell.model.id === id)"""
RUN = """async ([index, wait]) => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.deselectAll();
    notebook.activeCellIndex = index;
    const done = jupyterapp.commands.execute('notebook:run-cell');
    if (wait) await done;
}"""
OUTPUTS = """index => {
    const notebook = jupyterapp.shell.currentWidget.content;
    return notebook.widgets[index].model.outputs.toJSON();
}"""
FAULTS = """() => jupyterapp.shell.currentWidget.content.widgets
    .flatMap(cell => cell.model.outputs?.toJSON() ?? [])
    .filter(output => output.output_type === 'error'
        || output.name === 'stderr')"""
# What the learner's eye meets, with the browser's own clock: every picture
# when it has been loaded, every text of a status line, and the mouse.
WATCH = """() => {
    if (window.seen) { window.seen.length = 0; return; }
    const seen = window.seen = [];
    const note = (what, text) =>
        seen.push({at: performance.now(), what, text});
    document.addEventListener('load', e => e.target.tagName === 'IMG'
        && !e.target.closest('.cu-saved')
        && note('picture', e.target.src), true);
    addEventListener('pointerup', () => note('release', ''), true);
    addEventListener('keydown', e => note('key', e.key), true);
    new MutationObserver(changes => {
        for (const change of changes) {
            const place = change.target.closest?.('.jupyter-widgets');
            const status = place?.querySelector('[role=status]');
            if (status) note('status', status.innerText);
            for (const added of change.addedNodes)
                if (added.classList?.contains('cu-chart'))
                    note('picture', added.querySelector('svg').ariaLabel);
        }
    }).observe(document.body, {childList: true, subtree: true});
}"""

CONTRAST = """element => {
    const rgb = color => color.match(/[\\d.]+/g).map(Number);
    const luminance = color => {
        const [r, g, b] = rgb(color).map(c => c / 255).map(
            c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    let behind = element;
    const background = () => getComputedStyle(behind).backgroundColor;
    while (rgb(background())[3] === 0) behind = behind.parentElement;
    const a = luminance(getComputedStyle(element).color);
    const b = luminance(background());
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}"""

# The last point of each curve, in pixels of the page
ENDS = """chart => [...chart.querySelectorAll('[data-curve]')].map(g => {
    const path = g.querySelector('path');
    const end = path.getPointAtLength(path.getTotalLength());
    const at = end.matrixTransform(path.getScreenCTM());
    return [at.x, at.y];
})"""
SHOWN = """root => [...root.querySelectorAll('.cu-values span')].filter(
    e => getComputedStyle(e).opacity === '1').map(e => e.innerText)"""

# A run that waits for another one has not ended, although its line is polite.
WAIT = """([box, text, live]) => {
    const status = box.querySelector('[role=status]');
    const told = status?.innerText ?? '';
    return status?.getAttribute('aria-live') === live && told.includes(text)
        && told.includes('· waits ') === text.includes('waits ');
}"""


def find_browser():
    """Return the path of a Chromium of this machine, or None."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, names)), None
    )


def pixels(chart, *point):
    """Return where in the page a chart's axes say that a point is."""
    svg = chart.locator("svg[data-x]")
    box = svg.bounding_box()
    scale = box["width"] / float(svg.get_attribute("viewBox").split()[2])
    found = []
    for axis, value in zip("xy", point, strict=True):
        kind, *numbers = svg.get_attribute(f"data-{axis}").split()
        low, high, start, end = map(float, numbers)
        if kind == "log":
            low, high, value = map(math.log, (low, high, value))
        along = start + (value - low) / (high - low) * (end - start)
        found.append(box[axis] + scale * along)
    return found


def shown_values(root):
    """Return the texts of values that are seen beside a chart's curves."""
    return root.evaluate(SHOWN)


def open_lab(page, lab):
    """Load JupyterLab, without side bars, into a page."""
    page.goto(f"{lab.address}/doc?token={lab.token}&reset")
    page.wait_for_function("window.jupyterapp?.restored", timeout=60_000)
    page.evaluate("jupyterapp.restored")


class Notebook:
    """A notebook that is open in JupyterLab, in front of all others."""

    def __init__(self, page, path):
        self.page, self.path = page, path
        self.open()

    def open(self):
        """Open the notebook, with a new kernel."""
        self.page.evaluate(OPEN, self.path)
        self.page.wait_for_function(KERNEL_READY, timeout=60_000)

    def restart(self):
        """Restart the kernel."""
        self.page.evaluate("""() => jupyterapp.shell.currentWidget
            .sessionContext.session.kernel.restart()""")
        self.page.wait_for_function(KERNEL_READY, timeout=60_000)

    def close(self):
        """Close the notebook without saving it, and end its kernel."""
        self.page.evaluate(CLOSE)

    def run(self, cell, wait=True):
        """Run the cell with this id."""
        self.page.evaluate(RUN, [self._index(cell), wait])

    def run_all(self, timeout):
        """Run all cells."""
        self.page.evaluate("""() => {
            window.ended = false;
            jupyterapp.commands.execute('notebook:run-all-cells')
                .then(() => { window.ended = true; });
        }""")
        self.page.wait_for_function("window.ended", timeout=timeout * 1000)

    def value(self, expression):
        """Return the repr of an expression's value in the kernel."""
        return self.page.evaluate(EVALUATE, expression)

    def outputs(self, cell):
        """Return the outputs of the cell with this id, as nbformat."""
        return self.page.evaluate(OUTPUTS, self._index(cell))

    def wait_for_saved_picture(self, cell, text):
        """Wait until the picture to be saved is drawn, and told as `text`.

        It is when no panel trains.
        """
        end = time.monotonic() + 20
        while text not in str(self.outputs(cell)[1]["data"]):
            assert time.monotonic() < end, "no picture to be saved is drawn"
            self.page.wait_for_timeout(100)

    def command(self, name, **arguments):
        """Execute one of JupyterLab's commands."""
        self.page.evaluate(
            "([name, args]) => jupyterapp.commands.execute(name, args)",
            [name, arguments],
        )

    def faults(self):
        """Return every output that is an error or was written to stderr."""
        return self.page.evaluate(FAULTS)

    def cell(self, cell):
        """Return the locator of the cell with this id."""
        cells = self.page.locator(".jp-NotebookPanel:visible .jp-Cell")
        return cells.nth(self._index(cell))

    def panel(self, cell):
        """Return the slider panel below the cell with this id."""
        panel = SliderPanel(self.page, self.cell(cell))
        panel.box.wait_for(timeout=30_000)
        panel.scroll_to()
        return panel

    def _index(self, cell):
        index = self.page.evaluate(FIND, cell)
        assert index >= 0, f"the notebook has no cell {cell!r}"
        return index

    def watch(self):
        """Begin to note what is seen; forget what was seen before."""
        self.page.evaluate(WATCH)

    def seen(self):
        """Return what was seen, as a list of dicts: at (ms), what, text."""
        return self.page.evaluate("window.seen")


class SliderPanel:
    """A slider panel as the learner sees it."""

    def __init__(self, page, cell):
        self.page = page
        output = cell.locator(".jp-OutputArea")
        self.box = output.locator(".jupyter-widgets.widget-vbox").first
        self.status = self.box.locator("[role=status]")
        self.pictures = self.box.locator(".cu-chart, .widget-html img")
        self.error = self.box.locator("pre", has_text="Error")

    def scroll_to(self):
        """Bring the panel into view.

        What has not been in view has a guessed height: things move.
        """
        before = None
        for _ in range(40):
            self.box.scroll_into_view_if_needed()
            place = self.box.bounding_box()
            if place == before:
                return
            before = place
            self.page.wait_for_timeout(50)
        raise AssertionError("the panel does not come to rest")

    def slider(self, number=0):
        """Return the locator of a slider."""
        # ipywidgets 8 draws with noUiSlider, ipywidgets 7 with jQuery UI.
        return self.box.locator(".noUi-target, .ui-slider").nth(number)

    def handle(self, number=0):
        """Return the locator of a slider's handle."""
        return self.slider(number).locator(".noUi-handle, .ui-slider-handle")

    def readout(self, number=0):
        """Return the locator of the number beside a slider."""
        return self.box.locator(".widget-readout").nth(number)

    def press(self, button):
        """Click one of the panel's buttons."""
        self.box.get_by_role("button", name=button, exact=True).click()

    def drag(self, to, seconds=0.3, positions=12, number=0, via=()):
        """Drag a handle to a fraction of its track, over fractions `via`."""
        track = self.slider(number).bounding_box()
        handle = self.handle(number).bounding_box()
        left = handle["x"] + handle["width"] / 2
        y = handle["y"] + handle["height"] / 2
        stops = [(left - track["x"]) / track["width"], *via, to]
        self.page.mouse.move(left, y)
        self.page.mouse.down()
        begin = time.monotonic()
        for k in range(1, positions + 1):
            leg = (len(stops) - 1) * k / positions
            a = min(int(leg), len(stops) - 2)
            fraction = stops[a] + (stops[a + 1] - stops[a]) * (leg - a)
            x = track["x"] + fraction * track["width"]
            pause = begin + seconds * k / positions - time.monotonic()
            self.page.wait_for_timeout(max(0, 1000 * pause))
            self.page.mouse.move(x, y)
        self.page.mouse.up()

    def running(self, text, timeout=20):
        """Wait until a run lasts and the status line holds `text`."""
        return self.wait(text, timeout, live="off")

    def seed(self):
        """Return the seed that the status line names."""
        return int(re.search(r"seed (\d+)", self.status.inner_text())[1])

    def contrast(self):
        """Return the contrast ratio of the status line, after WCAG 2."""
        return self.status.evaluate(CONTRAST)

    def overflow(self):
        """Return by how many pixels the panel is wider than its cell."""
        return self.box.evaluate("""panel => {
            const cell = panel.closest('.jp-Cell-outputArea');
            return Math.max(panel.scrollWidth - panel.clientWidth,
                            cell.scrollWidth - cell.clientWidth);
        }""")

    def wait(self, text, timeout=20, live="polite"):
        """Wait until no run lasts and the status line holds `text`."""
        try:
            self.page.wait_for_function(
                WAIT,
                arg=[self.box.element_handle(), text, live],
                timeout=1000 * timeout,
            )
        except TimeoutError:
            raise AssertionError(
                f"waited {timeout} s for {text!r} with aria-live {live!r}, "
                f"seen: {self.box.inner_text()!r}"
            ) from None
        return self.status.inner_text()

    def picture(self, number=0):
        """Return the HTML of a picture, curves or an image."""
        return self.pictures.nth(number).evaluate("e => e.outerHTML")
