"""The text of a chart, and the modules that it is made of."""

import itertools
import math
import re
import warnings
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib.figure import Figure

from course_utils.plotting import axes, curve_paths, styles, unicode_text
from course_utils.plotting.svg import chart

NAN, INF = float("nan"), float("inf")
NASTY = [
    "cost in $",
    "$$",
    "Ba$$in",
    "from $5 to $10",
    "100 %_",
    "_name",
    "<script>alert('1')</script>",
    "\"'&<>&amp;",
    "a\0b\x0bc\ud800d\uffff",
    "émoji 😀 中文",
    "\\",
    r"$\frac{a}{b$ }{",
    "a = 1,\nb = 2",
    "long " * 100,
]


def spec(**changes):
    return {
        "xlabel": "epoch",
        "ylabel": "loss",
        "xscale": "linear",
        "yscale": "linear",
        "xlim": None,
        "ylim": None,
        "legend": ("train",),
        "fmts": (),
        "figsize": (6, 3),
    } | changes


def parse(curves, ghosts=(), title="", room=(), alt="", **changes):
    return ET.fromstring(
        chart(spec(**changes), curves, ghosts, title=title, room=room, alt=alt)
    )


def plot(root):
    return root.find("div/svg")


def words(element):
    return "".join(element.itertext())


def axis(root, name):
    """Return scale, range and pixels of an axis."""
    scale, *numbers = plot(root).get(f"data-{name}").split()
    return scale, *map(float, numbers)


def to_number(root, name, pixel):
    """Return the number that stands at a pixel of an axis."""
    scale, low, high, start, end = axis(root, name)
    share = (pixel - start) / (end - start)
    if scale == "log":
        return low * (high / low) ** share
    return low + share * (high - low)


def group(root, number):
    (found,) = root.iterfind(f".//g[@data-curve='{number}']")
    return found


def parts(path):
    """Return the pieces of a path, each a list of (x, y)."""
    found = []
    for piece in re.findall(r"M[^M]+", path.get("d")):
        numbers = re.findall(r"-?[\d.]+", re.split(r"[a-z]", piece)[0])
        numbers = [float(number) for number in numbers]
        found.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return found


def ticks(root, name):
    """Return (label, pixel) of each tick."""
    anchor, place = ("middle", "x") if name == "x" else ("end", "y")
    return [
        (text.text, float(text.get(place)) - (4 if name == "y" else 0))
        for text in plot(root).iterfind("text")
        if text.get("text-anchor") == anchor
        and text.get(place)
        and (name == "y" or float(text.get("y")) < bottom(root) + 20)
    ]


def bottom(root):
    return axis(root, "y")[3]


def legend(root):
    found = root.find("div[@class='cu-legend']")
    return [] if found is None else [words(row) for row in found]


def stops(root):
    """Return the words of each place where values are shown."""
    return [
        [s for s in [span.text, *(words(row) for row in span)] if s]
        for span in root.iterfind(".//form//span")
    ]


def test_a_chart_without_values_at_the_pointer_is_the_rest_of_it():
    curves = [([1, 2, 3], [4, 5, 6])]
    whole, less = (
        ET.fromstring(chart(spec(), curves, values=values))
        for values in (True, False)
    )
    plots = whole.find("div"), less.find("div")
    plots[0].remove(plots[0].find("form"))
    assert ET.tostring(whole) == ET.tostring(less)


# --- Where the curves are --------------------------------------------------
@pytest.mark.parametrize("xscale", ["linear", "log"])
@pytest.mark.parametrize("yscale", ["linear", "log"])
def test_chart_draws_each_point_where_its_numbers_say(xscale, yscale):
    xs, ys = [1, 2, 30], [0.02, 5.0, 0.3]
    root = parse([(xs, ys)], xscale=xscale, yscale=yscale)
    assert axis(root, "x")[0] == xscale[:3]
    line, dots = group(root, 0).iterfind("path")
    (places,) = parts(line)
    assert places == [place for (place,) in parts(dots)]
    for (x, y), (px, py) in zip(zip(xs, ys, strict=True), places, strict=True):
        # A tenth of a pixel of the axis's length
        assert_close(x, to_number(root, "x", px), axis(root, "x"))
        assert_close(y, to_number(root, "y", py), axis(root, "y"))


def assert_close(a, b, ends):
    scale, low, high, *_ = ends
    if scale == "log":
        a, b, low, high = map(math.log, (a, b, low, high))
    assert abs(a - b) <= 0.001 * (high - low)


def test_chart_has_its_axes_inside_the_picture():
    root = parse([([1, 2], [1, 2])])
    _, _, width, height = map(float, plot(root).get("viewBox").split())
    *_, left, right = axis(root, "x")
    *_, low, high = axis(root, "y")
    assert 0 < left < right < width and 0 < high < low < height


