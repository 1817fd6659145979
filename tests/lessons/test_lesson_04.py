"""Lesson 04's functions, as defined in the notebook, held to references.

The references are scikit-learn, torch's own optimizers, and minimisation by
brute force; numbers with many digits are those of the course's oracle data.
"""

import re

import numpy as np
import pytest
import torch
from cells import (
    first_failure,
    load,
    printed,
    refuses,
    see,
    shown_by,
)
from oracle import draw
from sklearn.linear_model import Lasso, Ridge
from torch import nn

from course_utils import seed_everything

LESSON = "04_l1_and_l2"
SOLUTIONS = "solutions/04_l1_and_l2_solutions"
SOFT = tuple(f"turn-soft-threshold-{part}" for part in ("stub", "check"))
STEP = tuple(f"turn-step-{part}" for part in ("stub", "check"))
MODEL = (
    *("imports", "drawing", "sparse-data"),
    *(*SOFT, "turn-soft-threshold-ours", "shrink-all"),
    *(*STEP, "turn-step-ours", "fit"),
)
REST = ("subgradient-step", "compare", "paths", "paths-table")
FOUR = ("ex2-draft", "ex2-four-checks")


@pytest.fixture(scope="module")
def lesson():
    """Return all names of the lesson; what it prints is its own business."""
    # Of the table the functions are asked below, and nbval compares its rows.
    changes = {"paths-table": ("range(10)", "range(2)")}
    return load(LESSON, *MODEL, "agree", *REST, changes=changes)


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
        *data, lambd, lesson["soft_threshold"], lr=0.05, num_steps=10_000
    )
    assert (w != 0).sum() == 16
    assert w.abs().sum().item() == pytest.approx(0.25442948, abs=1e-7)


def test_ridge_has_the_known_numbers(lesson, data):
    w, b = lesson["fit"](
        *data, 3, lesson["scale_down"], lr=0.05, num_steps=3000
    )
    assert w.norm().item() == pytest.approx(0.03205896, abs=1e-8)
    assert b.item() == pytest.approx(-0.00070382, abs=1e-8)
    loss = lesson["mean_loss"](w, b, data).item()
    assert loss == pytest.approx(0.00060292, abs=1e-8)


@pytest.mark.parametrize("lambd", [0.1, 1])
@pytest.mark.parametrize("name", ["lasso", "ridge"])
def test_a_fit_is_that_of_scikit_learn(lesson, name, lambd):
    X, y = lesson["train_set"]
    shrink, model = {
        "lasso": (lesson["soft_threshold"], Lasso(alpha=lambd, tol=1e-12)),
        "ridge": (lesson["scale_down"], Ridge(alpha=len(X) * lambd)),
    }[name]
    w, b = lesson["fit"](X, y, lambd, shrink, num_steps=6000)
    theirs = coefficients(model, X, y)
    torch.testing.assert_close(w[:, 0], theirs, atol=1e-7, rtol=0)
    assert torch.equal(w[:, 0] == 0, theirs == 0)
    assert b.item() == pytest.approx(model.intercept_.item(), abs=1e-7)


@pytest.mark.parametrize("nonzero", [10, 200])
def test_all_fits_of_a_path_have_come_to_rest(lesson, nonzero):
    """The two conditions hold, and a lasso keeps fewer than n weights."""
    seed_everything(7)
    X, y = lesson["draw_sets"](lesson["draw_truth"](nonzero))[0]
    lambdas = lesson["lambdas"]
    w, b = lesson["fit"](X, y, lambdas, lesson["soft_threshold"])
    assert (w != 0).sum(0).max() < len(X)
    g = X.T @ (X @ w + b - y) / len(X)
    off = torch.where(
        w == 0, g.abs() - lambdas, (g + lambdas * w.sign()).abs()
    )
    assert off.max() < 1e-4


def test_several_lambdas_at_once_are_those_one_by_one(lesson):
    shrink = lesson["soft_threshold"]
    w, b = lesson["fit"](*lesson["train_set"], [0.1, 0.5], shrink)
    for k, lambd in enumerate((0.1, 0.5)):
        each = lesson["fit"](*lesson["train_set"], lambd, shrink)
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


@pytest.mark.parametrize("nonzero", [1, 10, 200])
def test_a_truth_has_always_the_same_length(lesson, nonzero):
    w = lesson["draw_truth"](nonzero)
    assert (w != 0).sum() == nonzero
    assert (w**2).sum().item() == pytest.approx(10)


