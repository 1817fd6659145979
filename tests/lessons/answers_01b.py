"""Right and wrong answers to the checks of lesson 1's companion."""

LESSON = "01b_weight_decay_curious"
BEFORE = ("setup",)
ANSWERS = {
    "ex1-check": {
        "right": [
            "l1_step = lambda w, g, lambd, lr: w - lr * (g + lambd*w.sign())",
            "l1_step = lambda w, g, lambd, lr: "
            "w - lr * g - lr * lambd * torch.sign(w)",
            "def l1_step(w, gradient, lambd, lr):\n"
            "    slope = (w > 0).float() - (w < 0).float()\n"
            "    return w - lr * (gradient + lambd * slope)",
        ],
        "wrong": [
            (
                "l1_step = lambda w, g, lambd, lr: w - lr * (g + lambd * w)",
                "becomes",
            ),
            (
                "l1_step = lambda w, g, lambd, lr: w - lr * (g + lambd)",
                "becomes",
            ),
            (  # the proximal step, of lesson 4
                "def l1_step(w, g, lambd, lr):\n"
                "    w = w - lr * g\n"
                "    return w.sign() * (w.abs() - lr * lambd).clamp(min=0)",
                "becomes",
            ),
            (
                "def l1_step(w, g, lambd, lr):\n"
                "    w = w - lr * g\n"
                "    return w - lr * lambd * w.sign()",
                "becomes",
            ),
            (
                "l1_step = lambda w, g, lambd, lr: "
                "w - lr * (g + 0.7 * w.sign())",
                "lambd=2",
            ),
        ],
    },
    "ex2-check": {
        "right": [
            "map_lambd = lambda sigma, tau, n: sigma**2 / (n * tau**2)",
            "map_lambd = lambda sigma, tau, n: (sigma / tau) ** 2 / n",
            "def map_lambd(sigma, tau, n):\n"
            "    return torch.tensor(sigma / tau).square() / n",
        ],
        "wrong": [
            ("map_lambd = lambda s, t, n: s**2 / t**2", "slope"),
            ("map_lambd = lambda s, t, n: s / (n * t)", "slope"),
            ("map_lambd = lambda s, t, n: t**2 / (n * s**2)", "slope"),
            ("map_lambd = lambda s, t, n: s**2 / (2 * n * t**2)", "slope"),
            ("map_lambd = lambda s, t, n: s**2 / (12 * t**2)", "n=9"),
        ],
    },
    "ex3-check": {
        "right": [
            "largest_lambd = lambda X, lr: 2 / lr - torch.linalg.eigvalsh("
            "X.T @ X / len(X))[-1]",
            "largest_lambd = lambda X, lr: 2 / lr - torch.linalg.eigvalsh("
            "X @ X.T / len(X)).max().item()",
            "largest_lambd = lambda X, lr: 2 / lr - "
            "torch.linalg.matrix_norm(X, 2) ** 2 / len(X)",
        ],
        "wrong": [
            ("largest_lambd = lambda X, lr: 2 / lr", "ends at"),
            (
                "largest_lambd = lambda X, lr: 1 / lr - torch.linalg."
                "eigvalsh(X.T @ X / len(X))[-1]",
                "ends at",
            ),
            (
                "largest_lambd = lambda X, lr: 2 / lr - torch.linalg."
                "eigvalsh(X.T @ X)[-1]",
                "ends at",
            ),
            (
                "largest_lambd = lambda X, lr: 2 / lr - torch.linalg."
                "eigvalsh(X.T @ X / len(X))[0]",
                "ends at",
            ),
        ],
    },
}
