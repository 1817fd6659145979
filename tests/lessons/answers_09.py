"""Answers to lesson 9's check cells, right ones and the usual wrong ones."""

LESSON = "09_coming_from_d2l"
BEFORE = ("imports", "old-data", "old-train")

MODEL = """
class {name}(d2l.LinearRegressionScratch):
    def __init__(self, num_inputs, lambd, lr, sigma=0.01):
        super().__init__(num_inputs, lr, sigma)
        self.save_hyperparameters()

    def loss(self, y_hat, y):
        data = super().loss(y_hat, y)
"""


def model(name, *lines):
    """Return a model with these lines at the end of its `loss`."""
    lines = [f"        {line}" for line in lines]
    return "\n".join([MODEL.format(name=name).rstrip(), *lines])


def decayed(*lines):
    """Return a `Decayed` with these lines at the end of its `loss`."""
    return model("Decayed", *lines)


def sparse(*lines):
    """Return a `Sparse` with these lines at the end of its `loss`."""
    return model("Sparse", *lines)


def paired(*lines):
    """Return a `paired` with these lines as its body."""
    return "\n    ".join(["def paired(first, second):", *lines])


def printout(norm, loss):
    """Return a `read_printout` that returns these two."""
    head = "def read_printout(printed, shown, lambd):"
    return f"{head}\n    return {norm}, {loss}"


def start(*lines):
    """Return a `same_start` with these lines as its body."""
    return "\n    ".join(["def same_start(linear, W, b):", *lines])


def needed(*lines):
    """Return a `starts_needed` with these lines as its body."""
    lines = "import math", "d = second - first", *lines
    return "\n    ".join(["def starts_needed(first, second):", *lines])


IN_TRAIN_MODE = "return data + self.training * self.lambd * "
GRADIENT = "has your penalty a gradient?"
COPY_BIAS = "linear.bias.data = b.data.clone()"

