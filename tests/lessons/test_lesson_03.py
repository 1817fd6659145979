"""Lesson 03's functions, as defined in the notebook, held to references.

The references are SciPy's constrained optimizer and scikit-learn, which know
nothing of projections, multipliers or outlines.
"""

import numpy as np
import pytest
import torch
from cells import feedback, first_failure, load
from matplotlib.figure import Figure
from scipy.optimize import minimize
from sklearn.linear_model import ElasticNet, Lasso, Ridge

LESSON = "03_geometry_of_penalties"
DRAWING = ("imports", "data", "map", "finish", "shrink")
MODEL = (
    "gradient",
    "point",
    "project-disc",
    "penalised-step",
    "projected-step",
    "descend",
    "limited",
    "multiplier",
    "price-of",
    "size-of",
)
SHAPES = ("l2-penalty", "l1-penalty", "elastic-penalty", "outline", "lowest")
PANELS = ("forces", "race", "meet", "wave", "leap", "penalties", "paths")
ALL = (*DRAWING, *MODEL, *SHAPES, *PANELS, "shapes", "bulge")
CHECKS = ("check-balance", "check-same", "check-kkt", "price")
SHAPE_CHECKS = ("check-disc", "kink", "check-sklearn")


@pytest.fixture(scope="module", autouse=True)
def float64():
    torch.set_default_dtype(torch.float64)  # as the lesson's first cell does
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def lesson(float64):
    return load(LESSON, *ALL)


@pytest.fixture(scope="module")
def data(lesson):
    return lesson["X"].numpy(), lesson["y"][:, 0].numpy()


def within(data, cost, limit):
    """Return SciPy's w (2,) of least loss with cost(w) <= limit."""
    X, y = data
    return minimize(
        lambda w: ((X @ w - y) ** 2).mean() / 2,
        [0.1, 0.2],
        jac=lambda w: X.T @ (X @ w - y) / len(X),
        constraints={"type": "ineq", "fun": lambda w: limit - cost(w)},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    ).x


def column(w):
    return torch.tensor(w).reshape(2, 1)


@pytest.mark.parametrize("lambd", [0.01, 0.3, 3, 100])
def test_ridge_is_that_of_scikit_learn(lesson, data, lambd):
    X, y = data
    reference = Ridge(alpha=len(X) * lambd, fit_intercept=False).fit(X, y)
    torch.testing.assert_close(
        lesson["ridge"](lambd), column(reference.coef_), atol=1e-8, rtol=0
    )