@pytest.mark.parametrize(("nonzero", "l1_wins"), [(10, True), (200, False)])
def test_l1_wins_with_a_sparse_truth_and_loses_with_a_dense_one(
    lesson, nonzero, l1_wins
):
    rows = [lesson["judge"](nonzero, seed) for seed in range(5)]
    l1, l2, change, no_input, right, wrong = np.mean(rows, axis=0)
    assert change == pytest.approx(l1 - l2)
    assert (l1 < l2) == l1_wins
    assert abs(change) > 0.5
    assert 0.5 < min(l1, l2)  # half the variance of the noise
    assert max(l1, l2) < no_input == pytest.approx(5.5, abs=0.3)
    assert right <= nonzero
    assert (wrong > 20) == l1_wins  # nothing can be wrong where all matter


def test_lambd_is_chosen_without_the_test_set(lesson):
    """The choice is that of a validation loss with the test set left out."""
    loss, *_ = lesson["judge"](10, 0)
    seed_everything(0)
    train, valid, test = lesson["draw_sets"](lesson["draw_truth"](10))
    w, b = lesson["fit"](*train, lesson["lambdas"], lesson["soft_threshold"])
    best = lesson["mean_loss"](w, b, valid).argmin()
    assert loss == lesson["mean_loss"](w, b, test)[best].item()
    assert loss > lesson["mean_loss"](w, b, test).min().item()


def test_a_standard_error_is_that_of_a_mean(lesson):
    values = [1.0, 2, 4, 9]
    error = np.std(values, ddof=1) / 2
    assert lesson["show_mean"](values) == f"4.00 ± {error:.2f}"


def test_the_table_says_what_the_prose_says():
    rows = dict(
        re.findall(r"^ *(\d+) \|(.*)$", printed(LESSON, "paths-table"), re.M)
    )
    numbers = {
        int(name): [float(n) for n in re.findall(r"-?[\d.]+", row)]
        for name, row in rows.items()
    }
    assert list(numbers) == [10, 20, 50, 200]
    change = {name: row[6:8] for name, row in numbers.items()}
    for nonzero in (10, 20):  # L1 wins by far
        assert change[nonzero][0] < -10 * change[nonzero][1]
    assert 2 * change[50][1] < change[50][0] < 3 * change[50][1]
    assert change[200][0] > 10 * change[200][1]  # and loses clearly
    assert numbers[10][8:10] == [10, 0]  # found in every draw
    assert numbers[10][10] == pytest.approx(34, abs=0.5)
    dropped = 200 - numbers[200][8]  # though they matter
    assert f"L1 still drops {dropped:.0f}.)" in see(LESSON, "paths-table-see")
    for k, text in ((0, "L1 is at"), (2, "3.25, where"), (4, "at all costs")):
        assert text in see(LESSON, "paths-table-see")
        assert f"{numbers[200][k]:.2f}" in see(LESSON, "paths-table-see")


def test_a_unit_decides_what_l1_keeps_until_it_is_standardised():
    rows = re.findall(
        r"\| ([\d.-]+) +([\d.]+) +\| ([\d.]+)", printed(LESSON, "units-table")
    )
    measured, standard = rows[::2], rows[1::2]
    assert [row[:2] for row in measured] == [
        ("0.00", "1.85"), ("0.78", "0.96"), ("0.93", "0.92"),
    ]  # fmt: skip
    assert len({row[2] for row in measured}) == 3
    assert set(standard) == {("0.78", "0.94", "3.49")}


# What the answers below the panels say.
@pytest.mark.parametrize(
    ("lambd", "kept", "right"), [(0.1, 40, 10), (0.5, 11, 7), (2, 0, 0)]
)
def test_l1_keeps(lesson, lambd, kept, right):
    w, _ = lesson["fit"](*lesson["train_set"], lambd, lesson["soft_threshold"])
    found = (w != 0) & (lesson["sparse_w"] != 0)
    assert ((w != 0).sum(), found.sum()) == (kept, right)


@pytest.mark.parametrize(
    ("penalty", "lambd", "words"),
    [
        ("L1", 0.1, "160 weights are exactly 0 · validation loss 0.96"),
        ("L2", 0.2, "0 weights are exactly 0 · validation loss 3.46"),
        ("L1", 2, "200 weights are exactly 0"),
    ],
)
def test_a_stem_plot_says_what_it_shows(lesson, penalty, lambd, words):
    figure = lesson["show_weights"](penalty, lambd)
    assert figure.get_label().startswith(words)
    assert figure.axes[0].get_title() == figure.get_label()


