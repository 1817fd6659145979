"""Lesson 00's functions, as defined in the notebook, held to references."""

import re
from unittest.mock import MagicMock

import numpy as np
import pytest
from cells import load, read, sources
from execute import FOLDER, all_notebooks
from minutes import measure
from numpy.polynomial import chebyshev
from sklearn.linear_model import Ridge

from course_utils.panel import panel
from course_utils.runs.run import Run

LESSON = "00_start_here"
FIRST = ("imports", "measure", "fit-polynomial")
TURNS = (
    "turn-rmse-check", "turn-rmse-ours",
    "turn-penalty-check", "turn-penalty-ours",
)  # fmt: skip
MODEL = (*FIRST, *TURNS, "fit", "fit-penalised")
SEED = 4117  # the panel's, which the lesson's numbers are of


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, *MODEL, "errors", "average", "descend",
                "stop-average")  # fmt: skip


def day(lesson, seed=SEED):
    """Return hours, readings and both parts of them of one day."""
    np.random.seed(seed)
    hours, y = lesson["measure"]()
    return hours, y, (hours[::2], y[::2]), (hours[1::2], y[1::2])


def run(lesson, function, seed=SEED, **values):
    np.random.seed(seed)
    errors = lesson[function](**values)
    return errors["training RMSE"], errors["validation RMSE"]


def test_the_panels_first_day_is_that_of_the_lessons_numbers():
    assert panel.FIRST_SEED == SEED


def test_there_are_15_readings_to_fit_and_14_to_judge(lesson):
    _, _, training, validation = day(lesson)
    assert len(training[0]) == 15
    assert len(validation[0]) == 14


@pytest.mark.parametrize("noise", [0, 0.5, 1.5])
def test_readings_are_off_by_the_noise(lesson, noise):
    np.random.seed(0)
    days = np.array([lesson["measure"](noise)[1] for _ in range(400)])
    truth = lesson["measure"](0)[1]
    assert np.std(days - truth) == pytest.approx(noise, rel=0.02)
    assert truth.min() == pytest.approx(8, abs=0.1)
    assert truth.max() == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize("degree", range(15))
def test_features_are_the_chebyshev_polynomials(lesson, degree):
    hours = np.linspace(0, 24, 50)
    expected = chebyshev.chebvander(hours / 12 - 1, degree)
    found = lesson["features"](hours, degree)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("degree", [1, 4, 8, 14])
@pytest.mark.parametrize("lambd", [1e-3, 0.1, 10])
def test_fit_is_the_ridge_of_scikit_learn(lesson, degree, lambd):
    _, _, (hours, y), _ = day(lesson)
    w = lesson["fit"](hours, y, degree, lambd)
    X = lesson["features"](hours, degree)[:, 1:]
    reference = Ridge(alpha=15 * lambd).fit(X, y)
    np.testing.assert_allclose(w[1:], reference.coef_, atol=1e-8)
    assert w[0] == pytest.approx(reference.intercept_, abs=1e-8)


@pytest.mark.parametrize("degree", range(15))
def test_without_a_price_both_functions_fit_alike(lesson, degree):
    first = run(lesson, "fit_polynomial", degree=degree)
    second = run(lesson, "fit_penalised", degree=degree, lambd=0)
    assert first == pytest.approx(second, abs=2e-3)


def test_a_very_high_price_leaves_the_mean(lesson):
    _, _, (hours, y), _ = day(lesson)
    w = lesson["fit"](hours, y, 14, 1e9)
    assert w[0] == pytest.approx(y.mean(), abs=1e-6)
    assert np.abs(w[1:]).max() < 1e-6


def test_the_rmse_is_a_root_of_a_mean_square(lesson):
    error = lesson["rmse"]
    assert error(np.array([1.0, 2, 8]), np.array([1.0, 2, 5])) == 3**0.5


