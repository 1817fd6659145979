"""Answers to companion 9b's check cells, right ones and usual wrong ones."""

LESSON = "09b_d2l_reference"
BEFORE = ("imports",)


def maker(*lines):
    """Return a `who_made` with these lines as its body."""
    return "\n    ".join(["def who_made(name):", *lines])


ACCURACY = """
def my_accuracy(net, data_iter):
    mode, metric = net.training, d2l.Accumulator(2)
    net.eval()
    for X, y in data_iter:
        metric.add(d2l.accuracy(net(X), y), len(y))
    net.train(mode)
    return metric[0] / metric[1]
"""


def accuracy(*changes):
    """Return a right `my_accuracy`, with these texts replaced."""
    text = ACCURACY
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


ANSWERS = {
    "ex1-check": {
        "right": [
            maker(
                "module = getattr(d2l, name).__module__",
                "return 'book' if module == 'd2l.torch' else 'course'",
            ),
            maker(
                "made = getattr(d2l, name).__module__",
                "return 'course' if made.startswith('course') else 'book'",
            ),
            maker(
                "return {True: 'book', False: 'course'}["
                "vars(d2l)[name].__module__ == 'd2l.torch'"
                " if name in vars(d2l) else"
                " getattr(d2l, name).__module__ == 'd2l.torch']"
            ),
        ],
        "wrong": [
            (maker("return 'book'"), "made in the course"),
            (maker("return 'course'"), "made in the book"),
            (
                maker("return 'course' if name in d2l.__all__ else 'book'"),
                "Trainer was made in the course",
            ),
            (
                maker(
                    "new = name[0].isupper() and name != 'Trainer'",
                    "return 'book' if new else 'course'",
                ),
                "Accumulator was made in the course",
            ),
            (
                maker(
                    "if name in ('Accumulator', 'Trainer', 'ProgressBoard'):",
                    "    return 'course'",
                    "return 'book' if name[0].isupper() else 'course'",
                ),
                "plot was made in the book",
            ),
        ],
    },
    "ex2-check": {
        "before": ("dropout-net",),
        "right": [
            accuracy(),
            accuracy(("net.train(mode)", "net.training = mode")),
            """
def my_accuracy(net, data_iter):
    mode, right, n = net.training, 0, 0
    net.train(False)
    with torch.no_grad():
        for X, y in data_iter:
            right += (net(X).argmax(1) == y).sum()
            n += y.numel()
    net.train(mode)
    return right / n
""",
        ],
        "wrong": [
            (accuracy(("net.eval()", "pass")), "not 5 of 7|not 3 of 8"),
            (accuracy(("net.train(mode)", "pass")), "the mode"),
            (accuracy(("net.train(mode)", "net.train()")), "the mode"),
            (
                accuracy(("len(y))", "1)"), ("y), 1", "y) / len(y), 1")),
                "not 5 of 7|not 3 of 8",
            ),
            (
                accuracy(("return metric[0] / metric[1]", "return metric[0]")),
                "not 5 of 7|not 3 of 8",
            ),
        ],
    },
}
