"""What an axis can show, and how far it must reach."""

import math
from collections.abc import Iterable

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from .describing import plain
from .progress import COUNTED

__all__ = [
    "check_scales",
    "drawable",
    "floats",
    "is_sequence",
    "pair",
    "span",
    "texts",
    "use_light_ticks",
]


_FAR = 1e150  # further out matplotlib's own sums overflow


def check_scales(**scales):
    """Raise `ValueError` unless every scale is "linear" or "log"."""
    for name, scale in scales.items():
        if scale not in ("linear", "log"):
            raise ValueError(
                f"{name} must be 'linear' or 'log', got {scale!r}"
            )


def is_sequence(values):
    """Tell whether `values` are several: a 0-d tensor is one."""
    return isinstance(values, Iterable) and getattr(values, "ndim", 1) > 0


def floats(values):
    """Return one or several numbers as a list of floats; None stays None."""
    return [
        None if v is None else float(plain(v))
        for v in (values if is_sequence(values) else [values])
    ]


def pair(name, limits):
    """Return the two ends of a range as a tuple of floats; None stays None."""
    if limits is None:
        return None
    try:
        low, high = floats(limits)
        if math.isfinite(low) and math.isfinite(high):
            return low, high
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError(
        f"{name} must be two finite numbers, such as (0, 10), got {limits!r}"
    )


def texts(values):
    """Return one or several strings, or None, as a tuple of strings."""
    if values is None:
        return ()
    if isinstance(values, str):
        return (str(values),)
    if hasattr(values, "tolist"):  # a tensor's parts call themselves tensors
        values = values.tolist()
    return tuple("" if value is None else str(value) for value in values)


def drawable(values, scale):
    """Return `values` as floats, with NaN for what the axis cannot show."""
    values = np.asarray(values, dtype=float)
    shown = np.abs(values) <= _FAR
    if scale == "log":
        shown &= values >= 1 / _FAR
    return np.where(shown, values, np.nan)


def use_light_ticks(ax):
    """Label log axes 0.01, not 10^-2: half the time of a whole picture.

    Typesetting the exponents and making the small ticks is what takes long.
    Epochs and steps are whole numbers. Scales and labels must be set before.
    """
    if ax.get_xlabel() in COUNTED and ax.get_xscale() == "linear":
        ax.xaxis.get_major_locator().set_params(integer=True)
    for axis in (ax.xaxis, ax.yaxis):
        if axis.get_scale() == "log":
            axis.set_minor_locator(NullLocator())
            axis.set_major_locator(_LogTicks(numticks=7))
            axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))


class _LogTicks(LogLocator):
    """Ticks at 1, 10, 100 ..., and at 2 and 5 in between on a short axis."""

    def tick_values(self, vmin, vmax):
        self.set_params(subs=(1, 2, 5) if vmax < 50 * vmin else (1,))
        return super().tick_values(vmin, vmax)


def span(arrays, scale, wanted, margin):
    """Return axis limits that hold every drawable value and `wanted`."""
    arrays = [drawable(np.ravel(a), scale) for a in (*arrays, wanted or ())]
    values = np.concatenate([a[~np.isnan(a)] for a in arrays])
    if not values.size:
        return (0.1, 1) if scale == "log" else (0, 1)
    low, high = values.min(), values.max()
    if scale == "log":
        low, high = np.log10([low, high])
    pad = margin * (high - low) if high > low else 0.5
    if scale == "log":
        return 10 ** (low - pad), 10 ** (high + pad)
    return low - pad, high + pad
