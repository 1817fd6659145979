"""Answers to lesson 6's check cells, right ones and the usual wrong ones."""

LESSON = "06_dropout_from_scratch"
BEFORE = (
    "imports",
    *("turn-layer-stub", "turn-layer-check", "turn-layer-ours"),
    *("turn-vote-stub", "turn-vote-check", "turn-vote-ours"),
    *("turn-net-stub", "turn-net-check", "turn-net-ours"),
    *("data", "fit"),
)


def layer(*lines):
    """Return a `dropout_layer` with these lines after its first ones."""
    head = ["def dropout_layer(X, p):", "if p == 1:"]
    head.append("    return torch.zeros_like(X)")
    return "\n    ".join([*head, *lines])


def vote(*lines):
    """Return a `geometric_vote` with these lines as its body."""
    return "\n    ".join(["def geometric_vote(log_q, chances):", *lines])


NET = """
class Net(nn.Module):
    def __init__(self, p1, p2):
        super().__init__()
        self.p1, self.p2 = p1, p2
        self.lin1 = nn.Linear(784, 256)
        self.lin2 = nn.Linear(256, 256)
        self.lin3 = nn.Linear(256, 10)

    def forward(self, X):
        H = self.lin1(X.flatten(1)).relu()
"""


def net(*lines):
    """Return a `Net` with these lines between its first and last layer."""
    lines = [f"        {line}" for line in (*lines, "return self.lin3(H)")]
    return "\n".join([NET.rstrip(), *lines])


def keep(*lines):
    """Return a `keep_layer` with these lines as its body."""
    return "\n    ".join(["def keep_layer(X, keep):", *lines])


def noisy(*lines):
    """Return a `gaussian_layer` with these lines as its body."""
    return "\n    ".join(["def gaussian_layer(X, p):", *lines])


def connect(*lines):
    """Return a `dropconnect` with these lines as its body."""
    return "\n    ".join(["def dropconnect(X, W, b, p):", *lines])


CURVE = """
def accuracy_curve(p, num_epochs):
    net, shares, train_iter = Net(p, p), [], load_array((X, y), 32)
    optimizer, loss = SGD(net.parameters(), lr=0.02), nn.CrossEntropyLoss()
    for _ in range(num_epochs):
        net.train()
        for X_batch, y_batch in train_iter:
            optimizer.zero_grad()
            loss(net(X_batch), y_batch).backward()
            optimizer.step()
        shares.append(evaluate_accuracy(net, [(X_valid, y_valid)]))
    return shares
"""
MEASURE = "shares.append(evaluate_accuracy(net, [(X_valid, y_valid)]))"
BY_HAND = """net.eval()
        with torch.no_grad():
            right = net(X_valid).argmax(1) == y_valid
        shares.append(right.float().mean().item())"""


def curve(old="", new=""):
    """Return a right `accuracy_curve`, with the text `old` replaced."""
    assert old in CURVE
    return CURVE.replace(old, new) if old else CURVE