@pytest.mark.parametrize("degree", [0, 4, 14])
def test_the_status_line_shows_the_rmse(lesson, degree):
    _, _, training, validation = day(lesson)
    curve = np.polynomial.Polynomial.fit(*training, degree)
    right = [lesson["rmse"](curve(x), y) for x, y in (training, validation)]
    found = run(lesson, "fit_polynomial", degree=degree)
    assert found == pytest.approx(right, abs=6e-4)


@pytest.mark.parametrize(
    ("degree", "training", "validation"),
    [(0, 3.34, 4.58), (4, 1.2, 1.7), (8, 0.664, 2.12), (14, 0, 15.9)],
)
def test_degrees_have_the_errors_of_the_prose(
    lesson, degree, training, validation
):
    found = run(lesson, "fit_polynomial", degree=degree)
    shown = [float(f"{error:.3g}") for error in found]
    assert shown == [training, validation]


@pytest.mark.parametrize(
    ("lambd", "validation"),
    [(0, 15.9), (0.01, 2.42), (0.032, 2.42), (1, 3.55)],
)
def test_prices_have_the_errors_of_the_prose(lesson, lambd, validation):
    found = run(lesson, "fit_penalised", lambd=lambd)
    assert float(f"{found[1]:.3g}") == validation


def test_the_validation_error_over_the_degrees_is_a_u(lesson):
    errors = [run(lesson, "fit_polynomial", degree=d) for d in range(15)]
    training, validation = np.array(errors).T
    assert validation.argmin() == 4
    assert (np.diff(training) <= 1e-9).all()
    assert training[-1] < 1e-9


def test_the_validation_error_over_the_prices_is_a_u(lesson):
    prices = [0, 1e-4, 1e-3, 0.01, 0.032, 0.1, 1, 10]
    errors = [run(lesson, "fit_penalised", lambd=p) for p in prices]
    training, validation = np.array(errors).T
    assert 0.01 <= prices[validation.argmin()] <= 0.032
    assert (np.diff(training) > 0).all()
    assert training[-1] == pytest.approx(3.14, abs=5e-3)


def test_on_average_both_errors_are_those_of_the_prose(lesson):
    training, validation = lesson["days"].mean(0).T
    assert (np.diff(training) < 0).all()
    assert validation.argmin() == 5
    assert validation[[4, 5, 6]] == pytest.approx([1.72, 1.7, 1.74], abs=5e-3)
    assert validation[14] == pytest.approx(36.7, abs=0.05)
    # References, from another program: fits by QR, of the readings alone.
    for degree, (low, high) in {2: (2.9, 2.91), 8: (1.86, 1.87)}.items():
        errors = []
        for seed in range(100):
            _, _, (x, y), (x_new, y_new) = day(lesson, seed)
            q, r = np.linalg.qr(chebyshev.chebvander(x / 12 - 1, degree))
            w = np.linalg.solve(r, q.T @ y)
            misses = chebyshev.chebval(x_new / 12 - 1, w) - y_new
            errors.append(np.sqrt(np.mean(misses**2)))
        assert low < np.mean(errors) < high
        assert np.mean(errors) == pytest.approx(validation[degree])


def test_on_average_a_price_rescues_14_and_costs_at_4(lesson):
    def average(degree, lambd):
        return np.mean(lesson["validation_errors"](degree, lambd))

    wild = [average(14, lambd) for lambd in lesson["lambdas"]]
    assert min(wild) == pytest.approx(2.19, abs=0.005)
    assert [wild[0], wild[5], wild[-1]] == pytest.approx(
        [10.69, 2.19, 4.32], abs=0.005
    )
    calm = [average(4, lambd) for lambd in (0, 0.03, 1, 10)]
    assert calm == pytest.approx([1.72, 1.72, 3.14, 4.33], abs=0.005)
    assert min(wild) > calm[0]


