"""Turn curves into a chart: an inline SVG and a legend, as HTML text.

`chart` is a pure function. The text needs no script, no network and no id,
follows the page's colours by ``currentColor``, and is the same for the same
numbers. It holds, in this order: one style that all charts of a page share,
the plot (``svg``), a form with the values at each x, and the legend.

For tests and other programs, the ``svg`` has ``data-x`` and ``data-y``: scale,
range and the pixels of its two ends, as in "lin 0 10 76 408". A curve is a
``g`` with ``data-curve="0"``; an earlier run's has ``data-ghost="0"``, the
number of the run, and ``data-of="0"``, that of the curve. Their paths have
absolute coordinates, one pair for each point, unless points were left out.
"""

import functools
import html
import math
import re
import unicodedata
from typing import NamedTuple

import numpy as np

# Okabe-Ito colours, each with a dash of its own: no line depends on hue.
# The orange is darker than theirs: all have a contrast of 3:1 at least with
# white and with #111. Dashes are in multiples of the line's width.
STYLES = (
    ("#0072b2", ()),
    ("#d55e00", (3.7, 1.6)),
    ("#009e73", (6.4, 1.6, 1, 1.6)),
    ("#c673a1", (1, 1.65)),
    ("#be8300", (5, 1, 1, 1, 1, 1)),
    ("currentColor", (1, 1)),
)
# Earlier runs: one hue each. Found by a search among colours with the same
# contrast: CIEDE2000 is 18 at least between any two of them, also as people
# with protanopia, deuteranopia or tritanopia see them.
GHOSTS = ("#784bc3", "#c3871e", "#4b6969", "#1ea587", "#875a1e", "#8787b4")
DASHES = {"-": (), "--": STYLES[1][1], "-.": STYLES[2][1], ":": STYLES[3][1]}
LETTERS = {
    "b": "#0000ff", "g": "#008000", "r": "#ff0000", "c": "#00bfbf",
    "m": "#bf00bf", "y": "#bfbf00", "k": "#000000", "w": "#ffffff",
}  # fmt: skip
COUNTED = {"epoch", "step", "iteration", "batch", "batche"}  # and with an s

FAR = 1e150  # further out sums of squares overflow
SIZE = 12  # pixels, the height of letters
DIGITS = 7  # letters of a tick's label at most: more have no room on the left
COLUMNS = 60  # places at most where values are shown
ROWS = 12  # rows of values at most
LINE, THIN = 2.2, 1.3  # pixels, the width of a curve and of an earlier one

_STYLE = (
    ".cu-chart{display:flex;flex-wrap:wrap;gap:6px 12px;"
    f"font:{SIZE}px/1.35 var(--jp-ui-font-family,system-ui,sans-serif)}}"
    ".cu-chart *{box-sizing:border-box}"
    ".cu-plot{position:relative;isolation:isolate;min-width:0}"
    ".cu-plot>svg{display:block;width:100%;height:auto;overflow:visible}"
    f".cu-plot text{{fill:currentColor;font-size:{SIZE}px}}"
    ".cu-axes{fill:none;stroke:currentColor;stroke-opacity:.6}"
    ".cu-grid{stroke:currentColor;stroke-opacity:.14}"
    f".cu-curve{{fill:none;stroke-width:{LINE};stroke-linejoin:round}}"
    f".cu-ghost{{fill:none;stroke-width:{THIN};stroke-linejoin:round}}"
    ".cu-legend{flex:1 1 150px;min-width:0;display:grid;gap:3px 12px;"
    "align-content:start;margin-top:6px;overflow-wrap:anywhere;"
    "grid-template-columns:repeat(auto-fill,minmax(min(140px,100%),1fr))}"
    ".cu-legend>*{display:flex;gap:6px;white-space:pre-line;min-width:0}"
    ".cu-legend>.cu-title{grid-column:1/-1;font-weight:600}"
    ".cu-legend span{min-width:0}"
    ".cu-legend svg{flex:none;margin-top:3px;overflow:visible}"
    ".cu-values{position:absolute;margin:0}"
    ".cu-values div{display:flex;height:100%;position:relative}"
    ".cu-values label{height:100%;margin:0;cursor:crosshair}"
    ".cu-values input,.cu-values label::after,.cu-values span"
    "{position:absolute;left:var(--x);margin:0;opacity:0;pointer-events:none}"
    ".cu-values input{top:50%}"
    ".cu-values label::after{content:'';top:0;bottom:0;"
    "border-left:1px solid currentColor}"
    ".cu-values span{top:4px;margin:0 7px;padding:3px 7px;max-width:48%;"
    "border:1px solid GrayText;border-radius:3px;overflow-wrap:anywhere;"
    "color:var(--jp-ui-font-color1,CanvasText);"
    "background:var(--jp-layout-color1,Canvas)}"
    ".cu-values .cu-left span{left:auto;right:calc(100% - var(--x))}"
    ".cu-values b,.cu-values i{display:block;font:inherit}"
    ".cu-values b::before,.cu-values i::before{content:'';"
    "display:inline-block;width:11px;margin-right:5px;vertical-align:.25em;"
    "border-top:3px solid var(--c)}"
    ".cu-values i::before{border-top-width:2px}"
    ".cu-values i:empty{display:none}"
    + "".join(
        f".cu-values i:nth-of-type({i}){{--c:{c}}}"
        for i, c in enumerate(GHOSTS, 1)
    )
    + ".cu-values label:hover::after,.cu-values label:hover span,"
    ".cu-values div:not(:hover)>label:focus-within::after,"
    ".cu-values div:not(:hover)>label:focus-within span{opacity:1}"
)


