"""Lesson 05's functions, as defined in the notebook, held to references.

The references are scikit-learn, NumPy's pseudo-inverse and Monte Carlo within
four standard errors; numbers with many digits are the course's oracle data.
"""

import re

import numpy as np
import pytest
import torch
from cells import feedback, load, printed, refuses, see, sources
from oracle import draw
from sklearn.linear_model import Ridge

from course_utils import seed_everything

LESSON = "05_bias_and_variance"
TURNS = tuple(
    f"turn-{name}-{kind}"
    for name in ("decompose", "effective", "best")
    for kind in ("check", "ours")
)
WAVE = ("imports", "wave", "ridge", *TURNS)
DRAWN = ("draw-parts", "draw-best")
ALL = (*WAVE, "measure", "linear-data", *DRAWN)
SEED = 4117  # the panels'


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, *ALL)


@pytest.fixture(scope="module")
def widths():
    """Return the lesson's names with fits of the picture of widths."""
    fewer = [
        ("0.01, 0.02, 0.03, 0.05, 0.07, 0.1,", "0.01, 0.1,"),
        ("draw_sets(1000, 30)", "draw_sets(2, 30)"),  # only printed
    ]
    return load(LESSON, *WAVE, "draw-widths", changes={"draw-widths": fewer})


@pytest.fixture(scope="module")
def data():
    """Return the oracle's X (120, 200) and y (120, 1)."""
    return draw()


@pytest.fixture
def animators(lesson, monkeypatch):
    """Collect what is drawn, as a list of Animators in a list."""
    kept = []

    class Kept(lesson["Animator"]):
        def __init__(self, *args, **settings):
            super().__init__(*args, **settings)
            kept.append(self)

    monkeypatch.setitem(lesson, "Animator", Kept)
    return kept


def panel(lesson, name, *args):
    """Return what a panel shows below its chart at these settings."""
    seed_everything(SEED)
    return lesson[name](*args)


def test_ridge_has_the_known_numbers(lesson, data):
    X, y = data
    w, b = lesson["ridge"](X[:20], y[:20], 3)
    losses = (X @ w + b - y).square() / 2
    assert w.norm().item() == pytest.approx(0.03205896, abs=1e-8)
    assert b.item() == pytest.approx(-0.00070382, abs=1e-8)
    assert losses[:20].mean().item() == pytest.approx(0.00060292, abs=1e-8)
    assert losses[20:].mean().item() == pytest.approx(0.01239326, abs=1e-8)


@pytest.mark.parametrize("lambd", [1e-3, 0.1, 10])
def test_many_sets_at_once_are_those_one_by_one(lesson, lambd):
    seed_everything(0)
    X, y = lesson["draw_linear"](6, 30)
    w, b = lesson["ridge"](X, y, lambd)
    for k in range(6):
        model = Ridge(alpha=30 * lambd).fit(X[k], y[k, :, 0])
        theirs = torch.from_numpy(model.coef_)
        torch.testing.assert_close(w[k, :, 0], theirs, atol=1e-8, rtol=0)
        assert b[k].item() == pytest.approx(model.intercept_, abs=1e-8)


def test_next_to_no_penalty_gives_the_minimum_norm_solution(lesson):
    seed_everything(0)
    X, y = (each[0] for each in lesson["draw_linear"](1, 50))
    w, b = lesson["ridge"](X, y, 1e-6)
    X_c, y_c = X - X.mean(0), y - y.mean(0)
    shortest = torch.from_numpy(np.linalg.pinv(X_c.numpy())) @ y_c
    torch.testing.assert_close(w, shortest, atol=1e-6, rtol=0)
    torch.testing.assert_close(X @ w + b, y, atol=1e-5, rtol=0)