def test_days_agree_at_degree_4_and_part_at_13(lesson):
    spread = {}
    for degree in (4, 13):
        grid = lesson["features"](np.linspace(0, 24, 241), degree)
        curves = [
            grid @ lesson["fit"](*day(lesson, SEED + k)[2], degree, 0)
            for k in range(6)
        ]
        spread[degree] = np.ptp(curves, axis=0)
    assert 4 < spread[4].max() < 4.5
    assert spread[13].max() > 100
    assert spread[13].mean() > 10
    assert spread[13].argmax() / 10 < 2 or spread[13].argmax() / 10 > 22


@pytest.mark.parametrize(
    ("num_epochs", "low", "high"),
    [
        (10, 2.15, 2.25),
        (100, 2.15, 2.25),
        (200, 2.15, 2.25),
        (500, 2.30, 2.35),
        (1000, 2.635, 2.645),
        (10**5, 12, 13),
        (5 * 10**5, 15.75, 15.85),
    ],
)
def test_descending_for_long_fits_the_noise(lesson, num_epochs, low, high):
    """Each direction has covered a known share of its way to the fit."""
    _, _, (x, y), (x_new, y_new) = day(lesson)
    X, X_new = (lesson["features"](hours, 14) for hours in (x, x_new))
    values, V = np.linalg.eigh(X.T @ X / 15)
    share = 1 - (1 - 0.5 * values) ** num_epochs
    w = V @ (share / values * (V.T @ X.T @ y / 15))
    error = lesson["rmse"](X_new @ w, y_new)
    assert low < error < high
    if num_epochs <= 1000:  # more take seconds
        np.random.seed(SEED)
        shown = lesson["descend"](num_epochs=num_epochs)["validation RMSE"]
        assert shown == pytest.approx(error, abs=6e-4)


def test_on_average_stopping_is_the_weakest_of_three_ways(lesson):
    best_stop = lesson["stopped"].mean(0)
    assert best_stop[0] == pytest.approx(2.60, abs=0.005)
    assert best_stop.argmin() == 0
    # References: the other two ways, and descent to the exact best weights.
    ways = [
        np.mean(lesson["validation_errors"](*w)) for w in ((14, 0.03), (4, 0))
    ]
    assert min(best_stop) > ways[0] + 0.3 > ways[1] + 0.3
    (after,) = lesson["stopped_errors"](SEED, (1000,))
    np.random.seed(SEED)
    shown = lesson["descend"](num_epochs=1000)["validation RMSE"]
    assert shown == pytest.approx(after, abs=6e-4)


def test_the_truth_is_off_by_the_thermometers_error(lesson):
    assert np.mean(lesson["of_truth"]) == pytest.approx(1.5, abs=0.005)


@pytest.mark.parametrize(
    ("degree", "error"), [(8, 0.001), (9, 0), (11, 0), (14, 0)]
)
def test_without_noise_a_high_degree_does_no_harm(lesson, degree, error):
    hours, y = lesson["measure"](0)
    curve = lesson["Polynomial"].fit(hours[::2], y[::2], degree)
    shown = lesson["show_day"](curve, hours, y)
    assert shown["validation RMSE"] == error


@pytest.mark.parametrize(("degree", "error"), [(1, 4.66), (2, 24.7), (5, 356)])
def test_a_morning_does_not_tell_the_afternoon(degree, error):
    """The answer of the last cell: the halves of the day change places."""
    every_second = "slice(0, None, 2), slice(1, None, 2)"
    halves = {"measure": (every_second, "slice(0, 15), slice(15, None)")}
    found = run(load(LESSON, *FIRST, changes=halves), "fit_polynomial",
                degree=degree)  # fmt: skip
    assert float(f"{found[1]:.3g}") == error


def test_the_panel_draws_as_training_what_is_fitted():
    halves = {"measure": ("slice(0, None, 2)", "slice(0, 15)")}
    changed = load(LESSON, *FIRST, changes=halves)
    done = Run(lambda: changed["fit_polynomial"](1), {}, SEED, MagicMock())
    done.execute()
    (animator,) = done.animators
    assert list(animator.X[0]) == pytest.approx(np.linspace(0, 24, 29)[:15])


