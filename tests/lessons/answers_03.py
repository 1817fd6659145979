"""Answers of learners to the check cells of lesson 03."""

LESSON = "03_geometry_of_penalties"
BEFORE = (
    "shrink",
    "data",
    "turn-gradient-check",
    "turn-gradient-ours",
    "turn-project-check",
    "turn-project-ours",
    "steps",
    "turn-multiplier-check",
    "turn-multiplier-ours",
    "price-of",
)

_HALVE = """
def lambd_for(theta):
    if size_of(0) <= theta:
        return 0
    low, high = 0, {high}
    while {double}size_of(high) > theta:
        high *= 2
    for _ in range({times}):
        middle = (low + high) / 2
        if size_of(middle) {sign} theta:
            low = middle
        else:
            high = middle
    return {result}
"""
_RIGHT = {
    "high": 1,
    "double": "",
    "times": 60,
    "sign": ">",
    "result": "high",
}


def _halve(**changes):
    return _HALVE.format(**(_RIGHT | changes))


_BALANCE = "(gradient(w) + lambd * w).abs().max() < 1e-6"
_KEPT = "(w**2).sum() <= theta + 1e-6"
_PRICE = "lambd >= 0"
_UNUSED = "abs(lambd * (theta - (w**2).sum())) < 1e-6"


def _judge(*conditions):
    return "is_solution = lambda w, lambd, theta: " + " and ".join(conditions)


