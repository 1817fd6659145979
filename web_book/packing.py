"""Turn the runs of a panel into what its page loads.

Charts are drawn by `svg.chart`, with axes that are the same for all runs of
a panel. What several runs share (the axes, a constant curve) is kept once.
"""

import html
import json
import math
import re

from course_utils.plotting import svg
from course_utils.plotting.styles import GHOSTS

from .words import WORDS

_STYLE = re.compile(r"<style>(.*?)</style>", re.S)
_ALT = re.compile(r'(?<=aria-label=")[^"]*')
_CURVES = re.compile(r'(?:<g class="cu-curve".*?</g>)+', re.S)
_CURVE = re.compile(r'<g class="cu-curve".*?</g>', re.S)
_FORM = re.compile(r'<form class="cu-values".*?</form>', re.S)
_LABEL = re.compile(
    r'<label[^>]*style="flex:([\d.]+);--x:([\d.]+)%">.*?<span>(.*?)</span>'
    r"</label>",
    re.S,
)
_ROW = re.compile(r'<b style="--c:([^"]*)">(.*?)</b>', re.S)
_VALUE = re.compile(r"(.*) (\S+(?: \(at [^)]*\))?)", re.S)
_TITLE = "@title@"


class _Pool:
    """Texts and lists, each of them once."""

    def __init__(self):
        self.items, self._numbers = [], {}

    def add(self, item):
        key = json.dumps(item)
        if key not in self._numbers:
            self._numbers[key] = len(self.items)
            self.items.append(item)
        return self._numbers[key]


def chart_style() -> str:
    """Return the style sheet that all charts share."""
    spec = {"xlim": None, "ylim": None, "xscale": "linear",
            "yscale": "linear", "figsize": (6, 3)}  # fmt: skip
    return _STYLE.search(svg.chart(spec, [])).group(1)


def pack(record: dict) -> dict:
    """Return a panel's stored runs as the page's script reads them.

    Parameters
    ----------
    record : dict
        what `stored_runs.record_panel` returned

    Returns
    -------
    dict
        "controls" with the values that are stored; "start", the position of
        each; "runs", by their positions as in "0,3": "s" status, "c" the
        settings as code, "w" the settings as words, "o" what was printed,
        "f" its charts and "i" its pictures. "frames", "curves" and "stops"
        are what charts refer to by number.
    """
    kept = [control["kept"] for control in record["controls"]]
    rooms = _find_rooms(record["runs"])
    frames, curves, stops, runs = _Pool(), _Pool(), _Pool(), {}
    for run in record["runs"]:
        at = [each.index(k) for each, k in zip(kept, run["at"], strict=True)]
        runs[",".join(map(str, at))] = {
            "s": run["status"], "c": run["code"], "w": run["words"],
            "o": run["printed"],
            "f": [
                _pack_chart(run, chart, rooms, frames, curves, stops)
                for chart in run["charts"]
            ],
            "i": [
                [p["webp"], p["width"], p["height"], p["alt"]]
                for p in run["pictures"]
            ],
        }  # fmt: skip
    return {
        "seed": record["seed"],
        "ghosts": list(GHOSTS),
        "controls": [
            {
                "name": c["name"],
                "kind": c["kind"],
                "values": [c["values"][k] for k in c["kept"]],
                "texts": [c["texts"][k] for k in c["kept"]],
            }
            for c in record["controls"]
        ],
        "alone": record["alone"],
        "start": start_of(record),
        "frames": frames.items,
        "curves": curves.items,
        "stops": stops.items,
        "runs": runs,
    }


def start_of(record: dict) -> list:
    """Return the position, among those stored, where each control begins."""
    return [c["kept"].index(c["start"]) for c in record["controls"]]


def start_run(record: dict) -> dict:
    """Return the run at the start."""
    return record["runs"][-1]


def _axes(spec):
    return json.dumps(
        [spec[k] for k in ("xlabel", "ylabel", "xscale", "yscale")]
    )


def _find_rooms(runs):
    """Return, for each kind of axes, points that span those of all runs."""
    spans = {}
    for run in runs:
        for chart in run["charts"]:
            span = spans.setdefault(_axes(chart["spec"]), ([], []))
            for points in chart["curves"]:
                for axis, values in zip(span, points, strict=True):
                    axis += _extremes([v for v in values if v is not None])
    rooms = {}
    for key, (xs, ys) in spans.items():
        xs, ys = _extremes(xs), _extremes(ys)
        if xs and ys:
            rooms[key] = [(xs, ys)]
    return rooms


def _extremes(values):
    """Return the least, the least positive and the largest value."""
    positive = [value for value in values if value > 0]
    if not values:
        return []
    return [min(values), min(positive or values), max(values)]


def draw(run: dict, chart: dict, room, title: str) -> str:
    """Return a stored chart as `svg.chart` draws it, without its style."""
    curves = [
        [[math.nan if v is None else v for v in axis] for axis in points]
        for points in chart["curves"]
    ]
    text = svg.chart(
        chart["spec"], curves, (), title=title, room=room, alt=_alt(run, chart)
    )
    return _STYLE.sub("", text)


def _alt(run, chart):
    settings = ", ".join(f"{k} = {v}" for k, v in run["words"].items())
    return f"{settings}. {chart['alt']}"


