"""Lesson 05's functions, as defined in the notebook, held to references.

The references are scikit-learn, NumPy's pseudo-inverse, automatic
differentiation, an exact law, and Monte Carlo within four standard errors;
numbers with many digits are those of the course's oracle data.
"""

import numpy as np
import pytest
import torch
from cells import feedback, first_failure, load, refuses
from oracle import draw
from sklearn.linear_model import LinearRegression, Ridge

from course_utils import seed_everything

LESSON = "05_bias_and_variance"
WAVE = ("imports", "draw-sets", "bumps", "ridge", "draw-fits", "strengths")
PARTS = ("decompose", "measure", "draw-features", "draw-parts")
LINEAR = ("linear-data", "linear-parts", "learn", "agreement", "law")
LINEAR = (*LINEAR, "new-data-loss", "draw-descent", "draw-perturbed")
NOISE = ("copies", "step", "start", "train-noisy")
EARLY = ("stop-early", "descend", "choose")
ALL = (*WAVE, *PARTS, "draw-capacity", *LINEAR, *NOISE, *EARLY)


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, *ALL)


@pytest.fixture(scope="module")
def data():
    """Return the oracle's X (120, 200) and y (120, 1)."""
    return draw()


def one_set(lesson, n, seed=0):
    seed_everything(seed)
    return [tensor[0] for tensor in lesson["draw_linear"](1, n)]


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


def test_almost_no_penalty_gives_the_shortest_weights_that_fit(lesson):
    X, y = one_set(lesson, 50)
    w, b = lesson["ridge"](X, y, 1e-6)
    X_c, y_c = X - X.mean(0), y - y.mean(0)
    shortest = torch.from_numpy(np.linalg.pinv(X_c.numpy())) @ y_c
    torch.testing.assert_close(w, shortest, atol=1e-6, rtol=0)
    torch.testing.assert_close(X @ w + b, y, atol=1e-5, rtol=0)


def test_bias_and_variance_are_those_of_a_hand_calculation(lesson):
    y_hat = torch.tensor([[1.0, 5], [2, 5], [6, 5]])[..., None]
    parts = lesson["decompose"](y_hat, torch.tensor([[4.0], [3.0]]))
    assert parts == pytest.approx(((1 + 4) / 4, (14 / 3 + 0) / 4))


@pytest.mark.parametrize("lambd", [1e-3, 0.1, 10])
def test_bias_and_variance_add_up_to_the_distance_from_the_truth(
    lesson, lambd
):
    seed_everything(0)
    x, y = lesson["draw_sets"](200, 20)
    w, b = lesson["ridge"](lesson["bumps"](x), y, lambd)
    y_hat = lesson["bumps"](lesson["grid"]) @ w + b
    truth = lesson["wave"](lesson["grid"])[:, None]
    parts = lesson["decompose"](y_hat, truth)
    whole = (y_hat - truth).square().mean().item() / 2
    assert sum(parts) == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize("noise", [0.1, 0.8])
@pytest.mark.parametrize("n", [10, 50])
def test_with_noise_they_add_up_to_the_measured_loss(lesson, n, noise):
    seed_everything(3)
    train, new = (lesson["draw_features"](2000, m, noise) for m in (n, 100))
    bias2, variance, losses = lesson["measure"](train, new, 0.03)
    error = losses.std() / 2000**0.5
    total = bias2 + variance + noise**2 / 2
    assert abs(losses.mean() - total) < 4 * error


def test_noise_moves_the_best_penalty_up_and_more_data_move_it_down(lesson):
    found = []
    for values in ({"noise": 0.8}, {}, {"n": 100}):
        seed_everything(0)
        found.append(lesson["draw_parts"](**values)["at lambd"])
    assert found[0] > found[1] > found[2]


def test_a_penalty_limits_what_many_bumps_cost(lesson):
    seed_everything(0)
    without = lesson["draw_capacity"](1e-6)
    seed_everything(0)
    penalised = lesson["draw_capacity"](0.01)
    assert without["with 100"] > 10 * penalised["with 100"]
    assert penalised["lowest"] < without["lowest"] < 0.11
    assert penalised["with 100"] > 1.5 * penalised["lowest"]


