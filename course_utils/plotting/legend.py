"""The legend: the names of curves and of earlier runs beside the chart.

`write_legend` makes that of the moving chart, `add_legend` that of the
picture that is saved.
"""

import html
import textwrap

from .curve_paths import LINE, draw_markers, scale_dash
from .matplotlib_text import font_families, readable
from .styles import GHOSTS, Style, choose_style
from .unicode_text import to_text

_TIED = "\N{NO-BREAK SPACE}"


def write_legend(spec: dict, count: int, title: str, ghosts) -> str:
    """Return the legend of `count` curves and of earlier runs as HTML."""
    fmts, rows = tuple(spec.get("fmts") or ()), []
    for k, name in enumerate((spec.get("legend") or ())[: count or None]):
        rows.append((_draw_key(choose_style(k, fmts), "curve"), name))
    for colour, (name, curves) in zip(GHOSTS, ghosts, strict=False):
        styles = [choose_style(k, fmts) for k in range(len(curves))]
        if any(style.dash is not None for style in styles):
            rows.append((_draw_key(Style(colour, (), ""), "ghost"), name))
    text = "".join(
        f"<div>{key}<span>{html.escape(_tie(to_text(name)))}</span></div>"
        for key, name in rows
    )
    title = html.escape(_tie(to_text(title)))
    if title:
        text = f'<div class="cu-title"><span>{title}</span></div>{text}'
    return f'<div class="cu-legend">{text}</div>' if text else ""


def _draw_key(style, kind):
    """Return a piece of a curve, to stand before its name."""
    line = ""
    if style.dash is not None:
        line = f'<path d="M0 5H28"{scale_dash(style.dash, LINE)}/>'
    marker = "." if style.marker == "auto" else style.marker
    return (
        f'<svg class="cu-{kind}" stroke="{style.colour}" width="28" '
        f'height="10" viewBox="0 0 28 10" aria-hidden="true">{line}'
        f"{draw_markers([(14.0, 5.0)], style, marker)}</svg>"
    )


def add_legend(ax, named: list, title: str):
    """Return a new legend at the right of matplotlib's axes, or None.

    `named` has pairs of a line and its name.
    """
    if ax.get_legend() is not None or not (named or title):
        return None
    words = "".join([title, *(name for _, name in named)])
    return ax.legend(
        [line for line, _ in named],
        [readable(_fold(name)) for _, name in named],
        loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0,
        frameon=False, alignment="left", title_fontsize=8,
        title=readable(_fold(title)) or None,
        prop={"family": font_families(words), "size": 8},
    )  # fmt: skip


def _tie(text):
    """Let "a = 1, b = 2" break between two settings, not within one."""
    return text.replace(" = ", f"{_TIED}={_TIED}")


def _fold(text, width=22):
    """Break `text` where it does, and where a line would be cut."""
    lines = [
        line
        for part in _tie(text).splitlines()
        for line in textwrap.wrap(part, width)
    ]
    return "\n".join(lines).replace(_TIED, " ")