def chart(spec: dict, curves, ghosts=(), *, title="", room=(), alt="") -> str:
    """Return a line chart as HTML text.

    Parameters
    ----------
    spec : dict
        what does not change while a model trains: `xlabel`, `ylabel` (str or
        None), `xscale`, `yscale` ("linear" or "log"), `xlim`, `ylim` (pair of
        float or None: the least range), `legend`, `fmts` (tuple of str) and
        `figsize` (pair of float, inches: 100 CSS pixels each)
    curves : list of (xs, ys)
        the points of the current run, two sequences of equal length for each
        curve; NaN, infinity, and values <= 0 on a log axis are gaps
    ghosts : sequence of (str, list of (xs, ys))
        name and curves of earlier runs; the last six are shown, of curves
        that have a line
    title : str
        the settings of the current run
    room : list of (xs, ys)
        points that the axes have room for, and that are not drawn
    alt : str
        what the picture shows, in words

    Returns
    -------
    str
        one ``div``, well-formed as XML too

    Raises
    ------
    ValueError
        if matplotlib knows a format string of `fmts` no better than we do
    """
    frame = _lay_out(spec)
    looks = _Looks(tuple(spec.get("fmts") or ()))
    drawn, ghosts = [], tuple(ghosts)[-len(GHOSTS) :]
    for i, (_, old) in enumerate(ghosts):
        drawn += [
            _Curve(i, k, looks[k], *_read(points))
            for k, points in enumerate(old)
            if looks[k].dash is not None
        ]
    drawn += [
        _Curve(None, k, looks[k], *_read(points))
        for k, points in enumerate(curves)
    ]
    points = _join(drawn, room, spec)
    x, y = (_fit_axis(axis, spec, frame, points[axis]) for axis in "xy")
    names = _name_curves(spec, len(curves))
    labels = [_to_text(name) for name, _ in ghosts]
    count = sum(len(curve.xs) for curve in drawn)
    xs, ys = points["x"][:count], points["y"][:count]
    places = np.column_stack((x.to_pixels(xs), y.to_pixels(ys)))
    what = _shorten(_to_text(spec.get("xlabel")) or "x", 20)
    alt = _to_text(alt) or (
        f"Line plot of {_to_text(spec.get('ylabel')) or 'curves'} "
        f"against {_to_text(spec.get('xlabel')) or 'x'}"
    )
    return "".join((
        f'<div class="cu-chart" data-lm-suppress-shortcuts="true" '
        f'style="max-width:{frame.whole}px"><style>{_STYLE}</style>'
        f'<div class="cu-plot" style="flex:1 1 {frame.width}px;'
        f'max-width:{frame.width}px"><svg role="img" '
        f'viewBox="0 0 {frame.width} {frame.height}" '
        f'width="{frame.width}" height="{frame.height}" '
        f'aria-label="{_escape(alt)}" data-x="{x}" data-y="{y}">',
        _draw_axes(spec, frame, x, y),
        *_draw_curves(drawn, places, frame, names, labels, what),
        "</svg>",
        _list_values(drawn, xs, ys, places, frame, x, names, what),
        "</div>",
        _write_legend(spec, looks, len(curves), title, ghosts, labels),
        "</div>",
    ))  # fmt: skip


# --- How large everything is -----------------------------------------------
class _Frame(NamedTuple):
    """Pixels: the chart's width, the plot's size, the edges of its axes."""

    whole: int
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int


def _lay_out(spec):
    """Return the `_Frame`; it depends on `spec` alone, so nothing jumps."""
    whole, height = (round(100 * inches) for inches in spec["figsize"])
    whole, height = max(whole, 200), max(height, 140)
    # A small figure has its legend below: beside it there is no room.
    width = whole - 180 if whole >= 480 else whole
    left = 74 if spec.get("ylabel") else 56  # a label has 7 digits at most
    bottom = height - (44 if spec.get("xlabel") else 26)
    return _Frame(whole, width, height, left, width - 12, 10, bottom)