def test_the_parts_of_the_weights_are_those_of_the_predictions(lesson):
    seed_everything(0)
    w, b = lesson["learn"](100, 0.3, num_sets=200)
    X = torch.randn(20_000, 200).double()
    truth = X @ lesson["true_w"] + lesson["true_b"]
    y_hat = X @ w[..., 0].T + b[:, 0, 0]
    direct = lesson["decompose"](y_hat.T[..., None], truth)
    assert lesson["linear_parts"](w, b) == pytest.approx(direct, rel=0.05)
    whole = (y_hat - truth).square().mean().item() / 2 + 0.1**2 / 2
    losses = lesson["new_data_loss"](w, b)
    assert losses.shape == (200,)
    assert losses.mean().item() == pytest.approx(whole, rel=0.02)


def test_more_features_than_examples_mean_high_variance(lesson):
    variance, agreement = {}, {}
    for n in (20, 100, 200, 400):
        seed_everything(0)
        w, b = lesson["learn"](n, 1e-6, num_sets=100)
        variance[n] = lesson["linear_parts"](w, b)[1]
        agreement[n] = lesson["agreement"](w)
    noise = 0.1**2 / 2
    assert variance[100] > noise
    assert variance[200] > 50 * noise
    assert max(agreement[n] for n in (20, 200)) < 0.1
    assert variance[20] < variance[100] < variance[200] > variance[400]
    assert agreement[400] > 0.6


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
    losses = lesson["new_data_loss"](*lesson["learn"](n, lambd))
    assert losses.mean().item() == pytest.approx(loss, abs=0.0003)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_penalty_removes_the_peak_of_double_descent(lesson, seed):
    seed_everything(seed)
    without = lesson["draw_descent"](1e-6)
    seed_everything(seed)
    penalised = lesson["draw_descent"](0.3)
    assert without["n = 200"] > 0.3
    assert without["n = 100"] < 0.02 > without["n = 400"]
    falling = [penalised[f"n = {n}"] for n in (100, 200, 400)]
    assert falling == sorted(falling, reverse=True)


def test_noisy_inputs_ask_for_a_stronger_penalty(lesson):
    found = []
    for input_noise in (0, 1):
        seed_everything(0)
        found.append(lesson["draw_perturbed"](input_noise))
    assert found[1]["at lambd"] > 2 * found[0]["at lambd"]
    assert found[1]["lowest with noise"] > found[0]["lowest with noise"]


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


@pytest.mark.parametrize("sigma2", [0.5, 2])
def test_noisy_training_is_decay_in_the_mean_after_each_step(lesson, sigma2):
    X, y = one_set(lesson, 40)
    (w, b), (v, c) = lesson["start"](60), lesson["start"]()
    for k in range(1, 41):
        noise = sigma2**0.5 * torch.randn(60, 40, 200)
        w, b = lesson["step"](w, b, X + noise, y, lr=0.05)
        v, c = lesson["step"](v, c, X, y, lr=0.05, lambd=sigma2)
        if k in (3, 40):
            far = (w.mean(0) - v) / (w.std(0) / 60**0.5)
            assert far.square().mean() == pytest.approx(1, abs=0.4)
            assert far.abs().max() < 4.5  # 200 numbers, 59 degrees


@pytest.mark.parametrize("lr", [0.2, 0.02])
def test_the_best_time_to_stop_is_a_number_of_steps_times_lr(lesson, lr):
    results = []
    for rate in (lr, 0.05):
        seed_everything(0)
        results.append(lesson["stop_early"](rate, n=200))
    times = results[0]["at k"] * lr, results[1]["at k"] * 0.05
    assert times[0] == pytest.approx(times[1], rel=0.1)
    lowest = [result["lowest"] for result in results]
    assert lowest[0] == pytest.approx(lowest[1], rel=0.02)
    assert results[1]["at the end"] > 1.5 * lowest[1]


def test_the_steps_are_chosen_on_other_data(lesson):
    train, (X, y) = one_set(lesson, 200), one_set(lesson, 100, seed=1)
    fits = lesson["descend"](*train, num_steps=300)
    assert len(fits) == 301
    losses = [(X @ w + b - y).square().mean().item() for w, b in fits]
    best = lesson["choose"](fits, X, y)
    assert best is fits[int(np.argmin(losses))]
    assert lesson["choose"](fits, *train) is fits[-1]


