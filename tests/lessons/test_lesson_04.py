"""Lesson 04's functions, as defined in the notebook, held to references.

The references are scikit-learn, torch's own optimizers, and minimisation by
brute force; numbers with many digits are those of the course's oracle data.
"""

import numpy as np
import pytest
import torch
from cells import feedback, first_failure, load, refuses
from oracle import draw
from sklearn.linear_model import ElasticNet, Lasso, Ridge
from torch import nn

from course_utils import seed_everything

LESSON = "04_l1_and_l2"
SHRINKS = ("soft-threshold", "scale-down")
FIT = ("proximal-step", "fit", "mean-loss")
DATA = ("sparse-truth", "draw-sets")
NETS = ("usual", "weight-names", "module", "check-module", "adam-step")
TEN = ("draw-ten", "ten-data", "squared-loss", "train-adam", "ten-losses")
MODEL = ("imports", *SHRINKS, *DATA, *FIT, "by-search", "elastic")
PANELS = (
    *("draw-shrink", "stem", "show-weights", "subgradient-step", "compare"),
    *("choose", "choose-and-judge", "spread", "race"),
    *("group-truth", "groups-data", "show-groups"),
)
LATER = ("fit-and-plot", "roughness", "curves")


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, *MODEL, *PANELS, *NETS, *TEN, *LATER)


@pytest.fixture(scope="module")
def data():
    """Return the oracle's 20 training rows, X (20, 200) and y (20, 1)."""
    return draw(20)


def lambd_max(X, y):
    return ((X - X.mean(0)).T @ (y - y.mean()) / len(X)).abs().max().item()


def coefficients(model, X, y):
    return torch.from_numpy(model.fit(X, y.ravel()).coef_)


def test_the_least_lambd_without_weights_is_that_of_the_oracle(data):
    assert lambd_max(*data) == pytest.approx(0.06508414, abs=1e-8)


def test_the_lasso_has_the_known_numbers(lesson, data):
    lambd = 0.1 * lambd_max(*data)
    w, _ = lesson["fit"](
        *data, lambd, lesson["soft_threshold"], lr=0.1, num_steps=10_000
    )
    assert (w != 0).sum() == 16
    assert w.abs().sum().item() == pytest.approx(0.25442948, abs=1e-7)


def test_ridge_has_the_known_numbers(lesson, data):
    w, b = lesson["fit"](
        *data, 3, lesson["scale_down"], lr=0.1, num_steps=1000
    )
    assert w.norm().item() == pytest.approx(0.03205896, abs=1e-8)
    assert b.item() == pytest.approx(-0.00070382, abs=1e-8)
    loss = lesson["mean_loss"](w, b, data).item()
    assert loss == pytest.approx(0.00060292, abs=1e-8)


@pytest.mark.parametrize("lambd", [0.05, 0.1, 0.3, 1])
@pytest.mark.parametrize("name", ["lasso", "ridge"])
def test_a_fit_is_that_of_scikit_learn(lesson, name, lambd):
    X, y = lesson["train_set"]
    shrink, model = {
        "lasso": (lesson["soft_threshold"], Lasso(alpha=lambd, tol=1e-12)),
        "ridge": (lesson["scale_down"], Ridge(alpha=len(X) * lambd)),
    }[name]
    w, b = lesson["fit"](X, y, lambd, shrink, num_steps=3000)
    theirs = coefficients(model, X, y)
    torch.testing.assert_close(w[:, 0], theirs, atol=1e-7, rtol=0)
    assert torch.equal(w[:, 0] == 0, theirs == 0)
    assert b.item() == pytest.approx(model.intercept_.item(), abs=1e-7)


@pytest.mark.parametrize(("lambd", "lambd2"), [(0.1, 0.3), (0.03, 1), (0, 1)])
def test_the_elastic_net_is_that_of_scikit_learn(lesson, lambd, lambd2):
    X, y = lesson["train_set"]
    both = lambd + lambd2
    w, _ = lesson["fit_elastic"](X, y, lambd, lambd2, num_steps=3000)
    model = (
        ElasticNet(alpha=both, l1_ratio=lambd / both, tol=1e-12)
        if lambd
        else Ridge(alpha=len(X) * lambd2)
    )
    theirs = coefficients(model, X, y)
    torch.testing.assert_close(w[:, 0], theirs, atol=1e-7, rtol=0)


