"""Lesson 01b's claims, held to what its cells compute."""

import re

import numpy as np
import pytest
import torch
from cells import load, printed
from oracle import draw
from sklearn.linear_model import Ridge

from course_utils import seed_everything

LESSON = "01b_weight_decay_curious"


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, "setup", "watch")


def numbers(cell):
    """Return the numbers of each line that a cell has printed."""
    number = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
    lines = printed(LESSON, cell).splitlines()
    return [[float(x) for x in re.findall(number, line)] for line in lines]


@pytest.mark.parametrize("lambd", [0.01, 1, 3, 30])
def test_ridge_is_that_of_scikit_learn(lesson, lambd):
    X, y = draw(20)
    w, b = lesson["ridge"](X, y, lambd)
    reference = Ridge(alpha=len(X) * lambd).fit(X.numpy(), y.numpy()[:, 0])
    np.testing.assert_allclose(w[:, 0], reference.coef_, atol=1e-8)
    assert b.item() == pytest.approx(reference.intercept_, abs=1e-8)


def test_the_setup_is_lesson_1s(lesson):
    """Its loop, written anew here, takes the same steps."""
    turns = ("turn-penalty", "turn-loop")
    core = load(
        "01_weight_decay_from_scratch", "imports", "model",
        *(f"{turn}-{end}" for turn in turns for end in ("check", "ours")),
        "data", "unseen",
    )  # fmt: skip
    ends = []
    for namespace in (core, lesson):
        seed_everything(4117)
        w, b = namespace["init_params"](200)
        for _ in range(5):
            namespace["train_epoch"](w, b, 3, namespace["train_iter"], 0.003)
        ends.append((w, b, namespace["unseen"](w), namespace["X_test"]))
    for mine, theirs in zip(*ends, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(("seed", "loss"), [(4117, 0.0087), (0, 0.0085)])
def test_the_bias_is_what_differs_between_the_seeds(lesson, seed, loss):
    w, _ = lesson["train_quietly"](10, seed=seed)
    test = lesson["X_test"], lesson["y_test"]
    assert lesson["mean_loss"](w, 0.05, *test) == pytest.approx(loss, abs=5e-5)


@pytest.mark.parametrize(("lambd", "scale"), [(3, 1), (6, 1), (6, 0.1)])
def test_the_unseen_part_lies_on_the_formula(lesson, lambd, scale):
    seed_everything(4117)
    ax = lesson["watch"](lambd, scale).axes[0]
    _, part, formula = (line.get_ydata() for line in ax.lines)
    np.testing.assert_allclose(part, formula, rtol=1e-3, atol=1e-5)
    factor = formula[-1] / (formula[0] / (1 - 0.003 * lambd) ** 20)
    assert factor == pytest.approx((1 - 0.003 * lambd) ** 400)


def test_after_a_large_start_w_is_longer_than_ridges():
    large, small, exact = numbers("watch-ends")
    assert large[1] > 1.3 * exact[0]
    assert small[1] == pytest.approx(exact[0], rel=0.1)


def test_least_squares_is_too_long_and_too_short_can_be_best():
    true, *rows = numbers("draws")
    none, tenth, best, much = rows
    assert none[1] > 1.4 * true[-1]  # a row: lambd, ‖w‖ ± error, loss ± error
    assert tenth[1] == pytest.approx(true[-1], rel=0.1)
    assert best[1] < true[-1]
    margin = 3 * (best[4] + much[4])
    assert best[3] + margin < min(none[3], tenth[3])
    assert best[3] + margin < much[3]


def test_with_as_many_examples_as_weights_a_penalty_is_worth_most():
    _, none, *_, third, one = numbers("threshold")
    assert none[3] > 100 * third[3]
    assert third[3] == pytest.approx(0.0103, abs=3e-4)
    assert one[3] == pytest.approx(third[3], abs=3e-4)


def test_decay_explodes_where_the_text_says():
    h, *rows = numbers("stability")
    assert 40 < min(h) <= max(h) < 60
    grows = {int(row[0]): row[3] > row[2] for row in rows}
    assert grows == {
        100: False, 333: False, 600: False, 660: True, 700: True
    }  # fmt: skip
    for lambd, grew in grows.items():
        assert (0.003 * (lambd + max(h)) > 2) == grew


def test_a_limit_and_a_price_end_at_the_same_weights():
    for lambd, theta, off in numbers("limit"):
        assert lambd in (1, 10)
        assert off < 1e-4 * theta**0.5 + 1e-6


@pytest.mark.parametrize(
    ("lambd", "critical"), [(0, 0.1265), (3, 0.1065), (30, 0.0438)]
)
def test_with_all_data_in_one_batch_the_limit_is_exact(
    lesson, lambd, critical
):
    X, y = draw(20)
    Z = np.hstack([X.numpy(), np.ones((20, 1))])
    H = Z.T @ Z / 20 + lambd * np.diag([1.0] * 200 + [0.0])
    exact = 2 / np.linalg.eigvalsh(H)[-1]
    assert exact == pytest.approx(critical, abs=5e-5)
    norms = []
    for factor in (0.98, 1.02):
        generator = torch.Generator().manual_seed(1)
        w = torch.randn(200, 1, generator=generator).double()
        w.requires_grad_()
        b = torch.zeros(1, dtype=torch.float64, requires_grad=True)
        for _ in range(600):
            lesson["train_epoch"](w, b, lambd, [(X, y)], factor * exact)
        norms.append(w.norm().item())
    assert norms[0] < 20
    assert norms[1] > 1e6
