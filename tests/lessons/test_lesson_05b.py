"""Lesson 05b's functions and claims, held to references."""

import re

import numpy as np
import pytest
import torch
from cells import first_failure, load, printed, refuses, see
from oracle import draw
from sklearn.linear_model import LinearRegression

from course_utils import seed_everything

LESSON = "05b_noise_and_early_stopping"
ALL = (
    *("imports", "linear-data", "copies", "step", "draw-perturbed"),
    *("train-noisy", "stop-early", "descend", "law"),
)
SEED = 4117  # the panels'


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, *ALL)


@pytest.fixture(scope="module")
def data():
    """Return the oracle's X (120, 200) and y (120, 1)."""
    return draw()


def one_set(lesson, n, seed=0):
    seed_everything(seed)
    return lesson["draw_one"](n)


def panel(lesson, name, *args):
    """Return what a panel shows below its chart at these settings."""
    seed_everything(SEED)
    return lesson[name](*args)


def test_noisy_inputs_ask_for_a_stronger_penalty(lesson):
    found = [panel(lesson, "draw_perturbed", noise) for noise in (0, 0.5, 1)]
    best = [each["at λ"] for each in found]
    assert best == pytest.approx([0.464, 1, 2.154], rel=1e-3)
    lowest = [each["lowest with noise"] for each in found]
    assert lowest == sorted(lowest)


def test_the_copies_shifts_have_the_moments_of_noise(lesson):
    X, y = torch.randn(5, 4).double(), torch.randn(5, 1).double()
    X_many, y_many = lesson["copies"](X, y, 0.7)
    shifts = X_many.reshape(8, 5, 4) - X
    torch.testing.assert_close(shifts.mean(0), torch.zeros(5, 4).double())
    moments = torch.einsum("cni,cnj->nij", shifts, shifts) / 8
    expected = (0.7 * torch.eye(4).double()).expand(5, 4, 4)
    torch.testing.assert_close(moments, expected)
    assert torch.equal(y_many.reshape(8, 5, 1), y.expand(8, 5, 1))


def test_input_noise_gives_the_known_ridge_weights(lesson, data):
    X_many, y_many = lesson["copies"](data[0][:20], data[1][:20], 3)
    plain = LinearRegression().fit(X_many, y_many[:, 0])
    norm = np.linalg.norm(plain.coef_)
    assert norm == pytest.approx(0.03205896, abs=1e-8)
    assert plain.intercept_ == pytest.approx(-0.00070382, abs=1e-8)


def test_a_step_is_that_of_autograd(lesson):
    seed_everything(0)
    X, y = lesson["draw_linear"](3, 10)
    w = torch.randn(3, 200, 1).double().requires_grad_()
    b = torch.randn(3, 1, 1).double().requires_grad_()
    losses = (X @ w + b - y).square().mean((1, 2)) / 2
    (losses.sum() + 0.7 * w.square().sum() / 2).backward()
    found = lesson["step"](w.detach(), b.detach(), X, y, 0.05, lambd=0.7)
    for new, old in zip(found, (w, b), strict=True):
        torch.testing.assert_close(new, (old - 0.05 * old.grad).detach())


def test_many_steps_end_at_the_closed_form(lesson, data):
    X, y = data[0][:20], data[1][:20]
    w, b = lesson["start"]()
    for _ in range(2000):
        w, b = lesson["step"](w, b, X, y, lr=0.05, lambd=3)
    right_w, right_b = lesson["ridge"](X, y, 3)
    torch.testing.assert_close(w, right_w, atol=1e-10, rtol=0)
    torch.testing.assert_close(b, right_b, atol=1e-10, rtol=0)


@pytest.mark.parametrize("runs", [(), (3,)])
def test_all_runs_start_at_zero_and_apart(lesson, runs):
    w, b = lesson["start"](*runs)
    assert w.shape == (*runs, 200, 1)
    assert b.shape == (*runs, 1, 1)
    b += 1
    assert not w.any()


@pytest.mark.parametrize("variance", [0.5, 2])
def test_noisy_training_is_decay_in_the_mean_after_each_step(lesson, variance):
    X, y = one_set(lesson, 40)
    (w, b), (v, c) = lesson["start"](60), lesson["start"]()
    for k in range(1, 41):
        noise = variance**0.5 * torch.randn(60, 40, 200)
        w, b = lesson["step"](w, b, X + noise, y, lr=0.05)
        v, c = lesson["step"](v, c, X, y, lr=0.05, lambd=variance)
        if k in (3, 40):
            far = (w.mean(0) - v) / (w.std(0) / 60**0.5)
            assert far.square().mean() == pytest.approx(1, abs=0.4)
            assert far.abs().max() < 4.5  # 200 numbers, 59 degrees


def test_noise_and_decay_end_where_the_lesson_says(lesson):
    for variance, loss in ((0, 0.0158), (1, 0.0126), (3, 0.0132)):
        found = panel(lesson, "train_noisy", variance)
        assert found["noise"] == pytest.approx(loss, abs=6e-5)
        assert found["decay"] == pytest.approx(loss, abs=6e-5)
        assert f"{loss}" in see(LESSON, "other-loss-intro")
    none = panel(lesson, "train_noisy", 0).values()
    assert max(none) == pytest.approx(min(none), rel=1e-9)