def _pack_chart(run, chart, rooms, frames, curves, stops):
    text = draw(run, chart, rooms.get(_axes(chart["spec"]), ()), _TITLE)
    drawn = _CURVES.search(text)
    form = _FORM.search(text)
    if not drawn or _TITLE not in text:
        raise ValueError(f"svg.chart has changed its form: {text[:300]}")
    packed = {"a": html.unescape(_ALT.search(text).group())}
    packed["g"] = [curves.add(g) for g in _CURVE.findall(drawn.group())]
    if form:
        places, packed["v"] = _pack_values(form.group(), curves)
        packed["t"] = stops.add(places)
        head = form.group().split('<div role="radiogroup"')[0]
        text = text.replace(form.group(), f"{head}@values@</form>")
    text = text.replace(drawn.group(), "@curves@")
    packed["f"] = frames.add(_ALT.sub("@alt@", text, count=1))
    return packed


def _pack_values(form, names):
    """Return the places where values are shown, and each curve's values.

    A curve is its name and colour, and one text for each place, "" where it
    has no point near.
    """
    places, table = [], {}
    labels = _LABEL.findall(form)
    if form.count("<label") != len(labels):
        raise ValueError(f"svg.chart has changed its form: {form[:600]}")
    for k, (width, share, text) in enumerate(labels):
        places.append([float(width), float(share), text.split("<", 1)[0]])
        for colour, row in _ROW.findall(text):
            name, value = _VALUE.fullmatch(row).groups()
            values = table.setdefault((colour, name), [""] * len(labels))
            values[k] = value
    return places, [
        [names.add([colour, name]), names.add("|".join(values))]
        for (colour, name), values in table.items()
    ]


def as_script(name: str, packed: dict) -> str:
    """Return the file that a page loads; a plain script, also from a disk."""
    text = json.dumps(packed, ensure_ascii=False, separators=(",", ":"))
    return f"storedRuns({json.dumps(name)},{text});\n"


# --- What stands on the page before its script runs -------------------------
def shared_folder(language: str) -> str:
    """Return the way to what the English pages have for all languages."""
    return "_static/" if language == "en" else "../_static/"


def panel_html(record: dict, source: str, language: str) -> str:
    """Return a panel as HTML, at its start; a script makes it move.

    Parameters
    ----------
    record : dict
    source : str
        the address of the file with its runs, from the page
    language : str
    """
    words = WORDS[language]
    run, name = start_run(record), panel_name(record)
    rooms = _find_rooms(record["runs"])
    settings = ", ".join(f"{k} = {v}" for k, v in run["words"].items())
    pictures = [
        draw(run, chart, rooms.get(_axes(chart["spec"]), ()), settings)
        for chart in run["charts"]
    ]
    pictures += [
        f'<img src="data:image/webp;base64,{p["webp"]}" width="{p["width"]}"'
        f' height="{p["height"]}" alt="{html.escape(p["alt"])}">'
        for p in run["pictures"]
    ]
    buttons = "".join(
        f'<button type="button" data-do="{key}" disabled'
        f' title="{html.escape(words[key + "_title"])}">'
        f"{html.escape(words[key])}</button>"
        for key in ("clear", "reset", "copy")
        if key != "clear" or run["charts"]
    )
    controls = "".join(_control_html(c) for c in record["controls"])
    told = html.escape(words["panel"].format(name=record["function"]))
    return (
        f'<div class="panel" id="panel-{name}" data-name="{name}"'
        f' data-source="{html.escape(source)}" role="group"'
        f' aria-label="{told}">'
        f'<div class="panel-controls">{controls}</div>'
        f'<div class="panel-buttons">{buttons}</div>'
        f'<div class="panel-status" role="status">'
        f"{html.escape(run['status'])}</div>"
        f'<code class="panel-code" title="{words["code_title"]}">'
        f"{html.escape(run['code'])}</code>"
        f'<pre class="panel-printed"{"" if run["printed"] else " hidden"}>'
        f"{html.escape(run['printed'])}</pre>"
        f'<div class="panel-pictures">{"".join(pictures)}</div>'
        '<div class="panel-note" role="status"></div>'
        f'<div class="panel-source">{_tell_source(record, words)}</div>'
        "</div>"
    )


def panel_name(record: dict) -> str:
    """Return what links call a panel: its cell's id without "-slider"."""
    return record["id"].removesuffix("-slider")


def _control_html(control):
    name = html.escape(control["label"])
    texts = [html.escape(control["texts"][k]) for k in control["kept"]]
    at = control["kept"].index(control["start"])
    if control["kind"] == "range":
        made = (
            f'<input type="range" min="0" max="{len(texts) - 1}" step="1"'
            f' value="{at}" aria-valuetext="{texts[at]}" autocomplete="off"'
            f" disabled><output>{texts[at]}</output>"
        )
    elif control["kind"] == "checkbox":
        checked = " checked" if at else ""
        made = f'<input type="checkbox" autocomplete="off"{checked} disabled>'
    else:
        options = "".join(
            f'<option value="{k}"{" selected" if k == at else ""}>{text}'
            "</option>"
            for k, text in enumerate(texts)
        )
        made = f'<select autocomplete="off" disabled>{options}</select>'
    return f'<label class="panel-control"><span>{name}</span>{made}</label>'


def _tell_source(record, words):
    """Say whose runs these are, and what was left out."""
    told = [words["stored"]]
    counts = [
        words["count"].format(
            kept=len(c["kept"]), all=len(c["values"]), name=c["label"]
        )
        for c in record["controls"]
        if len(c["kept"]) < len(c["values"])
    ]
    if counts:
        told.append(words["thinned"].format(counts=", ".join(counts)))
    if record["alone"]:
        labels = {c["name"]: c["label"] for c in record["controls"]}
        names = ", ".join(labels[name] for name in record["alone"])
        told.append(words["alone"].format(names=names))
    script = f"<noscript> {html.escape(words['no_script'])}</noscript>"
    return html.escape(" ".join(told)) + script