class _Axis(NamedTuple):
    """An axis: its scale, its range, and the pixels where that ends."""

    scale: str
    low: float
    high: float
    start: int
    end: int

    def __str__(self):
        numbers = f"{self.low!r} {self.high!r} {self.start} {self.end}"
        return f"{self.scale[:3]} {numbers}"

    def to_pixels(self, values):
        """Return the places of `values`, an array of float."""
        low, high = self.low, self.high
        if self.scale == "log":
            values, low, high = np.log10(values), *np.log10([low, high])
        return (values - low) / (high - low) * (self.end - self.start) + (
            self.start
        )


def _fit_axis(axis, spec, frame, values):
    """Return the `_Axis` that has room for `values` and the least range."""
    scale, limits = spec[f"{axis}scale"], spec[f"{axis}lim"]
    if limits:
        values = np.append(values, _drop_gaps(np.array(limits), scale))
    margin = 0 if axis == "x" and limits else 0.05
    low, high = _find_range(values[~np.isnan(values)], scale, margin)
    if axis == "x":
        return _Axis(scale, low, high, frame.left, frame.right)
    return _Axis(scale, low, high, frame.bottom, frame.top)


def _find_range(values, scale, margin):
    if not values.size:
        return (0.1, 1.0) if scale == "log" else (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    if scale == "log":
        low, high = math.log10(low), math.log10(high)
    size = max(abs(low), abs(high))
    if high - low > 1e-12 * size:
        pad = margin * (high - low)
    else:  # one value, which is in the middle
        pad = 0.5 if scale == "log" else max(0.5, size / 1000)
    if scale == "log":
        return 10 ** (low - pad), 10 ** (high + pad)
    return low - pad, high + pad


# --- Numbers ---------------------------------------------------------------
class _Curve(NamedTuple):
    """A curve to draw: the earlier run's number or None, its own, its look."""

    ghost: int | None
    number: int
    look: "_Look"
    xs: np.ndarray
    ys: np.ndarray


def _read(points):
    xs, ys = (np.asarray(values, dtype=float) for values in points)
    count = min(len(xs), len(ys))
    return xs[:count], ys[:count]


def _join(drawn, room, spec):
    """Return all values of each axis, with NaN where it can't show them."""
    room = [_read(points) for points in room]
    return {
        axis: _drop_gaps(
            np.concatenate(
                [curve[3 + n] for curve in drawn]
                + [points[n] for points in room]
                + [np.empty(0)]
            ),
            spec[f"{axis}scale"],
        )
        for n, axis in enumerate("xy")
    }


def _drop_gaps(values, scale):
    """Return `values` with NaN for what an axis cannot show."""
    shown = np.abs(values) <= FAR  # False for NaN
    if scale == "log":
        shown &= values >= 1 / FAR
    return np.where(shown, values, np.nan)


def _thin(places, width):
    """Return fewer points that look the same, for many points of a line.

    Each column of pixels keeps its lowest and its highest point. Ends stay.

    Parameters
    ----------
    places : array, (n, 2)
        pixels, with NaN for a gap
    width : int
        pixels, the width of the axes
    """
    x, y = places.T
    known = np.where(np.isnan(x), 0, np.arange(len(x)))
    x = x[np.maximum.accumulate(known)]  # a gap is where its neighbour is
    y = np.where(np.isnan(places[:, 0]), np.nan, y)
    steps, columns = np.diff(x), np.floor(np.nan_to_num(x))
    if not (np.all(steps >= 0) or np.all(steps <= 0)):  # it goes to and fro
        columns = np.arange(len(x)) * width // len(x)
    first = np.flatnonzero(np.diff(columns, prepend=-1))
    last = np.append(first[1:], len(x)) - 1
    ends = np.fmin.reduceat(y, first), np.fmax.reduceat(y, first)
    falls = y[last] < y[first]
    thin = np.repeat((x[first] + x[last]) / 2, 2), np.empty(2 * len(first))
    thin[1][0::2] = np.where(falls, ends[1], ends[0])
    thin[1][1::2] = np.where(falls, ends[0], ends[1])
    return np.concatenate((places[:1], np.column_stack(thin), places[-1:]))


def _thin_scatter(places, cell=3):
    """Return one point for each cell of 3 x 3 pixels, and the outermost."""
    places = places[~np.isnan(places).any(axis=1)]
    if len(places) < 500:
        return places
    rows = np.floor(places / cell).astype(int) @ (100_000, 1)
    keep = np.unique(rows, return_index=True)[1]
    ends = np.concatenate((places.argmin(axis=0), places.argmax(axis=0)))
    return places[np.union1d(keep, ends)]


# --- Ticks -----------------------------------------------------------------
def _choose_ticks(axis, whole, is_wide):
    """Return (ticks, their labels, what was taken off): as many as fit.

    Parameters
    ----------
    axis : _Axis
    whole : bool
        whether only whole numbers make sense
    is_wide : bool
        whether labels stand beside each other
    """
    return _choose_ticks_of(*axis, whole, is_wide)


@functools.lru_cache(256)
def _choose_ticks_of(scale, low, high, start, end, whole, is_wide):
    axis = _Axis(scale, low, high, start, end)
    best = [], [], 0.0
    for ticks in _propose_ticks(scale, low, high, whole):
        values = [value for value, _ in ticks]
        labels, base = _label(ticks, scale)
        places = axis.to_pixels(np.array(values)).tolist()
        if len(ticks) > 1 or not best[0]:
            best = values, labels, base
        if len(ticks) < 2 and not (whole and ticks):
            break  # too few: the one before must do
        room = [
            (_measure(a) + _measure(b)) / 2 + 12 if is_wide else 28
            for a, b in zip(labels, labels[1:], strict=False)
        ]
        if all(
            abs(b - a) >= least
            for a, b, least in zip(places, places[1:], room, strict=False)
        ):
            break
    return best


def _propose_ticks(scale, low, high, whole):
    """Yield lists of (tick, exponent of its last digit), the longest first."""
    if scale == "log":
        yield from _propose_powers(low, high)
    power = math.floor(math.log10(high - low)) - 1
    for exponent in range(power, power + 3):
        for digit in (1, 2, 5):
            step = float(f"{digit}e{exponent}")
            whole_step = exponent >= 0 or not whole
            if (high - low) / step <= 12 and whole_step:
                ends = low - step * 1e-9, high + step * 1e-9
                first = math.ceil(ends[0] / step)
                last = math.floor(ends[1] / step)
                yield [  # read from digits, so that 3 * 0.1 is 0.3
                    (float(f"{digit * n}e{exponent}"), exponent)
                    for n in range(first, last + 1)
                ]


def _propose_powers(low, high):
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for digits, stride in [((1, 2, 5), 1)] + [((1,), n) for n in range(1, 60)]:
        if len(digits) * (last - first) / stride > 12:
            continue
        ticks = [
            (float(f"{digit}e{power}"), power)
            for power in range(first, last + 1)
            for digit in digits
            if power % stride == 0
        ]
        ticks = [t for t in ticks if low <= t[0] <= high]
        if len(ticks) < 3:
            return  # on a short axis the ticks of a linear one are better
        yield ticks


def _label(ticks, scale):
    """Return the labels of ticks, and the number that was taken off them."""
    if scale == "log":
        return [_write_number(value) for value, _ in ticks], 0.0
    base, exponent = 0.0, ticks[0][1] if ticks else 0
    for base in (0.0, ticks[0][0] if ticks else 0.0):
        for write in (
            lambda value: f"{value:.{max(0, -exponent)}f}",
            _write_number,
        ):
            labels = [write(value - base) for value, _ in ticks]
            if max(map(len, labels), default=0) <= DIGITS and len(
                set(labels)
            ) == len(labels):
                return labels, base
    return labels, base


def _write_number(value, digits=6):
    text = f"{value:.{digits}g}"
    if "e" not in text:
        return text
    digits, power = text.split("e")
    return f"{digits}e{int(power)}"


def _write_value(value):
    """Return three significant digits, and no exponent up to a million."""
    if 1000 <= abs(value) < 1e6:
        return f"{value:.0f}"
    return _write_number(value, 3)


# --- Text ------------------------------------------------------------------
_FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff￾￿]")
_FORMULA = re.compile(r"(?<!\\)\$(?!\s)([^$]+?)(?<![\s\\])\$(?!\d)")
_COMMAND = re.compile(r"\\([A-Za-z]+|.)")
_SCRIPT = re.compile(r"([\^_])(?:\{([^{}]*)\}|(.))")
_SUPER = dict(zip("0123456789+-=()nixT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣᵀ", strict=True))
_SUB = dict(zip("0123456789+-=()aeijkmnoprtx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₖₘₙₒₚᵣₜₓ",
                strict=True))  # fmt: skip
