"""Give an axis its range, its ticks and their labels."""

import functools
import itertools
import math
from typing import NamedTuple

import numpy as np

from .unicode_text import measure

FAR = 1e150  # further out sums of squares overflow
DIGITS = 7  # letters of a tick's label at most: more have no room on the left


class Axis(NamedTuple):
    """An axis: its scale, its range, and the pixels where that ends."""

    scale: str
    low: float
    high: float
    start: int
    end: int

    def __str__(self):
        numbers = f"{self.low!r} {self.high!r} {self.start} {self.end}"
        return f"{self.scale[:3]} {numbers}"

    def to_pixels(self, values: np.ndarray) -> np.ndarray:
        """Return the places of `values`, of which none is <= 0 if "log"."""
        low, high = self.low, self.high
        if self.scale == "log":
            values, low, high = np.log10(values), *np.log10([low, high])
        share = (values - low) / (high - low)
        return self.start + share * (self.end - self.start)


def drop_gaps(values: np.ndarray, scale: str) -> np.ndarray:
    """Return `values` with NaN for what an axis cannot show."""
    shown = np.abs(values) <= FAR  # False for NaN
    if scale == "log":
        shown &= values >= 1 / FAR
    return np.where(shown, values, np.nan)


def find_limits(name: str, spec: dict, arrays: list) -> tuple:
    """Return the two ends of the axis "x" or "y", with room for all values.

    `spec` is that of `svg.chart`: its scale, and the least range.
    """
    scale, least = spec[f"{name}scale"], spec[f"{name}lim"]
    values = [np.asarray(each, float) for each in (*arrays, least or ())]
    values = drop_gaps(np.concatenate(values), scale)
    values = values[~np.isnan(values)]
    if not values.size:
        return (0.1, 1.0) if scale == "log" else (0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    if scale == "log":
        low, high = math.log10(low), math.log10(high)
    size = max(abs(low), abs(high))
    if high - low > 1e-12 * size:
        pad = 0 if least and name == "x" else 0.05 * (high - low)
    else:  # one value, which is in the middle
        pad = 0.5 if scale == "log" else max(0.5, size / 1000)
    low, high = low - pad, high + pad
    return (10**low, 10**high) if scale == "log" else (low, high)


@functools.lru_cache(256)
def choose_ticks(axis: Axis, whole: bool, is_wide: bool) -> tuple:
    """Return as many ticks as there is room for.

    `whole` axes have whole numbers only; on a wide one labels stand beside
    each other. A tick is a place in pixels and a label. With the ticks comes
    the number that was taken off all labels; it is nearly always 0.
    """
    chosen = [], 0.0
    for ticks in _propose_ticks(axis.scale, axis.low, axis.high, whole):
        if len(ticks) < 2 and chosen[0]:
            break  # one is too few: those before must do
        values = np.array([_to_float(*tick) for tick in ticks])
        labels, base = _label(ticks)
        placed = zip(axis.to_pixels(values).tolist(), labels, strict=True)
        chosen = list(placed), base
        if _fit(chosen[0], is_wide):
            break
    if whole and not chosen[0]:
        return choose_ticks(axis, False, is_wide)
    return chosen


def _fit(ticks, is_wide):
    """Tell whether no label touches the next one."""
    return all(
        abs(b - a) >= ((measure(x) + measure(y)) / 2 + 12 if is_wide else 28)
        for (a, x), (b, y) in itertools.pairwise(ticks)
    )


def _propose_ticks(scale, low, high, whole):
    """Yield lists of ticks (digits, exponent), the longest list first."""
    if scale == "log":
        yield from _propose_powers(low, high)
        if high > 20 * low:
            return
    power = math.floor(math.log10(high - low)) - 1
    for exponent in range(power, power + 3):
        for digit in (1, 2, 5):
            step = float(f"{digit}e{exponent}")
            if (high - low) / step > 12 or (whole and exponent < 0):
                continue
            first = math.ceil(low / step - 1e-9)
            last = math.floor(high / step + 1e-9)
            yield [(digit * n, exponent) for n in range(first, last + 1)]


def _propose_powers(low, high):
    """Yield 1, 2, 5, 10 ..., then 1, 10, 100 ..., then 1, 100 ..."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for digits, stride in [((1, 2, 5), 1), *(((1,), n) for n in range(1, 60))]:
        ticks = [
            (digit, power)
            for power in range(first, last + 1)
            for digit in digits
            if power % stride == 0 and low <= _to_float(digit, power) <= high
        ]
        if len(ticks) < 3 and high <= 20 * low:
            return  # on a short axis the ticks of a linear one are better
        if len(ticks) <= 12:
            yield ticks


def _to_float(digits, exponent):
    return float(f"{digits}e{exponent}")  # 3, -1 is 0.3; 3 * 0.1 is not


def _label(ticks):
    """Return the labels of ticks, and the number that was taken off them."""
    exponents = {exponent for _, exponent in ticks}
    if len(exponents) > 1:  # 0.01, 0.1, 1
        return [write_number(_to_float(*tick)) for tick in ticks], 0.0
    if not ticks:
        return [], 0.0
    (exponent,) = exponents
    # Of 0.6931470, 0.6931472, 0.6931474 show 0, 2e-7, 4e-7.
    for base in (0, ticks[0][0]):
        for write in (f"{{:.{max(0, -exponent)}f}}".format, write_number):
            labels = [write(_to_float(n - base, exponent)) for n, _ in ticks]
            differ = len(set(labels)) == len(labels)
            if differ and max(map(len, labels)) <= DIGITS:
                return labels, _to_float(base, exponent)
    return labels, _to_float(base, exponent)


def write_number(value: float, digits: int = 6) -> str:
    """Return a number with so many significant digits: 0.01, 1e-6."""
    text = f"{value:.{digits}g}"
    if "e" not in text:
        return text
    digits, power = text.split("e")
    return f"{digits}e{int(power)}"


@functools.lru_cache(4096)  # earlier runs' are written again in each frame
def write_value(value: float) -> str:
    """Return three significant digits, and no exponent up to a million."""
    if 1000 <= abs(value) < 1e6:
        return f"{value:.0f}"
    return write_number(value, 3)


def write_place(x: float) -> str:
    """Return all digits of a whole number, four of another one."""
    return write_number(x, 12 if x.is_integer() else 4)