def test_several_lambdas_at_once_are_those_one_by_one(lesson):
    for fit, extra in (("fit", lesson["soft_threshold"]), ("fit_elastic", 1)):
        w, b = lesson[fit](*lesson["train_set"], [0.1, 0.5], extra)
        for k, lambd in enumerate((0.1, 0.5)):
            each = lesson[fit](*lesson["train_set"], lambd, extra)
            torch.testing.assert_close(w[:, k], each[0][:, 0])
            torch.testing.assert_close(b[0, k], each[1][0, 0])


@pytest.mark.parametrize("amount", [0.1, 0.5, 2])
@pytest.mark.parametrize("a", [-2.5, -0.4, 0, 0.07, 1.9])
@pytest.mark.parametrize("name", ["soft_threshold", "scale_down"])
def test_shrinking_minimises_distance_plus_price(lesson, name, a, amount):
    w = np.linspace(-3, 3, 600_001)
    price = np.abs(w) if name == "soft_threshold" else w**2 / 2
    best = w[np.argmin((w - a) ** 2 / 2 + amount * price)]
    found = lesson[name](torch.tensor(a, dtype=torch.double), amount)
    assert found.item() == pytest.approx(best, abs=1e-4)


def test_l1_makes_exact_zeros_and_l2_makes_none(lesson):
    for name, zeros in (("soft_threshold", 160), ("scale_down", 0)):
        w, _ = lesson["fit"](*lesson["train_set"], 0.1, lesson[name])
        assert (w == 0).sum() == zeros


@pytest.mark.parametrize("lr", [0.05, 0.03, 0.01])
def test_subgradient_steps_make_no_exact_zero(lesson, data, lr):
    lambd = 0.1 * lambd_max(*data)
    v, c = torch.zeros(200, 1).double(), torch.zeros(1, 1).double()
    for _ in range(5000):
        v, c = lesson["subgradient_step"](v, c, *data, lambd, lr)
    assert (v == 0).sum() == 0
    assert 180 <= (v.abs() < 1e-3).sum() <= 188


def test_the_subgradient_step_is_the_one_of_autograd(lesson):
    X, y = lesson["train_set"]
    torch.manual_seed(0)
    w = torch.randn(200, 1).double().requires_grad_()
    b = torch.zeros(1, 1).double().requires_grad_()
    loss = ((X @ w + b - y) ** 2).mean() / 2 + 0.3 * w.abs().sum()
    loss.backward()
    found = lesson["subgradient_step"](w.detach(), b.detach(), X, y, 0.3, 0.1)
    for new, old in zip(found, (w, b), strict=True):
        torch.testing.assert_close(new, (old - 0.1 * old.grad).detach())


def average(lesson, nonzero, name, draws=5):
    losses = []
    for seed in range(draws):
        seed_everything(seed)
        sets = lesson["draw_sets"](lesson["spread_truth"](nonzero))
        losses.append(lesson["choose_and_judge"](sets, lesson[name])[1])
    return np.mean(losses)


@pytest.mark.parametrize(("nonzero", "l1_wins"), [(10, True), (200, False)])
def test_l1_wins_with_a_sparse_truth_and_loses_with_a_dense_one(
    lesson, nonzero, l1_wins
):
    l1 = average(lesson, nonzero, "soft_threshold")
    l2 = average(lesson, nonzero, "scale_down")
    assert (l1 < l2) == l1_wins
    assert abs(l1 - l2) > 0.5
    assert min(l1, l2) > 0.5  # half the variance of the noise


@pytest.mark.parametrize("nonzero", [1, 10, 200])
def test_a_spread_truth_has_always_the_same_length(lesson, nonzero):
    w = lesson["spread_truth"](nonzero)
    assert (w != 0).sum() == nonzero
    assert (w**2).sum().item() == pytest.approx(10)