_COMMANDS = {
    "times": "×", "cdot": "·", "pm": "±", "le": "≤", "leq": "≤", "ge": "≥",
    "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "infty": "∞",
    "ell": "ℓ", "partial": "∂", "nabla": "∇", "sum": "∑", "in": "∈",
    "top": "T", "to": "→", "rightarrow": "→", "ldots": "…", "dots": "…", "log": "log",
    "exp": "exp", "ln": "ln", "min": "min", "max": "max", "|": "‖",
    "Vert": "‖", "vert": "|", "left": "", "right": "", "quad": " ",
    ",": " ", ";": " ", " ": " ", "!": "", "%": "%", "#": "#", "&": "&",
    "varepsilon": "ε", "epsilon": "ε", "varphi": "φ", "lambda": "λ",
}  # fmt: skip
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}


@functools.lru_cache(1024)
def _to_text(value):
    """Return what a learner called something, with $...$ in Unicode."""
    text = "" if value is None else str(value)
    text = _FORMULA.sub(_write_formula, _FORBIDDEN.sub("", text))
    return text.replace(r"\$", "$")


def _write_formula(match):
    """Return $...$ in Unicode or, if that isn't easy, as it stands."""
    text = re.sub(
        r"\\(hat|bar|tilde)(?:\{(\w)\}|\s*(\w))",
        lambda m: (m[2] or m[3]) + _ACCENTS[m[1]],
        match[1],
    )
    text = re.sub(
        r"\\(?:mathbf|mathrm|mathit|text|bm|operatorname)\{([^{}\\]*)\}",
        r"\1", text,
    )  # fmt: skip
    text = re.sub(r"\\[dt]?frac\{(\w+)\}\{(\w+)\}", r"\1/\2", text)
    text = _COMMAND.sub(_write_command, text)
    text = _SCRIPT.sub(_write_script, text)
    return match[0] if re.search(r"[\\{}^_]", text) else text