@pytest.mark.parametrize(
    ("changes", "curves", "room", "x", "y"),
    [
        ({}, [([2, 12], [0, 1])], [], (1.5, 12.5), (-0.05, 1.05)),
        ({"xlim": (0, 20)}, [([2, 12], [0, 1])], [], (0, 20), (-0.05, 1.05)),
        ({"xlim": (3, 5)}, [([2, 12], [0, 1])], [], (2, 12), (-0.05, 1.05)),
        ({"xlim": (20, 0)}, [([2], [1])], [], (0, 20), (0.5, 1.5)),
        ({"ylim": (0, 2)}, [([2, 12], [0, 1])], [], (1.5, 12.5), (-0.1, 2.1)),
        ({}, [([0], [0])], [([10], [8])], (-0.5, 10.5), (-0.4, 8.4)),
        ({}, [([3], [7])], [], (2.5, 3.5), (6.5, 7.5)),
        ({}, [([1, 2], [3, 3])], [], (0.95, 2.05), (2.5, 3.5)),
        ({}, [], [], (0, 1), (0, 1)),
        ({}, [([], []), ([], [])], [], (0, 1), (0, 1)),
        ({}, [([NAN], [INF])], [], (0, 1), (0, 1)),
        ({}, [([1, 2], [1, 1e300])], [], (0.95, 2.05), (0.5, 1.5)),
    ],
)
def test_chart_has_room_for_all_that_is_drawn_and_wanted(
    changes, curves, room, x, y
):
    root = parse(curves, room=room, **changes)
    assert axis(root, "x")[1:3] == pytest.approx(x)
    assert axis(root, "y")[1:3] == pytest.approx(y)


def test_chart_has_room_for_earlier_runs():
    root = parse([([1], [1])], [("a", [([1, 3], [1, 5])])])
    assert axis(root, "y")[2] == pytest.approx(5.2)


def test_chart_has_a_margin_in_decades_on_a_log_axis():
    root = parse([([1, 2], [10, 1000])], yscale="log")
    assert axis(root, "y")[1:3] == pytest.approx((10**0.9, 10**3.1))
    root = parse([([1, 2], [0, -3])], yscale="log")
    assert axis(root, "y")[1:3] == pytest.approx((0.1, 1))


def test_chart_shows_a_constant_curve_in_the_middle_however_large():
    for value in (1e6, 1e15, -1e150, 1e-150):
        root = parse([([1, 2], [value, value])])
        ((_, y), (_, other)) = parts(group(root, 0).find("path"))[0]
        *_, low, high = axis(root, "y")
        assert y == other == pytest.approx((low + high) / 2, abs=0.1)


def test_chart_keeps_its_layout_whatever_it_shows():
    curves = [([1, 2, 3], [1e-9, 12345, NAN])]
    many = [(name, curves) for name in NASTY]
    layouts = {
        (
            plot(root).get("viewBox"),
            axis(root, "x")[3:],
            axis(root, "y")[3:],
            root.get("style"),
        )
        for root in (
            parse([]),
            parse(curves),
            parse(curves, many, "lambd = 3"),
            parse([([1], [1])] * 9),
        )
    }
    assert len(layouts) == 1


def test_chart_is_as_large_as_its_figsize():
    root = parse([], figsize=(6, 3))
    assert root.get("style") == "max-width:600px"
    assert plot(root).get("height") == "300"
    beside = float(plot(root).get("width"))
    assert 400 <= beside <= 440
    small = parse([], figsize=(3.5, 2.5))  # the book's: no room beside it
    assert plot(small).get("viewBox") == "0 0 350 250"


# --- Gaps, and many points -------------------------------------------------
@pytest.mark.parametrize("bad", [NAN, INF, -INF, 2e150, -2e150])
def test_chart_interrupts_a_curve_where_it_has_no_value(bad):
    ys = [1, 2, bad, 3, bad, 4, 5]
    root = parse([(range(7), ys)], fmts=("-",))
    line, lone = group(root, 0).iterfind("path")
    assert [len(piece) for piece in parts(line)] == [2, 2]
    ((place,),) = parts(lone)
    assert to_number(root, "x", place[0]) == pytest.approx(3, abs=0.02)
    assert lone.get("stroke-linecap") == "round"  # else it has no ink
    assert float(lone.get("stroke-width")) >= 2


def test_chart_leaves_out_what_a_log_axis_cannot_show():
    ys = [1, 0.1, 0, -1, 0.1, 1]
    root = parse([(range(6), ys)], yscale="log", fmts=("-",))
    assert len(parts(group(root, 0).find("path"))) == 2
    assert axis(root, "y")[1] == pytest.approx(10**-1.05)
    root = parse([([0, 1, 10], [1, 2, 3])], xscale="log", fmts=("-",))
    ((first, _),) = parts(group(root, 0).find("path"))
    assert to_number(root, "x", first[0]) == pytest.approx(1, rel=0.01)


def test_chart_shows_one_point():
    root = parse([([3], [7])])
    (path,) = group(root, 0).iterfind("path")
    assert path.get("stroke-linecap") == "round"
    assert len(parts(path)) == 1


