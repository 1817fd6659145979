"""Answers to lesson 7's check cells, right ones and the usual wrong ones."""

LESSON = "07_dropout_concise"
BEFORE = (
    "imports",
    *("turn-net-stub", "turn-net-check", "turn-net-ours"),
    *("data", "bench"),
    *("turn-prices-stub", "turn-prices-check", "turn-prices-ours"),
    *("turn-passes-stub", "turn-passes-check", "turn-passes-ours"),
)

LAYERS = (
    "nn.Flatten()",
    *("nn.Linear(784, 256)", "nn.ReLU()", "nn.Dropout(p1)"),
    *("nn.Linear(256, 256)", "nn.ReLU()", "nn.Dropout(p2)"),
    "nn.Linear(256, 10)",
)


def net(*layers):
    """Return a `concise_net` of these layers."""
    head = "def concise_net(p1=0.2, p2=0.5):\n    return nn.Sequential("
    return f"{head}{', '.join(layers)})"


def prices(*lines):
    """Return a `dropout_prices` with these lines as its body."""
    return "\n    ".join(["def dropout_prices(X, p):", *lines])


PASSES = """
def passes(net, X, num_passes=30):
    net.eval()
    for layer in net.modules():
        if isinstance(layer, nn.Dropout):
            layer.train()
    with torch.no_grad():
        found = [net(X).softmax(1) for _ in range(num_passes)]
    net.eval()
    return torch.stack(found)
"""


def passes(old="", new=""):
    """Return a right `passes`, with the text `old` replaced."""
    assert old in PASSES
    return PASSES.replace(old, new) if old else PASSES


LAYER = """
class MyDropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        check_args(p=p)
        self.p = p
    def forward(self, X):
        return dropout_layer(X, self.p) if self.training else X
"""
FORWARD = "return dropout_layer(X, self.p) if self.training else X"


def layer(old="", new=""):
    """Return a right `MyDropout`, with the text `old` replaced."""
    assert old in LAYER
    return LAYER.replace(old, new) if old else LAYER


def choose(*lines):
    """Return a `choose` with these lines as its body."""
    return "\n    ".join(["def choose(pairs, train, X, y):", *lines])


def channels(*lines):
    """Return a `drop_channels` with these lines as its body."""
    head = "def drop_channels(X, p):", "if p == 1:"
    return "\n    ".join([*head, "    return torch.zeros_like(X)", *lines])


def disagree(*lines):
    """Return a `disagreement` with these lines as its body."""
    return "\n    ".join(["def disagreement(found):", *lines])


