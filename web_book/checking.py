"""Look at the finished pages in Chromium, with the network blocked.

    python -m web_book.checking

checks all pages of ``build/site`` and says what is wrong. `check_page` does
one; the tests use it too.
"""

import argparse
import contextlib
import functools
import gzip
import http.server
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from . import packing, pages, stored_runs
from .__main__ import SITE

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}

# Waits until every panel of the page can be moved.
_LOAD = """async () => {
  if (typeof bookPanels === "undefined") return;  // the page for searching
  for (const panel of bookPanels.values()) await panel.load();
}"""
# Moves each control to both ends and the middle (a select or a checkbox to
# each choice); returns for each move how long it took and what is shown.
_MOVE = """async () => {
  const found = [];
  if (typeof bookPanels === "undefined") return found;
  for (const panel of bookPanels.values()) {
    for (const [k, input] of panel.inputs.entries()) {
      const last = panel.data.controls[k].values.length - 1;
      const stops = input.type === "range"
        ? [0, last, last >> 1] : [...Array(last + 1).keys()];
      for (const stop of stops) {
        panel.root.getBoundingClientRect();
        const before = performance.now();
        if (input.type === "checkbox") input.checked = Boolean(stop);
        else input.value = stop;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.dispatchEvent(new Event("change", { bubbles: true }));
        for (const image of panel.root.querySelectorAll("img"))
          await image.decode();
        panel.root.getBoundingClientRect(); // the page is laid out
        const time = performance.now() - before;
        const run = panel.data.runs[panel.at];
        found.push({
          panel: panel.name, control: k, stop, time,
          at: panel.at[k],
          status: panel.part("status").textContent, wanted: run.s,
          charts: panel.root.querySelectorAll(".cu-plot > svg").length,
          images: panel.root.querySelectorAll("img").length,
          drawn: run.f.length, pictured: run.i.length,
        });
      }
    }
    panel.reset();
  }
  return found;
}"""
# Parts of a panel that stand below each other, and the page's own width.
_LAYOUT = """() => {
  const faults = [];
  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth)
    faults.push(`the page is ${root.scrollWidth} px wide`);
  for (const panel of document.querySelectorAll(".panel")) {
    const boxes = [...panel.children]
      .map((e) => [e, e.getBoundingClientRect()])
      .filter(([, box]) => box.height);
    for (let k = 1; k < boxes.length; k++)
      if (boxes[k][1].top < boxes[k - 1][1].bottom - 1)
        faults.push(`${boxes[k][0].className} overlaps in ${panel.id}`);
    const inner = panel.getBoundingClientRect();
    for (const e of panel.querySelectorAll(
        "input, select, output, button, img, .cu-plot, .cu-legend")) {
      const box = e.getBoundingClientRect();
      if (box.width > 1
          && (box.right > inner.right + 1 || box.left < inner.left))
        faults.push(`${e.tagName} leaves ${panel.id}`);
    }
    const rows = [...panel.querySelectorAll(".panel-control > *")]
      .map((e) => e.getBoundingClientRect());
    for (const [k, a] of rows.entries())
      for (const b of rows.slice(k + 1))
        if (a.left < b.right - 1 && b.left < a.right - 1
            && a.top < b.bottom - 1 && b.top < a.bottom - 1)
          faults.push(`controls overlap in ${panel.id}`);
  }
  return faults;
}"""
_SHOWN = """(name) => {
  const panel = bookPanels.get(name);
  return {
    status: panel.part("status").textContent,
    code: panel.part("code").textContent,
    printed: panel.part("printed").textContent,
    curves: [...panel.root.querySelectorAll("g.cu-curve > title")]
      .map((title) => title.textContent),
    images: panel.root.querySelectorAll("img").length,
    note: panel.part("note").textContent,
  };
}"""


def find_browser() -> str | None:
    """Return the path of a Chromium, or None."""
    return os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )


