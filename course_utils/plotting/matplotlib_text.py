"""Learners' words in matplotlib's pictures: names, labels, titles."""

import functools
import warnings

from matplotlib import font_manager, rcParams
from matplotlib.mathtext import MathTextParser

# Fonts with Chinese, Japanese and Korean letters, as systems bring them.
_CJK = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC",
    "Hiragino Sans GB", "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei",
    "Noto Sans CJK JP", "Droid Sans Fallback", "Arial Unicode MS",
)  # fmt: skip


def texts(values) -> tuple[str, ...]:
    """Return one or several strings, or None, as a tuple of strings."""
    if values is None:
        return ()
    if isinstance(values, str):
        return (str(values),)
    if hasattr(values, "tolist"):  # a tensor's parts call themselves tensors
        values = values.tolist()
    return tuple("" if value is None else str(value) for value in values)


@functools.lru_cache(1000)
def readable(text: str) -> str:
    """Return `text` so that matplotlib shows it, as a formula or as it is.

    A leading "_" would hide a name from legends.
    """
    if "$" in text:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of letters without a font
                MathTextParser("path").parse(text)
        except ValueError:  # all that its parser raises
            text = text.replace("$", r"\$")
    return " " + text if text.startswith("_") else text


def font_families(words: str) -> list[str]:
    """Return the fonts that are to draw `words`, in order of preference.

    Those that are set come first, then those of this computer that have the
    letters. If there are none, a warning says what to install.
    """
    families = [
        family
        for name in rcParams["font.family"]
        for family in (
            rcParams["font.sans-serif"] if name == "sans-serif" else [name]
        )
    ]
    letters = frozenset(c for c in words if ord(c) > 0x2E7F)
    if not letters:
        return list(rcParams["font.family"])
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    there = [each for each in dict.fromkeys([*families, *_CJK])
             if each in known]  # fmt: skip
    if not any(_has(family, letters) for family in there):
        _warn_once("".join(sorted(letters))[:10])
    return there or families


@functools.cache
def _has(family, letters):
    path = font_manager.findfont(family)
    known = font_manager.get_font(path).get_charmap()
    return all(ord(letter) in known for letter in letters)


@functools.cache
def _warn_once(letters):
    warnings.warn(
        f"no font of this computer has the letters {letters}: install one,"
        " such as Noto Sans CJK (Debian: fonts-noto-cjk), and restart the"
        " kernel",
        stacklevel=2,
    )
