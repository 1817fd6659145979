"""Draw how costs grow: ``make bench`` calls this with what it measured."""

import json
import sys
from pathlib import Path

from matplotlib.figure import Figure

HERE = Path(__file__).parent
STYLES = {
    "ours": ("#0072B2", "o-"),
    "bare_loop": ("#D55E00", "s--"),
    "matrix_products": ("#009E73", "^:"),
    "matplotlib": ("#CC79A7", "d-."),
}


def read(path):
    """Return the medians in seconds: plot -> way -> {x: seconds}."""
    plots = {}
    for each in json.loads(Path(path).read_text())["benchmarks"]:
        info = each["extra_info"]
        if "plot" in info:
            curve = plots.setdefault(info["plot"], {}).setdefault(
                info["way"], {}
            )
            curve[info["x"]] = each["stats"]["median"]
    return plots


def draw(plots):
    """Return a figure with one set of axes for each plot."""
    figure = Figure(figsize=(3.6 * len(plots), 3), layout="constrained")
    axes = figure.subplots(1, len(plots), squeeze=False)[0]
    for ax, (xlabel, ways) in zip(axes, plots.items(), strict=True):
        for way, curve in ways.items():
            colour, style = STYLES[way]
            xs = sorted(curve)
            ax.plot(
                xs, [curve[x] for x in xs], style, color=colour,
                label=way.replace("_", " "),
            )  # fmt: skip
        positive = min(xs) > 0
        ax.set(xlabel=xlabel, ylabel="seconds", yscale="log")
        ax.set_xscale("log" if positive else "linear")
        ax.grid(alpha=0.3)
        ax.legend(fontsize=8)
    return figure


if __name__ == "__main__":
    draw(read(sys.argv[1])).savefig(HERE / "costs.png", dpi=120)
    print(f"wrote {HERE / 'costs.png'}")
