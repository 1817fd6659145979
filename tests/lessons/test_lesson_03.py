"""Lesson 03's functions, as defined in the notebook, held to references.

The references are SciPy's constrained optimizer and scikit-learn, which know
nothing of projections, multipliers or outlines.
"""

import runpy
from pathlib import Path

import numpy as np
import pytest
import torch
from cells import load, printed
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from scipy.optimize import minimize
from sklearn.linear_model import Lasso, Ridge

LESSON = "03_geometry_of_penalties"
ANSWERS = runpy.run_path(Path(__file__).with_name("answers_03.py"))["ANSWERS"]
TURNS = ("gradient", "project", "multiplier", "l1")


def turn(name):
    return f"turn-{name}-check", f"turn-{name}-ours"


CELLS = (
    "shrink",
    "data",
    *turn("gradient"),
    "pulls",
    *turn("project"),
    "steps",
    *turn("multiplier"),
    "price-of",
    "race",
    "meet",
    "convex",
    *turn("l1"),
    "penalties",
    "shapes",
)


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


def drawn(figure):
    """Return {label: (x, y)} of all lines of a figure that have a label."""
    return {
        line.get_label(): torch.tensor(np.array(line.get_data(), dtype=float))
        for ax in figure.axes
        for line in ax.lines
        if not line.get_label().startswith("_")
    }


# Price, limit, and what leads from one to the other.
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


def test_the_first_panel_shows_what_its_text_says(lesson):
    path = lesson["ridge_path"]()
    assert (path.norm(dim=0).diff() < 0).all()
    assert path[0, 0] == pytest.approx(0.56, abs=0.005)
    assert path[0].max() == pytest.approx(0.65, abs=0.005)
    k = path[0].argmax()
    assert [0, *torch.logspace(-3, 3, 60)][k] == pytest.approx(0.3, abs=0.05)
    sizes = [lesson["size_of"](lambd) for lambd in (0, 100)]
    assert sizes == pytest.approx([2.53, 0.001], abs=0.005)


def test_no_picture_shows_what_lies_beyond_the_slider(lesson):
    """Else the saved picture would answer "Predict first." """
    lines = drawn(lesson["shrink"](0.3))
    path = lines["best w up to this λ"]
    torch.testing.assert_close(path[:, -1:], lines["best w"])
    assert path.norm(dim=0).min() == path[:, -1].norm()
    for penalty in lesson["penalties"]:
        lines = drawn(lesson["shapes"](penalty, 1.55))
        assert lines["best w down to this r"].shape == (2, 7)  # 1.6 to 2.2
        for k in (1, 2, 22, 43, 44):
            path = drawn(lesson["shapes"](penalty, k / 20))
            path = path["best w down to this r"]
            assert path.shape[1] == 22 - (k - 1) // 2
    figure = lesson["meet"](lesson["table"][1.0], 1.0)
    assert drawn(figure)["least loss within θ"][0].max() == 1.0
    (prices,) = (ax for ax in figure.axes if ax.get_ylabel() == "price λ")
    assert prices.lines[0].get_xdata()[-1] == 1.0


@pytest.mark.parametrize("lambd", [0.01, 0.3, 10])
def test_circle_and_line_of_equal_loss_touch(lesson, lambd):
    lines = drawn(lesson["shrink"](lambd))
    height = lesson["loss"](lines["best w"])
    assert lesson["loss"](lines["equal ‖w‖²"]).min() >= height - 1e-3


@pytest.mark.parametrize("lambd", [0.1, 1, 100])
def test_the_arrows_are_opposite_and_equal(lesson, lambd):
    arrows = [
        c for c in lesson["draw_pulls"](lambd).axes[0].collections
        if type(c).__name__ == "Quiver"
    ]  # fmt: skip
    assert len(arrows) == 2
    sums = [sum(float(getattr(a, part)[0]) for a in arrows) for part in "UV"]
    assert sums == pytest.approx([0, 0], abs=1e-9)