def test_no_l2_has_a_zero_or_a_low_loss(lesson):
    for lambd in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10):
        label = lesson["show_weights"]("L2", lambd).get_label()
        zeros, loss = re.findall(r"[\d.]+", label)[::2]
        assert zeros == "0"
        assert float(loss) >= 3.46


@pytest.mark.parametrize("amount", [0, 0.5, 1, 2])
def test_the_flat_piece_is_twice_the_amount_wide(lesson, amount):
    ax = lesson["shrink_all"](amount).axes[0]
    lines = {line.get_label(): line.get_xydata() for line in ax.lines}
    x, y = lines["L1"].T
    flat = x[y == 0]
    assert flat.max() - flat.min() == pytest.approx(2 * amount, abs=0.021)
    assert (lines["L2"][:, 1] == 0).sum() == 1


@pytest.mark.parametrize(
    ("lr", "below"), [(0.2, 5), (0.01, 115), (0.003, 101)]
)
def test_the_subgradients_small_weights_depend_on_the_learning_rate(
    lesson, lr, below
):
    X, y = lesson["train_set"]
    v, c = torch.zeros(200, 1).double(), torch.zeros(1, 1).double()
    for _ in range(500):
        v, c = lesson["subgradient_step"](v, c, X, y, 0.1, lr)
    assert (v == 0).sum() == 0
    assert (v.abs() < 0.001).sum() == pytest.approx(below, abs=1)


def plain_steps(lesson, lr, steps):
    """Return the weights after so many proximal steps, as in the panel."""
    w, b = torch.zeros(200, 1).double(), torch.zeros(1, 1).double()
    for _ in range(steps):
        w, b = lesson["proximal_step"](
            w, b, *lesson["train_set"], 0.1, lr, lesson["soft_threshold"]
        )
    return w


@pytest.mark.parametrize(("steps", "lr"), [(200, 0.2), (500, 0.1)])
def test_the_proximal_steps_have_their_zeros(lesson, steps, lr):
    assert (plain_steps(lesson, lr, steps) == 0).sum() == 160


@pytest.mark.parametrize("lr", [0.003, 0.01, 0.03])
def test_500_small_steps_are_too_few(lesson, lr):
    assert (plain_steps(lesson, lr, 500) == 0).sum() < 160


SEED = 4117  # a panel's first one
LOWEST = {2: (0.41, 2.34), 10: (0.68, 2.88), 30: (2.26, 3.97),
          50: (4.51, 4.01), 200: (4.28, 3.22)}  # fmt: skip


@pytest.mark.parametrize("nonzero", LOWEST)
def test_the_paths_have_the_lowest_losses_that_are_told(lesson, nonzero):
    seed_everything(SEED)
    label = lesson["paths"](nonzero).get_label()
    losses = [float(n) for n in re.findall(r"lowest loss ([\d.]+)", label)]
    assert losses == pytest.approx(LOWEST[nonzero], abs=0.006)
    if nonzero == 10:
        assert "36 kept, 26 by mistake" in label
        assert "200 kept, 190 by mistake" in label


def test_one_weight_that_does_not_matter_comes_before_seven_that_do(lesson):
    seed_everything(SEED)
    true_w = lesson["draw_truth"](10)
    train, _, _ = lesson["draw_sets"](true_w)
    lambdas = lesson["lambdas"]
    w, _ = lesson["fit"](*train, lambdas, lesson["soft_threshold"])
    first = torch.where(w != 0, lambdas, 0).max(dim=1).values
    matters = true_w[:, 0] != 0
    others, most = first[~matters].sort(descending=True).values[:2]
    assert (first[matters] < others).sum() == 7
    assert (first[matters] > most).all()


def test_the_paths_are_those_of_the_fits(lesson):
    seed_everything(SEED)
    figure = lesson["paths"](10)
    assert figure.get_label() in shown_by(LESSON, "paths-slider")
    for k, shrink in enumerate(("soft_threshold", "scale_down")):
        seed_everything(SEED)
        train, _, _ = lesson["draw_sets"](lesson["draw_truth"](10))
        w, _ = lesson["fit"](*train, lesson["lambdas"], lesson[shrink])
        drawn = {tuple(line.get_ydata()) for line in figure.axes[k].lines}
        assert all(tuple(row.tolist()) in drawn for row in w)


