"""Answers to lesson 4's check cells, right ones and the usual wrong ones."""

LESSON = "04_l1_and_l2"
BEFORE = (
    *("imports", "drawing", "sparse-data"),
    *("turn-soft-threshold-stub", "turn-soft-threshold-check"),
    *("turn-soft-threshold-ours", "shrink-all"),
    *("turn-step-stub", "turn-step-check", "turn-step-ours", "fit"),
)


def shrinking(*lines):
    """Return a `soft_threshold` with these lines as its body."""
    return "\n    ".join(["def soft_threshold(w, amount):", *lines])


def stepping(*lines):
    """Return a `proximal_step` with these lines after its error."""
    head = "def proximal_step(w, b, X, y, lambd, lr, shrink):"
    return "\n    ".join([head, "error = X @ w + b - y", *lines])


def standardising(*lines):
    """Return a `standardise` with these lines as its body."""
    return "\n    ".join(["def standardise(X_train, X_new):", *lines])


def limiting(*lines):
    """Return a `lambd_max` with these lines as its body."""
    return "\n    ".join(["def lambd_max(X, y):", *lines])


MODULE = """
class Regularization(nn.Module):
    def __init__(self, net, lambd, p=2):
        super().__init__()
        if lambd < 0 or p not in (1, 2):
            raise ValueError("lambd must be >= 0, and p 1 or 2")
        self.weights = [
            m.weight for m in net.modules()
            if isinstance(m, (nn.Linear, nn.Conv2d))
        ]
        self.lambd, self.p = lambd, p

    def forward(self):
        if self.p == 1:
            return self.lambd * sum(w.abs().sum() for w in self.weights)
        return self.lambd * sum((w**2).sum() for w in self.weights) / 2
"""


def module(old="", new=""):
    """Return a right module, with the text `old` replaced."""
    assert old in MODULE
    return MODULE.replace(old, new) if old else MODULE


def network(*lines, over="net.modules()"):
    """Return a `shrink_net` that does `lines` for each layer m."""
    head = ["def shrink_net(net, amount):", "    with torch.no_grad():"]
    loop = [f"        for m in {over}:"]
    return "\n".join([*head, *loop, *(12 * " " + line for line in lines)])


LAYER = "if isinstance(m, (nn.Linear, nn.Conv2d)):"
NEW_W = "w = shrink(w - lr * X.T @ error / len(X), lr * lambd)"
NEW_B = "return w, b - lr * error.mean(0)"