def test_the_race_shows_what_its_text_says(lesson):
    for theta in (0.2, 0.3, 0.5, 0.8, 1.2, 1.5, 2, 2.4, 2.5, 2.6, 3, 4):
        lines = drawn(lesson["race"](theta))
        hard, soft = (
            lines[f"{name} descent"] for name in ("projected", "penalised")
        )
        assert ((hard[:, 1:] ** 2).sum(0) < theta + 1e-9).all()
        assert (hard[:, 1] ** 2).sum() == pytest.approx(theta)  # on the edge
        assert lesson["outside"](hard, theta) == 0
        assert lesson["outside"](soft, theta) >= 2
        assert (soft - hard)[:, 1:].norm(dim=0).max() > 0.25  # seen apart
        assert (soft - hard)[:, -1].norm() < 1e-7
        if theta > 2.55:
            assert (hard[:, -1:] - lesson["w_star"]).norm() < 1e-6
            assert lesson["price_of"](theta) < 1e-6
        late = (soft[:, 1:] ** 2).sum(0) > 1.01 * theta
        steps = lesson["outside"](soft, theta)
        assert late[:steps].all()  # outside at first, and never again
        assert steps == {0.2: 2, 0.5: 7, 1.5: 28}.get(theta, steps)
        if theta == 1.5:
            slid = (hard[:, 1:30] ** 2).sum(0)
            assert ((slid - theta).abs() < 1e-9).all()  # along the edge


@pytest.fixture
def pair(lesson):
    sliders, moves = (lesson["lambd_slider"], lesson["theta_slider"]), []
    start = [slider.value for slider in sliders]
    for slider in sliders:
        slider.observe(lesson["follow"], "value")
        slider.observe(lambda change: moves.append(change["owner"]), "value")
    yield *sliders, lesson["table"], moves
    for slider, value in zip(sliders, start, strict=True):
        slider.unobserve_all()
        slider.value = value


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


def test_the_two_sliders_show_what_the_text_says(lesson):
    table = lesson["table"]
    assert table[0.1] == pytest.approx(6.7, abs=0.05)
    assert table[1.0] == pytest.approx(0.9, abs=0.05)
    assert all((table[t] == 0) == (t >= 2.55) for t in table)
    steps = -np.diff(list(table.values()))
    assert (np.diff(steps) <= 1e-3).all()  # it falls fastest at the left
    for theta in (0.1, 0.5, 1.0, 2.0, 3.0):
        lines = drawn(lesson["meet"](table[theta], theta))
        dot = lines["best w at the price λ"]
        assert (dot - lines["best w within the limit"]).norm() < 1e-3


@pytest.mark.parametrize("theta", [0.5, 1.0, 2.0, 3.0])
def test_the_slope_of_the_least_loss_is_half_the_price(lesson, theta):
    best = lesson["loss"](
        torch.cat(
            [lesson["limited"](theta + step) for step in (-1e-4, 1e-4)], dim=1
        )
    )
    lambd = lesson["table"][theta]
    slope = ((best[1] - best[0]) / 2e-4).item()
    assert slope == pytest.approx(-lambd / 2, abs=2e-4)
    lines = drawn(lesson["meet"](lambd, theta))
    (tangent,) = (xy for name, xy in lines.items() if "slope" in name)
    drawn_slope = (tangent[1, 1] - tangent[1, 0]) / (
        tangent[0, 1] - tangent[0, 0]
    )
    assert drawn_slope.item() == pytest.approx(-lambd / 2)
    x, y = lines["least loss within θ"]
    straight = tangent[1, 0] + drawn_slope * (x - tangent[0, 0])
    assert (straight <= y + 1e-4).all()  # touches it from below