@contextlib.contextmanager
def serve(folder: Path):
    """Serve a folder on this computer; yield its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def copyfile(self, *args):  # a page that is left takes no more
            with contextlib.suppress(ConnectionError):
                super().copyfile(*args)

    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Visit:
    """A page that is open in a browser which reaches no other computer.

    Attributes
    ----------
    faults : list of str
        requests that would have left, and errors on the console
    """

    def __init__(self, browser, address, **options):
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.faults = []
        self.page.route("**/*", lambda route: self._answer(route, address))
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda e: self.faults.append(f"error: {e}"))

    def _answer(self, route, address):
        url = route.request.url
        if url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            self.faults.append(f"asks for {url}")
            route.abort()

    def _hear(self, message):
        if message.type in ("error", "warning"):
            where = message.location.get("url", "")
            self.faults.append(f"console: {message.text} {where}")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.context.close()


def check_page(browser, address: str, name: str) -> tuple[list, list]:
    """Return a page's faults, and the milliseconds of each move.

    Parameters
    ----------
    browser : playwright's browser
    address : str
        of the site
    name : str
        of the page, as in "index.html"
    """
    from axe_playwright_python.sync_playwright import Axe

    url, faults, times = f"{address}/{name}", [], []
    with Visit(browser, address, viewport=DESKTOP) as visit:
        visit.page.goto(url, wait_until="load")
        visit.page.evaluate(_LOAD)
        visit.page.wait_for_timeout(300)
        moves = visit.page.evaluate(_MOVE)
        times = [move["time"] for move in moves]
        faults += [f"{m} is not followed" for m in moves if _lags(m)]
        faults += visit.faults  # axe loads style sheets from wrong places
        # A colour on its way from one theme to the other is none to judge.
        visit.page.add_style_tag(content="*{transition:none!important}")
        for theme in ("light", "dark"):
            visit.page.evaluate(
                "(theme) => document.documentElement.dataset.theme = theme",
                theme,
            )
            faults += _ask_axe(Axe(), visit.page, theme)
    with Visit(browser, address, viewport=PHONE) as visit:
        visit.page.goto(url, wait_until="load")
        visit.page.evaluate(_LOAD)
        visit.page.wait_for_timeout(300)
        faults += visit.page.evaluate(_LAYOUT)
        faults += visit.faults
    with Visit(
        browser, address, viewport=DESKTOP, java_script_enabled=False
    ) as visit:
        visit.page.goto(url, wait_until="load")
        for panel in visit.page.locator(".panel").all():
            picture = panel.locator(".cu-plot > svg, img").first
            if picture.count() and picture.bounding_box()["height"] < 50:
                faults.append("a panel has no picture without JavaScript")
            if not panel.locator(".panel-status").inner_text():
                faults.append("a panel has no words without JavaScript")
    return [f"{name}: {fault}" for fault in faults], times


def time_front_page(browser, address: str) -> tuple[float, float]:
    """Return after how many milliseconds the front page shows and moves."""
    with Visit(browser, address, viewport=DESKTOP) as visit:
        visit.page.goto(f"{address}/index.html", wait_until="load")
        visit.page.evaluate(_LOAD)
        return tuple(
            visit.page.evaluate(
                """() => [
                  performance.getEntriesByName("first-contentful-paint")[0],
                  performance.getEntriesByType("mark")
                    .find((mark) => mark.name.startsWith("panel")),
                ].map((entry) => entry.startTime)"""
            )
        )


def weigh(browser, address: str, site: Path, name: str) -> int:
    """Return the bytes that a page and all its panels take over the wire.

    Text is packed as servers do it.
    """
    with Visit(browser, address, viewport=DESKTOP) as visit:
        urls = set()
        visit.page.on("request", lambda request: urls.add(request.url))
        visit.page.goto(f"{address}/{name}", wait_until="load")
        visit.page.evaluate(_LOAD)
        visit.page.wait_for_timeout(500)
    total = 0
    for url in urls:
        path = site / url.removeprefix(address).split("?")[0].lstrip("/")
        if not url.startswith("data:") and path.is_file():
            data = path.read_bytes()
            total += min(len(data), len(gzip.compress(data)))
    return total


def _lags(move):
    return (
        move["status"] != move["wanted"]
        or move["charts"] != move["drawn"]
        or move["images"] != move["pictured"]
        or move["at"] != move["stop"]
    )


def _ask_axe(axe, page, theme):
    found = axe.run(page).response["violations"]
    return [
        f"axe, {theme}: {each['id']} at {each['nodes'][0]['target']}: "
        f"{each['nodes'][0].get('failureSummary', '')[:300]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def read_shown(page, name: str) -> dict:
    """Return what a panel shows: status, code, ends of curves ..."""
    return page.evaluate(_SHOWN, name)


def choose_samples(records: list, count: int, seed: int = 0) -> list:
    """Return `count` pairs (record, run) of a notebook's panels, spread."""
    generator = random.Random(seed)
    pairs = [(r, run) for r in records for run in r["runs"]]
    return generator.sample(pairs, min(count, len(pairs)))