# Faults that a learner may make, and that one of the check cells must find.
FAULTS = {
    "bias not free": {"ridge": ("X_c = X - X_mean", "X_c = X")},
    "bias forgotten": {"ridge": ("y_mean - X_mean @ w", "0 * y_mean")},
    "penalty without the half": {"ridge": ("+ lambd *", "+ 2 * lambd *")},
    "sum in place of mean": {"ridge": ("X_c / n +", "X_c +")},
    "bias² without the half": {
        "decompose": ("(mean - truth) ** 2 / 2", "(mean - truth) ** 2")
    },
    "variance without the half": {
        "decompose": (".mean(0) / 2", ".mean(0)")
    },
    "variance about the truth": {
        "decompose": ("(y_hat - mean)", "(y_hat - truth)")
    },
    "measured without the half": {"measure": ("y_new) ** 2 / 2",
                                              "y_new) ** 2")},
    "judged on the training points": {
        "measure": ("train, new\n", "train, train\n")
    },
    "law without b": {"law": ("off_b = (off + noise2) / n", "off_b = off")},
    "law with n": {"law": ("m = n - 1", "m = n + 9")},
    "loss without b": {"new-data-loss": ("b - true_b", "b - b - 0.1")},
    "loss without noise": {"new-data-loss": ("+ noise**2", "")},
    "shifts too small": {"copies": ("(d * sigma2)", "(sigma2)")},
    "shifts to one side": {"copies": ("[shift, -shift]", "[shift, shift]")},
    "no mean over the examples": {"step": (" / X.shape[-2]", "")},
    "a step uphill in b": {"step": ("b - lr * error.mean",
                                    "b + lr * error.mean")},
    "decay where none is asked for": {
        "step": ("lambd=0", "lambd=0.3")
    },
}  # fmt: skip
CHECKS = (
    *("check-ridge", "check-sum", "check-law", "check-sensitivity"),
    *("check-copies", "noisy-runs", "check-noisy", "check-shares"),
)


def test_the_check_cells_pass_as_shipped(lesson, capsys):
    load(LESSON, *CHECKS, namespace=dict(lesson))
    printed = capsys.readouterr().out
    assert "lambd 3: 0.0305974" in printed
    assert "= 0.1125; measured 0.1119" in printed


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_cell_finds(fault):
    namespace = load(LESSON, *ALL, changes=FAULTS[fault])
    (changed,) = FAULTS[fault]
    likely = {
        "ridge": ("check-ridge", "check-sum", "check-copies"),
        "law": ("check-law",),
        "new-data-loss": ("check-law",),
        "copies": ("check-copies",),
        "step": ("noisy-runs", "check-noisy", "check-shares"),
    }.get(changed, ("check-ridge", "check-sum"))
    assert first_failure(LESSON, likely, namespace)


DRIVEN = [
    *(("draw_fits", name) for name in ("lambd", "n")),
    *(("draw_parts", name) for name in ("n", "noise")),
    *(("draw_capacity", name) for name in ("lambd", "n")),
    ("draw_descent", "lambd"),
    *(("draw_perturbed", name) for name in ("input_noise", "n")),
    ("train_noisy", "sigma2"),
    *(("stop_early", name) for name in ("lr", "n")),
]


@pytest.mark.parametrize("bad", [-1, float("nan"), float("inf"), "3", None])
@pytest.mark.parametrize(("name", "argument"), DRIVEN)
def test_a_bad_value_is_refused_before_anything_changes(
    lesson, name, argument, bad
):
    refuses(lesson[name], **{argument: bad})


@pytest.mark.parametrize("name", ["draw_descent", "train_noisy", "stop_early"])
def test_the_same_seed_gives_the_same_numbers(lesson, name):
    results = []
    for _ in range(2):
        seed_everything(5)
        results.append(lesson[name]())
    assert results[0] == results[1]