def test_lambd_is_chosen_without_the_test_set(lesson):
    sets = lesson["train_set"], lesson["valid_set"], lesson["test_set"]
    X, y = sets[2]
    other = sets[0], sets[1], (X, -y)
    shrink = lesson["soft_threshold"]
    chosen, loss = lesson["choose_and_judge"](sets, shrink)
    assert chosen == 0.1
    assert lesson["choose_and_judge"](other, shrink)[0] == chosen
    assert lesson["choose_and_judge"](other, shrink)[1] > 2 * loss


def test_the_elastic_net_finds_more_of_the_copies(lesson):
    found = {0: 0, 0.1: 0}
    for seed in range(5):
        seed_everything(seed)
        train = lesson["draw_groups"](50)
        for lambd2 in found:
            w, _ = lesson["fit_elastic"](*train, 0.1, lambd2)
            found[lambd2] += (w[:15] != 0).sum().item() / 5
    assert found[0] < 12 < 13 < found[0.1]


def small_net():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(4, 3), nn.LayerNorm(3)
    )
    return net.double()


@pytest.mark.parametrize("p", [1, 2])
def test_the_module_charges_the_weights_of_linear_and_conv_layers(lesson, p):
    net = small_net()
    price = lesson["Regularization"](net, 0.3, p)()
    price.backward()
    weights = net[0].weight, net[2].weight
    half = sum((w.abs() ** p).sum() for w in weights) / p
    assert price.item() == pytest.approx(0.3 * half.item(), abs=1e-12)
    for w in weights:
        right = 0.3 * (w.sign() if p == 1 else w)
        torch.testing.assert_close(w.grad, right.detach())
    free = [q for q in net.parameters() if all(q is not w for w in weights)]
    assert all(q.grad is None for q in free)


def test_the_module_has_no_parameters_of_its_own(lesson):
    module = lesson["Regularization"](small_net(), 1)
    assert list(module.parameters()) == []


def test_named_weights_alone_pay_and_each_once(lesson):
    net = small_net()
    module = lesson["Regularization"]
    price = module(net, 1, names=["2.weight", "2.weight"])()
    expected = (net[2].weight ** 2).sum().item() / 2
    assert price.item() == pytest.approx(expected)
    net[2].bias = None
    tied = nn.Sequential(net[2], net[2])
    assert module(tied, 1)().item() == pytest.approx(expected)


@pytest.mark.parametrize("lambd", [0.01, 0.1, 1])
def test_with_sgd_the_module_is_weight_decay(lesson, lambd):
    in_loss = lesson["train_small"](lambd, 0)
    in_optimizer = lesson["train_small"](0, lambd)
    torch.testing.assert_close(in_loss, in_optimizer, atol=1e-12, rtol=0)