def compare_with_panel(
    browser, address: str, path: Path, count: int, panels: int | None = None
) -> list:
    """Return where a page shows other values than `Panel.run` gives anew.

    Parameters
    ----------
    browser : playwright's browser
    address : str
        of the site
    path : Path
        an English notebook
    count : int
        how many stored runs are compared
    panels : int, optional
        of how many panels, the first ones; by default of all
    """
    records = stored_runs.load(path)[:panels]
    samples = choose_samples(records, count)
    wanted = [[record["id"], run["at"]] for record, run in samples]
    anew = run_anew(path, wanted)
    faults, name = [], pages.page_name(path, "en")
    with Visit(browser, address, viewport=DESKTOP) as visit:
        for (record, run), truth in zip(samples, anew, strict=True):
            link = link_to(record, run["at"])
            visit.page.goto("about:blank")
            visit.page.goto(f"{address}/{name}.html{link}", wait_until="load")
            panel = packing.panel_name(record)
            visit.page.evaluate(
                "async (name) => { await bookPanels.get(name).load();"
                " await new Promise((r) => setTimeout(r)); }",
                panel,
            )
            shown = read_shown(visit.page, panel)
            expected = {
                "status": truth["status"],
                "code": truth["code"],
                "printed": truth["printed"],
                "curves": _name_ends(truth),
                "images": len(truth["pictures"]),
                "note": "",
            }
            faults += [
                f"{name}{link}: {key} is {shown[key]!r}, not {value!r}"
                for key, value in expected.items()
                if shown[key] != value
            ]
        faults += visit.faults
    return faults


def link_to(record: dict, at: list) -> str:
    """Return the link that opens a panel at these settings."""
    settings = [
        f"{c['name']}={json.dumps(c['values'][k]).strip(chr(34))}"
        for c, k in zip(record["controls"], at, strict=True)
    ]
    return "#" + ";".join([packing.panel_name(record), *settings])


def _name_ends(run):
    """Return each curve's name and last value, as the chart says them."""
    import html
    import re

    found = []
    for chart in run["charts"]:
        text = packing.draw(run, chart, (), "")
        found += re.findall(r'cu-curve"[^>]*><title>(.*?)</title>', text)
    return [html.unescape(each) for each in found]


def run_anew(path: Path, wanted: list) -> list:
    """Run a notebook's panels in a fresh process; return what they show.

    Parameters
    ----------
    path : Path
    wanted : list of [cell id, positions of the controls]
    """
    with tempfile.TemporaryDirectory() as folder:
        order = Path(folder) / "order.json"
        order.write_text(json.dumps([str(path), wanted]))
        environment = {
            **os.environ,
            "MPLBACKEND": "agg",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(
                [
                    str(stored_runs.ROOT),
                    *filter(None, [os.environ.get("PYTHONPATH")]),
                ]
            ),
        }
        subprocess.run(
            [sys.executable, "-m", "web_book.checking", "--anew", str(order)],
            cwd=path.parent, env=environment, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return json.loads(order.read_text())


def _run_anew(order):
    from .planning import read_control

    path, wanted = json.loads(order.read_text())
    found = [None] * len(wanted)

    def use(panel, cells):
        controls = [read_control(k, w) for k, w in panel.controls.items()]
        controls = [control for control in controls if control is not None]
        for n, (name, at) in enumerate(wanted):
            if name == cells[-1].id:
                values = {
                    control.name: control.values[k]
                    for control, k in zip(controls, at, strict=True)
                }
                run = stored_runs.run_at(panel, values, name)
                found[n] = stored_runs.record_run(panel, run)
        return None not in found

    stored_runs.run_notebook(Path(path), use)
    order.write_text(json.dumps(found))


def main() -> int:
    """Check all pages of ``build/site``; return 1 if one has a fault."""
    from playwright.sync_api import sync_playwright

    names = sorted(
        path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html")
    )
    faults, times = [], []
    with serve(SITE) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=FLAGS
        )
        for name in names:
            found, took = check_page(browser, address, name)
            faults, times = [*faults, *found], [*times, *took]
            print(
                f"{name}: {len(took)} moves, {len(found)} faults", flush=True
            )
        for path in pages.find_notebooks("en"):
            if stored_runs.load(path):
                faults += compare_with_panel(browser, address, path, 3)
        weights = {n: weigh(browser, address, SITE, n) for n in names}
        shows, moves = time_front_page(browser, address)
        browser.close()
    heaviest = max(weights, key=weights.get)
    print(
        f"front page: first picture after {shows:.0f} ms, moves after "
        f"{moves:.0f} ms; heaviest page over the wire: {heaviest}, "
        f"{weights[heaviest] / 1e6:.2f} MB"
    )
    print(*faults, sep="\n")
    print(
        f"{len(names)} pages, {len(times)} moves, the slowest "
        f"{max(times, default=0):.0f} ms, {len(faults)} faults"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--anew", type=Path, help=argparse.SUPPRESS)
    order = parser.parse_args().anew
    sys.exit(_run_anew(order) if order else main())
