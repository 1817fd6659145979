"""Answers to lesson 8's check cells, right ones and the usual wrong ones."""

LESSON = "08_regularization_lab"
BEFORE = (
    *("imports", "fit"),
    *("turn-seen-check", "turn-seen-ours"),
    *("turn-paired-check", "turn-paired-ours"),
    *("turn-choose-check", "turn-choose-ours"),
    *("turn-law-check", "turn-law-ours"),
)


def seen(expression):
    """Return a `seen_accuracy` that returns `expression`."""
    return f"def seen_accuracy(a, label_noise):\n    return {expression}"


def pair(*lines):
    """Return a `paired` with these lines as its body."""
    return "\n    ".join(["def paired(after, before):", *lines])


def chosen(*lines):
    """Return a `choose` with these lines as its body."""
    return "\n    ".join(["def choose(valid):", *lines])


def law(expression):
    """Return a `best_lambd` that returns `expression`."""
    head = "def best_lambd(n, label_noise, var, n0, lambd0, var0):"
    return f"{head}\n    return {expression}"


def truth(expression):
    """Return a `true_accuracy` that returns `expression`."""
    return f"def true_accuracy(seen, label_noise):\n    return {expression}"


def draws(result, uniform="u = torch.rand(num, 2, generator=g).tolist()"):
    """Return a `draw_settings` that makes `result` of uniform numbers u."""
    return "\n    ".join([
        "def draw_settings(num, seed):",
        "g = torch.Generator().manual_seed(seed)",
        uniform,
        f"return {result}",
    ])  # fmt: skip


STOP = """
def stop_at(curve, patience):
    best, kept = -1, 0
    for epoch, value in enumerate(curve, 1):
        if value > best:
            best, kept = value, epoch
        if epoch - kept >= patience:
            break
    return kept
"""
COUNTED = """
def stop_at(curve, patience):
    best, kept, waited = curve[0], 1, 0
    for epoch in range(2, len(curve) + 1):
        waited += 1
        if curve[epoch - 1] > best:
            best, kept, waited = curve[epoch - 1], epoch, 0
        if waited == patience:
            return kept
    return kept
"""
LOOP = """
def stop_at(curve, patience):
    kept, epoch = 0, 0
    while epoch < len(curve) and epoch - kept < patience:
        epoch += 1
        if epoch < len(curve) and curve[epoch] > curve[kept]:
            kept = epoch
    return kept + 1
"""
SMOOTH = """
def run_smooth(smoothing, seed, num_epochs=30):
    train_set, valid_set = train_and_valid(1000, 0.3, seed + 100)
    seed_everything(seed)
    net = new_net(0)
    loss = nn.CrossEntropyLoss(label_smoothing=smoothing)
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    train_iter = load_array(train_set, 32)
    for epoch in range(num_epochs):
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - epoch / num_epochs)
        for X, y in train_iter:
            optimizer.zero_grad()
            loss(net(X), y).backward()
            optimizer.step()
    return {"validation": evaluate_accuracy(net, [valid_set])}
"""
BY_HAND = """scores = net(X).log_softmax(1)
            own = scores.gather(1, y[:, None])[:, 0]
            own = (1 - smoothing) * own + smoothing * scores.mean(1)
            (-own.mean()).backward()"""


def stop(old="", new=""):
    """Return a right `stop_at`, with the text `old` replaced."""
    assert old in STOP
    return STOP.replace(old, new) if old else STOP


def smooth(old="", new=""):
    """Return a right `run_smooth`, with the text `old` replaced."""
    assert old in SMOOTH
    return SMOOTH.replace(old, new) if old else SMOOTH