def test_the_panel_uses_the_learners_penalty():
    free = {"turn-penalty-ours": ("lambd / 2 *", "0 *")}
    # The check refuses it, but `ours` would be the same: so it is used.
    without = load(LESSON, *MODEL, changes=free)
    assert run(without, "fit_penalised", lambd=10)[0] == pytest.approx(0)


# Faults that the oracle, scikit-learn's ridge, must find in `fit`.
FAULTS = {
    "sum, not mean": {"fit": ("X / len(y) + np.diag", "X + np.diag")},
    "constant pays": {"turn-penalty-ours": ("w[1:]", "w")},
    "twice the price": {"fit": ("[2 * penalty", "[4 * penalty")},
    "no price": {"fit": ("+ np.diag", "+ 0 * np.diag")},
    "wrong sign": {"fit": ("+ np.diag", "- np.diag")},
    "other curves": {"fit": ("np.arccos(t)", "t")},
    "hours not scaled": {"fit": ("/ 12 - 1", "/ 24")},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_oracle_finds(fault):
    namespace = load(LESSON, *MODEL, changes=FAULTS[fault])
    with pytest.raises(AssertionError):
        test_features_are_the_chebyshev_polynomials(namespace, 8)
        test_fit_is_the_ridge_of_scikit_learn(namespace, 8, 0.1)


@pytest.mark.parametrize("bad", [-1, 2.5, float("nan"), "3", None])
@pytest.mark.parametrize("name", ["fit_polynomial", "fit_penalised"])
def test_a_bad_degree_is_refused(lesson, name, bad):
    with pytest.raises((TypeError, ValueError), match="deg"):
        lesson[name](degree=bad)


def test_the_curve_leaves_the_picture_where_it_is_outside(lesson):
    np.random.seed(SEED)
    done = Run(lambda: lesson["fit_polynomial"](14), {}, SEED, MagicMock())
    done.execute()
    assert done.error is None
    (animator,) = done.animators
    hours, y_hat = (np.array(each[2]) for each in (animator.X, animator.Y))
    assert np.isnan(y_hat[(hours > 0.2) & (hours < 1.2)]).all()
    shown = y_hat[~np.isnan(y_hat)]
    assert shown.min() >= -5
    assert shown.max() <= 35
    hours, y, training, _ = day(lesson)
    curve = np.polynomial.Polynomial.fit(*training, 14)
    assert round(curve(np.linspace(0, 24, 481)).max()) == 84  # says the prose
    # Where it leaves and comes back it touches the edge, and is not flat.
    assert (shown == 35).sum() == 2


def test_the_installation_is_reported():
    namespace = load(LESSON, "imports")
    report = repr(namespace["check_installation"]())
    assert "\u2717" not in report
    assert "\u2713 data" in report
    assert sources(LESSON)["check-installation"] == "check_installation()"


def table_rows():
    """Return the rows of the map, {file name: cells}."""
    maps = [c.source for c in read(LESSON).cells if c.id.startswith("map")]
    rows = [line.split("|") for text in maps for line in text.splitlines()]
    found = {}
    for row in rows:
        if link := re.search(r"\]\((\w+)\.ipynb\)", row[1] if row[1:] else ""):
            found[link[1]] = [cell.strip() for cell in row[1:-1]]
    return found


LESSONS = [
    p for p in all_notebooks() if p.parent == FOLDER and p.stem != LESSON
]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_map_knows_a_lesson_and_its_minutes(path):
    minutes = table_rows()[path.stem][2]
    shown = tuple(map(int, minutes.split(" + ")))
    stated = measure(path)["stated"]
    assert shown == (stated or shown)


def test_the_map_knows_this_lessons_minutes():
    (row,) = (
        line
        for c in read(LESSON).cells
        for line in c.source.splitlines()
        if line.startswith("| **0 ")
    )
    stated = measure(FOLDER / f"{LESSON}.ipynb")["stated"]
    assert row.split("|")[3].strip() == "{} + {}".format(*stated)
