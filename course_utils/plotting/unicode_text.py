"""Turn what learners called things into text that a page can show."""

import math
import re
import unicodedata

SIZE = 12  # pixels, the height of letters

# Characters that XML forbids, or that have no shape
_FORBIDDEN = re.compile(
    r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
)
# As in Markdown, so that "from $5 to $10" is none
_FORMULA = re.compile(r"(?<!\\)\$(?!\s)([^$]+?)(?<![\s\\])\$(?!\d)")
_COMMAND = re.compile(r"\\([A-Za-z]+|.)")
_SCRIPT = re.compile(r"([\^_])(?:\{([^{}]*)\}|(.))")
_SUPER = dict(zip("0123456789+-=()nixT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣᵀ", strict=True))
_SUB = dict(
    zip(
        "0123456789+-=()aeijkmnoprtx",
        "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₖₘₙₒₚᵣₜₓ",
        strict=True,
    )
)
_COMMANDS = {
    "times": "×", "cdot": "·", "pm": "±", "le": "≤", "leq": "≤", "ge": "≥",
    "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "infty": "∞",
    "ell": "ℓ", "partial": "∂", "nabla": "∇", "sum": "∑", "in": "∈",
    "top": "T", "to": "→", "rightarrow": "→", "ldots": "…", "dots": "…",
    "log": "log", "exp": "exp", "ln": "ln", "min": "min", "max": "max",
    "|": "‖", "Vert": "‖", "vert": "|", "left": "", "right": "", "quad": " ",
    ",": " ", ";": " ", " ": " ", "!": "", "%": "%", "#": "#", "&": "&",
    "varepsilon": "ε", "epsilon": "ε", "varphi": "φ", "lambda": "λ",
}  # fmt: skip
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}


def to_text(value) -> str:
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
    if name in _COMMANDS:
        return _COMMANDS[name]
    size = "CAPITAL" if name[0].isupper() else "SMALL"
    letter = {"Lambda": "LAMDA"}.get(name, name.upper())  # Unicode's spelling
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {letter}")
    except KeyError:
        return match[0]


def _write_script(match):
    letters = _SUPER if match[1] == "^" else _SUB
    text = match[2] if match[3] is None else match[3]
    if all(letter in letters for letter in text):
        return "".join(letters[letter] for letter in text)
    return match[0]


def measure(text: str) -> float:
    """Return about how many pixels wide a text is, rather more than less."""
    return SIZE * sum(
        1.05 if unicodedata.east_asian_width(letter) in "WF" else 0.64
        for letter in text
    )


def shorten(text: str, letters: int) -> str:
    """Return a text on one line, of so many letters at most."""
    text = " ".join(text.split())
    return text if len(text) <= letters else text[: letters - 1] + "…"


def shorten_to_pixels(text: str, pixels: float) -> str:
    """Return a text on one line, of about so many pixels at most."""
    text = " ".join(text.split())
    letters = len(text)
    while letters > 1 and measure(shorten(text, letters)) > pixels:
        letters -= math.ceil(letters / 20)
    return shorten(text, letters)