BAD = [
    *({"lambd": bad} for bad in (-1, float("nan"), float("inf"))),
    *({"lambd": bad} for bad in ("1", None, True, [1])),
    *({"p": bad} for bad in (0, 3, -1, 1.5, "2", None, True, [1])),
    *({"names": bad} for bad in ([], ["wieght"], "2.weight")),
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_the_module_refuses(lesson, bad):
    (name,) = bad
    with pytest.raises((TypeError, ValueError), match=f"{name} must be"):
        lesson["Regularization"](small_net(), **{"lambd": 1, **bad})


def test_no_penalty_is_legal(lesson):
    assert lesson["Regularization"](small_net(), 0)().item() == 0


@pytest.mark.parametrize("size", [1e-3, 1, 1e3])
def test_the_usual_penalty_pulls_equally_whatever_the_length(lesson, size):
    layer = nn.Linear(200, 1)
    nn.init.constant_(layer.weight, size / 200**0.5)
    lesson["usual_penalty"](layer, 1).backward()
    assert layer.weight.grad.norm().item() == pytest.approx(1, abs=1e-5)


def test_the_usual_penalty_has_its_other_faults(lesson):
    net = small_net()
    lesson["usual_penalty"](net, 1).backward()
    assert net[1].weight.grad is not None
    assert lesson["weight_names"](net) == ["0.weight", "2.weight"]
    with pytest.raises(SystemExit):
        lesson["usual_penalty"](net, 0)
    layer = nn.Linear(3, 1)
    lesson["usual_penalty"](layer, 1, p=0).backward()
    assert layer.weight.grad is None


@pytest.mark.parametrize(
    ("optimizer", "in_loss", "own", "expected"),
    [
        ("SGD", 0.01, 0, 1.998),
        ("SGD", 0, 0.01, 1.998),
        ("Adam", 0.01, 0, 1.90000005),
        ("Adam", 0, 0.01, 1.90000005),
        ("AdamW", 0, 0.01, 1.998),
    ],
)
def test_one_step_of_each_optimizer(lesson, optimizer, in_loss, own, expected):
    found = lesson["one_step"](lesson[optimizer], in_loss, weight_decay=own)
    assert found == pytest.approx(expected, abs=1e-9)


def test_a_mean_is_a_hundred_times_weaker_than_half_a_sum(lesson):
    runs = []
    for price, lambd in (("λ·mean(w²)", 10), ("λ·½sum(w²)", 0.1)):
        seed_everything(1)
        runs.append(lesson["fit_and_plot"](lambd, price))
    assert runs[0] == pytest.approx(runs[1], rel=1e-6)


def test_the_returned_test_loss_is_without_the_price(lesson):
    runs = []
    for plotted in ("loss", "loss + price"):
        seed_everything(1)
        runs.append(lesson["fit_and_plot"](3, "λ·½sum(w²)", plotted))
    assert runs[0] == runs[1]


def test_roughness_is_that_of_second_differences(lesson):
    roughness = lesson["roughness"]
    assert roughness(3 - 2 * torch.arange(9.0)) == 0
    assert roughness(torch.arange(9.0) ** 2) == 2
    assert roughness(torch.tensor([0.0, 1] * 4)) == 2


def test_a_run_of_curves_depends_on_its_seed_alone(lesson):
    runs = [lesson["curves"](3, seed) for seed in (0, 1, 0)]
    assert runs[0].shape == (2, 100)
    assert torch.equal(runs[0], runs[2])
    assert not torch.equal(runs[0], runs[1])


# Faults that a learner may make, and that one of the check cells must find.
FAULTS = {
    "past zero": {"soft-threshold": ("w - w.clamp(-amount, amount)",
                                     "w - amount * w.sign()")},
    "hard threshold": {"soft-threshold": ("w - w.clamp(-amount, amount)",
                                          "w * (w.abs() > amount)")},
    "decay in place of the proximal step": {
        "scale-down": ("w / (1 + amount)", "w * (1 - amount)")
    },
    "no learning rate in the amount": {
        "proximal-step": ("lr * lambd)", "lambd)")
    },
    "sum in place of mean": {"proximal-step": ("/ len(X), lr", ", lr")},
    "bias shrinks too": {
        "proximal-step": ("w, b - lr * error.mean(0)",
                          "w, shrink(b - lr * error.mean(0), lr * lambd)")
    },
    "elastic net without L2": {"elastic": (" + lambd2 * w", "")},
    "elastic net with twice L2": {"elastic": ("+ lambd2 * w",
                                              "+ 2 * lambd2 * w")},
    "elastic net without L1": {"elastic": ("lr * lambd)", "0 * lambd)")},
    "module without the half": {"module": ("w**2 / 2", "w**2")},
    "module with a norm": {"module": ("price(w).sum()", "w.norm()")},
    "module with a mean": {"module": ("price(w).sum()", "price(w).mean()")},
    "module without L1": {"module": ("torch.abs if", "torch.square if")},
    "module charges all": {
        "weight-names": ("if id(q) in chosen", 'if "weight" in name')
    },
    "module charges biases": {"weight-names": (" if id(q) in chosen", "")},
}  # fmt: skip
BEFORE = (*MODEL, "agree", "weight-names", "module", "check-module")
CHECKS = (
    *("check-l1", "check-l2", "check-zeros", "check-others"),
    *("check-lasso", "check-ridge", "check-elastic"),
    *("check-module-run", "check-module-l1"),
)


def test_the_check_cells_pass_as_shipped(capsys):
    load(LESSON, *BEFORE, *CHECKS)
    printed = capsys.readouterr().out
    assert "160 zeros" in printed
    assert "zeros 124, theirs 124" in printed


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_cell_finds(fault):
    namespace = load(LESSON, *BEFORE, changes=FAULTS[fault])
    assert first_failure(LESSON, CHECKS, namespace)


DRIVEN = {
    "draw_shrinking": "amount",
    "show_weights": "lambd",
    "compare": "lr",
    "race": "nonzero",
    "show_groups": "lambd2",
    "fit_and_plot": "lambd",
}


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "3", None])
@pytest.mark.parametrize("name", DRIVEN)
def test_a_bad_value_is_refused_before_anything_changes(lesson, name, bad):
    refuses(lesson[name], **{DRIVEN[name]: bad})


