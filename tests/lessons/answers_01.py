"""Right and wrong answers to the checks of lesson 1."""

LESSON = "01_weight_decay_from_scratch"
BEFORE = (
    "imports",
    "turn-penalty-check",
    "turn-penalty-ours",
    "model",
    "turn-loop-check",
    "turn-loop-ours",
    "data",
    "train",
    "ridge",
)


def _epoch(line, loss="squared_loss(linreg(X, w, b), y)"):
    """Return a train_epoch with `line` where the price belongs."""
    return f"""
def train_epoch(w, b, lambd, data_iter, lr):
    for X, y in data_iter:
        objective = {loss}
        {line}
        objective.sum().backward()
        sgd([w, b], lr, len(y))
"""


def _epoch_all(body):
    return f"""
def train_epoch_all(w, b, lambd, data_iter, lr):
    for X, y in data_iter:
        objective = squared_loss(linreg(X, w, b), y)
        {body}
"""


def _choice(key):
    return f"""
def choose_lambd(lambdas, train_set, valid_set):
    return min(lambdas, key=lambda lambd: {key})
"""


ANSWERS = {
    "turn-penalty-check": {
        "right": [
            "l2_penalty = lambda w: (w**2).sum() / 2",
            "l2_penalty = lambda w: 0.5 * w.square().sum()",
            "l2_penalty = lambda w: w.norm() ** 2 / 2",
            "l2_penalty = lambda w: w.T @ w / 2",
            "def l2_penalty(w):\n    return sum(x**2 for x in w.ravel()) / 2",
        ],
        "wrong": [
            ("l2_penalty = lambda w: (w**2).sum()", "is 25, not 12.5"),
            ("l2_penalty = lambda w: w.norm() / 2", "is 2.5, not 12.5"),
            ("l2_penalty = lambda w: (w**2).mean() / 2", "not 12.5"),
            ("l2_penalty = lambda w: w.sum() ** 2 / 2", "is 0.5, not 12.5"),
            ("l2_penalty = lambda w: w.abs().sum() / 2", "not 12.5"),
            ("l2_penalty = lambda w: w**2 / 2", "Tensor of shape (2, 1)"),
            ("l2_penalty = lambda w: (w**2).sum().item() / 2", "a float"),
            (
                "l2_penalty = lambda w: (w.detach() ** 2).sum() / 2",
                "does not require grad",
            ),
            ("l2_penalty = lambda w: print((w**2).sum() / 2)", "return it"),
        ],
    },
    "turn-loop-check": {
        "right": [
            _epoch("objective = objective + lambd * l2_penalty(w)"),
            _epoch("objective += lambd * l2_penalty(w)"),
            _epoch(
                "objective = objective.sum() + len(y) * lambd * l2_penalty(w)"
            ),
            _epoch(
                "objective = objective.mean() + lambd * l2_penalty(w)\n"
                "        objective = objective * len(y)"
            ),
            _epoch("objective = objective + lambd * (w**2).sum() / 2"),
        ],
        "wrong": [
            (_epoch("pass"), "lambd=3, batches of 5"),
            (_epoch("objective = objective + l2_penalty(w)"), "off"),
            (_epoch("objective = objective - lambd * l2_penalty(w)"), "off"),
            (
                _epoch("objective = objective.sum() + lambd * l2_penalty(w)"),
                "off",
            ),
            (
                _epoch("objective = objective + lambd * l2_penalty(w) / 5"),
                "off",
            ),
            (
                _epoch(
                    "objective = objective + lambd * "
                    "(l2_penalty(w) + l2_penalty(b))"
                ),
                "off",
            ),
            (_epoch("objective = lambd * l2_penalty(w)"), "off"),
            (
                _epoch(
                    "objective = objective + lambd * l2_penalty(w)",
                    loss="2 * squared_loss(linreg(X, w, b), y)",
                ),
                "off",
            ),
            (
                _epoch("objective = objective + 3 * l2_penalty(w)"),
                "lambd=0.5, batches of 8",
            ),
        ],
    },
    "turn-update-check": {
        "right": [
            "decay_step = lambda w, gradient, lambd, lr: "
            "(1 - lr * lambd) * w - lr * gradient",
            "decay_step = lambda w, gradient, lambd, lr: "
            "w - lr * (gradient + lambd * w)",
            "def decay_step(w, gradient, lambd, lr):\n"
            "    w = w * (1 - lr * lambd)\n"
            "    w -= lr * gradient\n"
            "    return w",
        ],
        "wrong": [
            (
                "decay_step = lambda w, g, lambd, lr: lambd * w - lr * g",
                "2 becomes",
            ),
            (
                "decay_step = lambda w, g, lambd, lr: (1 - lambd) * w - lr*g",
                "2 becomes",
            ),
            (
                "decay_step = lambda w, g, lambd, lr: "
                "(1 - lr * lambd) * (w - lr * g)",
                "2 becomes",
            ),
            (
                "decay_step = lambda w, g, lambd, lr: "
                "(1 + lr * lambd) * w - lr * g",
                "2 becomes",
            ),
            ("decay_step = lambda w, g, lambd, lr: w - lr * g", "2 becomes"),
            (
                "decay_step = lambda w, g, lambd, lr: "
                "w.mul_(1 - lr * lambd).sub_(lr * g)",
                "leave w as it is",
            ),
            (
                "def decay_step(w, g, lambd, lr):\n"
                "    w = (1 - lr * lambd) * w - lr * g",
                "return missing",
            ),
        ],
    },
    "ex1-check": {
        "right": [
            "import math\n"
            "steps_to_halve = lambda lambd, lr: "
            "math.ceil(math.log(0.5) / math.log(1 - lr * lambd))",
            "def steps_to_halve(lambd, lr):\n"
            "    k = 0\n"
            "    while (1 - lr * lambd) ** k > 0.5:\n"
            "        k += 1\n"
            "    return k",
            "import math\n"
            "steps_to_halve = lambda lambd, lr: "
            "-math.floor(math.log(2) / math.log(1 - lr * lambd))",
            "import numpy as np\n"
            "steps_to_halve = lambda lambd, lr: "
            "np.ceil(np.log(0.5) / np.log1p(-lr * lambd))",
        ],
        "wrong": [
            ("steps_to_halve = lambda lambd, lr: 76", "76 steps is wrong"),
            ("steps_to_halve = lambda lambd, lr: None", "returned None"),
            (
                "import math\n"
                "steps_to_halve = lambda lambd, lr: "
                "round(math.log(0.5) / math.log(1 - lr * lambd))",
                "lambd=2",
            ),
            (
                "import math\n"
                "steps_to_halve = lambda lambd, lr: "
                "int(math.log(0.5) / math.log(1 - lr * lambd)) + 1",
                "lambd=5",
            ),
            (
                "import math\n"
                "steps_to_halve = lambda lambd, lr: "
                "math.ceil(math.log(2) / (lr * lambd))",
                "wrong",
            ),
        ],
    },
    "ex2-check": {
        "right": [
            "same_minimiser = lambda lambd: lambd / 2",
            "same_minimiser = lambda lambd: 0.5 * lambd",
            "same_minimiser = lambda lambd: torch.tensor(lambd / 2)",
        ],
        "wrong": [
            ("same_minimiser = lambda lambd: lambd", "slope"),
            ("same_minimiser = lambda lambd: 2 * lambd", "slope"),
            ("same_minimiser = lambda lambd: lambd**0.5", "slope"),
            ("same_minimiser = lambda lambd: lambd**2 / 2", "slope"),
            ("same_minimiser = lambda lambd: 0.15", "lambd=3"),
        ],
    },
    "ex3-check": {
        "right": [
            _choice("mean_loss(*ridge(*train_set, lambd), *valid_set)"),
            "def choose_lambd(lambdas, train_set, valid_set):\n"
            "    X, y = valid_set\n"
            "    best, least = None, float('inf')\n"
            "    for lambd in lambdas:\n"
            "        w, b = ridge(*train_set, lambd)\n"
            "        loss = ((X @ w + b - y) ** 2).mean()\n"
            "        if loss < least:\n"
            "            best, least = lambd, loss\n"
            "    return best",
            "def choose_lambd(lambdas, train_set, valid_set):\n"
            "    losses = [\n"
            "        mean_loss(*ridge(*train_set, lambd), *valid_set)\n"
            "        for lambd in lambdas\n"
            "    ]\n"
            "    return lambdas[torch.tensor(losses).argmin()]",
        ],
        "wrong": [
            ("choose_lambd = lambda grid, train, valid: min(grid)", "best"),
            ("choose_lambd = lambda grid, train, valid: grid[2]", "judged"),
            ("choose_lambd = lambda grid, train, valid: 1", "training set"),
            (
                _choice("mean_loss(*ridge(*train_set, lambd), *train_set)"),
                "predicts the second set best",
            ),
            (
                _choice("-mean_loss(*ridge(*train_set, lambd), *valid_set)"),
                "predicts the second set best",
            ),
            (
                _choice("mean_loss(*ridge(*valid_set, lambd), *train_set)"),
                "nearest to targets of 0",
            ),
            (
                "def choose_lambd(lambdas, train_set, valid_set):\n"
                "    return min(mean_loss(*ridge(*train_set, lambd), "
                "*valid_set) for lambd in lambdas)",
                "predicts the second set best",
            ),
        ],
    },
    "ex4-check": {
        "right": [
            _epoch_all(
                "(objective + lambd * (l2_penalty(w) + l2_penalty(b)))"
                ".sum().backward()\n        sgd([w, b], lr, len(y))"
            ),
            _epoch_all(
                "objective = objective + lambd * (w.square().sum() / 2 + "
                "b**2 / 2)\n        objective.sum().backward()\n"
                "        sgd([w, b], lr, len(y))"
            ),
            _epoch_all(
                "both = torch.cat([w.flatten(), b])\n"
                "        (objective.mean() + lambd * l2_penalty(both))"
                ".backward()\n        sgd([w, b], lr, 1)"
            ),
        ],
        "wrong": [
            ("train_epoch_all = train_epoch", "slope for b"),
            (
                _epoch_all(
                    "objective = objective + lambd * l2_penalty(w) + "
                    "l2_penalty(b)\n        objective.sum().backward()\n"
                    "        sgd([w, b], lr, len(y))"
                ),
                "slope for b",
            ),
            (
                _epoch_all(
                    "objective = objective + lambd * l2_penalty(b)\n"
                    "        objective.sum().backward()\n"
                    "        sgd([w, b], lr, len(y))"
                ),
                "slope for",
            ),
            (
                _epoch_all(
                    "objective = objective.sum() + lambd * (l2_penalty(w) "
                    "+ l2_penalty(b))\n        objective.backward()\n"
                    "        sgd([w, b], lr, len(y))"
                ),
                "slope for",
            ),
            (
                "train_epoch_all = lambda w, b, lambd, data_iter, lr: "
                "[train_epoch(w, b, 0, data_iter, lr), "
                "b.data.mul_(1 - lr * lambd)]",
                "slope for",
            ),
        ],
    },
}
