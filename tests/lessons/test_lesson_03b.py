"""Lesson 03b's functions and claims, held to SciPy and scikit-learn."""

import numpy as np
import pytest
import torch
from cells import load, printed
from matplotlib.figure import Figure
from scipy.optimize import minimize
from sklearn.linear_model import ElasticNet, Lasso

LESSON = "03b_more_geometry"
CELLS = ("imports", "lesson-3", "wave", "leap", "penalties", "shapes", "bulge")


@pytest.fixture(scope="module", autouse=True)
def float64():
    torch.set_default_dtype(torch.float64)  # as the lesson's first cell does
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def lesson(float64):
    return load(LESSON, *CELLS)


@pytest.fixture(scope="module")
def data(lesson):
    return lesson["X"].numpy(), lesson["y"][:, 0].numpy()


def column(w):
    return torch.tensor(w).reshape(2, 1)


def power(q):
    return lambda w: (w.abs() ** q).sum(0)


def test_data_and_model_are_those_of_lesson_3(lesson):
    core = load("03_geometry_of_penalties", "shrink", "data")
    for name in ("X", "y", "w_star"):
        assert torch.equal(lesson[name], core[name])
    w = torch.tensor([[0.3, -1], [0.2, 2]])
    assert torch.equal(lesson["loss"](w), core["loss"](w))


def test_the_leap_is_as_its_text_says(lesson):
    best = [lesson["best_wave"](k * 0.004) for k in range(31)]  # the slider
    assert best[0] == pytest.approx(3)
    far = [w for w in best if w > 1]
    assert min(far) == pytest.approx(2.88, abs=0.005)
    assert all(w == pytest.approx(0.1, abs=0.02) for w in best[len(far) :])
    said = printed(LESSON, "gap")
    assert "from 8.29 to 0.01" in said
    assert "is 2.50" in said


def test_at_the_price_that_balances_the_limit_the_other_valley_is_lower(
    lesson,
):
    x, w = np.linspace(0, 3, 40), 6.25**0.5
    slope = ((np.sin(w * x) - np.sin(3 * x)) * x * np.cos(w * x)).mean()
    lambd = -slope / w
    assert lambd > 0
    there = (
        (np.sin(w * x) - np.sin(3 * x)) ** 2
    ).mean() / 2 + lambd / 2 * 6.25
    total = lesson["waves"] + lambd / 2 * lesson["grid"] ** 2
    assert total[lesson["grid"] < 1].min() < there


@pytest.mark.parametrize("r", [0.15, 0.25, 0.5, 1, 1.1, 1.2, 1.5, 2])
@pytest.mark.parametrize("name", ["l1_penalty", "elastic_penalty"])
def test_the_lowest_point_is_that_of_scikit_learn(lesson, data, name, r):
    w = lesson["lowest"](lesson[name], r)
    pulls = {"l1_penalty": w.sign(), "elastic_penalty": (w.sign() + w) / 2}
    lambd = lesson["multiplier"](w, pulls[name])
    if lambd == pytest.approx(0, abs=1e-6):
        torch.testing.assert_close(w, lesson["w_star"])
        return
    kind = {"l1_penalty": Lasso, "elastic_penalty": ElasticNet}[name]
    model = kind(alpha=lambd, fit_intercept=False, tol=1e-12)
    reference = column(model.fit(*data).coef_)
    torch.testing.assert_close(w, reference, atol=0.003, rtol=0)
    assert torch.equal(w == 0, reference == 0)


@pytest.mark.parametrize("q", [1.4, 2, 4])
@pytest.mark.parametrize("r", [0.3, 0.8, 1.3])
def test_the_lowest_point_is_that_of_scipy_for_every_round_shape(
    lesson, data, q, r
):
    X, y = data
    reference = minimize(
        lambda w: ((X @ w - y) ** 2).mean() / 2,
        [0.1, 0.2],
        jac=lambda w: X.T @ (X @ w - y) / len(X),
        constraints={
            "type": "ineq",
            "fun": lambda w: r**q - (np.abs(w) ** q).sum(),
        },
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    ).x
    w = lesson["lowest"](power(q), r)
    torch.testing.assert_close(w, column(reference), atol=0.004, rtol=0)


def test_the_elastic_net_shows_what_its_text_says(lesson):
    for k in range(1, 45):  # the slider's positions
        w = lesson["lowest"](lesson["elastic_penalty"], k / 20)
        assert (w[0] == 0) == (k <= 3)


def test_the_powers_show_what_their_text_says(lesson):
    for k in range(2, 31):  # the slider's positions
        w = lesson["lowest"](power(k / 5), 0.8)
        assert (w[0] == 0) == (k <= 5)
    w = lesson["lowest"](power(1.2), 0.8)
    assert w[0].item() == pytest.approx(0.24, abs=0.005)
    w = lesson["lowest"](power(6.0), 0.8)
    assert w.flatten().tolist() == pytest.approx([0.68, 0.74], abs=0.005)
    leap = [lesson["lowest"](power(0.8), r) for r in (1.8, 1.85)]
    torch.testing.assert_close(leap[0], column([0.0, 1.8]))
    found = leap[1].flatten().tolist()
    assert found == pytest.approx([0.10, 1.63], abs=0.005)


def test_a_price_does_not_help_here():
    rows = printed(LESSON, "honest-test").splitlines()
    mean, spread = zip(
        *(map(float, row.split(": ")[1].split(" ± ")) for row in rows),
        strict=True,
    )
    assert abs(mean[1] - mean[0]) < spread[0]
    assert mean[0] < mean[2] < mean[3]


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "3", None])
@pytest.mark.parametrize(
    ("name", "parameter"), [("shapes", "r"), ("bulge", "r"), ("bulge", "q")]
)
def test_a_bad_limit_is_refused(lesson, name, parameter, bad):
    with pytest.raises((TypeError, ValueError)):
        lesson[name](**{parameter: bad})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("leap", {"lambd": 0.12}),
        ("shapes", {"penalty": "elastic net", "r": 0.05}),
        ("bulge", {"q": 0.4, "r": 0.1}),
        ("bulge", {"q": 6, "r": 1.85}),
    ],
)
def test_every_end_of_a_slider_draws_a_picture_with_words(
    lesson, name, values
):
    figure = lesson[name](**values)
    assert isinstance(figure, Figure)
    assert "best w is" in figure.get_label() or "w = (" in figure.get_label()
