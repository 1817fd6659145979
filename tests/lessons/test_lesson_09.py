"""Lesson 09's programs, as they stand in the notebook, against references."""

import pytest
import torch
from cells import feedback, first_failure, load
from sklearn.linear_model import Ridge
from torch import nn

from course_utils import d2l, retrain, seed_everything
from course_utils.d2l.book import import_book

LESSON = "09_coming_from_d2l"
OLD = (
    *("imports", "sizes", "old-data", "iterators", "old-start"),
    *("l2-penalty", "both-losses", "old-train"),
)
COMPARE = ("batches", "descend")
PROGRAMS = ("concise", "by-hand-loss", "start")
NEW = ("new-data", "new-model", "new-fit")
NETS = ("dropout-net", "dropout-new")


@pytest.fixture(scope="module")
def lesson():
    names = {"book": import_book()}
    return load(
        LESSON, *OLD, *COMPARE, *PROGRAMS, *NEW, *NETS, namespace=names
    )


def test_the_program_ends_where_weight_decay_of_torch_ends(lesson):
    seed_everything(0)
    w, b = lesson["init_params"]()
    v, c = (p.detach().clone().requires_grad_() for p in (w, b))
    optimizer = torch.optim.SGD(
        [{"params": v, "weight_decay": 3}, {"params": c}], lr=lesson["lr"]
    )
    lesson["descend"](d2l, w, b, 3)
    for X, y in lesson["batches"]:
        optimizer.zero_grad()
        (((X @ v + c - y) ** 2).mean() / 2).backward()
        optimizer.step()
    torch.testing.assert_close(w, v, atol=1e-5, rtol=0)
    torch.testing.assert_close(b, c, atol=1e-5, rtol=0)


def test_the_program_s_penalty_is_that_of_ridge(lesson):
    X, y = lesson["train_data"]
    model = Ridge(alpha=len(X) * 3).fit(X, y.ravel())
    exact = torch.from_numpy(model.coef_).float().reshape(-1, 1)
    names = dict(lesson, batches=[(X, y)] * 1000, lr=0.05, batch_size=20)
    load(LESSON, "descend", namespace=names)
    w, b = lesson["init_params"]()
    names["descend"](d2l, w, b, 3)
    torch.testing.assert_close(w.detach(), exact, atol=1e-5, rtol=0)


def test_old_and_new_style_are_the_same_computation(lesson):
    load(LESSON, "check-new", namespace=dict(lesson))


def test_the_validation_loss_leaves_the_penalty_out(lesson):
    model = lesson["Decayed"](200, lambd=3, lr=0.01, sigma=1.0)
    X, y = lesson["test_data"]
    y_hat = model(X)
    data = ((y_hat - y) ** 2).mean() / 2
    price = 3 * (model.w**2).sum() / 2
    torch.testing.assert_close(model.eval().loss(y_hat, y), data)
    torch.testing.assert_close(model.train().loss(y_hat, y), data + price)


def test_a_bias_drawn_from_n01_costs_and_the_start_makes_the_picture(lesson):
    rows = {}
    for std in (0, 1.0):
        seed_everything(0)
        losses = [lesson["train_concise"](3, std) for _ in range(5)]
        rows[std] = sum(losses) / 5
    assert rows[1.0] > 1.5 * rows[0]
    train_from = lesson["train_from"]
    assert train_from(1, 0) > 500 * train_from(1, 3)
    assert train_from(0.01, 0) < 4 * train_from(0.01, 3)


def test_both_programs_run_under_sliders(lesson):
    panel = retrain(lesson["train"], lambd=(0, 10, 0.5))
    large, small = panel.run(lambd=0)["‖w‖"], panel.run(lambd=10)["‖w‖"]
    assert large > 12 and small < 0.1
    panel.close()
    panel = retrain(lesson["fit"], lambd=(0, 10, 1), sigma=[0.01, 1.0])
    large = panel.run(lambd=0, sigma=1.0)["‖w‖"]
    assert large > 10 > 5 > panel.run(lambd=10, sigma=1.0)["‖w‖"]
    (animator,) = panel.newest.animators
    assert animator.spec["yscale"] == "log" and len(animator.Y) == 2
    panel.close()


@pytest.mark.parametrize("p", [0, 0.2, 0.5])
def test_the_net_drops_in_train_mode_only(lesson, p):
    seed_everything(0)
    net = lesson["Net"](p, p)
    H = net.drop(torch.ones(100_000), p)
    assert H.mean() == pytest.approx(1, abs=0.02)
    assert (H == 0).float().mean() == pytest.approx(p, abs=0.01)
    assert torch.equal(net.eval().drop(H, p), H)