@pytest.mark.parametrize("lambd", [1e-3, 0.1, 10])
def test_bias_and_variance_add_up_to_the_distance_from_the_truth(
    lesson, lambd
):
    seed_everything(0)
    curves = lesson["fit_curves"](*lesson["draw_sets"](200, 20), lambd)
    truth = lesson["wave"](lesson["grid"])
    whole = (curves - truth).square().mean().item() / 2
    found = sum(lesson["decompose"](curves, truth)).item()
    assert found == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize("noise", [0.1, 0.8])
@pytest.mark.parametrize("n", [10, 50])
def test_with_noise_they_add_up_to_the_measured_loss(lesson, n, noise):
    seed_everything(3)
    train, new = (lesson["draw_sets"](2000, m, noise) for m in (n, 100))
    bias2, variance, losses = lesson["measure"](train, new, 0.03)
    error = losses.std() / 2000**0.5
    total = bias2 + variance + noise**2 / 2
    assert abs(losses.mean() - total) < 4 * error


def test_the_picture_shows_one_set_before_the_earlier_ones(lesson):
    for sets in (1, 12):
        seed_everything(SEED)
        (ax,) = lesson["show_sets"](sets, 0.01).axes
        curves = [line for line in ax.lines if len(line.get_xdata()) == 200]
        assert len(curves) == sets + 1  # and the wave
        (points,) = [line for line in ax.lines if len(line.get_xdata()) == 20]
        seed_everything(SEED)
        x, y = (each[sets - 1 : sets] for each in lesson["draw_sets"](30, 20))
        assert points.get_xdata().tolist() == x[0].tolist()
        (curve,) = lesson["fit_curves"](x, y, 0.01)
        shown = [line.get_ydata() for line in curves[-2:-1]]
        assert np.allclose(shown, curve)


def test_the_slice_has_the_bias_and_variance_that_it_says(lesson):
    for x, lambd in ((0.25, 0.3), (0.05, 0.001)):
        seed_everything(SEED)
        figure = lesson["show_slice"](x, lambd)
        seed_everything(SEED)
        curves = lesson["fit_curves"](*lesson["draw_sets"](200, 20), lambd)
        here = curves[:, int(200 * x)]
        truth = lesson["wave"](lesson["grid"][int(200 * x)])
        side = figure.axes[1]
        assert sum(bar.get_width() for bar in side.patches) == 200
        bias2, variance = (
            float(number)
            for number in re.findall(r"\d\.\d+", side.get_title())
        )
        assert bias2 == pytest.approx(
            float((here.mean() - truth) ** 2), abs=6e-4
        )
        assert variance == pytest.approx(
            here.var(correction=0).item(), abs=6e-4
        )


def test_bias_and_spread_are_equal_where_the_lesson_says(lesson):
    names = {}
    for lambd in (0.03, 0.1, 0.3):
        seed_everything(SEED)
        side = lesson["show_slice"](0.25, lambd).axes[1]
        names[lambd] = [text.get_text() for text in side.texts]
    assert "bias -0.08" in names[0.03] and "spread ±0.24" in names[0.03]
    assert "bias -0.20" in names[0.1] and "spread ±0.21" in names[0.1]
    assert "bias -0.41" in names[0.3] and "spread ±0.19" in names[0.3]
    said = see(LESSON, "turn-decompose")
    assert "Near 0.1: there the bias is −0.20 and the spread 0.21." in said
    assert "−0.41, the spread is 0.19" in said
    seed_everything(SEED)
    curves = lesson["fit_curves"](*lesson["draw_sets"](40_000, 20), 0.1)
    here = curves[:, 50]  # the place of x = 0.25
    bias = here.mean() - lesson["wave"](lesson["grid"][50])
    assert abs(bias.abs() - here.std()) < 0.01


def test_noise_moves_the_best_penalty_up_and_more_data_move_it_down(lesson):
    for values, lambd in (((20, 0.4), 0.046), ((20, 0.8), 0.22),
                          ((100, 0.4), 0.022)):  # fmt: skip
        found = panel(lesson, "draw_parts", *values)["at λ"]
        assert found == pytest.approx(lambd, rel=0.03)
        assert f"{lambd}" in see(LESSON, "capacity-intro")


