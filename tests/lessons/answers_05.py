"""Answers to lesson 5's check cells, right ones and the usual wrong ones."""

LESSON = "05_bias_and_variance"
BEFORE = (
    *("imports", "wave", "ridge"),
    *("turn-decompose-stub", "turn-decompose-check", "turn-decompose-ours"),
    *("turn-effective-stub", "turn-effective-check", "turn-effective-ours"),
    *("turn-best-stub", "turn-best-check", "turn-best-ours"),
)


def body(head, *lines):
    """Return the function with this head and these lines as its body."""
    return "\n    ".join([f"def {head}:", *lines])


def parts(*lines):
    return body("decompose(y_hat, truth)", "mean = y_hat.mean(0)", *lines)


def effective(*lines):
    return body("effective_weights(X, lambd)", *lines)


def best(formula):
    return f"best_lambd = lambda noise, n, tau: {formula}"


def group(formula):
    return f"averaged = lambda y_hat, k: {formula}"


def fair(*lines):
    return body("fair_parts(y_hat, truth)", *lines)


def error(*lines):
    head = "expected_error(h, lambd, n, noise, tau)"
    return body(head, "s = h / (h + lambd)", *lines)


EIGEN = "h = torch.linalg.eigvalsh(X_c.T @ X_c / len(X_c))"
CENTRED = "X_c = X - X.mean(0)"