def _write_command(match):
    name = match[1]
    greek = "CAPITAL" if name[0].isupper() else "SMALL"
    # Unicode calls the letter LAMDA; that one is in the table.
    if name in _COMMANDS:
        return _COMMANDS[name]
    name = "LAMDA" if name == "Lambda" else name.upper()
    try:
        return unicodedata.lookup(f"GREEK {greek} LETTER {name}")
    except KeyError:
        return match[0]


def _write_script(match):
    letters = _SUPER if match[1] == "^" else _SUB
    text = match[2] if match[3] is None else match[3]
    if all(letter in letters for letter in text):
        return "".join(letters[letter] for letter in text)
    return match[0]


def _escape(text):
    return html.escape(text, quote=True)


@functools.lru_cache(1024)
def _measure(text):
    """Return about how many pixels wide a text is, rather more than less."""
    return SIZE * sum(
        1.05 if unicodedata.east_asian_width(letter) in "WF" else 0.64
        for letter in text
    )


def _shorten(text, letters):
    """Return a text on one line, of so many letters at most."""
    text = " ".join(text.split())
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _shorten_to(text, pixels):
    text = " ".join(text.split())
    if _measure(text) <= pixels:
        return text
    while text and _measure(text + "…") > pixels:
        text = text[: min(len(text) - 1, int(len(text) * 0.95))]
    return text + "…"


# --- Colours, dashes and markers -------------------------------------------
class _Look(NamedTuple):
    """How a curve looks: colour, dash or None for no line, marker or ""."""

    colour: str
    dash: tuple | None
    marker: str


class _Looks(dict):
    """The look of each curve, by its number."""

    def __init__(self, fmts):
        super().__init__()
        self.fmts = fmts

    def __missing__(self, k):
        colour, dash = STYLES[k % len(STYLES)]
        self[k] = _Look(colour, dash, "auto")
        if self.fmts:  # a format string rules; it may leave the colour
            own, dash, marker = read_format(self.fmts[k % len(self.fmts)])
            self[k] = _Look(own or colour, dash, marker)
        return self[k]


@functools.lru_cache(256)
def read_format(fmt: str) -> tuple:
    """Return colour or None, dash or None, and marker or "" of a format.

    Parameters
    ----------
    fmt : str
        a format string of matplotlib's, such as "r--" or "ko"
    """
    found, rest = {}, str(fmt)
    while rest:
        sign = rest[:2] if rest[:2] in DASHES else rest[:1]
        tables = {"colour": LETTERS, "line": DASHES, "marker": MARKERS}
        kind = next((k for k, table in tables.items() if sign in table), "")
        if not kind or kind in found:
            return _ask_matplotlib(fmt)
        found[kind], rest = sign, rest[len(sign) :]
    colour = found.get("colour")
    line = found.get("line", "" if "marker" in found else "-")
    return (
        colour and make_legible(LETTERS[colour]),
        DASHES.get(line),
        found.get("marker", ""),
    )


def _ask_matplotlib(fmt):
    from matplotlib.colors import to_hex
    from matplotlib.figure import Figure

    ax, none = Figure().add_subplot(), "#010203"
    ax.set_prop_cycle(color=[none])
    (line,) = ax.plot([], [], fmt)
    colour, marker = to_hex(line.get_color()), line.get_marker()
    if marker == "None":
        marker = ""
    elif marker not in MARKERS:
        marker = "o"
    dash = DASHES.get(line.get_linestyle())
    return None if colour == none else make_legible(colour), dash, marker