# Faults that a learner may make, and that a check cell must find.
FAULTS = {
    "decay in place of the proximal step": {
        "shrink-all": ("w / (1 + amount)", "w * (1 - amount)")
    },
    "subgradient without lambd": {
        "fit": ("lambd, lr, shrink", "0 * lambd, lr, shrink")
    },
    "a fit that stops at once": {"fit": ("range(num_steps)", "range(1)")},
    "bias shrinks too": {
        "turn-step-ours": ("w, b - lr * error.mean(0)",
                           "w, shrink(b - lr * error.mean(0), lr * lambd)")
    },
    "past zero": {
        "turn-soft-threshold-ours": ("w - w.clamp(-amount, amount)",
                                     "w - amount * w.sign()")
    },
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_the_comparison_with_scikit_learn_finds(fault):
    namespace = load(LESSON, *MODEL, changes=FAULTS[fault])
    assert first_failure(LESSON, ["agree"], namespace) == "agree"


def test_at_rest_data_and_penalty_pull_in_opposite_directions(lesson):
    X, y = lesson["train_set"]
    shrink = lesson["soft_threshold"]
    w, b = lesson["fit"](X, y, 0.1, shrink, num_steps=1000)
    slope, zero = X.T @ (X @ w + b - y) / len(X), w == 0
    assert slope[zero].abs().max() < 0.1
    torch.testing.assert_close(slope[~zero], -0.1 * w[~zero].sign())


# The module of exercise 2: the draft's four faults, and the solution.
def test_the_draft_fails_each_of_the_four_checks(capsys):
    namespace = load(LESSON, *MODEL, *FOUR)
    lines = capsys.readouterr().out.splitlines()[-4:]
    assert [line.split()[1] for line in lines] == 4 * ["✗"]
    for each in namespace["FOUR_CHECKS"]:
        with pytest.raises(AssertionError):
            each(namespace["Draft"])


REPAIRS = {
    "check_pull": (
        "torch.norm(w, self.p)",
        "(w.abs() ** self.p).sum() / self.p",
    ),
    "check_who_pays": ('"weight" in name', "q.dim() > 1"),
    "check_no_penalty": ("lambd <= 0", "lambd < 0"),
    "check_refusals": (
        'raise SystemExit("lambd must be positive")',
        'raise ValueError("lambd")\n'
        '        if p not in (1, 2):\n            raise ValueError("p")',
    ),
}


@pytest.mark.parametrize("name", REPAIRS)
def test_each_repair_mends_one_check(name):
    changes = {"ex2-draft": REPAIRS[name]}
    namespace = load(LESSON, *MODEL, *FOUR, changes=changes)
    passed = []
    for each in namespace["FOUR_CHECKS"]:
        try:
            each(namespace["Draft"])
            passed.append(each.__name__)
        except AssertionError:
            pass
    assert passed == [name]


@pytest.fixture(scope="module")
def solved():
    cells = ("imports-here", "sparse-data", "ex2-solution")
    return load(SOLUTIONS, *cells)["Regularization"]


def small_net():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Linear(4, 3), nn.LayerNorm(3)
    )
    return net.double()


@pytest.mark.parametrize("p", [1, 2])
def test_the_module_charges_the_weights_of_linear_and_conv_layers(solved, p):
    net = small_net()
    price = solved(net, 0.3, p)()
    price.backward()
    weights = net[0].weight, net[2].weight
    half = sum((w.abs() ** p).sum() for w in weights) / p
    assert price.item() == pytest.approx(0.3 * half.item(), abs=1e-12)
    for w in weights:
        right = 0.3 * (w.sign() if p == 1 else w)
        torch.testing.assert_close(w.grad, right.detach())
    free = [q for q in net.parameters() if all(q is not w for w in weights)]
    assert all(q.grad is None for q in free)


def test_the_module_has_no_parameters_of_its_own(solved):
    assert list(solved(small_net(), 1).parameters()) == []


BAD = [
    *({"lambd": bad} for bad in (-1, float("nan"), float("inf"))),
    *({"p": bad} for bad in (0, 3, -1, 1.5, "2", None)),
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_the_module_refuses(solved, bad):
    (name,) = bad
    with pytest.raises(ValueError, match=f"{name} must be"):
        solved(small_net(), **{"lambd": 1, **bad})


def test_no_penalty_is_legal(solved):
    assert solved(small_net(), 0)().item() == 0


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "3", None])
def test_a_bad_amount_is_refused_before_anything_changes(lesson, bad):
    refuses(lesson["shrink_all"], amount=bad)