def test_with_many_sets_the_formula_gives_the_direction_not_the_size(lesson):
    """The numbers of 2000 sets, with λ in steps of a tenth."""
    said, best = see(LESSON, "capacity-intro"), []
    for n, noise, power in ((20, 0.4, -25), (20, 0.8, -16), (100, 0.4, -32)):
        seed_everything(0)
        train, sums = lesson["draw_sets"](2000, n, noise), {}
        for lambd in (10 ** ((power + k) / 20) for k in (-4, -2, 0, 2, 4)):
            curves = lesson["fit_curves"](*train, lambd)
            off = curves - lesson["wave"](lesson["grid"])
            sums[lambd] = off.square().mean().item()
        best.append(min(sums, key=sums.get))
    assert best == pytest.approx([0.0562, 0.158, 0.0251], rel=0.15)
    assert "from 0.056 to 0.16" in said
    assert "about 2.8 times as large" in see(LESSON, "best-see")
    assert best[1] / best[0] == pytest.approx(2.8, rel=0.1)
    assert best[2] / best[0] == pytest.approx(0.5, rel=0.2)


def test_narrower_features_have_less_bias_then_more(lesson):
    """The row of the table: widths 0.5, 0.1 and 0.01 of 20 bumps."""
    seed_everything(0)
    x, y = lesson["draw_sets"](1000, 20)
    wide, narrow, gaps = (
        lesson["decompose"](
            lesson["fit_curves"](x, y, 0.01, 20, width),
            lesson["wave"](lesson["grid"]),
        )
        for width in (0.5, 0.1, 0.01)
    )
    assert 10 * narrow[0] < wide[0] < gaps[0] / 2
    assert 1.1 * wide[1] < narrow[1] < gaps[1]


def test_at_the_strong_penalty_the_mean_wave_is_flat(lesson):
    seed_everything(SEED)
    x, y = lesson["draw_sets"](30, 20)
    for lambd, height in ((0.001, 1.0), (1, 0.3)):
        mean = lesson["fit_curves"](x, y, lambd).mean(0)
        found = (mean.max() - mean.min()).item() / 2
        assert found == pytest.approx(height, abs=0.03)


def test_a_penalty_mends_many_wide_bumps_but_not_many_narrow_ones(lesson):
    narrow, wide = "with 100, width 1/number", "with 100, width 0.25"
    found = {
        lambd: panel(lesson, "draw_capacity", lambd)
        for lambd in (1e-6, 0.001, 0.01, 0.1, 1)
    }
    assert found[1e-6][narrow] > 4
    assert min(each[narrow] for each in found.values()) > 0.19
    assert found[0.01][narrow] == pytest.approx(0.197, abs=0.001)
    assert found[0.01][wide] == pytest.approx(0.096, abs=0.001)


def test_the_curves_of_capacity_are_as_the_lesson_says(lesson, animators):
    panel(lesson, "draw_capacity", 1e-6)
    narrow, wide, _ = animators[-1].Y
    assert animators[-1].X[0][narrow.index(max(narrow))] == 40  # the hill
    assert max(narrow) > 1  # it leaves the picture
    for lambd, top in ((1e-10, 30), (1e-4, 40)):
        panel(lesson, "draw_capacity", lambd)
        hill = animators[-1].Y[0]
        assert animators[-1].X[0][hill.index(max(hill[5:]))] == top
    assert max(hill[5:]) < 1
    assert "its top is at 30" in see(LESSON, "moves")
    for curve in (narrow, wide):
        assert curve[-1] > 1.2 * min(curve)
    panel(lesson, "draw_capacity", 0.01)
    wide = animators[-1].Y[1][3:]
    assert 0.095 < min(wide) and max(wide) < 0.1005
    training = animators[-1].Y[2]
    panel(lesson, "draw_capacity", 1e-6)
    assert animators[-1].Y[2] == sorted(animators[-1].Y[2], reverse=True)
    assert training[-1] < 0.02