ANSWERS = {
    "turn-seen-check": {
        "right": [
            seen("(1 - label_noise) * a + label_noise * (1 - a) / 9"),
            seen("label_noise / 9 + a * (1 - 10 * label_noise / 9)"),
            seen("torch.tensor(a - label_noise * (10 * a - 1) / 9)"),
        ],
        "wrong": [
            (seen("(1 - label_noise) * a"), "not"),
            (seen("(1 - label_noise) * a + label_noise * (1 - a)"), "not"),
            (seen("(1 - label_noise) * a + label_noise * (1-a) / 10"), "not"),
            (seen("a + label_noise * (1 - a) / 9"), "not"),
            (seen("(1 - label_noise) * a + label_noise / 9"), "not"),
            (seen("a - label_noise"), "not"),
        ],
    },
    "turn-paired-check": {
        "right": [
            pair(
                "change = after - before",
                "return change.mean(), change.std() / len(change) ** 0.5",
            ),
            pair(
                "d = (after - before).tolist()",
                "m = sum(d) / len(d)",
                "v = sum((x - m) ** 2 for x in d) / (len(d) - 1)",
                "return m, (v / len(d)) ** 0.5",
            ),
            pair(
                "d = after - before",
                "return [after.mean() - before.mean(),"
                " (d.var() / d.numel()).sqrt()]",
            ),
        ],
        "wrong": [
            (
                pair("d = after - before", "return d.mean(), d.std()"),
                "standard error",
            ),
            (
                pair(
                    "d = before - after",
                    "return d.mean(), d.std() / len(d) ** 0.5",
                ),
                "the mean",
            ),
            (
                pair(
                    "v = after.var() + before.var()",
                    "return after.mean() - before.mean(),"
                    " (v / len(after)) ** 0.5",
                ),
                "standard error",
            ),
            (
                pair(
                    "d = after - before",
                    "return d.mean(), d.std(correction=0) / len(d) ** 0.5",
                ),
                "standard error",
            ),
            (
                pair(
                    "d = after - before", "return d.mean(), d.std() / len(d)"
                ),
                "standard error",
            ),
            (
                pair("d = after - before", "return d.mean(), d.var() ** 0.5"),
                "standard error",
            ),
        ],
    },
    "turn-choose-check": {
        "right": [
            chosen("return max(valid, key=lambda s: valid[s].mean())"),
            chosen(
                "means = {s: float(x.mean()) for s, x in valid.items()}",
                "return max(means, key=means.get)",
            ),
            chosen(
                "best = None",
                "for s, x in valid.items():",
                "    if best is None or x.mean() > valid[best].mean():",
                "        best = s",
                "return best",
            ),
        ],
        "wrong": [
            (chosen("return max(x.mean() for x in valid.values())"), "not"),
            (chosen("return max(valid, key=lambda s: valid[s].max())"), "not"),
            (chosen("return max(valid)"), "not"),
            (
                chosen("return min(valid, key=lambda s: valid[s].mean())"),
                "not",
            ),
            (
                chosen("return max(valid, key=lambda s: valid[s].median())"),
                "not",
            ),
        ],
    },
    "turn-law-check": {
        "right": [
            law(
                "lambd0 * n0 / n * var / var0"
                " / (1 - label_noise - label_noise / 9) ** 2"
            ),
            law(
                "var / n * (n0 * lambd0 / var0)"
                " / (1 - 10 * label_noise / 9) ** 2"
            ),
            law(
                "torch.tensor(var * n0 * lambd0 / (n * var0)"
                " * (9 / (9 - 10 * label_noise)) ** 2)"
            ),
        ],
        "wrong": [
            (law("lambd0 * n0 / n * var / var0"), "half as large"),
            (
                law(
                    "lambd0 * n / n0 * var / var0"
                    " / (1 - label_noise - label_noise / 9) ** 2"
                ),
                "twice the images",
            ),
            (
                law(
                    "lambd0 * n0 / n * var / var0"
                    " / (1 - label_noise - label_noise / 9)"
                ),
                "half as large",
            ),
            (
                law(
                    "lambd0 * n0 / n * var / var0"
                    " * (1 - label_noise - label_noise / 9) ** 2"
                ),
                "half as large",
            ),
            (
                law(
                    "lambd0 * n0 / n * (var / var0) ** 0.5"
                    " / (1 - label_noise - label_noise / 9) ** 2"
                ),
                "noise variance",
            ),
            (
                law(
                    "lambd0 * n0 / n * var / 0.2"
                    " / (1 - label_noise - label_noise / 9) ** 2"
                ),
                "use n0",
            ),
            (
                law("lambd0 * n0 / n * var / var0 / (1 - label_noise) ** 2"),
                "half as large",
            ),
        ],
    },
    "ex1-check": {
        "right": [
            truth("(seen - label_noise / 9) / (1 - 10 * label_noise / 9)"),
            truth("(9 * seen - label_noise) / (9 - 10 * label_noise)"),
            truth(
                "torch.tensor(seen - label_noise / 9)"
                " / (1 - label_noise - label_noise / 9)"
            ),
        ],
        "wrong": [
            (truth("seen / (1 - label_noise)"), "which gives"),
            (truth("seen"), "which gives"),
            (truth("seen + label_noise"), "which gives"),
            (
                truth("(seen - label_noise / 9) / (1 - label_noise)"),
                "which gives",
            ),
            (
                truth("(seen - label_noise / 10) / (1 - 1.1 * label_noise)"),
                "which gives",
            ),
            (
                truth(
                    "(1 - label_noise) * seen + label_noise * (1 - seen) / 9"
                ),
                "which gives",
            ),
        ],
    },
    "ex2-check": {
        "right": [
            draws("[dict(lambd=10 ** (2 * a - 3), p=.8 * b) for a, b in u]"),
            draws(
                "[dict(lambd=10 ** -(1 + 2 * a), p=.8 - .8 * b) for a, b in u]"
            ),
            draws(
                "[{'lambd': a.item(), 'p': b.item()} for a, b in"
                " zip(0.001 * 100 ** u[0], 0.8 * u[1])]",
                "u = torch.rand(2, num, generator=g)",
            ),
        ],
        "wrong": [
            ("draw_settings = lambda num, seed: [{}] * 5", "not 5"),
            (
                draws(
                    "[dict(lambd=.001 + .099 * a, p=.8 * b) for a, b in u]"
                ),
                "lambd < 0.00316, not 500",
            ),
            (
                draws(
                    "[dict(lambd=10 ** (a - 2.5), p=.8 * b) for a, b in u]"
                ),
                "lambd < 0.00316, not 500",
            ),
            (
                draws(
                    "[dict(lambd=10 ** (2 * a - 3), p=.8 * a) for a, _ in u]"
                ),
                "depend",
            ),
            (
                draws(
                    "[dict(lambd=10 ** (2 * a - 3), p=.8 * b) for a, b in u]",
                    "u = torch.rand(num, 2).tolist()",
                ),
                "the same seed",
            ),
            (
                draws(
                    "[dict(lambd=10 ** (2 * a - 3), p=.8 * b) for a, b in u]",
                    "g.manual_seed(0)\n"
                    "    u = torch.rand(num, 2, generator=g).tolist()",
                ),
                "not used",
            ),
            (
                draws("[dict(lambd=10 ** (2 * a - 3), p=b) for a, b in u]"),
                "p:",
            ),
        ],
    },
    "ex3-check": {
        "right": [stop(), COUNTED, LOOP],
        "wrong": [
            (
                "stop_at = lambda curve, patience:"
                " 1 + curve.index(max(curve))",
                "2, not 6",
            ),
            ("stop_at = lambda curve, patience: len(curve)", "not 4"),
            (stop("value > best", "value >= best"), "patience 2: 1, not"),
            (stop("return kept", "return epoch"), "not"),
            (stop(">= patience", "> patience"), "not"),
            (stop("enumerate(curve, 1)", "enumerate(curve)"), "not"),
            (
                COUNTED.replace("epoch, 0", "epoch, waited"),
                "not",
            ),
        ],
    },
    "ex4-check": {
        "right": [
            smooth(),
            smooth("loss(net(X), y).backward()", BY_HAND),
            smooth(
                "evaluate_accuracy(net, [valid_set])",
                "(net.eval()(valid_set[0]).argmax(1) == valid_set[1])"
                ".float().mean().item()",
            ),
        ],
        "wrong": [
            ("run_smooth = lambda s, seed, num_epochs: {'validation': 0.1}",
             "in place of"),
            (
                "def run_smooth(smoothing, seed, num_epochs=30):\n"
                "    return run(0, num_epochs, seed)",
                "smoothing 1",
            ),
            (smooth("seed + 100", "seed"), "in place of"),
            (smooth("[valid_set]", "[train_set]"), "in place of"),
            (
                smooth("label_smoothing=smoothing", "label_smoothing=0.1"),
                "in place of|smoothing 1",
            ),
            (smooth("    seed_everything(seed)\n", ""), "in place of"),
            (
                smooth(
                    "label_smoothing=smoothing",
                    "label_smoothing=round(smoothing - 0.2)",
                ),
                "changes nothing",
            ),
        ],
        "before": ("run",),
    },
}  # fmt: skip
