"""Lesson 00's functions, as defined in the notebook, held to references."""

import re
import sys

import numpy as np
import pytest
from cells import feedback, load, read
from execute import FOLDER
from numpy.polynomial import chebyshev
from sklearn.linear_model import Ridge

from course_utils import panel

LESSON = "00_start_here"
FIRST = ("imports", "measure", "typical-error", "fit-polynomial")
MODEL = (*FIRST, "features", "fit", "fit-penalised")
SEED = 4117  # the panel's, which the lesson's numbers are of


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, *MODEL, "average-error", "descend")


def day(lesson, seed=SEED):
    """Return hours, readings and both parts of them of one day."""
    np.random.seed(seed)
    hours, y = lesson["measure"]()
    return hours, y, (hours[::2], y[::2]), (hours[1::2], y[1::2])


def run(lesson, function, seed=SEED, **values):
    np.random.seed(seed)
    errors = lesson[function](**values)
    return errors["training error"], errors["validation error"]


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


def test_the_typical_error_is_a_root_of_a_mean_square(lesson):
    error = lesson["typical_error"]
    assert error(np.array([1.0, 2, 8]), np.array([1.0, 2, 5])) == 3**0.5


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


def test_on_average_a_price_rescues_14_and_costs_at_4(lesson):
    average = lesson["average_error"]
    wild = [average(14, lambd) for lambd in (1e-4, 0.03, 10)]
    calm = [average(4, lambd) for lambd in (0, 0.03, 1, 10)]
    assert wild == pytest.approx([10.69, 2.19, 4.32], abs=0.005)
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
    assert spread[4].max() < 4.5
    assert spread[13].mean() > 10
    assert spread[13].argmax() / 10 < 2 or spread[13].argmax() / 10 > 22


@pytest.mark.parametrize(
    ("num_epochs", "low", "high"),
    [
        (10, 2.15, 2.25),
        (100, 2.15, 2.25),
        (1000, 2.635, 2.645),
        (10**5, 12, 13),
    ],
)
def test_descending_for_long_fits_the_noise(lesson, num_epochs, low, high):
    np.random.seed(SEED)
    error = lesson["descend"](num_epochs=num_epochs)["validation error"]
    assert low < error < high


# Faults that a learner may make, and that the check cell must find.
FAULTS = {
    "sum, not mean": {"fit": ("/ len(y) + price", "+ price")},
    "constant pays": {"fit": ("price[0, 0] = 0", "price[0, 0] = lambd")},
    "twice the price": {"fit": ("lambd * np.eye", "2 * lambd * np.eye")},
    "no price": {"fit": ("+ price", "+ 0 * price")},
    "wrong sign": {"fit": ("+ price", "- price")},
    "other curves": {"features": ("np.arccos(t)", "t")},
    "hours not scaled": {"features": ("/ 12 - 1", "/ 24")},
}


def test_the_check_cell_passes_as_shipped(capsys):
    load(LESSON, *MODEL, "check-fit")
    assert "NumPy has -2.103" in capsys.readouterr().out


@pytest.mark.parametrize("fault", FAULTS)
def test_the_check_cell_finds(fault):
    namespace = load(LESSON, *MODEL, changes=FAULTS[fault])
    with pytest.raises(AssertionError):
        load(LESSON, "check-fit", namespace=namespace)


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "3", None])
def test_a_bad_price_is_refused_before_anything_changes(lesson, bad):
    before = np.random.get_state()[1].copy()
    with pytest.raises((TypeError, ValueError), match="lambd must be"):
        lesson["fit_penalised"](lambd=bad)
    assert (np.random.get_state()[1] == before).all()


@pytest.mark.parametrize("bad", [-1, 2.5, float("nan"), "3", None])
@pytest.mark.parametrize("name", ["fit_polynomial", "fit_penalised"])
def test_a_bad_degree_is_refused(lesson, name, bad):
    with pytest.raises((TypeError, ValueError), match="deg"):
        lesson[name](degree=bad)