N = 100_000


def long_curve():
    rng = np.random.default_rng(0)
    xs, ys = np.arange(N, dtype=float), rng.normal(size=N)
    ys[12_345], ys[54_321] = 9, -9
    return xs, ys


def test_chart_thins_long_curves_and_keeps_ends_and_extremes():
    xs, ys = long_curve()
    text = chart(spec(), [(xs, ys)])
    assert len(text) < 60_000
    root = ET.fromstring(text)
    (places,) = parts(group(root, 0).find("path"))
    for k, place in [
        (0, places[0]),
        (N - 1, places[-1]),
        (12_345, min(places, key=lambda place: place[1])),
        (54_321, max(places, key=lambda place: place[1])),
    ]:
        assert to_number(root, "x", place[0]) == pytest.approx(
            xs[k], abs=N / 300
        )
        assert to_number(root, "y", place[1]) == pytest.approx(ys[k], abs=0.01)


@pytest.mark.parametrize("turn", [1, -1])
def test_chart_thins_by_pixels_so_that_a_log_axis_keeps_its_left(turn):
    xs = np.arange(1, N, dtype=float)[::turn]
    root = parse([(xs, np.log(xs))], xscale="log", fmts=("-",))
    (places,) = parts(group(root, 0).find("path"))
    left = [place for place in places if to_number(root, "x", place[0]) < 10]
    assert len(left) > 8  # there are nine points
    for x, y in places:
        truth = math.log(to_number(root, "x", x))
        assert to_number(root, "y", y) == pytest.approx(truth, abs=0.08)


def test_chart_keeps_gaps_of_long_curves():
    xs, ys = long_curve()
    ys[30_000:40_000] = NAN
    xs[60_000:70_000] = NAN
    root = parse([(xs, ys)], fmts=("-",))
    assert len(parts(group(root, 0).find("path"))) == 3


def test_chart_thins_curves_that_go_to_and_fro():
    angle = np.linspace(0, 40, N)
    text = chart(spec(), [(np.cos(angle) * angle, np.sin(angle) * angle)])
    assert len(text) < 40_000
    (places,) = parts(group(ET.fromstring(text), 0).find("path"))
    assert len(places) > 300


def test_chart_thins_scattered_points():
    rng = np.random.default_rng(0)
    text = chart(spec(fmts=("o",)), [rng.random((2, N))])
    assert len(text) < 200_000
    root = ET.fromstring(text)
    dots = parts(group(root, 0).find("path"))
    assert len(dots) > 5000


def test_chart_draws_dots_only_where_they_do_not_touch():
    few, many = parse([(range(20),) * 2]), parse([(range(200),) * 2])
    assert len(list(group(few, 0).iterfind("path"))) == 2
    assert len(list(group(many, 0).iterfind("path"))) == 1


# --- Ticks -----------------------------------------------------------------
def random_ranges():
    rng = np.random.default_rng(1)
    for _ in range(150):
        low = rng.choice([0, 1, -1]) * 10 ** rng.uniform(-8, 8)
        yield low, low + 10 ** rng.uniform(-8, 8)
    yield from [(0, 1e-140), (1e140, 9e149), (0.1, 0.3), (2.302585, 2.302586)]


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_chart_has_true_labels_enough_and_none_on_another(scale):
    for low, high in random_ranges():
        if scale == "log":
            low, high = sorted((abs(low) or 1e-3, abs(high)))
            high = max(high, low * 1.001)
        scales = {"xscale": scale, "yscale": scale}
        root = parse([([low, high],) * 2], xlabel="x", **scales)
        for name in "xy":
            found = ticks(root, name)
            # 5 digits at both ends of a short axis may leave room for two
            assert 2 <= len(found) <= 12, (name, low, high)
            labels = [label for label, _ in found]
            assert len(set(labels)) == len(labels)
            assert max(map(len, labels)) <= 7, labels
            half = [7.7 * len(s) / 2 if name == "x" else 7 for s in labels]
            for (a, b), (p, q) in zip(
                itertools.pairwise(half),
                itertools.pairwise(pixel for _, pixel in found),
                strict=True,
            ):
                assert abs(q - p) > a + b + 4, (labels, found)
            away = offset(root, name)
            scale_, *ends = axis(root, name)
            for label, pixel in found[1:-1]:  # those at the ends may move
                truth = to_number(root, name, pixel)
                value = float(label) + away
                assert_close(value, truth, (scale_, *ends))


def offset(root, name):
    """Return what the axis's label says was taken off its ticks."""
    label = {"x": "x", "y": "loss"}[name]
    texts = [text.text for text in plot(root).iterfind("text")]
    (found,) = [text for text in texts if text.startswith(label)]
    sign, number = (found.split()[1:] + ["+", "0"])[:2]
    return {"−": 1, "+": -1}[sign] * float(number)


