"""Answers to lesson 4b's check cells, right ones and the usual wrong ones."""

LESSON = "04b_three_claims_measured"
BEFORE = ("imports", "from-lesson-four", "groups-data", "elastic")


def shrinking(*lines):
    """Return an `elastic_shrink` with these lines as its body."""
    head = "def elastic_shrink(w, amount, amount2):"
    return "\n    ".join([head, *lines])


def grouping(*lines):
    """Return a `group_threshold` with these lines as its body."""
    return "\n    ".join(["def group_threshold(w, amount):", *lines])


def believing(value):
    """Return a `map_lambd` that returns `value`."""
    return f"def map_lambd(sigma, tau, n): return {value}"


LENGTH = "length = w.norm(dim=1, keepdim=True)"

ANSWERS = {
    "ex1-check": {
        "right": [
            shrinking("return soft_threshold(w, amount) / (1 + amount2)"),
            shrinking(
                "s = 1 / (1 + amount2)",
                "return soft_threshold(s * w, s * amount)",
            ),
            shrinking(
                "size = (w.abs() - amount).clamp(min=0)",
                "return w.sign() * size / (1 + amount2)",
            ),
        ],
        "wrong": [
            (
                shrinking("return soft_threshold(w / (1 + amount2), amount)"),
                "is best",
            ),
            (shrinking("return soft_threshold(w, amount)"), "is best"),
            (shrinking("return w / (1 + amount2)"), "is best"),
            (
                shrinking("return soft_threshold(w, amount) * (1 - amount2)"),
                "is best",
            ),
            (
                shrinking("return soft_threshold(w, amount + amount2)"),
                "is best",
            ),
        ],
    },
    "ex2-check": {
        "right": [
            grouping(
                LENGTH,
                "factor = 1 - amount / length.clamp(min=1e-9)",
                "return w * factor.clamp(min=0)",
            ),
            grouping(
                LENGTH,
                "unit = torch.where(length > 0, w / length, 0)",
                "return unit * (length - amount).clamp(min=0)",
            ),
            grouping(
                "out = w.clone()",
                "for k, row in enumerate(w):",
                "    size = float((row**2).sum()) ** 0.5",
                "    out[k] *= max(0, 1 - amount / size) if size else 0",
                "return out",
            ),
        ],
        "wrong": [
            (grouping("return soft_threshold(w, amount)"), "becomes"),
            (
                grouping(LENGTH, "return w * (1 - amount / length)"),
                "becomes",
            ),
            (
                grouping(
                    LENGTH, "return w * (1 - amount / length).clamp(min=0)"
                ),
                "nan",
            ),
            (
                grouping(LENGTH, "return w * (length > amount)"),
                "becomes",
            ),
            (
                grouping(
                    "length = w.norm().clamp(min=1e-9)",
                    "return w * (1 - amount / length).clamp(min=0)",
                ),
                "becomes",
            ),
        ],
    },
    "ex3-check": {
        "right": [
            believing("sigma**2 / (n * tau)"),
            believing("sigma * sigma / n / tau"),
            believing("torch.tensor(sigma**2 / (n * tau))"),
        ],
        "wrong": [
            (believing("sigma**2 / tau"), "prior"),
            (believing("sigma / (n * tau)"), "prior"),
            (believing("sigma**2 * tau / n"), "prior"),
            (believing("sigma**2 / (n * tau**2)"), "prior"),
            (believing("sigma**2 / (2 * n * tau)"), "prior"),
        ],
    },
}
