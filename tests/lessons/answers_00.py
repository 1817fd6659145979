"""Answers to lesson 0's check cells, right ones and the usual wrong ones."""

LESSON = "00_start_here"
BEFORE = (
    "imports", "measure", "fit-polynomial", "turn-rmse-check",
    "turn-rmse-ours", "turn-penalty-check", "turn-penalty-ours", "fit",
)  # fmt: skip


def error(*lines):
    """Return an `rmse` with these lines as its body."""
    return "\n    ".join(["def rmse(y_hat, y):", *lines])


def price(*lines):
    """Return a `penalty` with these lines as its body."""
    return "\n    ".join(["def penalty(w, lambd):", *lines])


def best(value):
    """Return a `best_lambd` that returns `value`."""
    return f"def best_lambd(): return {value}"


def lowest(value):
    """Return a `lowest_degree` that returns `value`."""
    return f"def lowest_degree(n): return {value}"


def choosing(fitted, judged, lambd="lambd", among="range(15)"):
    """Return a `choose_degree` that fits and judges on these readings."""
    return f"""
def choose_degree(hours, y, lambd):
    def error(degree):
        w = fit(hours[{fitted}], y[{fitted}], degree, {lambd})
        return rmse(features(hours, degree)[{judged}] @ w, y[{judged}])

    return min({among}, key=error)
"""


def noisy(*lines):
    """Return a `fit_noisy` with these lines as its body."""
    head = "def fit_noisy(degree=4, noise=1.5):"
    return "\n    ".join([head, *lines])


CURVE = "curve = Polynomial.fit(hours[train], y[train], degree)"

ANSWERS = {
    "turn-rmse-check": {
        "right": [
            error("return np.sqrt(((y_hat - y) ** 2).mean())"),
            error("return float(np.mean(np.square(y - y_hat)) ** 0.5)"),
            error("return np.linalg.norm(y_hat - y) / len(y) ** 0.5"),
            error(
                "total = 0",
                "for a, b in zip(y_hat, y):",
                "    total += (a - b) ** 2",
                "return (total / len(y)) ** 0.5",
            ),
        ],
        "wrong": [
            (error("return ((y_hat - y) ** 2).mean()"), "not 4.67"),
            (error("return np.sqrt(((y_hat - y) ** 2).sum())"), "not 3.74"),
            (error("return abs(y_hat - y).mean()"), "not 2"),
            (error("return abs((y_hat - y).mean())"), "not 0.667"),
            (error("return np.sqrt(((y_hat - y) ** 2).sum() / 3)"), "0.5"),
            (error("return np.sqrt((y_hat - y) ** 2)"), "one number"),
            (error("return (y_hat - y).std()"), "2.16, not 2.05"),
            (error("print(2.16)"), "returned None"),
        ],
    },
    "turn-penalty-check": {
        "right": [
            price("return lambd / 2 * (w[1:] ** 2).sum()"),
            price("return 0.5 * lambd * w[1:] @ w[1:]"),
            price("return lambd * (np.sum(w**2) - w[0] ** 2) / 2"),
            price("return lambd / 2 * sum(each**2 for each in w[1:])"),
        ],
        "wrong": [
            (price("return lambd / 2 * (w**2).sum()"), "not 15.75"),
            (price("return lambd * (w[1:] ** 2).sum()"), "not 7"),
            (price("return lambd / 2 * abs(w[1:]).sum()"), "not 1.5"),
            (price("return lambd / 2 * (w[1:] ** 2).mean()"), "not 1.167"),
            (price("return lambd / 2 * w[1:].sum() ** 2"), "not 4"),
            (price("return (w[1:] ** 2).sum() / 2"), "3.5, not 7"),
            (price("return lambd / 2 * w[1:] ** 2"), "one number"),
            (price("return lambd / 2 * (w[:-1] ** 2).sum()"), "not 14.75"),
        ],
    },
    "ex1-check": {
        "right": [best(0.1), best(0.09), best("10**-1"), best(0.05)],
        "wrong": [
            (best(0.032), "2.54"),
            (best(0.32), "2.88"),
            (best(0), "4.28"),
            (best(10), "another gives less"),
            (best(None), "returned None"),
            (best(-1), "lambd must be"),
        ],
    },
    "ex2-check": {
        "right": [
            lowest("n - 1"),
            lowest("len(range(n)) - 1"),
            lowest("max(d for d in range(n))"),
        ],
        "wrong": [
            (lowest("n"), "is enough"),
            (lowest("n - 2"), "misses"),
            (lowest("14"), "is enough"),
            (lowest("n // 2"), "misses"),
            (lowest("None"), "got None"),
        ],
    },
    "ex3-check": {
        "right": [
            choosing("train", "valid"),
            choosing("::2", "1::2"),
            """
def choose_degree(hours, y, lambd):
    best, lowest = None, float("inf")
    for degree in range(15):
        w = fit(hours[train], y[train], degree, lambd)
        misses = features(hours[valid], degree) @ w - y[valid]
        if (misses**2).sum() < lowest:
            best, lowest = degree, (misses**2).sum()
    return best
""",
        ],
        "wrong": [
            (choosing("train", "train"), "lambd 0: 14"),
            (choosing("valid", "train"), "is not the best"),
            (choosing("::1", "valid"), "is not the best"),
            (choosing("train", "valid", lambd="0"), "lambd 0.3"),
            (choosing("train", "valid", among="range(1, 4)"), "4117"),
            ("def choose_degree(hours, y, lambd): return 4", "4119"),
        ],
    },
    "ex4-check": {
        "right": [
            noisy(
                "hours, y = measure(noise)",
                CURVE,
                "return show_day(curve, hours, y)",
            ),
            noisy(
                "hours, y = measure(noise=noise)",
                "w = fit(hours[train], y[train], degree, 0)",
                "curve = lambda hours: features(hours, degree) @ w",
                "return show_day(curve, hours, y)",
            ),
            noisy(
                "hours = np.linspace(0, 24, 29)",
                "y = truth(hours) + noise * np.random.randn(29)",
                CURVE,
                "return show_day(curve, hours, y)",
            ),
        ],
        "wrong": [
            (noisy("return fit_polynomial(degree)"), "noise 0.5"),
            (
                noisy(
                    "hours, y = measure(1.5 + noise)",
                    CURVE,
                    "return show_day(curve, hours, y)",
                ),
                "noise 0.5",
            ),
            (
                noisy(
                    "hours, y = measure(noise)",
                    "curve = Polynomial.fit(hours, y, degree)",
                    "return show_day(curve, hours, y)",
                ),
                "noise 0.5",
            ),
            (
                noisy(
                    "hours, y = measure(noise**2)",
                    CURVE,
                    "return show_day(curve, hours, y)",
                ),
                "noise 0.5",
            ),
            (
                noisy(
                    "hours, y = measure(noise)",
                    CURVE,
                    "show_day(curve, hours, y)",
                ),
                "NoneType|None",
            ),
        ],
    },
}
