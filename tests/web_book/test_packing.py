"""What a page loads: charts in pieces, which give the whole chart again."""

import html
import re

import pytest

from course_utils.plotting import svg
from web_book import packing

SPEC = {
    "xlabel": "epoch", "ylabel": "loss", "xscale": "linear", "yscale": "log",
    "xlim": None, "ylim": None, "legend": ("train", "ŷ < 0 & more"),
    "fmts": ("-", "ko"), "figsize": (6, 3),
}  # fmt: skip


def run(at, factor, gap=None):
    curves = [[[1, 2, 3], [factor, gap, factor / 4]], [[1, 3], [5.0, 5.0]]]
    charts = [{"spec": SPEC, "alt": "Line plot", "curves": curves}]
    return {
        "at": at, "status": f"a = {at[0]} · done", "code": f"f(a={at[0]})",
        "words": {"a": str(at[0])}, "printed": "<b>" * (at[0] == 0),
        "charts": charts, "pictures": [],
    }  # fmt: skip


@pytest.fixture
def record():
    control = {
        "name": "a", "label": "a", "kind": "range", "values": [0, 1, 2, 3],
        "texts": ["0", "1", "2", "3"], "start": 3, "kept": [0, 2, 3],
    }  # fmt: skip
    return {
        "id": "loss-slider", "function": "f", "seed": 4117, "crossed": True,
        "alone": [], "controls": [control],
        "runs": [run([0], 1.0), run([2], 0.01, 0.5), run([3], 100.0, 2.0)],
    }  # fmt: skip


def test_runs_are_found_by_the_positions_that_are_kept(record):
    packed = packing.pack(record)
    assert sorted(packed["runs"]) == ["0", "1", "2"]
    assert packed["start"] == [2]
    assert packed["controls"][0]["values"] == [0, 2, 3]
    assert packed["runs"]["1"]["s"] == "a = 2 · done"


def test_the_axes_are_those_of_all_runs(record):
    packed = packing.pack(record)
    assert len(packed["frames"]) == 1
    scale = re.search(r'data-y="log (\S+) (\S+)', packed["frames"][0])
    low, high = map(float, scale.groups())
    assert low < 0.01 / 4 and high > 100


def test_a_curve_that_stays_is_kept_once(record):
    packed = packing.pack(record)
    drawn = [packed["runs"][key]["f"][0]["g"] for key in "012"]
    assert len({first for first, _ in drawn}) == 3
    # Its title names the value at the end, so it is one text for all runs.
    assert len({second for _, second in drawn}) == 1


def test_the_pieces_give_the_chart_again(record):
    packed = packing.pack(record)
    room = packing._find_rooms(record["runs"])
    for key, each in zip("012", record["runs"], strict=True):
        chart = packed["runs"][key]["f"][0]
        whole = packing.draw(
            each, each["charts"][0], next(iter(room.values())), "a title"
        )
        text = packed["frames"][chart["f"]]
        curves = "".join(packed["curves"][g] for g in chart["g"])
        text = text.replace("@curves@", curves)
        text = text.replace("@alt@", html.escape(chart["a"]))
        text = text.replace("@title@", "a title")
        start, end = text.split("@values@")
        assert whole.startswith(start) and whole.endswith(end)


def test_values_are_those_that_the_chart_shows(record):
    packed = packing.pack(record)
    chart = packed["runs"]["1"]["f"][0]
    assert [x for *_, x in packed["stops"][chart["t"]]] == [
        "epoch 1", "epoch 2", "epoch 3"
    ]  # fmt: skip
    found = [
        (packed["curves"][head], packed["curves"][values])
        for head, values in chart["v"]
    ]
    assert found[0][0][1] == "train" and found[0][1] == "0.01|0.5|0.0025"
    assert found[1][0][1] == "ŷ &lt; 0 &amp; more" and found[1][1] == "5||5"


def test_what_was_left_out_is_said(record):
    text = packing.panel_html(record, "runs.js", "en")
    assert "3 of 4 positions of a" in text
    record["controls"][0]["kept"] = [0, 1, 2, 3]
    assert "positions" not in packing.panel_html(record, "runs.js", "en")


def test_a_panel_says_which_sliders_move_alone(record):
    record["alone"] = ["a"]
    text = packing.panel_html(record, "runs.js", "en")
    assert "one slider moved at a time: a" in text


def test_without_a_script_the_start_stands_there(record):
    text = packing.panel_html(record, "runs.js", "en")
    assert "a = 3 · done" in text and "f(a=3)" in text
    assert text.count("<svg role") == 1 and 'value="2"' in text
    assert text.count("disabled") == 4  # the slider and three buttons


def test_what_a_learner_prints_or_writes_is_escaped(record):
    record["runs"][-1]["printed"] = "<script>"
    text = packing.panel_html(record, "runs.js", "en")
    assert "&lt;script&gt;" in text and "<script>" not in text


def test_a_chart_of_another_form_is_an_error(record, monkeypatch):
    monkeypatch.setattr(svg, "chart", lambda *a, **k: "<div><svg></svg></div>")
    with pytest.raises(ValueError, match="svg.chart has changed its form"):
        packing.pack(record)