def test_another_loss_is_not_charged_like_decay():
    lines = [
        [float(x) for x in re.findall(r"[+-]\d\.\d+", line)]
        for line in printed(LESSON, "other-loss").splitlines()[1:]
    ]
    logistic, squared = zip(*lines, strict=True)
    assert squared == pytest.approx([0.25] * 4, abs=1e-3)
    assert list(logistic) == sorted(logistic, reverse=True)
    assert logistic[-1] < 0.02 * logistic[0]


@pytest.mark.parametrize("lr", [0.2, 0.1, 0.05, 0.02])
def test_the_best_time_to_stop_is_near_the_rule(lesson, lr):
    found = panel(lesson, "stop_early", lr, 200)
    assert found["1/(ηλ*)"] == pytest.approx(2 / lr)
    assert found["at k"] == pytest.approx(2.18 / lr, rel=0.02)
    assert str(found["at k"]) in see(LESSON, "early-see")


def test_stopping_pays(lesson):
    found = panel(lesson, "stop_early", 0.05, 200)
    assert found["lowest"] == pytest.approx(0.0098, abs=6e-5)
    assert found["at the end"] == pytest.approx(0.0205, abs=6e-5)
    for n, k in ((100, 15), (400, 40)):
        assert panel(lesson, "stop_early", 0.05, n)["at k"] == k
        assert str(k) in see(LESSON, "early-see")


def test_the_steps_are_chosen_on_other_data(lesson):
    train, (X, y) = one_set(lesson, 200), one_set(lesson, 100, seed=1)
    fits = lesson["descend"](*train, num_steps=300)
    assert len(fits) == 301
    losses = [(X @ w + b - y).square().mean().item() for w, b in fits]
    best = lesson["choose"](fits, X, y)
    assert best is fits[int(np.argmin(losses))]
    assert lesson["choose"](fits, *train) is fits[-1]


def test_ridge_is_better_than_stopping_by_more_than_chance():
    (mean, error) = map(
        float,
        re.search(
            r"minus ridge *: ([\d.]+) ± ([\d.]+)",
            printed(LESSON, "early-table"),
        ).groups(),
    )
    assert mean > 2 * error


@pytest.mark.parametrize("n", [20, 100, 300])
def test_the_loss_without_a_penalty_obeys_the_law(lesson, n):
    rng = np.random.default_rng(n)
    losses = []
    for _ in range(30):
        X = rng.standard_normal((n, 200))
        y = X @ np.full(200, 0.01) + 0.05 + 0.1 * rng.standard_normal(n)
        w = np.linalg.pinv(X - X.mean(0)) @ (y - y.mean())
        b = y.mean() - X.mean(0) @ w
        off = ((w - 0.01) ** 2).sum() + (b - 0.05) ** 2
        losses.append((off + 0.01) / 2)
    error = np.std(losses) / 30**0.5
    assert abs(np.mean(losses) - lesson["law"](n)) < 4 * error


def test_the_law_is_infinite_near_as_many_examples_as_weights(lesson):
    infinite = [n for n in range(190, 212) if lesson["law"](n) == np.inf]
    assert infinite == [200, 201, 202]
    assert lesson["law"](199) > 1 < lesson["law"](203)


# Faults that a learner may make, and that one of the check cells must find.
FAULTS = {
    "bias not free": {"linear-data": ("X_c = X - X_mean", "X_c = X")},
    "penalty without the half": {"linear-data": ("+ lambd *",
                                                 "+ 2 * lambd *")},
    "loss without b": {"linear-data": ("b - true_b", "b - b - 0.1")},
    "loss without noise": {"linear-data": ("+ noise**2", "")},
    "law without b": {"law": ("off_b = (off + noise2) / n", "off_b = off")},
    "law with n": {"law": ("m = n - 1", "m = n + 9")},
    "shifts too small": {"copies": ("(d * variance)", "(variance)")},
    "shifts to one side": {"copies": ("[shift, -shift]", "[shift, shift]")},
    "no mean over the examples": {"step": (" / X.shape[-2]", "")},
    "a step uphill in b": {"step": ("b - lr * error.mean",
                                    "b + lr * error.mean")},
    "decay where none is asked for": {"step": ("lambd=0", "lambd=0.3")},
}  # fmt: skip
CHECKS = {
    "linear-data": ("check-law", "check-copies"),
    "law": ("check-law",),
    "copies": ("check-copies",),
    "step": ("check-shares", "check-noisy"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_cell_finds(fault):
    namespace = load(LESSON, *ALL, changes=FAULTS[fault])
    (changed,) = FAULTS[fault]
    assert first_failure(LESSON, CHECKS[changed], namespace)


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "3", None])
def test_a_bad_variance_is_refused_before_anything_changes(lesson, bad):
    refuses(lesson["train_noisy"], variance=bad)