@pytest.mark.parametrize("name", ["race", "fit_and_plot"])
def test_the_same_seed_gives_the_same_numbers(lesson, name):
    results = []
    for _ in range(2):
        seed_everything(5)
        results.append(lesson[name]())
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("show_weights", {}, "160 weights are exactly 0"),
        ("show_weights", {"penalty": "L2"}, "0 weights are exactly 0"),
        ("show_weights", {"lambd": 2.2}, "200 weights are exactly 0"),
        ("show_groups", {}, "10 of 15 found"),
        ("show_groups", {"lambd2": 0.32}, "15 of 15 found"),
    ],
)
def test_a_stem_plot_says_what_it_shows(lesson, name, values, words):
    figure = lesson[name](**values)
    assert figure.get_label().startswith(words)
    assert figure.axes[0].get_title() == figure.get_label()


# A wrong answer for each exercise, and a piece of what the check says.
WRONG = [
    ("ex1", "thresholded_by_hand = lambda: [2, 0.5, 0.2, -1]", "-0.5"),
    ("ex1", "thresholded_by_hand = lambda: [2, 0, 0.2]", "four numbers"),
    ("ex1", "thresholded_by_hand = lambda: [3, 0, 1.2, -2]", "3.0 does not"),
    (
        "ex2",
        "elastic_shrink = lambda w, c, c2: "
        "soft_threshold(scale_down(w, c2), c)",
        "cheaper",
    ),
    ("ex2", "elastic_shrink = lambda w, c, c2: soft_threshold(w, c)", "from"),
    (
        "ex2",
        "elastic_shrink = lambda w, c, c2: "
        "scale_down(soft_threshold(w, c), 2 * c)",
        "fit ends elsewhere",
    ),
    ("ex3", "lambd_max = lambda X, y: 2", "too large"),
    ("ex3", "lambd_max = lambda X, y: 0.5", "too small"),
    (
        "ex3",
        "lambd_max = lambda X, y: (X.T @ y / len(X)).abs().max()",
        "too",
    ),
    (
        "ex4",
        "group_threshold = lambda w, c: soft_threshold(w, c)",
        "becomes",
    ),
    (
        "ex4",
        "group_threshold = lambda w, c: "
        "w * (1 - c / w.norm(dim=1, keepdim=True)).clamp(min=0)",
        "nan",
    ),
    ("ex5", "shrink_net = lambda net, c: None", "weights are wrong"),
    (
        "ex5",
        "shrink_net = lambda net, c: [q.data.copy_("
        "soft_threshold(q.data, c)) for q in net.parameters()]",
        "bias",
    ),
    (
        "ex5",
        "shrink_net = lambda net, c: [q.data.copy_("
        "soft_threshold(q.data, c)) for name, q in net.named_parameters() "
        "if 'weight' in name]",
        "normalisation",
    ),
    ("ex6", "map_lambd = lambda s, t, n: s**2 / t", "prior"),
    ("ex6", "map_lambd = lambda s, t, n: s / (n * t)", "prior"),
    ("ex6", "map_lambd = lambda s, t, n: s**2 * t", "prior"),
    ("ex6", "map_lambd = lambda s, t, n: s**2 / (n * t**2)", "prior"),
]


@pytest.mark.parametrize(("exercise", "answer", "said"), WRONG)
def test_a_wrong_answer_is_found(lesson, exercise, answer, said):
    namespace = dict(lesson)
    if exercise == "ex5":
        load(LESSON, "ex5-train", namespace=namespace)
    line = feedback(LESSON, f"{exercise}-check", answer, namespace)
    assert line.startswith("✗ ")
    assert said in line