ANSWERS = {
    "turn-net-check": {
        "right": [
            net(*LAYERS),
            # Before or after ReLU is the same
            net(
                *LAYERS[:2],
                *("nn.Dropout(p1)", "nn.ReLU()", "nn.Linear(256, 256)"),
                *("nn.Dropout(p2)", "nn.ReLU()", LAYERS[-1]),
            ),
            """
class Own(nn.Module):
    def __init__(self, p1, p2):
        super().__init__()
        self.one, self.two = nn.Linear(784, 256), nn.Linear(256, 256)
        self.three = nn.Linear(256, 10)
        self.drop1, self.drop2 = nn.Dropout(p1), nn.Dropout(p2)
    def forward(self, X):
        H = self.drop1(self.one(X.flatten(1)).relu())
        return self.three(self.drop2(self.two(H).relu()))
def concise_net(p1=0.2, p2=0.5):
    return Own(p1, p2)
""",
            net("nn.Flatten()", f"nn.Sequential({', '.join(LAYERS[1:])})"),
        ],
        "wrong": [
            (net(*LAYERS, "nn.Dropout(p2)"), "dropout layers have"),
            (net(*LAYERS[:4], "nn.Dropout(p2)", *LAYERS[4:6], LAYERS[-1]),
             "second dropout belongs"),
            (net(*LAYERS[:3], "nn.Dropout(p2)", *LAYERS[4:6],
                 "nn.Dropout(p1)", LAYERS[-1]), "dropout layers have"),
            (net("nn.Flatten()", "nn.Dropout(p1)", *LAYERS[1:3],
                 *LAYERS[4:]), "first dropout belongs"),
            (net(*LAYERS[:5], *LAYERS[6:]), "eval mode"),
            (net(*LAYERS, "nn.Softmax(1)"), "eval mode"),
            (net(*LAYERS[:-2], LAYERS[-1]), "dropout layers have"),
            (net(*LAYERS[1:]), "multiplied|shape"),
            (net(*LAYERS[:4], LAYERS[-1]),
             "dropout layers have"),
            (net(*LAYERS).replace("784, 256", "784, 256, bias=False"),
             "the shapes"),
        ],
    },
    "turn-prices-check": {
        "right": [
            prices("return p / (1 - p) * (X**2).mean(0)"),
            prices("return p * (X * X).sum(0) / len(X) / (1 - p)"),
            prices(
                "total = torch.zeros(X.shape[1], dtype=X.dtype)",
                "for x in X:",
                "    total += x**2",
                "return total * p / (1 - p) / len(X)",
            ),
            prices("return p / (1 - p) * (X.T @ X).diag() / len(X)"),
        ],
        "wrong": [
            (prices("return p / (1 - p) * X.var(0)"), "a price is"),
            (prices("return p / (1 - p) * X.var(0, correction=0)"),
             "a price is"),
            (prices("return p / (1 - p) * (X**2).sum(0)"), "a price is"),
            (prices("return p * (X**2).mean(0)"), "a price is"),
            (prices("return p / (1 - p) * (X**2).mean(0) / 2"), "a price is"),
            (prices("return p / (1 - p) * X.mean(0) ** 2"), "a price is"),
            (prices("return p / (1 - p) * (X**2).mean()"), "have 3 prices"),
            (prices("return p / (1 - p) * (X**2).mean(1)"), "have 3 prices"),
        ],
    },
    "turn-passes-check": {
        "right": [
            passes(),
            passes(
                "net.eval()\n    for layer",
                "net.train(False)\n    for layer",
            ),
            """
@torch.no_grad()
def passes(net, X, num_passes=30):
    drops = [m for m in net.modules() if type(m) is nn.Dropout]
    net.eval()
    out = []
    for _ in range(num_passes):
        for m in drops:
            m.train()
        out.append(torch.softmax(net(X), dim=-1)[None])
        net.eval()
    return torch.cat(out)
""",
        ],
        "wrong": [
            (passes("net.eval()\n    for", "net.train()\n    for"), "moved"),
            (passes("            layer.train()", "            pass"),
             "dropout is off"),
            (passes("net.modules()", "net.children()"), "dropout is off"),
            (passes("    net.eval()\n    return", "    return"),
             "left in train mode"),
            (passes(".softmax(1)", ""), "add up to 1"),
            (passes(".softmax(1)", ".softmax(0)"), "add up to 1"),
            (passes("torch.stack(found)", "torch.stack(found).mean(0)"),
             "is not (num_passes"),
            (passes("[net(X).softmax(1) for _ in range(num_passes)]",
                    "[net(X).softmax(1)] * num_passes"),
             "dropout is off"),
            (passes("range(num_passes)", "range(30)"), "is not (num_passes"),
            (passes("torch.no_grad()", "torch.enable_grad()"), "no_grad"),
            (passes("return torch.stack(found)", "torch.stack(found)"),
             "returned None"),
        ],
    },
    "ex1-check": {
        "right": [
            layer(),
            layer(FORWARD,
                  "return F.dropout(X, self.p, training=self.training)"),
            "class MyDropout(nn.Dropout):\n    pass",
            layer(
                FORWARD,
                "if not self.training or self.p == 0:\n"
                "            return X\n"
                "        if self.p == 1:\n"
                "            return 0 * X\n"
                "        return (torch.rand(X.shape) < 1 - self.p) * X"
                " / (1 - self.p)",
            ),
        ],
        "wrong": [
            (layer(FORWARD, "return F.dropout(X, self.p)"),
             "training False"),
            (layer("check_args(p=p)", "pass"), "must be refused"),
            (
                # One mask, for ever, for all rows
                layer(
                    FORWARD,
                    "if not self.training:\n"
                    "            return X\n"
                    "        if not hasattr(self, 'mask'):\n"
                    "            self.mask = torch.rand(X.shape[-1]) >= self.p"
                    "\n        return self.mask * X / max(1 - self.p, 1e-9)",
                ),
                "same mask",
            ),
            (
                layer(
                    FORWARD,
                    "if not self.training:\n"
                    "            return X\n"
                    "        mask = torch.rand(X.shape[-1]) >= self.p\n"
                    "        return mask * X / max(1 - self.p, 1e-9)",
                ),
                "share one mask",
            ),
            (
                layer(
                    FORWARD,
                    "return X * (torch.rand_like(X) >= self.p)"
                    " if self.training else X",
                ),
                "4 times",
            ),
            (
                layer(
                    FORWARD,
                    "return X * (torch.rand_like(X) >= self.p)"
                    " if self.training else X * (1 - self.p)",
                ),
                "4 times|training False",
            ),
            (
                layer("self.p = p", "self.p, self.training = p, False"),
                "same mask",
            ),
            (layer(FORWARD, "return dropout_layer(X, self.p)"),
             "training False"),
        ],
    },
    "ex2-check": {
        "right": [
            choose(
                "return max(pairs, key=lambda pair:"
                " evaluate_accuracy(train(*pair), [(X, y)]))"
            ),
            choose(
                "best, top = None, -1.0",
                "for p, weight_decay in pairs:",
                "    net = train(p, weight_decay).eval()",
                "    share = (net(X).argmax(1) == y).float().mean().item()",
                "    if share > top:",
                "        best, top = (p, weight_decay), share",
                "return best",
            ),
            choose(
                "def wrong(pair):",
                "    net = train(*pair)",
                "    net.eval()",
                "    return (net(X).argmax(1) != y).sum().item()",
                "return sorted(pairs, key=wrong)[0]",
            ),
        ],
        "wrong": [
            (choose("return pairs[-1]"), "is best"),
            (choose("return pairs[0]"), "is best"),
            (
                choose(
                    "return max(pairs, key=lambda pair:"
                    " (train(*pair)(X).argmax(1) == y).float().mean())"
                ),
                "is best",
            ),
            (
                choose(
                    "return min(pairs, key=lambda pair:"
                    " evaluate_accuracy(train(*pair), [(X, y)]))"
                ),
                "is best",
            ),
            (
                choose(
                    "return max(evaluate_accuracy(train(*pair), [(X, y)])"
                    " for pair in pairs)"
                ),
                "is best",
            ),
            (
                choose(
                    "return max(pairs, key=lambda pair:"
                    " evaluate_accuracy(train(pair), [(X, y)]))"
                ),
                "weight_decay",
            ),
        ],
    },
    "ex3-check": {
        "right": [
            channels(
                "mask = torch.rand_like(X[:, :, :1, :1]) >= p",
                "return mask * X / (1 - p)",
            ),
            "def drop_channels(X, p):\n    return F.dropout2d(X, p)",
            channels(
                "mask = torch.rand(X.shape[:2]) >= p",
                "return mask[:, :, None, None] / (1 - p) * X",
            ),
        ],
        "wrong": [
            ("def drop_channels(X, p):\n    return F.dropout(X, p)",
             "in pieces"),
            (
                channels(
                    "mask = torch.rand_like(X[:1, :, :1, :1]) >= p",
                    "return mask * X / (1 - p)",
                ),
                "of the channels|all examples",
            ),
            (
                channels(
                    "mask = torch.rand_like(X[:, :1, :1, :1]) >= p",
                    "return mask * X / (1 - p)",
                ),
                "of the channels|all channels",
            ),
            (
                channels(
                    "mask = torch.rand_like(X[:, :, :1, :1]) >= p",
                    "return mask * X",
                ),
                "wrong factor",
            ),
            (
                channels(
                    "mask = torch.rand_like(X[:, :, :1, :1]) < p",
                    "return mask * X / (1 - p)",
                ),
                "of the channels",
            ),
            (
                channels(
                    "torch.manual_seed(0)",
                    "mask = torch.rand_like(X[:, :, :1, :1]) >= p",
                    "return mask * X / (1 - p)",
                ),
                "draws anew",
            ),
        ],
    },
    "ex4-check": {
        "right": [
            disagree(
                "of_mean = torch.special.entr(found.mean(0)).sum(-1)",
                "return of_mean - torch.special.entr(found).sum(-1).mean(0)",
            ),
            disagree(
                "def H(q):",
                "    return -(q * q.clamp(min=1e-12).log()).sum(-1)",
                "return H(found.mean(0)) - H(found).mean(0)",
            ),
            disagree(
                "mean = found.mean(0)",
                "ratio = (found.clamp(min=1e-12) / mean.clamp(min=1e-12))",
                "return (found * ratio.log()).sum(-1).mean(0)",
            ),
        ],
        "wrong": [
            (disagree("return found.std(0).sum(-1)"), "log 2"),
            (
                disagree(
                    "return torch.special.entr(found.mean(0)).sum(0)"
                    " - torch.special.entr(found).sum(-1).mean(0)"
                ),
                "numbers|match the size",
            ),
            (disagree("return torch.special.entr(found.mean(0)).sum(-1)"),
             "both say perhaps"),
            (disagree("return torch.special.entr(found).sum(-1).mean(0)"),
             "both say perhaps"),
            (
                disagree(
                    "of_mean = torch.special.entr(found.mean(0)).sum(-1)",
                    "each = torch.special.entr(found).sum(-1)",
                    "return of_mean - each.sum(0)",
                ),
                "both say perhaps",
            ),
            (
                disagree(
                    "q = found.mean(0)",
                    "H = -(q * q.log()).sum(-1)",
                    "return H + (found * found.log()).sum(-1).mean(0)",
                ),
                "both say perhaps",
            ),
        ],
    },
}  # fmt: skip