ANSWERS = {
    "turn-gradient-check": {
        "right": [
            "def gradient(w):\n    return X.T @ (X @ w - y) / len(X)",
            "def gradient(w):\n    return (X * (X @ w - y)).mean(0)[:, None]",
            "def gradient(w):\n"
            "    total = torch.zeros(2, 1)\n"
            "    for x, target in zip(X, y):\n"
            "        total += (x @ w - target) * x[:, None]\n"
            "    return total / 40",
            "def gradient(w):\n    return -X.T @ (y - X @ w) / X.shape[0]",
        ],
        "wrong": [
            ("gradient = lambda w: X.T @ (X @ w - y)", "it is"),
            ("gradient = lambda w: X.T @ (y - X @ w) / len(X)", "it is"),
            ("gradient = lambda w: 2 * X.T @ (X @ w - y) / 40", "it is"),
            ("gradient = lambda w: X.T @ (X @ w) / 40", "it is"),
            ("gradient = lambda w: (X * (X @ w - y)).mean(0)", "shape"),
            ("gradient = lambda w: X @ (X @ w - y) / 40", "Error"),
            ("gradient = lambda w: X.T @ (X @ w - y) / 80", "it is"),
            ("gradient = lambda w: None", "None"),
        ],
    },
    "turn-project-check": {
        "right": [
            "def project_disc(w, theta):\n"
            "    return w * (theta**0.5 / w.norm()).clamp(max=1)",
            "def project_disc(w, theta):\n"
            "    if (w**2).sum() <= theta:\n"
            "        return w\n"
            "    return w / w.norm() * theta**0.5",
            "def project_disc(w, theta):\n"
            "    return w * min(1, theta**0.5 / w.norm())",
            "def project_disc(w, theta):\n"
            "    return w / max(1, (w.square().sum() / theta).sqrt())",
        ],
        "wrong": [
            (
                "project_disc = lambda w, theta: w * theta**0.5 / w.norm()",
                "nearest",
            ),
            (
                "project_disc = lambda w, theta: "
                "w * (theta / w.norm()).clamp(max=1)",
                "nearest",
            ),
            (
                "project_disc = lambda w, theta: "
                "w * (theta / (w**2).sum()).clamp(max=1)",
                "nearest",
            ),
            (
                "project_disc = lambda w, theta: "
                "w.clamp(-(theta**0.5), theta**0.5)",
                "nearest",
            ),
            (
                "project_disc = lambda w, theta: "
                "w * (theta**0.5 / w.norm()).clamp(min=1)",
                "nearest",
            ),
            ("project_disc = lambda w, theta: w", "nearest"),
        ],
    },
    "turn-multiplier-check": {
        "right": [
            "def multiplier(w):\n"
            "    return -(w * gradient(w)).sum() / (w * w).sum()",
            "def multiplier(w):\n    return -(w.T @ gradient(w)) / (w.T @ w)",
            "def multiplier(w):\n    return (-gradient(w)[0] / w[0]).item()",
            "def multiplier(w):\n    return -(gradient(w) / w).mean()",
        ],
        "wrong": [
            (
                "multiplier = lambda w: (w * gradient(w)).sum() "
                "/ (w * w).sum()",
                "not -0.1",
            ),
            ("multiplier = lambda w: -(w * gradient(w)).sum()", "at ridge"),
            (
                "multiplier = lambda w: "
                "-(w * gradient(w)).sum() / (w**2).sum().sqrt()",
                "at ridge",
            ),
            (
                "multiplier = lambda w: gradient(w).norm() / w.norm()",
                "at ridge(-0.1)",
            ),
            (
                "multiplier = lambda w: "
                "max(0, -(w * gradient(w)).sum() / (w * w).sum())",
                "at ridge(-0.1)",
            ),
            ("multiplier = lambda w: -gradient(w) / w", "Error"),
        ],
    },
    "turn-l1-check": {
        "right": [
            "def l1_penalty(w):\n    return w.abs().sum(0)",
            "def l1_penalty(w):\n    return abs(w[0]) + abs(w[1])",
            "def l1_penalty(w):\n    return torch.norm(w, p=1, dim=0)",
            "def l1_penalty(w):\n    return (w * w.sign()).sum(dim=0)",
        ],
        "wrong": [
            ("l1_penalty = lambda w: w.abs().sum()", "shape"),
            ("l1_penalty = lambda w: w.abs().sum(1)", "shape"),
            ("l1_penalty = lambda w: w.sum(0).abs()", "cost"),
            ("l1_penalty = lambda w: w.sum(0)", "cost"),
            ("l1_penalty = lambda w: (w**2).sum(0)", "cost"),
            ("l1_penalty = lambda w: (w**2).sum(0).sqrt()", "cost"),
            ("l1_penalty = lambda w: w.abs().mean(0)", "cost"),
            ("l1_penalty = lambda w: w.abs().sum(0, keepdim=True)", "shape"),
            ("l1_penalty = lambda w: w.abs().amax(0)", "cost"),
        ],
    },
    "ex1-check": {
        "right": [
            "def by_hand(theta):\n"
            "    w = min(3, theta**0.5)\n"
            "    return w, 3 / w - 1",
            "def by_hand(theta):\n"
            "    if theta >= 9:\n"
            "        return 3, 0\n"
            "    return theta**0.5, (3 - theta**0.5) / theta**0.5",
            "def by_hand(theta):\n"
            "    w = torch.tensor(theta).sqrt().clamp(max=3)\n"
            "    return [w, (3 - w) / w]",
        ],
        "wrong": [
            ("by_hand = lambda t: (t**0.5, 3 / t**0.5 - 1)", "theta=16"),
            ("by_hand = lambda t: (min(t, 3), 0)", "theta=4"),
            (
                "by_hand = lambda t: (min(3, t**0.5), 2 / t if t < 9 else 0)",
                "theta=2.25",
            ),
            (
                "by_hand = lambda t: (min(3, t**0.5), max(0, (5 - t) / 2))",
                "theta=2.25|theta=1|theta=0.25",
            ),
            (
                "by_hand = lambda t: (min(3, (t + 2) / 3), "
                "max(0, 3 / t**0.5 - 1))",
                "theta=2.25",
            ),
            (
                "by_hand = lambda t: (min(3, t**0.5), max(0, 3 - t**0.5))",
                "theta=4|theta=2.25",
            ),
            ("by_hand = lambda t: (3, 0)", "theta=4"),
        ],
    },
    "ex2-check": {
        "right": [
            _halve(),
            _halve(result="(low + high) / 2"),
            _halve(high="2.0**30", double="False and ", times=90),
            "from scipy.optimize import brentq\n"
            "def lambd_for(theta):\n"
            "    if size_of(0.0) <= theta:\n"
            "        return 0.0\n"
            "    return brentq(lambda k: size_of(k) - theta, 0, 1e6,\n"
            "                  xtol=1e-14, rtol=1e-14)",
        ],
        "wrong": [
            ("lambd_for = lambda theta: 1", "has ‖w‖²"),
            ("lambd_for = price_of", "do without it"),
            (_halve(high=100, double="False and "), "theta=1e-08"),
            (_halve(times=8), "has ‖w‖²"),
            (_halve(sign="<"), "has ‖w‖²"),
            (_halve(result="size_of(high)"), "has ‖w‖²"),
            (
                "lambd_for = lambda theta: "
                "next((k / 1000 for k in range(3000) "
                "if size_of(k / 1000) <= theta), 3)",
                "has ‖w‖²",
            ),
            (
                _halve().replace("return 0\n", "return 0.001\n"),
                "does not bind",
            ),
        ],
    },
    "ex3-check": {
        "right": [
            _judge(_BALANCE, _KEPT, _PRICE, _UNUSED),
            _judge(
                "torch.allclose(gradient(w), -lambd * w, atol=1e-6, rtol=0)",
                "w.norm() <= theta**0.5 + 1e-7",
                "lambd > -1e-6",
                "(lambd < 1e-6 or abs(theta - (w**2).sum()) < 1e-6)",
            ),
            "def is_solution(w, lambd, theta):\n"
            "    total = gradient(w) + lambd * w\n"
            "    room = theta - (w.T @ w).item()\n"
            "    good = [abs(x) < 1e-6 for x in total.flatten().tolist()]\n"
            "    good += [room > -1e-6, lambd >= -1e-9]\n"
            "    return all(good) and abs(room * lambd) < 1e-6",
        ],
        "wrong": [
            (_judge("True"), "do not balance"),
            (_judge("False"), "binds: true"),
            (_judge(_KEPT, _PRICE, _UNUSED), "do not balance"),
            (_judge(_BALANCE, _PRICE, _UNUSED), "outside"),
            (_judge(_BALANCE, _KEPT, _UNUSED), "negative"),
            (_judge(_BALANCE, _KEPT, _PRICE), "unused room"),
            (
                _judge(_BALANCE.replace(".abs()", ""), _KEPT, _PRICE, _UNUSED),
                "too low",
            ),
            (
                _judge(
                    _BALANCE.replace("1e-6", ".05"), _KEPT, _PRICE, _UNUSED
                ),
                "differ by 0.0001",
            ),
            (
                _judge(
                    _BALANCE, _KEPT.replace("1e-6", ".05"), _PRICE, _UNUSED
                ),
                "outside by 0.0001",
            ),
            (
                _judge(_BALANCE, _KEPT, "lambd >= -.05", _UNUSED),
                "lambd is -0.0001",
            ),
            (
                _judge(
                    _BALANCE, _KEPT, _PRICE, _UNUSED.replace("1e-6", ".05")
                ),
                "0.0001 is unused",
            ),
            (
                _judge(
                    "abs(multiplier(w) - lambd) < 1e-6", _KEPT, _PRICE, _UNUSED
                ),
                "along w only|(0.3, -0.3)",
            ),
            (
                _judge(
                    "abs((gradient(w) + lambd * w).sum()) < 1e-6",
                    _KEPT,
                    _PRICE,
                    _UNUSED,
                ),
                "(0.3, -0.3)",
            ),
            (
                _judge(
                    _BALANCE,
                    _KEPT.replace("(w**2).sum()", "w.norm()"),
                    _PRICE,
                    _UNUSED.replace("(w**2).sum()", "w.norm()"),
                ),
                "binds: true",
            ),
        ],
    },
}