@pytest.mark.parametrize(
    ("changes", "high", "expected"),
    [
        ({}, 3, ["1", "2", "3"]),
        ({"xlabel": "steps"}, 3, ["1", "2", "3"]),
        ({"xlim": (0, 30)}, 30, [str(n) for n in range(0, 31, 5)]),
        ({"xlabel": "x"}, 1.5, ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"]),
    ],
)
def test_chart_counts_epochs_in_whole_numbers(changes, high, expected):
    root = parse([([1, high], [1, 2])], **changes)
    assert [label for label, _ in ticks(root, "x")] == expected


def test_chart_labels_a_count_that_has_no_whole_number():
    root = parse([([0.2, 0.8], [1, 2])], xlim=(0.2, 0.8))
    assert len(ticks(root, "x")) >= 3


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ((1e-6, 100), ["1e-6", "0.0001", "0.01", "1", "100"]),
        ((0.01, 0.06), ["0.01", "0.02", "0.05"]),
        ((1, 50), ["1", "2", "5", "10", "20", "50"]),
        ((0.1, 1000), ["0.1", "1", "10", "100", "1000"]),
    ],
)
def test_chart_writes_plain_numbers_on_a_log_axis(limits, expected):
    root = parse([([1, 2], limits)], yscale="log")
    assert [label for label, _ in ticks(root, "y")] == expected


def test_chart_has_no_noise_in_its_labels():
    root = parse([([0, 1], [0, 0.3])])
    assert "0.3" in [s.rstrip("0") for s, _ in ticks(root, "y")]
    assert max(len(label) for label, _ in ticks(root, "y")) <= 4


def test_chart_names_its_axes():
    root = parse([], xlabel="λ", ylabel="loss ½(ŷ − y)²")
    texts = [words(text) for text in plot(root).iterfind("text")]
    assert {"λ", "loss ½(ŷ − y)²"} <= set(texts)
    bare = parse([], xlabel=None, ylabel=None)
    assert len(list(plot(bare).iterfind("text"))) == len(
        ticks(bare, "x") + ticks(bare, "y")
    )


def test_chart_shortens_a_label_that_is_longer_than_its_axis():
    label = "very " * 100
    root = parse([], xlabel=label)
    (text,) = [t for t in plot(root).iterfind("text") if t.find("title") is not
               None]  # fmt: skip
    assert text.find("title").text == label
    shown = text.find("title").tail
    assert shown.endswith("…") and 20 < len(shown) < 60


# --- Colours, dashes, markers ----------------------------------------------
def to_linear(colour):
    rgb = np.array([int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)])
    return np.where(
        rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4
    )


def contrast(a, b):
    weights = [0.2126, 0.7152, 0.0722]
    low, high = sorted(to_linear(c) @ weights + 0.05 for c in (a, b))
    return high / low


def is_legible(colour):
    return colour == "currentColor" or (
        contrast(colour, "#ffffff") >= 3 and contrast(colour, "#111111") >= 3
    )


def test_chart_can_be_seen_on_light_and_dark_pages():
    fmts = [*"bgrcmykw", "C0", "C1", "yellow", "navy", "#123456", "0.9", "tan"]
    curves = [([1, 2], [1, 2])] * len(fmts)
    ghosts = [("a", curves[:1])] * 6
    for root in (parse(curves), parse(curves, ghosts, fmts=tuple(fmts))):
        pens = {g.get("stroke") for g in plot(root).iterfind("g")}
        assert len(pens) >= 6
        assert [pen for pen in pens if not is_legible(pen)] == []


def test_chart_lets_a_colour_be_that_needs_no_change():
    assert styles.make_legible("#0072b2") == "#0072b2"
    assert styles.make_legible("#000000") == "currentColor"
    pale, dark = (styles.make_legible(c) for c in ("#ffff00", "#000080"))
    assert pale[1:3] == pale[3:5] > pale[5:]  # still yellow
    assert dark[5:] > dark[1:3] == dark[3:5]  # still blue