@pytest.mark.parametrize("theta", [0.1, 0.25, 1, 2, 2.5, 3])
def test_projected_descent_finds_the_best_weights_within_a_disc(
    lesson, data, theta
):
    reference = within(data, lambda w: w @ w, theta)
    torch.testing.assert_close(
        lesson["limited"](theta), column(reference), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize("theta", [0.1, 0.5, 1, 2, 2.5])
def test_limit_and_price_are_inverse_where_the_limit_binds(lesson, theta):
    lambd = lesson["price_of"](theta)
    assert lambd > 0
    assert lesson["size_of"](lambd) == pytest.approx(theta, abs=1e-8)
    penalised = lesson["descend"](lesson["penalised_step"], lambd)[:, -1:]
    torch.testing.assert_close(
        penalised, lesson["limited"](theta), atol=1e-8, rtol=0
    )


@pytest.mark.parametrize("theta", [2.53, 3, 4, 1e6])
def test_a_limit_that_does_not_bind_has_no_price(lesson, data, theta):
    assert lesson["price_of"](theta) == pytest.approx(0, abs=1e-7)
    least_squares = np.linalg.lstsq(*data, rcond=None)[0]
    torch.testing.assert_close(
        lesson["limited"](theta), column(least_squares), atol=1e-7, rtol=0
    )


def test_the_length_falls_all_the_way_and_one_weight_rises_first(lesson):
    path = lesson["path"]
    assert (path.norm(dim=0).diff() < 0).all()
    assert path[0].max() > path[0, 0] + 0.08
    assert path[:, -1].norm() > 0


def test_an_outline_costs_the_same_everywhere_and_has_exact_corners(lesson):
    for penalty in lesson["penalties"].values():
        edge = lesson["outline"](penalty, 0.7)
        cost = penalty(column([0.7, 0.0]))
        torch.testing.assert_close(
            penalty(edge), cost.expand(1602), atol=1e-7, rtol=0
        )
        corners = edge[:, (edge == 0).any(0)]
        assert (
            len({tuple(c) for c in corners.T.round(decimals=6).tolist()}) == 4
        )


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
    w = lesson["lowest"](lambda w: (w.abs() ** q).sum(0), r)
    reference = within(data, lambda w: (np.abs(w) ** q).sum(), r**q)
    torch.testing.assert_close(w, column(reference), atol=0.004, rtol=0)


@pytest.mark.parametrize(
    ("q", "exact"), [(0.4, True), (0.8, True), (1, True), (1.2, False)]
)
def test_a_corner_gives_an_exact_zero(lesson, q, exact):
    w = lesson["lowest"](lambda w: (w.abs() ** q).sum(0), 0.8)
    assert (w[0].item() == 0) is exact


def test_no_price_reaches_the_weights_between_the_two_valleys():
    x, w = np.linspace(0, 3, 40), np.linspace(-20, 20, 40_001)
    losses = ((np.sin(np.outer(w, x)) - np.sin(3 * x)) ** 2).mean(1) / 2
    best = [
        w[(losses + lambd / 2 * w**2).argmin()]
        for lambd in np.linspace(0, 1, 1001)
    ]
    assert max(best) == pytest.approx(3, abs=1e-3)
    assert not any(0.15 < each < 2.85 for each in best)
    namespace = load(LESSON, "imports", "wave")
    found = [namespace["best_wave"](k / 1000) for k in range(0, 201, 20)]
    assert found == pytest.approx(best[:201:20], abs=0.011)


@pytest.fixture(scope="module")
def table(lesson):
    return load(LESSON, "table", namespace=dict(lesson))


@pytest.fixture
def pair(table):
    namespace, moves = load(LESSON, "link", namespace=dict(table)), []
    sliders = namespace["lambd_slider"], namespace["theta_slider"]
    for slider in sliders:
        slider.observe(namespace["follow"], "value")
        slider.observe(lambda change: moves.append(change["owner"]), "value")
    return *sliders, namespace["table"], moves


def test_every_limit_finds_its_price_in_one_move(pair):
    lambd, theta, table, moves = pair
    for value in (0.1, 4.0, 0.55, 2.5, 1.0):
        moves.clear()
        theta.value = value
        assert (theta.value, lambd.value) == (value, table[value])
        assert len(moves) == 2


def test_every_price_finds_a_limit_in_one_move(pair):
    lambd, theta, table, moves = pair
    for value in (max(table.values()), table[0.5], 0.0, table[2.5]):
        moves.clear()
        lambd.value = value
        assert lambd.value == value == table[theta.value]
        assert len(moves) == 2


def test_a_loose_limit_leaves_the_price_at_zero(pair):
    lambd, theta, _, moves = pair
    theta.value = 3.0
    moves.clear()
    theta.value = 4.0
    assert (theta.value, lambd.value, len(moves)) == (4.0, 0.0, 1)


# Faults that a learner may make, and that one of the check cells must find.
FAULTS = {
    "twice the price": {"data": ("+ lambd *", "+ 2 * lambd *")},
    "loss without the half": {"data": (".mean(0) / 2", ".mean(0)")},
    "gradient of the sum": {"gradient": (" / len(X)", "")},
    "gradient upside down": {"gradient": ("X @ w - y", "y - X @ w")},
    "always onto the edge": {"project-disc": (".clamp(max=1)", "")},
    "theta as the radius": {"project-disc": ("theta**0.5", "theta")},
    "decay by lambd alone": {
        "penalised-step": ("1 - lr * lambd", "1 - lambd")
    },
    "no penalty": {"penalised-step": ("1 - lr * lambd", "1")},
    "projection before the step": {
        "projected-step": (
            "project_disc(w - lr * gradient(w), theta)",
            "project_disc(w, theta) - lr * gradient(w)",
        )
    },
    "too few steps": {"descend": ("range(400)", "range(20)")},
    "multiplier without the minus": {"multiplier": ("-((w", "((w")},
    "length in place of its square": {
        "multiplier": ("(w * pull).sum()", "(w * pull).sum() ** 0.5")
    },
    "L2 in place of L1": {"l1-penalty": ("w.abs()", "(w**2)")},
    "L1 across the points": {"l1-penalty": ("sum(0)", "sum(0) ** 0.5")},
    "elastic net of the wrong parts": {
        "elastic-penalty": ("l1_penalty(w) + l2", "2 * l1_penalty(w) + l2")
    },
    "highest in place of lowest": {"lowest": ("argmin", "argmax")},
    "the star is forgotten": {"lowest": ("return w_star", "pass")},
    "outline twice as far": {
        "outline": ("return directions * high", "return directions * high * 2")
    },
}


def test_the_check_cells_pass_as_shipped(lesson, capsys):
    assert not first_failure(LESSON, CHECKS + SHAPE_CHECKS, dict(lesson))
    assert "difference 0.00000000" in capsys.readouterr().out


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_cell_finds(fault):
    changes = FAULTS[fault]
    namespace = load(LESSON, *DRAWING, *MODEL, *SHAPES, changes=changes)
    checks = SHAPE_CHECKS if changes.keys() <= {*SHAPES} else CHECKS
    assert first_failure(LESSON, checks, namespace)


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "3", None])
@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("shrink", "lambd"),
        ("forces", "lambd"),
        ("meet", "lambd"),
        ("leap", "lambd"),
        ("race", "theta"),
        ("meet", "theta"),
        ("shapes", "r"),
        ("bulge", "r"),
        ("bulge", "q"),
    ],
)
def test_a_bad_value_is_refused(lesson, name, parameter, bad):
    with pytest.raises((TypeError, ValueError)):
        lesson[name](**{parameter: bad})


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("shrink", {"lambd": 0}),
        ("shrink", {"lambd": 100}),
        ("forces", {"lambd": 0}),
        ("forces", {"lambd": 100}),
        ("race", {"theta": 0.2}),
        ("race", {"theta": 4}),
        ("meet", {"lambd": 0, "theta": 4}),
        ("meet", {"lambd": 6, "theta": 0.1}),
        ("leap", {"lambd": 0.12}),
        ("shapes", {"penalty": "elastic net", "r": 0.05}),
        ("shapes", {"penalty": "L2 disc", "r": 2.2}),
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