# What is convex, and what is not.
def test_chords_and_segments_are_as_the_titles_say(lesson):
    bowl, diamond, wave, star = lesson["draw_convex"]().axes
    for ax, above in ((bowl, True), (wave, False)):
        (x, y), (ends, heights) = (line.get_data() for line in ax.lines)
        between = (x > ends[0]) & (x < ends[1])
        chord = np.interp(x, ends, heights)[between]
        assert (chord > np.array(y)[between]).all() == above
    for ax, power, inside in ((diamond, 1, True), (star, 0.5, False)):
        x, y = (
            np.linspace(*ends, 51)[1:-1] for ends in ax.lines[0].get_data()
        )
        costs = np.abs(x) ** power + np.abs(y) ** power
        assert (costs <= 1 + 1e-9).all() == inside


def test_no_price_reaches_the_weights_between_the_two_valleys(lesson):
    x, w = np.linspace(0, 3, 40), np.linspace(-20, 20, 40_001)
    losses = ((np.sin(np.outer(w, x)) - np.sin(3 * x)) ** 2).mean(1) / 2
    best = [
        w[(losses + lambd / 2 * w**2).argmin()]
        for lambd in np.linspace(0, 1, 1001)
    ]
    assert max(best) == pytest.approx(3, abs=1e-3)
    assert not any(0.15 < each < 2.85 for each in best)
    found = [lesson["best_wave"](k / 1000) for k in range(0, 201, 20)]
    assert found == pytest.approx(best[:201:20], abs=0.011)
    said = printed(LESSON, "convex")
    assert "0.055: 2.88\n  lambd 0.056: 0.10" in said
    assert "within theta = 6.25: 2.50" in said


# Regions, corners and kinks.
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
def test_the_lowest_point_of_a_diamond_is_that_of_scikit_learn(
    lesson, data, r
):
    w = lesson["lowest"](lesson["l1_penalty"], r)
    pull = (w * lesson["gradient"](w)).sum()
    lambd = (-pull / w.abs().sum()).item()
    model = Lasso(alpha=lambd, fit_intercept=False, tol=1e-12)
    reference = column(model.fit(*data).coef_)
    torch.testing.assert_close(w, reference, atol=0.003, rtol=0)
    assert torch.equal(w == 0, reference == 0)


@pytest.mark.parametrize("r", [0.5, 1, 1.5, 2])
def test_the_lowest_point_of_a_disc_is_that_of_the_descent(lesson, r):
    w = lesson["lowest"](lesson["l2_penalty"], r)
    torch.testing.assert_close(w, lesson["limited"](r**2), atol=0.003, rtol=0)


def test_the_shapes_show_what_their_text_says(lesson):
    for k in range(1, 45):  # the slider's positions
        w = lesson["lowest"](lesson["l1_penalty"], k / 20)
        assert (w[0] == 0) == (k / 20 <= 1.1)
        w = lesson["lowest"](lesson["l2_penalty"], k / 20)
        assert (w != 0).all()
    w = lesson["lowest"](lesson["l2_penalty"], 0.5)
    assert w[0].item() == pytest.approx(0.31, abs=0.005)
    w = lesson["lowest"](lesson["l1_penalty"], 0.75)
    torch.testing.assert_close(w, column([0.0, 0.75]))


def test_the_kink_holds_and_the_bowl_does_not(lesson, data):
    X, y = data
    for k in (0, 1, 6, 12, 21, 22, 23, 24, 40, 60):  # slider's positions
        lambd = k / 20
        best = [
            ax.lines[-1].get_xdata()[0]
            for ax in lesson["kink"](lambd).axes
        ]  # fmt: skip
        assert (best[0] == 0) == (lambd >= 1.15)
        assert best[1] > 0.28
        rest = y - 0.75 * X[:, 1]  # with one weight, both are in closed form
        curve, slope = (X[:, 0] ** 2).mean(), (X[:, 0] * rest).mean()
        right = [max(0, slope - lambd) / curve, slope / (curve + lambd)]
        assert best == pytest.approx(right, abs=6e-4)
    assert slope == pytest.approx(1.130, abs=5e-4)
    assert best[1] == pytest.approx(0.283, abs=1e-9)