ANSWERS = {
    "turn-layer-check": {
        "right": [
            layer("return (torch.rand_like(X) >= p) * X / (1 - p)"),
            layer(
                "mask = torch.rand(X.shape) < 1 - p", "return X * mask / (1-p)"
            ),
            layer(
                "mask = torch.bernoulli(torch.full_like(X, 1 - p))",
                "return mask * X / (1 - p)",
            ),
            layer(
                "gone = torch.rand_like(X) < p",
                "return torch.where(gone, 0, X / (1 - p))",
            ),
            layer("return nn.functional.dropout(X, p)"),
        ],
        "wrong": [
            (layer("return (torch.rand_like(X) >= p) * X"), "must become"),
            (
                layer("X[torch.rand_like(X) < p] = 0", "return X / (1 - p)"),
                "changes X itself",
            ),
            (
                layer("return (torch.rand_like(X) < p) * X / (1 - p)"),
                "entries stay",
            ),
            (
                layer("return (torch.rand_like(X) >= p) * X / max(p, 1e-9)"),
                "must become",
            ),
            (
                layer("return (torch.rand_like(X) >= p) / (1 - p)"),
                "must become",
            ),
            (
                layer("return (torch.rand_like(X[0]) >= p) * X / (1 - p)"),
                "entries stay|each entry",
            ),
            (
                layer("return (torch.rand_like(X[:, :1]) >= p) * X / (1 - p)"),
                "entries stay|each entry",
            ),
            (
                layer(
                    "torch.manual_seed(0)",
                    "return (torch.rand_like(X) >= p) * X / (1 - p)",
                ),
                "draws anew",
            ),
            (
                layer("(torch.rand_like(X) >= p) * X / (1 - p)"),
                "returned None",
            ),
        ],
    },
    "turn-vote-check": {
        "right": [
            vote(
                "weighted = chances[:, None, None] * log_q",
                "return weighted.sum(0).softmax(-1)",
            ),
            vote(
                "return torch.einsum('m,mnk->nk', chances, log_q).softmax(1)"
            ),
            vote(
                "product = torch.exp((chances.view(-1, 1, 1) * log_q).sum(0))",
                "return product / product.sum(1, keepdim=True)",
            ),
        ],
        "wrong": [
            (
                vote(
                    "return (chances[:, None, None] * log_q.exp()).sum(0)",
                ),
                "ordinary mean",
            ),
            (
                vote("return (chances[:, None, None] * log_q).sum(0).exp()"),
                "add up to",
            ),
            (vote("return log_q.mean(0).softmax(-1)"), "weighted"),
            (vote("return log_q.sum(0).softmax(-1)"), "weighted"),
            (
                vote(
                    "return (chances[:, None, None] * log_q).sum(0).softmax(0)"
                ),
                "add up to",
            ),
            (
                vote("return (chances[:, None, None] * log_q).softmax(-1)"),
                "is not (n, classes)",
            ),
        ],
    },
    "turn-net-check": {
        "right": [
            net(
                "if self.training:",
                "    H = dropout_layer(H, self.p1)",
                "H = self.lin2(H).relu()",
                "if self.training:",
                "    H = dropout_layer(H, self.p2)",
            ),
            net(
                "p1, p2 = (self.p1, self.p2) if self.training else (0, 0)",
                "H = dropout_layer(H, p1)",
                "H = dropout_layer(torch.relu(self.lin2(H)), p2)",
            ),
            net(
                "if not self.training:",
                "    return self.lin3(self.lin2(H).relu())",
                "H = self.lin2(dropout_layer(H, self.p1)).relu()",
                "H = dropout_layer(H, self.p2)",
            ),
        ],
        "wrong": [
            (
                net(
                    "H = dropout_layer(H, self.p1)",
                    "H = dropout_layer(self.lin2(H).relu(), self.p2)",
                ),
                "eval mode nothing",
            ),
            (net("H = self.lin2(H).relu()"), "no noise"),
            (
                net(
                    "H = self.lin2(H).relu()",
                    "if self.training:",
                    "    H = dropout_layer(H, self.p1)",
                ),
                "p2 belongs",
            ),
            (
                net(
                    "if self.training:",
                    "    H = dropout_layer(H, self.p2)",
                    "H = self.lin2(H).relu()",
                    "if self.training:",
                    "    H = dropout_layer(H, self.p1)",
                ),
                "p2 belongs",
            ),
            (
                net(
                    "H = self.lin2(H).relu()",
                    "if self.training:",
                    "    H = dropout_layer(H, self.p2)",
                ),
                "p1 belongs",
            ),
            (
                net(
                    "if self.training:",
                    "    H = dropout_layer(H, self.p1)",
                    "    H = dropout_layer(self.lin2(H).relu(), self.p2)",
                ),
                "eval mode|nothing is dropped",
            ),
            (
                net(
                    "if self.training:",
                    "    H = dropout_layer(H, self.p1)",
                    "H = self.lin2(H)",
                    "if self.training:",
                    "    H = dropout_layer(H, self.p2)",
                ),
                "needs its ReLU",
            ),
            (
                net(
                    "if self.training:",
                    "    X = dropout_layer(X, self.p1)",
                    "    H = self.lin1(X.flatten(1)).relu()",
                    "    H = dropout_layer(H, self.p1)",
                    "H = self.lin2(H).relu()",
                    "if self.training:",
                    "    H = dropout_layer(H, self.p2)",
                ),
                "nothing else",
            ),
        ],
    },
    "ex1-check": {
        "right": [
            keep("return dropout_layer(X, 1 - keep)"),
            keep("return dropout_layer(X, p=1.0 - float(keep))"),
            keep(
                "if keep == 0:",
                "    return torch.zeros_like(X)",
                "return X * (torch.rand_like(X) < keep) / keep",
            ),
        ],
        "wrong": [
            ("keep_layer = dropout_layer", "entries stay"),
            (
                keep("return X * (torch.rand_like(X) < keep) / keep"),
                "keep = 0",
            ),
            (keep("return X * (torch.rand_like(X) < keep)"), "0.25: what"),
            (
                keep("return dropout_layer(X, 1 - keep) * keep"),
                "what stays is",
            ),
            (
                keep("return dropout_layer(X, 1 - keep) * (1 - keep)"),
                "what stays is|entries stay",
            ),
        ],
    },
    "ex2-check": {
        "right": [
            noisy(
                "sd = (p / (1 - p)) ** 0.5",
                "return X * (1 + sd * torch.randn_like(X))",
            ),
            noisy(
                "sd = (p / (1 - p)) ** 0.5",
                "return X * torch.normal(1.0, sd, X.shape)",
            ),
            noisy(
                "noise = torch.randn(X.shape) * (p / (1 - p)) ** 0.5",
                "return X + X * noise",
            ),
        ],
        "wrong": [
            (
                noisy("return X + (p / (1 - p)) ** 0.5 * torch.randn_like(X)"),
                "variance",
            ),
            (
                noisy(
                    "sd = (p / (1 - p)) ** 0.5",
                    "return X + X.mean() * sd * torch.randn_like(X)",
                ),
                "variance",
            ),
            (
                noisy("return X * (1 + p / (1 - p) * torch.randn_like(X))"),
                "variance",
            ),
            (
                noisy("return X * (p / (1 - p)) ** 0.5 * torch.randn_like(X)"),
                "mean for",
            ),
            ("gaussian_layer = dropout_layer", "of a normal, 0.68"),
            (
                noisy(
                    "width = (12 * p / (1 - p)) ** 0.5",
                    "return X * (1 + width * (torch.rand_like(X) - 0.5))",
                ),
                "of a normal, 0.68",
            ),
            (
                noisy(
                    "sd = (p / (1 - p)) ** 0.5",
                    "return X * (1 + sd * torch.randn_like(X[:1]))",
                ),
                "for each entry",
            ),
        ],
    },
    "ex3-check": {
        "right": [
            connect("return X @ dropout_layer(W, p).T + b"),
            connect("return nn.functional.linear(X, dropout_layer(W, p), b)"),
            connect(
                "W = dropout_layer(W, p)",
                "return torch.einsum('nd,kd->nk', X, W) + b",
            ),
            connect(
                "W = dropout_layer(W.expand(len(X), *W.shape), p)",
                "return (W @ X[:, :, None])[..., 0] + b",
            ),
        ],
        "wrong": [
            (
                connect("return dropout_layer(X * W, p).sum(1)[None] + b"),
                "must match the size",
            ),
            (connect("return dropout_layer(X, p) @ W.T + b"), "inputs"),
            (connect("return dropout_layer(X @ W.T, p) + b"), "variances"),
            (connect("return dropout_layer(X @ W.T + b, p)"), "variances"),
            (
                connect(
                    "return X @ dropout_layer(W, p).T + dropout_layer(b, p)"
                ),
                "variances",
            ),
            (
                connect("return X @ ((torch.rand_like(W) >= p) * W).T + b"),
                "mean of an output",
            ),
        ],
    },
    "ex4-check": {
        "right": [
            curve(),
            curve(MEASURE, BY_HAND),
            curve(
                "[(X_valid, y_valid)]",
                "[(X_valid[:500], y_valid[:500]), "
                "(X_valid[500:], y_valid[500:])]",
            ),
        ],
        "wrong": [
            (curve("return shares", "return shares[-1:]"), "give 1"),
            (
                curve(MEASURE, BY_HAND.replace("net.eval()\n", "\n")),
                "train mode",
            ),
            (curve("[(X_valid, y_valid)]", "[(X, y)]"), "eval mode"),
            (curve("return shares", "return shares[:1] * 2"), "same accuracy"),
            (curve("net.train()\n", "net.eval()\n"), "train mode"),
            (curve("Net(p, p)", "Net(0, 0)"), "p = 1"),
            ("accuracy_curve = lambda p, n: [0.5] * n", "train mode"),
            (
                "def accuracy_curve(p, num_epochs):\n"
                "    net = Net(p, p)\n"
                "    return [evaluate_accuracy(net, [(X_valid, y_valid)])\n"
                "            for _ in fit(net, X, y, num_epochs)]",
                "constant rate",
            ),
        ],
    },
}