ANSWERS = {
    "turn-soft-threshold-check": {
        "right": [
            shrinking("return w - w.clamp(-amount, amount)"),
            shrinking("return w.sign() * (w.abs() - amount).clamp(min=0)"),
            shrinking(
                "low = torch.where(w < -amount, w + amount, 0)",
                "return torch.where(w > amount, w - amount, low)",
            ),
            shrinking(
                "relu = torch.relu",
                "return relu(w - amount) - relu(-w - amount)",
            ),
        ],
        "wrong": [
            (shrinking("return w - amount * w.sign()"), "cheaper"),
            (shrinking("return w * (w.abs() > amount)"), "cheaper"),
            (shrinking("return w / (1 + amount)"), "cheaper"),
            (shrinking("return (w - amount).clamp(min=0)"), "cheaper"),
            (shrinking("return (w.abs() - amount).clamp(min=0)"), "cheaper"),
            (shrinking("return w.clamp(-amount, amount)"), "cheaper"),
            (
                shrinking(
                    "if w > amount:", "    return w - amount", "return 0 * w"
                ),
                "soft_threshold",
            ),
        ],
    },
    "turn-step-check": {
        "right": [
            stepping(NEW_W, NEW_B),
            stepping(
                "a = w - lr * (X.T @ error) / X.shape[0]",
                "mean = error.mean(dim=0, keepdim=True)",
                "return shrink(a, lr * lambd), b - lr * mean",
            ),
            stepping(
                "gradient = torch.einsum('nd,nk->dk', X, error) / len(y)",
                "w = shrink(w - lr * gradient, lambd * lr)",
                "return w, b - lr * error.sum(0) / len(y)",
            ),
        ],
        "wrong": [
            (
                stepping(NEW_W.replace("lr * lambd", "lambd"), NEW_B),
                "w is wrong",
            ),
            (stepping(NEW_W.replace(" / len(X)", ""), NEW_B), "w is wrong"),
            (stepping(NEW_W.replace("w - lr", "w + lr"), NEW_B), "w is wrong"),
            (
                stepping(
                    "w = shrink(w, lr * lambd) - lr * X.T @ error / len(X)",
                    NEW_B,
                ),
                "w is wrong",
            ),
            (
                stepping(
                    NEW_W,
                    "return w, shrink(b - lr * error.mean(0), lr * lambd)",
                ),
                "b is wrong",
            ),
            (
                stepping(NEW_W, "return w, b - lr * error.mean()"),
                "b is wrong",
            ),
            (
                stepping(
                    NEW_W, "error = X @ w + b - y", NEW_B
                ),  # the new weights' error
                "b is wrong",
            ),
            (stepping(NEW_W, "return w"), "both w and b"),
        ],
    },
    "turn-standardise-check": {
        "right": [
            standardising(
                "return (X_new - X_train.mean(0)) / X_train.std(0)"
            ),
            standardising(
                "return (X_new - X_train.mean(0)) / X_train.std(0, False)"
            ),
            standardising(
                "mean = X_train.sum(0) / len(X_train)",
                "var = ((X_train - mean) ** 2).mean(0)",
                "return (X_new - mean) / var.sqrt()",
            ),
            standardising(
                "from sklearn.preprocessing import StandardScaler",
                "scaler = StandardScaler().fit(X_train)",
                "return torch.from_numpy(scaler.transform(X_new))",
            ),
        ],
        "wrong": [
            (
                standardising("return (X_new - X_new.mean(0)) / X_new.std(0)"),
                "training numbers",
            ),
            (
                standardising(
                    "return (X_new - X_train.mean(0)) / X_new.std(0)"
                ),
                "training numbers",
            ),
            (
                standardising("return (X_new - X_train.mean()) / X_new.std()"),
                "means should be 0",
            ),
            (
                standardising("return X_new / X_train.std(0)"),
                "means should be 0",
            ),
            (
                standardising(
                    "return (X_new - X_train.mean(0)) / X_train.var(0)"
                ),
                "deviations are off",
            ),
            (
                standardising("return X_new - X_train.mean(0)"),
                "deviations are off",
            ),
        ],
    },
    "ex1-check": {
        "right": [
            limiting("return (X.T @ (y - y.mean()) / len(X)).abs().max()"),
            limiting(
                "X = X - X.mean(0)",
                "return (X.T @ y).abs().max().item() / len(X)",
            ),
            limiting(
                "error = y[:, 0] - y.mean()",
                "return max(abs(float(x @ error)) / len(y) for x in X.T)",
            ),
        ],
        "wrong": [
            (limiting("return (X.T @ y / len(X)).abs().max()"), "too large"),
            (
                limiting("return (X.T @ (y - y.mean())).abs().max()"),
                "too large",
            ),
            (
                limiting("return (X.T @ (y - y.mean()) / len(X)).max() / 2"),
                "too small",
            ),
            (
                limiting("return (X.T @ (y - y.mean()) / len(X)).std()"),
                "too small",
            ),
            (
                limiting("return (X.T @ (y - y.mean()) / len(X)).norm()"),
                "too large",
            ),
            (limiting("return 1.13"), "too"),
        ],
    },
    "ex2-check": {
        "right": [
            module(),
            module(
                "(w**2).sum() for w in self.weights) / 2",
                "w.norm() ** 2 / 2 for w in self.weights)",
            ),
            module(
                "m.weight for m in net.modules()\n"
                "            if isinstance(m, (nn.Linear, nn.Conv2d))",
                "q for q in net.parameters() if q.dim() > 1",
            ),
            module(
                'raise ValueError("lambd must be >= 0, and p 1 or 2")',
                'check_args(lambd=lambd); raise ValueError("p")',
            ),
        ],
        "wrong": [
            (module("/ 2\n", "/ 1\n"), "2.00, 2.00, 2.00"),
            (module("(w**2).sum()", "w.norm()"), "slope should be λ·w"),
            (module("(w**2).sum()", "(w**2).mean()"), "λ·w"),
            (module("w.abs().sum()", "w.abs().mean()"), "λ·sign(w)"),
            (
                module("if isinstance(m, (nn.Linear, nn.Conv2d))",
                       "if hasattr(m, 'weight')"),
                "BatchNorm2d: weight should be free",
            ),
            (
                module("(nn.Linear, nn.Conv2d)", "nn.Linear"),
                "Conv2d: weight should pay",
            ),
            (
                module("m.weight for m in net.modules()\n"
                       "            if isinstance(m, (nn.Linear, nn.Conv2d))",
                       "q for m in net.modules() for q in m.parameters()\n"
                       "            if isinstance(m, (nn.Linear, nn.Conv2d))"),
                "bias should be free",
            ),
            (module("lambd < 0", "lambd <= 0"), "lambd=0 should cost 0"),
            (module("p not in (1, 2)", "p < 0"), "{'p': 0}"),
            (module("p not in (1, 2)", "p == 0"), "{'p': 3}"),
            (module("lambd < 0 or ", ""), "{'lambd': -1}"),
            (module("raise ValueError(", "raise SystemExit("), "ended"),
        ],
    },
    "ex3-check": {
        "right": [
            network(
                LAYER, "    m.weight.copy_(soft_threshold(m.weight, amount))"
            ),
            network(
                LAYER, "    m.weight -= m.weight.clamp(-amount, amount)"
            ),
            network(
                "if m.dim() > 1:",
                "    m.data = soft_threshold(m.data, amount)",
                over="net.parameters()",
            ),
        ],
        "wrong": [
            ("def shrink_net(net, amount): pass", "weights of Linear"),
            (
                network(
                    "m.copy_(soft_threshold(m, amount))",
                    over="net.parameters()",
                ),
                "bias",
            ),
            (
                network(
                    "if 'weight' in m[0]:",
                    "    m[1].copy_(soft_threshold(m[1], amount))",
                    over="net.named_parameters()",
                ),
                "normalisation",
            ),
            (
                network(LAYER, "    soft_threshold(m.weight, amount)"),
                "weights of Linear",
            ),
            (
                network(
                    "if isinstance(m, nn.Linear):",
                    "    m.weight.copy_(soft_threshold(m.weight, amount))",
                ),
                "weights of Conv2d",
            ),
            (
                network(LAYER, "    m.weight.div_(1 + amount)"),
                "weights of Linear",
            ),
        ],
    },
}  # fmt: skip
ANSWERS["ex2-check"]["before"] = ("ex2-draft", "ex2-four-checks")