# The pictures.
FIGURES = [
    ("shrink", {"lambd": 0}),
    ("shrink", {"lambd": 100}),
    ("race", {"theta": 0.2}),
    ("race", {"theta": 4}),
    ("meet", {"lambd": 0, "theta": 4}),
    ("meet", {"lambd": 6, "theta": 0.1}),
    ("shapes", {"penalty": "L1 norm", "r": 0.05}),
    ("shapes", {"penalty": "½‖w‖²", "r": 2.2}),
    ("kink", {"lambd": 0}),
    ("kink", {"lambd": 3}),
]
MEANINGS = {  # what a colour stands for, in every picture
    "BLUE": ("loss", "equal loss", "least loss", "the loss pulls"),
    "ORANGE": ("equal ‖w‖²", "the penalty pulls", "penalised", "price λ",
               "slope", "λ|", "½λ"),
    "GREEN": ("limit", "projected", "best w within", "set"),
    "PURPLE": ("loss + penalty",),
    "black": ("w*", "best w", "chord", "segment"),
}  # fmt: skip


def meaning(label):
    """Return the colour that a legend's entry should have."""
    found = [
        (len(start), colour)
        for colour, starts in MEANINGS.items()
        for start in starts
        if label.startswith(start)
    ]
    assert found, f"{label!r} has no meaning in the table"
    return max(found)[1]


@pytest.mark.parametrize(("name", "values"), FIGURES)
def test_every_end_of_a_slider_draws_a_picture_with_words(
    lesson, name, values
):
    figure = lesson[name](**values)
    assert isinstance(figure, Figure)
    assert "best w" in figure.get_label() or "w = (" in figure.get_label()


def test_one_colour_has_one_meaning(lesson):
    figures = [lesson[name](**values) for name, values in FIGURES]
    figures += [lesson["draw_pulls"](1), lesson["draw_convex"]()]
    seen = set()
    for ax in (ax for figure in figures for ax in figure.axes):
        for artist, label in zip(*ax.get_legend_handles_labels(), strict=True):
            get = getattr(artist, "get_color", None) or artist.get_facecolor
            colour = get()
            colour = to_hex(colour if isinstance(colour, str) else colour[0]
                            if np.ndim(colour) == 2 else colour)  # fmt: skip
            right = meaning(label)
            assert colour == to_hex(lesson.get(right, right)), label
            seen.add(right)
    assert seen == set(MEANINGS)


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "3", None])
@pytest.mark.parametrize(
    ("name", "parameter"),
    [("race", "theta"), ("meet", "theta"), ("shapes", "r")],
)
def test_a_bad_limit_is_refused(lesson, name, parameter, bad):
    with pytest.raises((TypeError, ValueError)):
        lesson[name](**{parameter: bad})


@pytest.mark.parametrize("name", TURNS)
def test_panels_take_every_right_answer(lesson, name):
    for answer in ANSWERS[f"turn-{name}-check"]["right"]:
        namespace = dict(lesson)
        exec(answer, namespace)
        load(
            LESSON, "steps", "price-of", "race", "penalties", "shapes",
            namespace=namespace,
            changes={
                "shapes": ("range(1, 23)", "range(21, 23)"),
                "price-of": ("in (0.5, 1.5, 2.5, 4)", "in ()"),  # prints
            },
        )  # fmt: skip
        # One picture of each panel that calls a turn's function, but of
        # `meet`: its table takes seconds.
        namespace["race"](theta=0.2)
        namespace["shapes"](penalty="L1 norm", r=0.05)
        namespace["kink"](lambd=3)
        torch.testing.assert_close(
            namespace["limited"](1.5), lesson["limited"](1.5)
        )
        assert namespace["price_of"](1.5) == pytest.approx(
            lesson["price_of"](1.5)
        )