def test_at_equal_width_the_number_of_bumps_does_not_count(widths):
    """The headline: the width is the cause, each at its own best λ."""
    mean = {key: fit[1].mean() for key, fit in widths["best_fits"].items()}
    for width in (0.15, 0.25, 0.35):
        group = [mean[k, width] for k in widths["NUMBERS"]]
        assert max(group) - min(group) < 0.0015
    assert mean[100, 0.01] > 2 * mean[100, 0.25]
    for k, width in ((5, 0.15), (10, 0.1)):  # from here on they overlap
        ratios = {w: mean[k, w] / mean[100, w] for w in widths["WIDTHS"]}
        assert max(r for w, r in ratios.items() if w >= width) < 1.01
    assert mean[5, 0.1] > 1.05 * mean[100, 0.1]
    assert "difference +0.0003 ± 0.0001" in printed(LESSON, "draw-widths")


def test_the_effective_number_tells_narrow_from_wide_bumps():
    lines = printed(LESSON, "effective-table").splitlines()
    numbers = [float(re.search(r"effective +([\d.]+)", s)[1]) for s in lines]
    assert numbers[:2] == pytest.approx([3.5, 3.5], abs=0.15)
    assert numbers[2] == pytest.approx(20, abs=0.3)


@pytest.mark.parametrize("lambd", [1e-3, 1, 10])
def test_the_effective_number_is_the_trace_of_the_hat_matrix(lesson, lambd):
    seed_everything(10)
    X = lesson["draw_linear"](1, 100)[0][0]
    X_c = X - X.mean(0)
    inverse = torch.linalg.inv(X_c.T @ X_c / 100 + lambd * torch.eye(200))
    exact = (X_c @ inverse @ X_c.T / 100).trace().item()
    found = lesson["effective_weights"](X, lambd).item()
    assert found == pytest.approx(exact, rel=1e-7)


def test_the_formula_predicts_the_best_penalty_at_all_positions(lesson):
    """The nearest value on the grid is measured to be the best."""
    grid = 10 ** (torch.arange(-6, 7) / 4)
    for n in (50, 100, 200, 400):
        for noise in (0.05, 0.1, 0.2):
            found = panel(lesson, "draw_best", n, noise)
            star = noise**2 / (n * 0.01**2)
            assert found["λ*"] == pytest.approx(star)
            nearest = grid[(grid.log() - np.log(star)).abs().argmin()].item()
            assert found["lowest at"] == pytest.approx(nearest, rel=1e-6)


@pytest.mark.parametrize(
    ("n", "lambd", "loss"),
    [
        (100, 1e-6, 0.0149),
        (100, 1, 0.0120),
        (100, 30, 0.0145),
        (200, 0.3, 0.0103),
    ],
)
def test_the_penalty_helps_as_much_as_is_known(lesson, n, lambd, loss):
    seed_everything(0)
    losses = [
        lesson["new_data_loss"](
            *lesson["ridge"](*lesson["draw_linear"](20, n), lambd)
        )
        for _ in range(10)
    ]
    assert torch.cat(losses).mean().item() == pytest.approx(loss, abs=3e-4)


def test_the_loss_needs_no_test_set(lesson):
    seed_everything(0)
    X, y = lesson["draw_linear"](3, 100)
    w, b = lesson["ridge"](X, y, 0.3)
    X, y = lesson["draw_linear"](1, 40_000)
    direct = ((X[0] @ w + b - y[0]) ** 2).mean((1, 2)) / 2
    found = lesson["new_data_loss"](w, b)
    assert found.tolist() == pytest.approx(direct.tolist(), rel=0.03)