ANSWERS = {
    "turn-decompose-check": {
        "right": [
            parts(
                "bias2 = ((mean - truth) ** 2).mean() / 2",
                "return bias2, ((y_hat - mean) ** 2).mean() / 2",
            ),
            parts(
                "bias2 = 0.5 * (mean - truth).square().mean().item()",
                "variance = 0.5 * y_hat.var(0, correction=0).mean().item()",
                "return bias2, variance",
            ),
            parts(
                "bias2, variance = 0.0, 0.0",
                "for m in range(len(truth)):",
                "    bias2 += float(mean[m] - truth[m]) ** 2",
                "    for y in y_hat[:, m]:",
                "        variance += float(y - mean[m]) ** 2 / len(y_hat)",
                "return bias2 / len(truth) / 2, variance / len(truth) / 2",
            ),
        ],
        "wrong": [
            (
                parts(
                    "bias2 = ((mean - truth) ** 2).mean()",
                    "return bias2, ((y_hat - mean) ** 2).mean()",
                ),
                "½ bias² is",
            ),
            (
                parts(
                    "bias2 = ((mean - truth) ** 2).mean() / 2",
                    "return bias2, ((y_hat - truth) ** 2).mean() / 2",
                ),
                "½ variance is",
            ),
            (
                parts(
                    "bias2 = ((mean - truth) ** 2).mean() / 2",
                    "return bias2, y_hat.var(0).mean() / 2",
                ),
                "½ variance is",
            ),
            (
                parts(
                    "bias2 = (mean - truth).mean() ** 2 / 2",
                    "return bias2, ((y_hat - mean) ** 2).mean() / 2",
                ),
                "½ bias² is",
            ),
            (
                parts(
                    "bias2 = ((mean - truth) ** 2).mean() / 2",
                    "return bias2, y_hat.var(correction=0) / 2",
                ),
                "½ variance is",
            ),
            (
                parts(
                    "variance = ((y_hat - mean) ** 2).mean() / 2",
                    "return variance, ((mean - truth) ** 2).mean() / 2",
                ),
                "½ bias² is",
            ),
        ],
    },
    "turn-effective-check": {
        "right": [
            effective(CENTRED, EIGEN, "return (h / (h + lambd)).sum()"),
            effective(
                CENTRED,
                "h = torch.linalg.svdvals(X_c) ** 2 / len(X)",
                "return sum((h / (h + lambd)).tolist())",
            ),
            effective(
                CENTRED,
                "A = X_c.T @ X_c / len(X)",
                "B = A + lambd * torch.eye(len(A)).double()",
                "return torch.linalg.solve(B, A).trace().item()",
            ),
        ],
        "wrong": [
            (
                effective("X_c = X", EIGEN, "return (h / (h + lambd)).sum()"),
                "not",
            ),
            (
                effective(
                    CENTRED,
                    "h = torch.linalg.eigvalsh(X_c.T @ X_c)",
                    "return (h / (h + lambd)).sum()",
                ),
                "not",
            ),
            (
                effective(CENTRED, EIGEN, "return (h / (h + lambd)).mean()"),
                "not",
            ),
            (
                effective(CENTRED, EIGEN, "return (h > lambd).sum()"),
                "not",
            ),
            (
                effective(
                    CENTRED, EIGEN, "return (lambd / (h + lambd)).sum()"
                ),
                "not",
            ),
            (effective("return X.shape[1]"), "not"),
        ],
    },
    "turn-best-check": {
        "right": [
            best("noise**2 / (n * tau**2)"),
            best("(noise / tau) ** 2 / n"),
            best("torch.tensor(noise**2) / n / tau**2"),
        ],
        "wrong": [
            (best("noise / (n * tau)"), "not"),
            (best("noise**2 / tau**2"), "not"),
            (best("n * tau**2 / noise**2"), "not"),
            (best("noise**2 / n * tau**2"), "not"),
            (best("noise**2 / (2 * n * tau**2)"), "not"),
        ],
    },
    "ex1-check": {
        "right": [
            "parts_by_hand = lambda: (4, 14 / 3)",
            "parts_by_hand = lambda: [4.0, 4.67]",
            "parts_by_hand = lambda: torch.tensor([4, 4.6667])",
        ],
        "wrong": [
            ("parts_by_hand = lambda: (4, 7)", "variance is not 7"),
            ("parts_by_hand = lambda: (2, 14 / 3)", "bias² is not 2"),
            ("parts_by_hand = lambda: (2, 7 / 3)", "bias² is not 2"),
            ("parts_by_hand = lambda: (4, 26 / 3)", "variance is not 8.67"),
            ("parts_by_hand = lambda: (14 / 3, 4)", "bias² is not 4.67"),
        ],
    },
    "ex2-check": {
        "right": [
            group("y_hat.reshape(-1, k, 200).mean(1)"),
            group("y_hat.reshape(k, -1, y_hat.shape[1]).mean(0)"),
            group("torch.stack([g.mean(0) for g in y_hat.split(k)])"),
        ],
        "wrong": [
            (group("y_hat[::k]"), "bias"),
            (group("y_hat"), "shape"),
            (group("y_hat.mean(0, keepdim=True)"), "shape"),
            (group("y_hat.reshape(-1, k, 200).median(1).values"), "bias"),
            (group("y_hat.reshape(-1, k, 200).sum(1)"), "bias"),
            (
                group("y_hat.mean(0) + 0 * y_hat[: len(y_hat) // k]"),
                "variance",
            ),
        ],
    },
    "ex3-check": {
        "right": [
            fair(
                "variance = y_hat.var(0)",
                "bias2 = (y_hat.mean(0) - truth) ** 2 - variance / len(y_hat)",
                "return bias2.mean() / 2, variance.mean() / 2",
            ),
            fair(
                "N = len(y_hat)",
                "bias2, variance = decompose(y_hat, truth)",
                "variance = float(variance) * N / (N - 1)",
                "return float(bias2) - variance / N, variance",
            ),
            fair(
                "N = len(y_hat)",
                "bias2, variance = decompose(y_hat, truth)",
                "return bias2 - variance / (N - 1), variance * N / (N - 1)",
            ),
        ],
        "wrong": [
            ("fair_parts = decompose", "½ bias²"),
            (
                fair(
                    "bias2, variance = decompose(y_hat, truth)",
                    "return bias2 - variance / len(y_hat), variance",
                ),
                "½ bias²|½ variance",
            ),
            (
                fair(
                    "bias2, variance = decompose(y_hat, truth)",
                    "N = len(y_hat)",
                    "return bias2, variance * N / (N - 1)",
                ),
                "½ bias²",
            ),
            (
                fair(
                    "variance = y_hat.var(0).mean()",
                    "bias2 = ((y_hat.mean(0) - truth) ** 2).mean()",
                    "return bias2 - variance / len(y_hat), variance",
                ),
                "½ bias²",
            ),
            (
                fair(
                    "variance = y_hat.var(0).mean() / 2",
                    "bias2 = ((y_hat.mean(0) - truth) ** 2).mean() / 2",
                    "return bias2 - variance, variance",
                ),
                "½ bias²",
            ),
        ],
    },
    "ex4-check": {
        "right": [
            error(
                "bias2 = (1 - s) ** 2 * tau**2",
                "variance = h / (h + lambd) ** 2 * noise**2 / n",
                "return (bias2 + variance).sum()",
            ),
            error(
                "total = 0",
                "for each in h.tolist():",
                "    total += (lambd / (each + lambd) * tau) ** 2",
                "    total += each * (noise / (each + lambd)) ** 2 / n",
                "return total",
            ),
            error(
                "over_h = torch.where(h > 1e-12, s**2 / h, 0 * h)",
                "variance = over_h * noise**2 / n",
                "return ((tau * (1 - s)) ** 2 + variance).sum().item()",
            ),
        ],
        "wrong": [
            (
                error(
                    "bias2 = (1 - s) ** 2 * tau**2",
                    "return (bias2 + s**2 * noise**2 / (n * h)).sum()",
                ),
                "nan|error",
            ),
            (
                error(
                    "bias2 = (1 - s) ** 2 * tau**2",
                    "variance = h / (h + lambd) ** 2 * noise**2 / n",
                    "return (bias2 + variance).mean()",
                ),
                "the error is",
            ),
            (
                error(
                    "variance = h / (h + lambd) ** 2 * noise**2",
                    "return ((1 - s) ** 2 * tau**2 + variance).sum()",
                ),
                "the error is",
            ),
            (
                error(
                    "variance = h / (h + lambd) ** 2 * noise**2 / n",
                    "return ((1 - s) * tau**2 + variance).sum()",
                ),
                "the error is",
            ),
            (
                error(
                    "variance = h / (h + lambd) ** 2 * noise / n",
                    "return ((1 - s) ** 2 * tau + variance).sum()",
                ),
                "the error is",
            ),
            (
                error(
                    "variance = h / (h + lambd) ** 2 * noise**2 / n",
                    "return (s**2 * tau**2 + variance).sum()",
                ),
                "the error is",
            ),
        ],
    },
}