# Machado, Oliveira & Fernandes 2009, severity 1, for linear RGB
SIGHTS = {
    "all": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def to_lab(linear):
    xyz = (
        [
            [0.4124, 0.3576, 0.1805],
            [0.2126, 0.7152, 0.0722],
            [0.0193, 0.1192, 0.9505],
        ]
        @ np.clip(linear, 0, 1)
        / [0.9505, 1, 1.089]
    )
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ciede2000(one, other):
    """Sharma, Wu & Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    c7 = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    g = 1.5 - 0.5 * math.sqrt(c7 / (c7 + 25**7))
    c1, c2 = math.hypot(g * a1, b1), math.hypot(g * a2, b2)
    h1, h2 = (
        math.degrees(math.atan2(b, g * a)) % 360
        for a, b in ((a1, b1), (a2, b2))
    )
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0
    hue, c, lightness = h1 + turn / 2, (c1 + c2) / 2, (l1 + l2) / 2
    t = 1 + sum(
        k * math.cos(math.radians(n * hue + m))
        for k, n, m in [(-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6),
                        (-0.2, 4, -63)]
    )  # fmt: skip
    bow = (lightness - 50) ** 2
    dl = (l2 - l1) / (1 + 0.015 * bow / math.sqrt(20 + bow))
    dc = (c2 - c1) / (1 + 0.045 * c)
    dh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    dh /= 1 + 0.015 * c * t
    swing = 60 * math.exp(-((((hue % 360) - 275) / 25) ** 2))
    rotation = -2 * math.sqrt(c**7 / (c**7 + 25**7))
    rotation *= math.sin(math.radians(swing))
    return math.sqrt(dl**2 + dc**2 + dh**2 + rotation * dc * dh)


def test_the_colour_difference_is_that_of_the_paper():
    # Pairs 1 and 17 of its table
    one = (50, 2.6772, -79.7751), (50, 0, -82.7485)
    other = (50, 2.5, 0), (73, 25, -18)
    assert ciede2000(*one) == pytest.approx(2.0425, abs=1e-4)
    assert ciede2000(*other) == pytest.approx(27.1492, abs=1e-4)


@pytest.mark.parametrize("sight", SIGHTS)
def test_chart_has_six_hues_of_earlier_runs_that_differ_for(sight):
    seen = [to_lab(SIGHTS[sight] @ to_linear(c)) for c in styles.GHOSTS]
    least = min(ciede2000(*pair) for pair in itertools.combinations(seen, 2))
    assert len(seen) == 6 and least > 15


def test_chart_has_a_colour_and_a_dash_for_each_curve():
    root = parse([([1, 2], [k, k + 1]) for k in range(6)])
    curves = [group(root, k) for k in range(6)]
    assert len({curve.get("stroke") for curve in curves}) == 6
    dashes = {curve.find("path").get("stroke-dasharray") for curve in curves}
    assert len(dashes) == 6 and None in dashes


@pytest.mark.parametrize(
    "fmt",
    ["-", "--", "-.", ":", "o", "s", "x", "^", "+", "ko", "kx", "k:", "r--",
     "m-.", "g.", "C0", "C1--", "o-", "b", "", "-k", "D", "v-", "*", ",",
     "green", "0.5", "#ff8800", "tab:blue", "rs:", "1", "h", "p--"],
)  # fmt: skip
def test_chart_reads_a_format_string_as_matplotlib_does(fmt):
    ax = Figure().add_subplot()
    ax.set_prop_cycle(color=["#010203"])
    (line,) = ax.plot([], [], fmt)
    style = styles.read_format(fmt)
    assert (style.colour is None) == (line.get_color() == "#010203")
    assert style.dash == styles.DASHES.get(line.get_linestyle())
    assert bool(style.marker) == (line.get_marker() != "None")
    if line.get_marker() in styles.MARKERS:
        assert style.marker == line.get_marker()


@pytest.mark.parametrize("fmt", ["zz", "rob", "k-o--"])
def test_chart_refuses_a_format_string_that_nobody_can_read(fmt):
    with pytest.raises(ValueError, match=f"{fmt}.*format string"):
        parse([([1], [1])], fmts=(fmt,))


def test_chart_gives_each_marker_a_form_of_its_own():
    shapes = set()
    for marker in "osx+^v<>Dd*.":
        root = parse([([1, 2], [1, 2])], fmts=(marker,))
        (path,) = group(root, 0).iterfind("path")
        assert len(parts(path)) == 2  # points, and no line
        shape = re.split(r"(?=[a-z])", path.get("d").split("M")[1], maxsplit=1)
        pen = path.get("stroke-width"), path.get("stroke-linecap")
        shapes.add((shape[1], *pen))
        if shape[1].endswith("z"):
            assert path.get("fill") == group(root, 0).get("stroke")
    assert len(shapes) == 12


def test_chart_gives_one_format_string_to_all_curves():
    root = parse([([1, 2], [1, 2])] * 2, fmts=("o",))
    one, other = (group(root, k) for k in range(2))
    assert one.get("stroke") != other.get("stroke")
    assert len(parts(other.find("path"))) == 2


# --- Earlier runs ----------------------------------------------------------
def ghosts_of(root):
    return [g for g in plot(root).iterfind("g") if g.get("data-ghost")]


def test_chart_shows_the_last_six_earlier_runs_below_the_current_one():
    runs = [(f"λ = {n}", [([1, 2], [n, n])] * 2) for n in range(8)]
    root = parse([([1, 2], [1, 2])], runs, legend=("a", "b"))
    found = ghosts_of(root)
    assert [(g.get("data-ghost"), g.get("data-of")) for g in found] == [
        (str(i), str(k)) for i in range(6) for k in range(2)
    ]
    assert legend(root)[1:] == [f"λ = {n}".replace(" ", "\xa0") for n in
                                range(2, 8)]  # fmt: skip
    assert list(plot(root).iterfind("g"))[:-1] == found
    assert len({g.get("stroke") for g in found}) == 6
    (_, y), _ = parts(found[-1].find("path"))[0]
    assert to_number(root, "y", y) == pytest.approx(7, abs=0.03)


def test_chart_draws_earlier_runs_thinner_with_the_dash_of_their_curve():
    root = parse([([1, 2], [1, 2])] * 2, [("a", [([1, 2], [1, 2])] * 2)])
    css = root.find("style").text
    pens = [
        float(re.search(rf"\.cu-{kind}\{{[^}}]*stroke-width:([\d.]+)", css)[1])
        for kind in ("ghost", "curve")
    ]
    assert pens[0] < 0.7 * pens[1]
    solid, dashed = (ghost.findall("path") for ghost in ghosts_of(root))
    assert len(solid) == len(dashed) == 1  # no dots
    assert not solid[0].get("stroke-dasharray")
    assert dashed[0].get("stroke-dasharray")


def test_chart_has_no_earlier_runs_of_scattered_points():
    points = ([1, 2], [1, 2])
    root = parse([points] * 2, [("a", [points] * 2)], fmts=("o", "-"))
    (ghost,) = ghosts_of(root)
    assert ghost.get("data-of") == "1"
    root = parse([points], [("a", [points])], fmts=("ko",))
    assert ghosts_of(root) == [] and legend(root) == ["train"]


# --- The legend ------------------------------------------------------------
def test_chart_has_a_legend_outside_the_plot():
    root = parse(
        [([1], [1])] * 2,
        [("λ = 1", [([1], [1])])],
        "λ = 3, p = 0.5",
        legend=("train", "test"),
    )
    rows = [row.replace("\xa0", " ") for row in legend(root)]
    assert rows == ["λ = 3, p = 0.5", "train", "test", "λ = 1"]
    # "a = 1, b = 2" may break after the comma only.
    assert legend(root)[0].count(" ") == 1
    assert "flex-wrap:wrap" in root.find("style").text


def test_chart_names_curves_that_have_not_begun():
    assert legend(parse([], legend=("train", "test"))) == ["train", "test"]
    root = parse([([1], [1])], legend=("train", "test"))
    assert legend(root) == ["train"]
    assert legend(parse([([1], [1])], legend=())) == []


def test_chart_has_a_piece_of_each_curve_beside_its_name():
    root = parse([([1, 2], [1, 2])] * 2, legend=("a", "b"), fmts=("r--", "ks"))
    keys = root.findall("div[@class='cu-legend']/div/svg")
    assert [key.get("stroke") for key in keys] == ["#ff0000", "currentColor"]
    assert keys[0].find("path").get("stroke-dasharray")
    assert keys[1].find("path").get("stroke-linecap") == "square"
    assert [key.get("aria-hidden") for key in keys] == ["true"] * 2


# --- The values at the pointer ---------------------------------------------
def test_chart_lists_the_values_at_each_x():
    root = parse(
        [([1, 2], [0.5, 0.25]), ([2], [1234.5])],
        [("λ = 1", [([1, 2, 3], [7, 8, 9])] * 2)],
        legend=("train", "test"),
    )
    assert stops(root) == [
        ["epoch 1", "train 0.5", "7 · 7"],
        ["epoch 2", "train 0.25", "test 1234", "8 · 8"],
        ["epoch 3", "9 · 9"],
    ]


def test_chart_gives_each_ghost_its_own_row_of_values():
    """The style knows the colour of a row by its number."""
    runs = [("a", [([1], [7])]), ("b", [([2], [8])])]
    root = parse([([1, 2], [1, 2])], runs)
    rows = [len(span.findall("i")) for span in root.iterfind(".//form//span")]
    assert rows == [1, 2]
    css = root.find("style").text
    for n, colour in enumerate(styles.GHOSTS, 1):
        assert f"i:nth-of-type({n}){{--c:{colour}}}" in css


def test_chart_lists_at_most_sixty_places_and_the_last_of_all():
    xs = np.arange(1000.0)
    root = parse([(xs, xs / 1000)])
    assert 50 <= len(stops(root)) <= 60
    assert stops(root)[0] == ["epoch 0", "train 0"]
    assert stops(root)[-1] == ["epoch 999", "train 0.999"]


def test_chart_says_where_a_value_is_if_it_is_beside():
    xs = np.linspace(0, 10, 501)
    root = parse([(xs, xs), ([5.03], [7])], legend=("model", "data"),
                 xlabel="x")  # fmt: skip
    (row,) = [row for rows in stops(root) for row in rows if "data" in row]
    assert row == "data 7 (at 5.03)"
    rows = [row for rows in stops(root) for row in rows if "model" in row]
    assert len(rows) == len(stops(root)) and not any("at" in r for r in rows)


def test_chart_lists_the_last_of_several_values_at_an_x():
    root = parse([([1, 1, 2], [5, 6, 7])])
    assert stops(root)[0] == ["epoch 1", "train 6"]


def test_chart_lists_no_value_where_there_is_none():
    root = parse([([1, 2, 3], [1, NAN, 3]), ([1, 2, 3], [1, 2, 3])])
    assert len(stops(root)[1]) == 2
    assert root.find(".//form") is not None
    assert parse([([1], [NAN])]).find(".//form") is None
    assert parse([]).find(".//form") is None


def test_chart_writes_values_as_people_do():
    values = [0.123456, 1e-5, 12345.6, 1.5e7, -0.5, 100, 2]
    root = parse([(range(7), values)], yscale="linear")
    shown = [rows[1].split()[1] for rows in stops(root)]
    assert shown == ["0.123", "1e-5", "12346", "1.5e7", "-0.5", "100", "2"]


def test_chart_has_hit_areas_side_by_side_over_the_whole_plot():
    root = parse([([1, 2, 5], [1, 2, 3])], xlim=(0, 10))
    *_, left, right = axis(root, "x")
    form = root.find(".//form")
    width = float(plot(root).get("width"))
    share = float(re.search(r"width:([\d.]+)%", form.get("style"))[1])
    assert share * width / 100 == pytest.approx(right - left, abs=0.1)
    areas = root.findall(".//label")
    wide = [
        float(re.match(r"flex:([\d.]+)", a.get("style"))[1]) for a in areas
    ]
    assert sum(wide) == pytest.approx(right - left, abs=0.3)
    # An area ends halfway between its x and the next one.
    assert wide[0] / sum(wide) == pytest.approx(0.15, abs=0.002)
    lines = [re.search(r"--x:([\d.]+)%", a.get("style"))[1] for a in areas]
    assert [float(x) for x in lines] == pytest.approx([10, 20, 50])


def test_chart_shows_values_on_the_side_that_has_room():
    root = parse([(range(11), range(11))], xlim=(0, 10))
    sides = [area.get("class") for area in root.iterfind(".//label")]
    assert sides == [None] * 6 + ["cu-left"] * 5


def test_chart_is_one_stop_of_the_tab_key():
    """Radio buttons of one name and form are; arrow keys go on from there."""
    root = parse([([1, 2, 3], [1, 2, 3])])
    (form,) = root.iterfind(".//form")
    assert form.get("method") == "dialog"  # Enter must not load a page
    inputs = form.findall(".//label/input")
    assert len(inputs) == 3
    assert {(i.get("type"), i.get("name")) for i in inputs} == {("radio", "x")}
    assert [i.get("checked") for i in inputs] == [None, None, "checked"]
    assert form.find("div").get("aria-label") == "Values at each epoch"
    assert all("data-lm-suppress-shortcuts" in i.attrib for i in inputs)


def test_chart_hides_values_in_a_way_that_screen_readers_read():
    css = parse([]).find("style").text
    assert "visibility" not in css
    assert css.count("display:none") == 1  # an earlier run without a value


def test_chart_lists_few_values_of_many_curves():
    curves = [([1], [k]) for k in range(40)]
    assert len(stops(parse(curves))[0]) <= 13


def test_chart_describes_itself():
    root = parse([([1, 9], [1, 0.25])], [("λ = 1", [([1, 9], [2, 3])])],
                 alt="loss falls")  # fmt: skip
    assert plot(root).get("role") == "img"
    assert plot(root).get("aria-label") == "loss falls"
    titles = [g.find("title").text for g in plot(root).iterfind("g")]
    assert titles == [
        "λ = 1 · train: 3 at epoch 9",
        "train: 0.25 at epoch 9",
    ]
    assert (
        plot(parse([])).get("aria-label") == "Line plot of loss against epoch"
    )


# --- Text ------------------------------------------------------------------
class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.names, self.text = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("name", NASTY)
def test_chart_takes_every_text_and_escapes_it(name):
    def of(name):
        curves = [([1, 2], [1, 2])]
        return chart(
            spec(xlabel=name, ylabel=name, legend=(name,)),
            curves, [(name, curves)], title=name, alt=name,
        )  # fmt: skip

    page, plain = Page(), Page()
    page.feed(of(name))
    plain.feed(of("name"))
    extra = ["title"] * (page.tags.count("title") - plain.tags.count("title"))
    assert sorted(page.tags) == sorted(plain.tags + extra)
    assert page.names == plain.names
    root = ET.fromstring(of(name))
    assert len(legend(root)) == 3 and all(legend(root))
    assert plot(root).get("aria-label")
    of(name).encode()  # no lone surrogates


def test_chart_takes_no_text_at_all():
    root = parse(
        [([1], [1])],
        [(None, [([1, 2], [1, 2])])],
        title=None,
        alt=None,
        xlabel=None,
        ylabel=None,
        legend=(None,),
    )
    # fmt: skip
    assert legend(root) == ["", ""]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (r"$\lambda = 3$", "λ = 3"),
        (r"$\Lambda$ and $\Omega_1$", "Λ and Ω₁"),
        (r"$3 \times 10^{-4}$", "3 × 10⁻⁴"),
        (r"$\|w\|^2$", "‖w‖²"),
        (r"$\hat{y}_i$, $\bar x$", "y\u0302ᵢ, x\u0304"),
        (r"$\mathbf{w}^\top x$", "wᵀ x"),
        (r"$\frac{1}{2}$", "1/2"),
        ("$x_{12}$", "x₁₂"),
        (r"$\sqrt{2}$", r"$\sqrt{2}$"),
        ("$x^Q$", "$x^Q$"),
        (r"costs \$5", "costs $5"),
        ("from $5 to $10", "from $5 to $10"),
        ("US$5 and CA$7", "US$5 and CA$7"),
        ("Ba$$in", "Ba$$in"),
        ("$$", "$$"),
        ("$", "$"),
        ("a_b^c", "a_b^c"),
        ("_train", "_train"),
    ],
)
def test_chart_shows_formulas_in_unicode_where_that_is_easy(typed, shown):
    assert legend(parse([([1], [1])], legend=(typed,))) == [
        shown.replace(" = ", "\xa0=\xa0")
    ]


def test_chart_removes_characters_that_xml_forbids():
    (name,) = legend(parse([], legend=("a\0b\x1fc\ud800d\ufffee\nf",)))
    assert name == "abcde\nf"


# --- The whole -------------------------------------------------------------
def example(runs=6):
    xs = [float(x) for x in range(1, 21)]
    curves = [
        (xs, [math.exp(-x / k) for x in xs]) for k in (3, 5)
    ]  # fmt: skip
    return (
        spec(legend=("train", "test")),
        curves,
        [(f"lambd = {n}", curves) for n in range(runs)],
    )


def test_chart_is_small():
    css = parse([]).find("style").text
    assert len(css) < 2500
    assert len(chart(*example()).encode()) < 20_000
    assert len(chart(*example(0)).encode()) < 11_000


def test_chart_is_the_same_for_the_same_numbers():
    one = chart(*example())
    chart(spec(fmts=("ko",), yscale="log"), [([1, 2], [3, 4])])
    assert chart(*example()) == one
    arrays = [(np.array(x), np.array(y)) for x, y in example()[1]]
    assert chart(example()[0], arrays, example()[2]) == one


def test_chart_changes_nothing_that_it_is_given():
    given, curves, ghosts = example()
    chart(given, curves, ghosts, room=curves)
    assert (given, curves, ghosts) == example()


def test_charts_of_one_page_cannot_clash():
    one, other = (
        parse([([1, 2], [1, 2])]),
        parse([([1], [5])], fmts=("rs",), yscale="log", figsize=(4, 4)),
    )
    assert one.find("style").text == other.find("style").text
    for root in (one, other):
        assert not any(element.get("id") for element in root.iter())
        names = {
            name
            for element in root.iter()
            for name in (element.get("class") or "").split()
        }
        assert all(name.startswith("cu-") for name in names)
    rules = re.sub(r"\{[^}]*\}", "\n", one.find("style").text).split("\n")
    selectors = [s for rule in rules for s in rule.split(",") if s]
    assert all(s.startswith(".cu-") for s in selectors)


def test_chart_runs_nothing_and_loads_nothing():
    text = chart(*example())
    assert "<script" not in text and "http" not in text and "url(" not in text
    assert not re.search(r"\son\w+=", text)


def test_chart_prints_no_more_than_tenths_of_a_pixel():
    text = re.sub(
        r"<(?:style|form).*?</(?:style|form)>", "", chart(*example())
    )
    text = re.sub(r' data-[xy]="[^"]*"', "", text)
    for attribute in re.findall(r' (?:d|x|y)="([^"]*)"', text):
        assert not re.search(r"\.\d\d|\.0", attribute), attribute


def test_chart_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ys in ([NAN] * 3, [0, -1, INF], [1e-300, 1e300, 5], [1e150, -1e150,
                   0]):  # fmt: skip
            for yscale in ("linear", "log"):
                parse([([1, 2, 3], ys), ([], [])], yscale=yscale)
        parse([(np.arange(5000.0), np.full(5000, NAN))])


def test_numbers_are_written_without_a_long_exponent():
    assert axes.write_number(1e-6) == "1e-6"
    assert axes.write_number(1.5e20) == "1.5e20"
    assert axes.write_number(-0.01) == "-0.01"
    assert axes.write_place(123456789.0) == "123456789"
    assert axes.write_place(0.123456) == "0.1235"


def test_the_style_is_short_and_has_the_sizes_of_the_code():
    css = re.search("<style>(.*?)</style>", chart(spec(), []))[1]
    assert "\n" not in css and "/*" not in css and " {" not in css
    widths = r"\.(cu-\w+)\{fill:none;stroke-width:([^;]+)"
    sizes = dict(re.findall(widths, css))
    assert sizes == {
        "cu-curve": str(curve_paths.LINE),
        "cu-ghost": str(curve_paths.THIN),
    }
    assert f"font-size:{unicode_text.SIZE}px" in css
    assert f"font:{unicode_text.SIZE}px/" in css