def test_the_variance_of_the_weights_is_that_of_the_predictions(lesson):
    seed_everything(0)
    w, b = lesson["ridge"](*lesson["draw_linear"](20, 100), 0.3)
    X = torch.randn(20_000, 200).double()
    y_hat = X @ w[..., 0].T + b[:, 0, 0]
    direct = y_hat.var(1, correction=0).mean().item() / 2
    found = lesson["linear_variance"](w, b).item()
    assert found == pytest.approx(direct, rel=0.03)


@pytest.mark.parametrize("seed", [SEED, 0])
def test_a_penalty_removes_the_peak_of_double_descent(lesson, animators, seed):
    for lambd in (1e-6, 0.1):
        seed_everything(seed)
        found = lesson["draw_descent"](lambd)
        your, _, star, _ = animators[-1].Y
        if lambd == 1e-6:
            assert found["n = 200"] > 0.3
            assert found["n = 100"] < 0.02 > found["n = 400"]
        else:
            assert your == sorted(your, reverse=True)
        assert star == sorted(star, reverse=True)


def test_the_descent_has_the_numbers_that_the_lesson_says(lesson, animators):
    none = panel(lesson, "draw_descent", 1e-6)
    assert animators[0].Y[0][:2] == pytest.approx([0.0152, 0.0144], abs=6e-5)
    little = panel(lesson, "draw_descent", 0.001)
    assert none["n = 200"] == pytest.approx(2.26, abs=0.02)
    assert none["n = 100"] == pytest.approx(0.0153, abs=6e-5)
    assert none["n = 400"] == pytest.approx(0.0101, abs=6e-5)
    assert little["n = 200"] == pytest.approx(0.068, abs=0.001)
    for n in (100, 400):
        key = f"n = {n}"
        assert little[key] == pytest.approx(none[key], rel=0.01)
    star = animators[0].Y[2]
    assert star[0] == pytest.approx(0.0150, abs=6e-5)
    assert star[-1] == pytest.approx(0.0078, abs=6e-5)
    panel(lesson, "draw_descent", 0.03)
    assert animators[-1].Y[0] != sorted(animators[-1].Y[0], reverse=True)


# Faults in what the lesson gives; answers_05.py has those of the learner.
RIDGE = {
    "bias not free": ("X_c = X - X_mean", "X_c = X"),
    "bias forgotten": ("y_mean - X_mean @ w", "0 * y_mean"),
    "sum in place of mean": ("X_c / n +", "X_c +"),
    "penalty without the half": ("+ lambd *", "+ 2 * lambd *"),
}
MEASURE = {
    "measured without the half": ("new[1]) ** 2 / 2", "new[1]) ** 2"),
    "other noise in new points": ("(2000, 100)", "(2000, 100, 0.5)"),
    "judged on the training points": (
        "new[0]) @ w + b - new[1]",
        "train[0]) @ w + b - train[1]",
    ),
    "compared with another wave": ("wave(grid)", "wave(grid + 0.1)"),
}


@pytest.mark.parametrize("fault", RIDGE)
def test_a_right_answer_does_not_fit_to_a_wrong_ridge(fault):
    namespace = load(LESSON, *WAVE[:3], changes={"ridge": RIDGE[fault]})
    answer = sources(LESSON)["turn-effective-ours"].split(")\n", 1)[1]
    check = "turn-effective-check"
    assert feedback(LESSON, check, answer, namespace).startswith("✗ ")


@pytest.mark.parametrize("fault", MEASURE)
def test_a_sum_that_does_not_hold_is_found(fault):
    namespace = load(LESSON, *WAVE)
    with pytest.raises(AssertionError, match="do not add up"):
        load(LESSON, "measure", namespace=namespace,
             changes={"measure": MEASURE[fault]})  # fmt: skip


def test_the_sum_is_printed_with_its_error():
    assert "= 0.1125; measured 0.1119 ± 0.0005" in printed(LESSON, "measure")


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "3", None])
def test_a_bad_number_of_sets_is_refused_before_anything_changes(lesson, bad):
    refuses(lesson["show_sets"], sets=bad)