def make_legible(colour: str) -> str:
    """Return a colour that can be seen on a light and on a dark page.

    Parameters
    ----------
    colour : str
        as in "#ff0000"

    Returns
    -------
    str
        the nearest of that hue with a contrast of 3:1 at least with white
        and with #111, or the page's own colour for black
    """
    rgb = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    light = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in rgb
    ]
    luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    if luminance < 0.005:
        return "currentColor"
    if luminance > 0.29:
        light = [c * 0.29 / luminance for c in light]
    elif luminance < 0.125:  # mixed with white
        share = (0.125 - luminance) / (1 - luminance)
        light = [c + share * (1 - c) for c in light]
    else:
        return colour
    rgb = [
        12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055
        for c in light
    ]
    return "#" + "".join(f"{round(255 * c):02x}" for c in rgb)


# What is drawn at a point: a dot, of a pen's width and form, or a path. One that
# ends in "z" is filled. What isn't listed is drawn as "o".
MARKERS = {
    ".": (4.6, "round"), "o": (6.6, "round"), ",": (1.6, "round"),
    "s": (5.8, "square"), "x": "m-3-3l6 6m0-6l-6 6", "+": "m-4 0h8m-4-4v8",
    "|": "m0-4v8", "_": "m-4 0h8", "^": "m0-4l3.6 6.4h-7.2z",
    "v": "m0 4l3.6-6.4h-7.2z", "<": "m-4 0l6.4-3.6v7.2z",
    ">": "m4 0l-6.4-3.6v7.2z", "D": "m0-4.2l4.2 4.2-4.2 4.2-4.2-4.2z",
    "d": "m0-4.4l2.9 4.4-2.9 4.4-2.9-4.4z",
    "*": "m0-4.6l1.2 3h3.2l-2.5 2 .9 3.1-2.8-1.8-2.8 1.8 .9-3.1-2.5-2h3.2z",
}  # fmt: skip


# --- The plot --------------------------------------------------------------
def _draw_axes(spec, frame, x, y):
    """Return grid, axes, ticks and labels as SVG."""
    left, right, top, bottom = frame[3:]
    whole = str(spec.get("xlabel")).lower().rstrip("s") in COUNTED
    grid, texts = "", ""
    values, labels, x_base = _choose_ticks(x, whole, True)
    places = x.to_pixels(np.array(values)).tolist()
    for place, label in zip(places, labels, strict=True):
        grid += f"M{place:.1f} {top}V{bottom}"
        half = _measure(label) / 2
        middle = min(max(place, half), frame.width - half)
        texts += f'<text x="{middle:.1f}" y="{bottom + 16}" '
        texts += f'text-anchor="middle">{label}</text>'
    values, labels, y_base = _choose_ticks(y, False, False)
    places = y.to_pixels(np.array(values)).tolist()
    for place, label in zip(places, labels, strict=True):
        grid += f"M{left} {place:.1f}H{right}"
        texts += f'<text x="{left - 6}" y="{place + 4:.1f}" '
        texts += f'text-anchor="end">{label}</text>'
    middle = (left + right) // 2
    texts += _draw_label(
        spec.get("xlabel"), x_base, right - left,
        f'x="{middle}" y="{frame.height - 8}"',
    ) + _draw_label(
        spec.get("ylabel"), y_base, bottom - top,
        f'transform="translate(13 {(top + bottom) // 2})rotate(-90)"',
    )  # fmt: skip
    grid = grid.replace(".0", "")
    return (
        f'<path class="cu-grid" d="{grid}"/><path class="cu-axes" '
        f'd="M{left} {top}V{bottom}H{right}"/>{texts}'
    )


def _draw_label(label, base, length, place):
    """Return an axis's label; `base` is what was taken off its ticks."""
    label = _to_text(label)
    if base:
        sign = "−" if base > 0 else "+"
        label = f"{label} {sign} {_write_number(abs(base), 15)}".strip()
    if not label:
        return ""
    short, whole = _shorten_to(label, length), ""
    if short.endswith("…"):
        whole = f"<title>{_escape(label)}</title>"
    return f'<text {place} text-anchor="middle">{whole}{_escape(short)}</text>'


def _draw_curves(drawn, places, frame, names, labels, what):
    """Yield each curve as SVG."""
    begin, width = 0, frame.right - frame.left
    for curve in drawn:
        end = begin + len(curve.xs)
        points, begin = places[begin:end], end
        name = names[curve.number]
        if curve.ghost is None:
            kind, colour = "curve", curve.look.colour
            number = f'data-curve="{curve.number}"'
        else:
            kind, colour = "ghost", GHOSTS[curve.ghost]
            number = f'data-ghost="{curve.ghost}" data-of="{curve.number}"'
            name = f"{labels[curve.ghost]} · {name}"
        name = _shorten(name, 60)
        if end and len(curve.xs):
            value = _write_value(float(curve.ys[-1]))
            name += f": {value} at {what} {float(curve.xs[-1]):g}"
        yield (
            f'<g class="cu-{kind}" {number} stroke="{colour}">'
            f"<title>{_escape(name)}</title>"
            f"{_draw_curve(curve, points, width)}</g>"
        )