def test_the_two_nets_have_the_same_layers(lesson):
    by_hand, concise = lesson["Net"](0, 0), lesson["DropoutMLP"](0, 0, 0.1)
    shapes = [
        [p.shape for p in net.parameters()] for net in (by_hand, concise)
    ]
    assert shapes[0] == shapes[1] and len(shapes[0]) == 6


@pytest.mark.parametrize(
    ("cell", "old", "new", "check"),
    [
        ("descend", "half.sgd", "(half.sgd if half is d2l else skip)", 0),
        ("new-model", "super().loss(y_hat", "2 * super().loss(y_hat", 1),
        ("new-model", "self.lambd *", "2 * self.lambd *", 1),
    ],
)
def test_a_mistake_fails_a_check(lesson, cell, old, new, check):
    checks = ("check-same", "check-new")
    names = dict(lesson, skip=lambda *_: None)
    load(LESSON, cell, namespace=names, changes={cell: (old, new)})
    assert first_failure(LESSON, checks, names) == checks[check]


def test_ex1_knows_a_norm_from_its_square(lesson):
    right = "def norm_from_printed(z): return (2 * z) ** 0.5"
    for answer, mark in (
        (right, "✓"),
        (right.replace("2 * z", "z"), "✗"),
        (right.replace(" ** 0.5", ""), "✗"),
    ):
        found = feedback(LESSON, "ex1-check", answer, lesson)
        assert str(found).startswith(mark), found


def test_ex2_tells_the_halves_apart(lesson):
    book = "def which_half(name): return 'book'"
    course = (
        "def which_half(name):\n"
        "    return 'course' if name in d2l.__all__ else 'book'"
    )
    found = str(feedback(LESSON, "ex2-check", book, lesson))
    assert "sgd is the course's" in found
    found = str(feedback(LESSON, "ex2-check", course, lesson))
    assert "Trainer is the course's" in found


ACCURACY = """
def my_accuracy(net, data_iter):
    mode = net.training
    net.eval()
    shares = [(d2l.accuracy(net(X), y), len(y)) for X, y in data_iter]
    net.train(mode)
    return sum(a for a, _ in shares) / sum(n for _, n in shares)
"""


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("", "", "✓"),
        ("net.eval()", "pass", "not 5 of 7"),
        ("net.train(mode)", "pass", "the mode"),
        ("sum(n for _, n in shares)", "len(shares)", "not 5 of 7"),
    ],
)
def test_ex3_wants_the_mode_and_uneven_batches(lesson, old, new, text):
    answer = ACCURACY.replace(old, new) if old else ACCURACY
    assert text in str(feedback(LESSON, "ex3-check", answer, lesson))


def test_ex4_notices_shared_and_missing_weights(lesson):
    answer = """
def copy_start(by_hand, concise):
    pairs = zip(concise.parameters(), by_hand.parameters(), strict=True)
    for mine, start in pairs:
        mine.data = start.data.clone()
"""
    for old, new, text in (
        ("", "", "✓"),
        (".clone()", "", "share a tensor"),
        ("mine.data = start", "start.data = mine", "scores differ"),
        ("by_hand.parameters()", "concise.parameters()", "scores differ"),
    ):
        changed = answer.replace(old, new) if old else answer
        assert text in str(feedback(LESSON, "ex4-check", changed, lesson))


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        ("data + self.training * self.lambd * self.w.abs().sum()", "✓"),
        ("data + self.lambd * self.w.abs().sum()", "eval:"),
        ("data", "train:"),
        ("data + self.training * self.lambd * (self.w**2).sum()", "train:"),
        (
            "data + self.training * self.lambd"
            " * (self.w.abs().sum() + self.b.abs().sum())",
            "train:",
        ),
        (
            "data + self.training * self.lambd * self.w.abs().sum().item()",
            "has your price a gradient?",
        ),
    ],
)
def test_ex5_wants_the_l1_norm_in_train_mode_only(lesson, loss, text):
    answer = f"""
class Sparse(d2l.LinearRegressionScratch):
    def __init__(self, num_inputs, lambd, lr, sigma=0.01):
        super().__init__(num_inputs, lr, sigma)
        self.save_hyperparameters()

    def loss(self, y_hat, y):
        data = super().loss(y_hat, y)
        return {loss}
"""
    assert text in str(feedback(LESSON, "ex5-check", answer, lesson))


def test_the_classifiers_learn(lesson):
    seed_everything(0)
    train_iter, test_iter = d2l.load_data_fashion_mnist(256, n_train=5000)
    net = lesson["Net"](0.2, 0.5)
    trainer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = nn.CrossEntropyLoss()
    history = d2l.train_ch3(net, train_iter, test_iter, loss, 3, trainer)
    assert history["test acc"][-1] > 0.55