ANSWERS = {
    "turn-loss-check": {
        "right": [
            decayed(IN_TRAIN_MODE + "l2_penalty(self.w)"),
            decayed(IN_TRAIN_MODE + "(self.w**2).sum() / 2"),
            decayed(
                "if not self.training:",
                "    return data",
                "return data + self.lambd / 2 * self.w.norm() ** 2",
            ),
            decayed(
                "data = ((y_hat - y) ** 2).mean() / 2",
                IN_TRAIN_MODE + "0.5 * (self.w.T @ self.w).sum()",
            ),
        ],
        "wrong": [
            (decayed("return data"), "train mode:"),
            (
                decayed("return data + self.lambd * l2_penalty(self.w)"),
                "eval mode:",
            ),
            (decayed(IN_TRAIN_MODE + "(self.w**2).sum()"), "train mode:"),
            (decayed(IN_TRAIN_MODE + "(self.w**2).mean()"), "train mode:"),
            (decayed(IN_TRAIN_MODE + "self.w.norm() / 2"), "train mode:"),
            (
                decayed(
                    IN_TRAIN_MODE + "(l2_penalty(self.w) + l2_penalty(self.b))"
                ),
                "train mode:",
            ),
            (
                decayed("return data + self.training * l2_penalty(self.w)"),
                "train mode:",
            ),
            (decayed(IN_TRAIN_MODE + "l2_penalty(self.w).item()"), GRADIENT),
            (decayed(IN_TRAIN_MODE + "l2_penalty(self.w.data)"), GRADIENT),
        ],
    },
    "turn-paired-check": {
        "right": [
            paired(
                "d = second - first",
                "return d.mean(), d.std() / len(d) ** 0.5",
            ),
            paired(
                "d = second - first",
                "return d.mean().item(), (d.var() / len(d)).sqrt().item()",
            ),
            paired(
                "d, n = second - first, len(first)",
                "mean = sum(d) / n",
                "spread = sum((each - mean) ** 2 for each in d)",
                "return [mean, (spread / (n - 1) / n) ** 0.5]",
            ),
        ],
        "wrong": [
            (
                paired(
                    "d = first - second",
                    "return d.mean(), d.std() / len(d) ** 0.5",
                ),
                "mean",
            ),
            (
                paired("d = second - first", "return d.mean(), d.std()"),
                "standard error",
            ),
            (
                paired(
                    "d = second - first",
                    "return d.mean(), d.std() / len(d)",
                ),
                "standard error",
            ),
            (
                paired(
                    "d, n = second - first, len(first)",
                    "return d.mean(), d.std(correction=0) / n**0.5",
                ),
                "standard error",
            ),
            (
                paired(
                    "n = len(first)",
                    "error = ((first.var() + second.var()) / n) ** 0.5",
                    "return (second - first).mean(), error",
                ),
                "standard error",
            ),
            (
                paired(
                    "d = (second - first).abs()",
                    "return d.mean(), d.std() / len(d) ** 0.5",
                ),
                "mean|standard error",
            ),
        ],
    },
    "ex1-check": {
        "right": [
            printout("(2 * printed) ** 0.5", "shown - lambd * printed"),
            printout("math.sqrt(printed * 2)", "shown - printed * lambd"),
            printout(
                "torch.tensor(2 * printed).sqrt()",
                "shown - lambd * (2 * printed) / 2",
            ),
        ],
        "wrong": [
            (printout("printed", "shown - lambd * printed"), "norm"),
            (printout("printed**0.5", "shown - lambd * printed"), "norm"),
            (printout("2 * printed", "shown - lambd * printed"), "norm"),
            (printout("(2 * printed) ** 0.5", "shown"), "validation loss"),
            (
                printout("(2 * printed) ** 0.5", "shown - printed"),
                "validation loss",
            ),
            (
                printout(
                    "(2 * printed) ** 0.5", "shown - lambd / 2 * printed"
                ),
                "validation loss",
            ),
        ],
    },
    "ex2-check": {
        "right": [
            start(
                "with torch.no_grad():",
                "    linear.weight.copy_(W.T)",
                "    linear.bias.copy_(b)",
            ),
            start("linear.weight.data = W.data.T.clone()", COPY_BIAS),
            start(
                "linear.weight = nn.Parameter(W.detach().T.clone())",
                "linear.bias = nn.Parameter(b.detach().clone())",
            ),
            start(
                "linear.load_state_dict("
                "{'weight': W.detach().T, 'bias': b.detach()})",
            ),
        ],
        "wrong": [
            (start("pass"), "predictions differ"),
            (start("linear.weight.data = W.data.T.clone()"), "differ"),
            (
                start(
                    "linear.weight.data = W.data.reshape("
                    "linear.weight.shape).clone()",
                    COPY_BIAS,
                ),
                "predictions differ",
            ),
            (
                start("linear.weight.data = W.data.T", COPY_BIAS),
                "share a tensor",
            ),
            (
                start(
                    "linear.weight.data = W.data.T.clone()",
                    "linear.bias.data = b.data",
                ),
                "share a tensor",
            ),
            (
                start(
                    "W.data = linear.weight.data.T.clone()",
                    "b.data = linear.bias.data.clone()",
                ),
                "W or b has changed",
            ),
            (
                start(
                    "linear.weight = nn.Parameter(W.detach().T.clone(), "
                    "requires_grad=False)",
                    COPY_BIAS,
                ),
                "can no longer be trained",
            ),
        ],
    },
    "ex3-check": {
        "right": [
            sparse(IN_TRAIN_MODE + "self.w.abs().sum()"),
            sparse(IN_TRAIN_MODE + "(self.w * self.w.sign()).sum()"),
            sparse(
                "if self.training:",
                "    data = data + self.lambd * self.w.norm(1)",
                "return data",
            ),
        ],
        "wrong": [
            (sparse("return data"), "train mode:"),
            (
                sparse("return data + self.lambd * self.w.abs().sum()"),
                "eval mode:",
            ),
            (sparse(IN_TRAIN_MODE + "(self.w**2).sum()"), "train mode:"),
            (sparse(IN_TRAIN_MODE + "self.w.sum()"), "train mode:"),
            (sparse(IN_TRAIN_MODE + "self.w.abs().mean()"), "train mode:"),
            (
                sparse(IN_TRAIN_MODE + "(self.w.abs().sum() + self.b.abs())"),
                "train mode:|one number|scalar",
            ),
            (sparse(IN_TRAIN_MODE + "self.w.abs().sum().item()"), GRADIENT),
        ],
    },
    "ex4-check": {
        "right": [
            needed("return math.ceil((2 * d.std() / d.mean()) ** 2)"),
            needed("return math.ceil(4 * d.var() / d.mean() ** 2)"),
            needed(
                "n = 2",
                "while abs(d.mean()) < 2 * d.std() / n**0.5:",
                "    n += 1",
                "return n",
            ),
        ],
        "wrong": [
            (needed("return int((2 * d.std() / d.mean()) ** 2)"), "needed"),
            (needed("return math.ceil((d.std() / d.mean()) ** 2)"), "needed"),
            (
                needed("return math.ceil(abs(2 * d.std() / d.mean()))"),
                "needed",
            ),
            (
                needed(
                    "error = d.std() / len(d) ** 0.5",
                    "return math.ceil((2 * error / d.mean()) ** 2)",
                ),
                "needed",
            ),
            (
                needed("return math.ceil((2 * second.std() / d.mean()) ** 2)"),
                "needed",
            ),
            (
                needed("return (2 * d.std() / d.mean()).item() ** 2"),
                "needed",
            ),
        ],
    },
}