def _draw_curve(curve, points, width):
    """Return the paths of a curve: its line, and its markers."""
    _, dash, marker = curve.look
    if marker == "auto":  # where dots would touch, the line is enough
        marker = "." if len(points) <= width / 5 else ""
    if curve.ghost is not None:
        marker = ""
    if dash is None:
        points = _thin_scatter(points)
        return _draw_markers(points.ravel().tolist(), curve.look, marker)
    if len(points) > 2 * width:
        points = _thin(points, width)
    line, lone = _draw_line(points)
    text = ""
    if line:
        pattern = _scale_dash(dash, THIN if curve.ghost is not None else LINE)
        text = f'<path d="{line}"{pattern}/>'
    if marker:
        lone = points[~np.isnan(points).any(axis=1)].ravel().tolist()
    return text + _draw_markers(lone, curve.look, marker or ".")


def _draw_line(points):
    """Return the path of a line, and its points that have no neighbours."""
    bad = np.isnan(points[:, 0]) | np.isnan(points[:, 1])
    parts = [points]
    if bad.any():
        parts = np.split(points, np.flatnonzero(bad))
        parts = [part[int(np.isnan(part[:1]).any()) :] for part in parts]
    path, lone = [], []
    for part in parts:
        numbers = part.ravel().tolist()
        if len(part) == 1:
            lone += numbers
        elif len(part):
            form = "M%.1f %.1fL" + "%.1f %.1f " * (len(part) - 1)
            path.append((form % tuple(numbers))[:-1])
    return "".join(path).replace(".0", ""), lone


