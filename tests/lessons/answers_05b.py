"""Answers to lesson 5b's check cells, right ones and the usual wrong ones."""

LESSON = "05b_noise_and_early_stopping"
BEFORE = ("imports", "linear-data", "step", "descend")


def noisy(*lines):
    """Return a `ridge_for_noise` with these lines as its body."""
    return "\n    ".join(
        [
            "def ridge_for_noise(X, y, variances):",
            "X_mean, y_mean = X.mean(0), y.mean(0)",
            "X_c, y_c, n = X - X_mean, y - y_mean, len(X)",
            *lines,
        ]
    )


SOLVE = "w = torch.linalg.solve(A, X_c.T @ y_c / n)"
FREE_B = "return w, y_mean - X_mean @ w"
PENALTY = "A = X_c.T @ X_c / n + torch.diag(variances)"

STOP = """
def early_stop(train, valid, lr, patience):
    X, y = valid
    fit = lowest = start()
    best, last, waited, taken = float("inf"), float("inf"), 0, 0
    while waited < patience:
        fit = step(*fit, *train, lr)
        taken += 1
        loss = float(((X @ fit[0] + fit[1] - y) ** 2).mean())
        if loss < best:
            best, lowest, waited = loss, fit, 0
        else:
            waited += 1
        last = loss
    return lowest, taken
"""


def stop(*changes):
    """Return the loop with pieces of it replaced: old, new, old, new ..."""
    text = STOP
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text, old
        text = text.replace(old, new)
    return text


ANSWERS = {
    "ex1-check": {
        "right": [
            noisy(PENALTY, SOLVE, FREE_B),
            noisy(
                "A = X_c.T @ X_c + n * torch.diag(variances)",
                "w = torch.linalg.inv(A) @ X_c.T @ y_c",
                "return w, float(y_mean - X_mean @ w) * torch.ones(1)",
            ),
            noisy(
                "w = torch.zeros(4, 1).double()",
                "for _ in range(20000):",
                "    slope = X_c.T @ (X_c @ w - y_c) / n",
                "    w = w - 0.2 * (slope + variances[:, None] * w)",
                FREE_B,
            ),
        ],
        "wrong": [
            (
                "ridge_for_noise = lambda X, y, v: ridge(X, y, v.mean())",
                "w[0]",
            ),
            (
                noisy(
                    "A = X_c.T @ X_c / n + torch.diag(variances.sqrt())",
                    SOLVE,
                    FREE_B,
                ),
                "w[0]",
            ),
            (
                noisy(
                    "A = X_c.T @ X_c + torch.diag(variances)",
                    "w = torch.linalg.solve(A, X_c.T @ y_c)",
                    FREE_B,
                ),
                "w[0]",
            ),
            (noisy("A = X_c.T @ X_c / n + variances", SOLVE, FREE_B), "w[0]"),
            (
                noisy(
                    "A = X.T @ X / n + torch.diag(variances)",
                    "w = torch.linalg.solve(A, X.T @ y / n)",
                    "return w, y_mean - X_mean @ w",
                ),
                "w[0]",
            ),
            (noisy(PENALTY, SOLVE, "return w, y_mean"), "b is"),
        ],
    },
    "ex2-check": {
        "right": [
            stop(),
            stop("while waited < patience:", "while True:",
                 "            waited += 1",
                 "            waited += 1\n        if waited == patience:"
                 "\n            break"),
            stop("        if loss < best:\n            best, lowest, waited = "
                 "loss, fit, 0",
                 "        if best - loss > 0:\n            lowest = fit\n"
                 "            best, waited = loss, 0"),
        ],
        "wrong": [
            # waited is never set back to 0
            (stop("best, lowest, waited = loss, fit, 0",
                  "best, lowest = loss, fit"), "4 steps taken in place of 5"),
            # compares with the step before, not with the lowest
            (stop("if loss < best:", "if loss < last:"), "in place of"),
            (stop("return lowest, taken", "return fit, taken"), "the lowest"),
            (stop("return lowest, taken", "return lowest, taken - patience"),
             "steps taken in place of"),
            (stop("X, y = valid", "X, y = train",
                  "waited < patience", "waited < patience and taken < 500"),
             "steps taken in place of"),
            (stop("while waited < patience:", "for _ in range(500):"),
             "500 steps taken"),
            (stop("waited < patience", "waited <= patience"),
             "steps taken in place of"),
        ],
    },
}  # fmt: skip