def test_without_noise_the_three_runs_are_one(lesson):
    seed_everything(0)
    losses = lesson["train_noisy"](0).values()
    assert max(losses) == pytest.approx(min(losses), rel=1e-9)


def test_the_fits_are_drawn_with_the_mean_of_all(lesson):
    seed_everything(0)
    figure = lesson["draw_fits"](0.1, n=30)
    (ax,) = figure.axes
    assert "lambd 0.1" in figure.get_label()
    assert len(ax.lines) == 30 + 2
    mean, true = ax.lines[-2:]
    assert np.abs(mean.get_ydata() - true.get_ydata()).max() < 0.5


def test_the_sliders_stations_are_as_the_lesson_says(lesson):
    strengths = lesson["strengths"]
    assert strengths[:3] == [1e-6, 3e-6, 1e-5]
    assert strengths[-1] == 30
    assert strengths == sorted(strengths)


# A wrong answer for each exercise, and a piece of what the check says.
WRONG = [
    ("ex1", "parts_by_hand = lambda: (4, 7)", "variance is not 7"),
    ("ex1", "parts_by_hand = lambda: (2, 14 / 3)", "bias² is not 2"),
    ("ex1", "parts_by_hand = lambda: (0.5, 7 / 3)", "bias² is not 0.5"),
    ("ex2", "steps_like = lambda lambd, lr: round(lr / lambd)", "wrong"),
    ("ex2", "steps_like = lambda lambd, lr: round(1 / lr / lambd)", "lr=0.5"),
    ("ex2", "steps_like = lambda c, lr: max(1, int(1 / lr / c))", "lambd=0.6"),
    ("ex3", "averaged = lambda y_hat, k: y_hat[::k]", "bias"),
    ("ex3", "averaged = lambda y_hat, k: y_hat", "shape"),
    (
        "ex4",
        "ridge_for_noise = lambda X, y, s: ridge(X, y, s.mean())",
        "w[0]",
    ),
    (
        "ex4",
        "ridge_for_noise = lambda X, y, s: ridge(X / s.sqrt(), y, 1)",
        "positive-definite",
    ),
    (
        "ex5",
        "early_stop = lambda train, valid, lr, patience: "
        "(descend(*train)[-1], 500)",
        "500 steps taken",
    ),
    (
        "ex5",
        "def early_stop(train, valid, lr, patience):\n"
        "    fits = descend(*train)\n"
        "    lowest = choose(fits, *valid)\n"
        "    best = [fit is lowest for fit in fits].index(True)\n"
        "    return fits[best + patience], best + patience",
        "not the weights of the lowest",
    ),
    (
        "ex5",
        "def early_stop(train, valid, lr, patience):\n"
        "    fits = descend(*train)[1:]\n"
        "    lowest = choose(fits, *valid)\n"
        "    best = [fit is lowest for fit in fits].index(True) + 1\n"
        "    return lowest, best + patience",
        "lr 1.5",
    ),
    (  # waits for a loss above the one before, not above the lowest
        "ex5",
        "def early_stop(train, valid, lr, patience):\n"
        "    fit, last, best, waited, taken = start(), 1e9, 1e9, 0, 0\n"
        "    while waited < patience:\n"
        "        fit, taken = step(*fit, *train, lr), taken + 1\n"
        "        loss = float(((valid[0] @ fit[0] + fit[1] - valid[1]) ** 2)"
        ".mean())\n"
        "        waited, last = 0 if loss < last else waited + 1, loss\n"
        "        if loss < best:\n"
        "            best, lowest = loss, fit\n"
        "    return lowest, taken",
        "lr 1.5",
    ),
    ("ex6", "effective_weights = lambda X, lambd: 100", "but"),
    (
        "ex6",
        "effective_weights = lambda X, lambd: (lambda h: (h / (h + lambd))"
        ".sum())(torch.linalg.eigvalsh(X.T @ X / len(X)))",
        "lambd=0.001",
    ),
]


@pytest.mark.parametrize(("exercise", "answer", "said"), WRONG)
def test_a_wrong_answer_is_found(lesson, exercise, answer, said):
    line = feedback(LESSON, f"{exercise}-check", answer, lesson)
    assert line.startswith("✗ ")
    assert said in line
