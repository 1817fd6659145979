"""Choose colours, dashes and markers; read format strings."""

import functools
from typing import NamedTuple

from matplotlib.colors import to_hex
from matplotlib.figure import Figure

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
# What is drawn at a point: a dot with a pen of this width and form, or a path,
# filled if it ends in "z".
MARKERS = {
    ".": (4.6, "round"), "o": (6.6, "round"), ",": (1.6, "round"),
    "s": (5.8, "square"), "x": "m-3-3l6 6m0-6l-6 6", "+": "m-4 0h8m-4-4v8",
    "|": "m0-4v8", "_": "m-4 0h8", "^": "m0-4l3.6 6.4h-7.2z",
    "v": "m0 4l3.6-6.4h-7.2z", "<": "m-4 0l6.4-3.6v7.2z",
    ">": "m4 0l-6.4-3.6v7.2z", "D": "m0-4.2l4.2 4.2-4.2 4.2-4.2-4.2z",
    "d": "m0-4.4l2.9 4.4-2.9 4.4-2.9-4.4z",
    "*": "m0-4.6l1.2 3h3.2l-2.5 2 .9 3.1-2.8-1.8-2.8 1.8 .9-3.1-2.5-2h3.2z",
}  # fmt: skip


class Style(NamedTuple):
    """A curve's colour, its dash or None for no line, its marker or ""."""

    colour: str
    dash: tuple | None
    marker: str


@functools.lru_cache(256)
def choose_style(number: int, fmts: tuple = ()) -> Style:
    """Return the style of curve `number`, counted from 0.

    Format strings rule if there are any, but for a colour that they leave out.
    Without them the marker is "auto": dots where they don't touch each other.
    """
    colour, dash = STYLES[number % len(STYLES)]
    if not fmts:
        return Style(colour, dash, "auto")
    style = read_format(fmts[number % len(fmts)])
    return style._replace(colour=style.colour or colour)


@functools.lru_cache(256)
def read_format(fmt: str) -> Style:
    """Return the style that a format string such as "r--" or "ko" asks for.

    Matplotlib reads it, and raises `ValueError` if it cannot. The colour is
    None if the string names none.
    """
    ax, unused = Figure().add_subplot(), "#010203"
    ax.set_prop_cycle(color=[unused])
    (line,) = ax.plot([], [], fmt)
    colour, marker = to_hex(line.get_color()), line.get_marker()
    if marker not in MARKERS:
        marker = "" if marker == "None" else "o"
    colour = None if colour == unused else make_legible(colour)
    return Style(colour, DASHES.get(line.get_linestyle()), marker)


def make_legible(colour: str) -> str:
    """Return the nearest colour of that hue for a light and for a dark page.

    Both are as in "#ff0000". Its contrast with white and with #111 is 3:1 at
    least. Black becomes the page's own colour.
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