# A wrong answer for each exercise, and a piece of what the check says.
WRONG = [
    ("ex1", "by_hand = lambda t: (t**0.5, 3 / t**0.5 - 1)", "theta=16"),
    ("ex1", "by_hand = lambda t: (min(t, 3), 0)", "theta=4"),
    ("ex2", "lambd_for = lambda theta: 1", "has ‖w‖²"),
    ("ex2", "lambd_for = lambda t: price_of(t) + 1e-9", "theta="),
    ("ex3", "is_solution = lambda w, lambd, theta: True", "do not balance"),
    (
        "ex3",
        "is_solution = lambda w, lambd, theta: w.norm() < theta + 1e-6 "
        "and lambd >= 0 and (gradient(w) + lambd * w).abs().max() < 1e-6 "
        "and abs(lambd * (theta - w.norm())) < 1e-6",
        "theta=2 binds",
    ),
    (
        "ex3",
        "is_solution = lambda w, lambd, theta: (w**2).sum() < theta + 1e-6 "
        "and lambd >= 0 and (gradient(w) + lambd * w).max() < 1e-6 "
        "and abs(lambd * (theta - (w**2).sum())) < 1e-6",
        "price is too low",
    ),
    ("ex3", "is_solution = lambda w, lambd, theta: False", "theta=2 binds"),
    (
        "ex3",
        "is_solution = lambda w, lambd, theta: "
        "(gradient(w) + lambd * w).abs().max() < 1e-6 and lambd >= 0 "
        "and abs(lambd * (theta - (w**2).sum())) < 1e-6",
        "w is outside",
    ),
    (
        "ex3",
        "is_solution = lambda w, lambd, theta: "
        "(gradient(w) + lambd * w).abs().max() < 1e-6",
        "outside",
    ),
    (
        "ex3",
        "is_solution = lambda w, lambd, theta: (w**2).sum() < theta + 1e-6 "
        "and lambd >= 0 and (gradient(w) + lambd * w).abs().max() < 1e-6",
        "room to spare",
    ),
    (
        "ex4",
        "project_diamond = lambda w, r: w * min(1, r / w.abs().sum())",
        "nearer",
    ),
    (
        "ex4",
        "project_diamond = lambda w, r: w * r / w.abs().sum()",
        "inside must stay",
    ),
    (
        "ex4",
        "project_diamond = lambda w, r: w if w.abs().sum() <= r else "
        "w - w.sign() * (w.abs().sum() - r) / len(w)",
        "not 1|nearer|five",
    ),
    (
        "ex5",
        "limit_matrix = lambda W, theta: W * theta**0.5 / W.norm()",
        "100",
    ),
    (
        "ex5",
        "limit_matrix = lambda W, theta: "
        "W * (theta**0.5 / torch.linalg.matrix_norm(W, 2)).clamp(max=1)",
        "squares sum",
    ),
    ("ex6", "twin_penalty = l2_penalty", "differ"),
    ("ex6", "twin_penalty = l1_penalty", "w₁ is 0.000"),
    ("ex6", "twin_penalty = lambda w: (w[0] - w[1]).abs()", "must cost more"),
]


@pytest.mark.parametrize(("exercise", "answer", "said"), WRONG)
def test_a_wrong_answer_is_found(lesson, exercise, answer, said):
    line = feedback(LESSON, f"{exercise}-check", answer, lesson)
    assert line.startswith("✗ ")
    assert any(part in line for part in said.split("|"))