@pytest.mark.parametrize("bad", [0, -1, 2.5, "3", None])
def test_a_bad_number_of_epochs_is_refused(lesson, bad):
    with pytest.raises((TypeError, ValueError), match="num_epochs must be"):
        lesson["descend"](num_epochs=bad)


def test_the_installation_is_reported(capsys):
    load(LESSON, "check-installation")
    report = capsys.readouterr().out
    assert "✗" not in report
    assert "✓ data" in report


def test_without_the_course_the_check_says_what_to_do(monkeypatch, capsys):
    for name in ("course_utils", "course_utils.doctor"):
        monkeypatch.setitem(sys.modules, name, None)
    load(LESSON, "check-installation")
    report = capsys.readouterr().out
    assert report.startswith("✗ ")
    for remedy in ("Change Kernel", "make clean lab", "pip install --no"):
        assert remedy in report


def links():
    cells = read(LESSON).cells
    text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
    return sorted(set(re.findall(r"\]\((\w+\.ipynb)\)", text)))


@pytest.mark.parametrize("link", links())
def test_the_map_leads_to_a_lesson_and_knows_its_minutes(link):
    title = read(link.removesuffix(".ipynb")).cells[0].source
    maps = [c.source for c in read(LESSON).cells if c.id.startswith("map")]
    lines = [line for text in maps for line in text.splitlines()]
    (row,) = (line for line in lines if f"]({link}) |" in line)
    minutes = re.search(r"About (\d+) minutes", title)[1]
    assert row.split("|")[3].strip() == minutes


def test_every_lesson_is_on_the_map():
    lessons = {path.name for path in FOLDER.glob("[0-9]*.ipynb")}
    assert lessons - {f"{LESSON}.ipynb"} <= set(links())


# A wrong answer for each exercise, and a piece of what the check says.
WRONG = [
    ("ex1-check", "mean_squared_error = typical_error", "0, 0, 36"),
    (
        "ex1-check",
        "mean_squared_error = lambda y_hat, y: ((y_hat - y) ** 2).sum()",
        "is not 36.0",
    ),
    (
        "ex1-check",
        "mean_squared_error = lambda y_hat, y: abs(y_hat - y).sum()",
        "is not 6.0",
    ),
    (
        "ex1-check",
        "mean_squared_error = lambda a, b: ((a - b) ** 3).mean() / 6",
        "other way",
    ),
    ("ex2-check", "best_lambd = lambda: 0.032", "2.54"),
    ("ex2-check", "best_lambd = lambda: 0", "4.28"),
    ("ex2-check", "best_lambd = lambda: None", "returned None"),
    ("ex3-check", "lowest_degree = lambda n: n", "will do"),
    ("ex3-check", "lowest_degree = lambda n: n - 2", "misses"),
    ("ex3-check", "lowest_degree = lambda n: 14", "will do"),
    ("ex4-check", "choose_degree = lambda hours, y, lambd: 14", "14 is not"),
    ("ex4-check", "choose_degree = lambda hours, y, lambd: 4", "lambd 0: 4"),
    (
        "ex4-check",
        "choose_degree = lambda hours, y, lambd: min(range(15), key=lambda "
        "d: typical_error(features(hours, d)[1::2] @ "
        "fit(hours[::2], y[::2], d, 0), y[1::2]))",
        "lambd 0.3",
    ),
    (
        "ex5-check",
        "fit_noisy = lambda degree=4, noise=1.5: fit_polynomial(degree)",
        "noise 0.5",
    ),
    (
        "ex5-check",
        "fit_noisy = lambda degree=4, noise=1.5: "
        "{'validation error': 0.59 if noise else 0}",
        "not 31.71",
    ),
]


@pytest.fixture(scope="module")
def learner(lesson):
    return load(LESSON, "check-fit", namespace=dict(lesson))


@pytest.mark.parametrize(("cell", "answer", "said"), WRONG)
def test_a_wrong_answer_is_found(learner, cell, answer, said):
    line = feedback(LESSON, cell, answer, learner, before=["ex5-panel"])
    assert line.startswith("✗ ")
    assert said in line