def _draw_markers(numbers, look, marker):
    """Return the path of markers; `numbers` are x, y, x, y ... of points."""
    if not numbers or not marker:
        return ""
    shape, pen = MARKERS.get(marker, MARKERS["o"]), 'stroke-width="1.5"'
    if isinstance(shape, tuple):  # where a line has no length, its caps touch
        pen = 'stroke-width="{}" stroke-linecap="{}"'.format(*shape)
        shape = "h0"
    elif shape.endswith("z"):
        pen = f'fill="{look.colour}"'
    path = (f"M%.1f %.1f{shape}" * (len(numbers) // 2)) % tuple(numbers)
    return f'<path {pen} d="{path.replace(".0", "")}"/>'


@functools.lru_cache(256)
def _scale_dash(dash, width):
    if not dash:
        return ""
    numbers = " ".join(f"{part * width:.1f}" for part in dash)
    return f' stroke-dasharray="{numbers.replace(".0", "")}"'


# --- The values at the pointer ---------------------------------------------
def _list_values(drawn, xs, ys, places, frame, x, names, what):
    """Return a form with a radio button for each x, and the values there.

    A group of radio buttons is one stop of the Tab key, and arrow keys go
    from one to the next: no script is needed. They are grouped by their form,
    so that no name has to be unique on the page. Its method is "dialog" to
    make Enter send nothing.
    """
    good = np.flatnonzero(~np.isnan(places).any(axis=1))
    if not good.size:
        return ""
    left, right, top, bottom = frame[3:]
    stops = _choose_stops(xs[good], places[good, 0], left, right)
    stop_places = x.to_pixels(stops)
    edges = (stop_places[1:] + stop_places[:-1]) / 2
    table = _find_nearest(drawn, good, places[:, 0], stop_places, edges)
    widths = np.diff(np.concatenate(([left], edges, [right]))).tolist()
    shares = (100 * (stop_places - left) / (right - left)).tolist()
    xs, ys, now = xs.tolist(), ys.tolist(), len(stops) - 1
    rows = [
        f'<b style="--c:{curve.look.colour}">'
        f"{_escape(_shorten(names[curve.number], 18))} "
        for curve in drawn
        if curve.ghost is None
    ]
    short, text = _escape(what), []
    for n, (stop, width, share) in enumerate(
        zip(stops.tolist(), widths, shares, strict=True)
    ):
        side = ' class="cu-left"' if share > 50 else ""
        checked = ' checked=""' if n == now else ""
        values = _list_rows(drawn, table[:, n].tolist(), xs, ys, stop, rows)
        text.append(
            f'<label{side} style="flex:{width:.1f};--x:{share:.1f}%">'
            f'<input type="radio" name="x"{checked}/>'
            f"<span>{short} {_write_number(stop)}{values}</span></label>"
        )
    place = (
        f"left:{100 * left / frame.width:.2f}%;"
        f"top:{100 * top / frame.height:.2f}%;"
        f"width:{100 * (right - left) / frame.width:.2f}%;"
        f"height:{100 * (bottom - top) / frame.height:.2f}%"
    )
    return (
        f'<form class="cu-values" method="dialog" autocomplete="off" '
        f'style="{place}"><div role="radiogroup" '
        f'aria-label="Values at each {short}">{"".join(text)}</div></form>'
    )


def _choose_stops(xs, places, left, right):
    """Return the values of x where values are shown, in order.

    One is the first of all within its column of pixels; the last is the end.
    """
    column = (right - left) / COLUMNS
    bins = np.clip((places - left) / column, 0, COLUMNS - 1).astype(int)
    stops = np.full(COLUMNS, np.inf)
    np.minimum.at(stops, bins, xs)
    stops = stops[stops < np.inf]
    stops[-1] = xs.max()
    return stops


def _find_nearest(drawn, good, places, stop_places, edges):
    """Return the number of the point of each curve at each stop, or -1.

    It is the one that is nearest to the stop, and nearest to no other.
    """
    owners = np.repeat(np.arange(len(drawn)), [len(c.xs) for c in drawn])
    places = places[good]
    at = np.searchsorted(edges, places)
    cells = owners[good] * len(stop_places) + at
    away = np.abs(places - stop_places[at])
    nearest = np.full(len(drawn) * len(stop_places), np.inf)
    np.minimum.at(nearest, cells, away)
    table = np.full(len(nearest), -1)
    chosen = away == nearest[cells]
    table[cells[chosen]] = good[chosen]  # of equal ones the last
    return table.reshape(len(drawn), len(stop_places))


def _list_rows(drawn, picks, xs, ys, stop, rows):
    """Return the values at one stop: a row a curve, and a row a ghost."""
    now, old = [], [[] for _ in GHOSTS]
    for curve, pick in zip(drawn, picks, strict=True):
        if pick < 0:
            continue
        value = _write_value(ys[pick])
        if xs[pick] != stop:
            value += f" (at {_write_number(xs[pick], 4)})"
        if curve.ghost is None:
            now.append(f"{rows[curve.number]}{value}</b>")
        else:
            old[curve.ghost].append(value)
    if len(now) > ROWS:
        now[ROWS:] = "…"
    while old and not old[-1]:
        old.pop()
    # An empty row is not shown; it is there because the style counts them.
    return "".join([*now, *(f"<i>{' · '.join(row)}</i>" for row in old)])


# --- The legend ------------------------------------------------------------
def _name_curves(spec, count):
    """Return a name for each curve, made up where the legend has none."""
    names = [_to_text(name) for name in spec.get("legend") or ()]
    if not names and count == 1 and spec.get("ylabel"):
        names = [_to_text(spec["ylabel"])]
    count = max(count, 50)
    return names + [f"curve {k + 1}" for k in range(len(names), count)]


def _write_legend(spec, looks, count, title, ghosts, labels):
    """Return the legend: title, the curves' names, the earlier runs'."""
    title, entries = _to_text(title), []
    names = [_to_text(name) for name in spec.get("legend") or ()]
    if title:
        text = _escape(_tie(title))
        entries.append(f'<div class="cu-title"><span>{text}</span></div>')
    for k, name in enumerate(names[: count or None]):
        key = _draw_key(looks[k], "curve")
        entries.append(f"<div>{key}<span>{_escape(name)}</span></div>")
    for i, label in enumerate(labels):
        if any(looks[k].dash is not None for k in range(len(ghosts[i][1]))):
            key = _draw_key(_Look(GHOSTS[i], (), ""), "ghost")
            text = _escape(_tie(label))
            entries.append(f"<div>{key}<span>{text}</span></div>")
    if not entries:
        return ""
    return f'<div class="cu-legend">{"".join(entries)}</div>'


def _tie(text):
    """Return "a = 1, b = 2" with spaces that a line breaks at or not."""
    return text.replace(" = ", " = ".replace(" ", "\N{NO-BREAK SPACE}"))


@functools.lru_cache(256)
def _draw_key(look, kind):
    """Return a piece of a curve, to stand before its name."""
    line = ""
    if look.dash is not None:
        pattern = _scale_dash(look.dash, LINE)
        line = f'<path d="M0 5H28"{pattern}/>'
    marker = "." if look.marker == "auto" else look.marker
    return (
        f'<svg class="cu-{kind}" stroke="{look.colour}" width="28" '
        f'height="10" viewBox="0 0 28 10" aria-hidden="true">{line}'
        f"{_draw_markers([14.0, 5.0], look, marker)}</svg>"
    )
