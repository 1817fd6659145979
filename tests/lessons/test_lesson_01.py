"""Lesson 01's functions, as defined in the notebook, held to references.

The numbers are those of NumPy's and scikit-learn's closed forms for one fixed
data set; the laws are exact.
"""

import re

import numpy as np
import pytest
import torch
from cells import load, printed, see
from oracle import draw
from sklearn.linear_model import Ridge

from course_utils import (
    load_array,
    retrain,
    seed_everything,
    synthetic_data,
)

LESSON = "01_weight_decay_from_scratch"
PENALTY = ("imports", "turn-penalty-check", "turn-penalty-ours")
LOOP = (*PENALTY, "model", "turn-loop-check", "turn-loop-ours")
MODEL = (*LOOP, "turn-update-check", "turn-update-ours", "ridge")
SEED = 4117  # the panels'


@pytest.fixture(scope="module")
def lesson():
    panels = ("data", "train", "unseen", "plane", "train-noisy", "taste-fit")
    # Of its table only the functions: nbval compares what it prints.
    fewer = "draw_losses(lambd, noise) for", "draw_losses(lambd, noise, 2) for"
    changes = {"u-curve": fewer}
    return load(LESSON, *MODEL, *panels, "u-curve", changes=changes)


@pytest.fixture
def float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def data(float64):
    return draw(20)


def start(scale=0.0, dtype=torch.float64):
    """Return w (200, 1) from N(0, scale²) and b (1,), from a seed."""
    generator = torch.Generator().manual_seed(1)
    w = scale * torch.randn(200, 1, generator=generator, dtype=torch.float64)
    b = torch.zeros(1, dtype=dtype)
    return w.to(dtype).requires_grad_(), b.requires_grad_()


def mse(X, y, w, b):
    return ((X @ w + b - y) ** 2).mean().item() / 2


def test_the_data_are_those_of_the_oracle(data):
    X, y = data
    expected = [0.18843167, -0.19026488, -0.17254873]
    assert y[:3, 0].tolist() == pytest.approx(expected, abs=5e-9)
    assert X.sum().item() == pytest.approx(-101.8109274368, abs=1e-9)


def test_ridge_has_the_known_numbers(lesson, data):
    w, b = lesson["ridge"](*data, 3)
    X, y = draw()
    assert w.norm().item() == pytest.approx(0.03205896, abs=1e-8)
    assert b.item() == pytest.approx(-0.00070382, abs=1e-8)
    assert mse(*data, w, b) == pytest.approx(0.00060292, abs=1e-8)
    assert mse(X[20:], y[20:], w, b) == pytest.approx(0.01239326, abs=1e-8)


@pytest.mark.parametrize("lambd", [0.01, 1, 3, 30])
def test_ridge_is_that_of_scikit_learn(lesson, data, lambd):
    X, y = data
    w, b = lesson["ridge"](X, y, lambd)
    reference = Ridge(alpha=len(X) * lambd).fit(X.numpy(), y.numpy()[:, 0])
    np.testing.assert_allclose(w[:, 0], reference.coef_, atol=1e-8)
    assert b.item() == pytest.approx(reference.intercept_, abs=1e-8)


@pytest.mark.parametrize(("scale", "steps"), [(0, 1700), (1, 2500)])
def test_gradient_descent_ends_at_ridge_from_any_start(
    lesson, data, scale, steps
):
    w, b = start(scale)
    for _ in range(steps):
        lesson["train_epoch"](w, b, 3, [data], 0.05)
    for found, exact in zip((w, b), lesson["ridge"](*data, 3), strict=True):
        torch.testing.assert_close(found.detach(), exact, atol=1e-10, rtol=0)


@pytest.mark.parametrize(
    ("dtype", "atol"), [(torch.float64, 1e-12), (torch.float32, 1e-5)]
)
def test_the_loop_steps_as_torch_sgd_does(lesson, data, dtype, atol):
    X, y = (tensor.to(dtype) for tensor in data)
    generator = torch.Generator().manual_seed(0)
    batches = [
        (X[rows], y[rows])
        for _ in range(100)
        for rows in torch.randperm(20, generator=generator).split(5)
    ]
    w, b = start(1, dtype)
    net = torch.nn.Linear(200, 1, dtype=dtype)
    with torch.no_grad():
        net.weight.copy_(w.T)
        net.bias.zero_()
    optimizer = torch.optim.SGD(
        [{"params": net.weight, "weight_decay": 3}, {"params": net.bias}],
        lr=0.003,
    )
    lesson["train_epoch"](w, b, 3, batches, 0.003)
    for features, targets in batches:
        optimizer.zero_grad()
        (torch.nn.functional.mse_loss(net(features), targets) / 2).backward()
        optimizer.step()
    torch.testing.assert_close(w.T, net.weight, atol=atol, rtol=0)
    torch.testing.assert_close(b, net.bias, atol=atol, rtol=0)


@pytest.mark.parametrize("lambd", [0, 1, 3, 10])
def test_what_no_example_sees_decays_like_a_clock(lesson, data, lambd):
    X, y = data
    _, _, rows = np.linalg.svd(X.numpy(), full_matrices=True)
    null = torch.from_numpy(rows[20:].copy())  # (180, 200), orthonormal
    w, b = start(1)
    before = null @ w.detach()
    for _ in range(100):
        lesson["train_epoch"](w, b, lambd, load_array((X, y), 5), 0.003)
    expected = (1 - 0.003 * lambd) ** 400 * before
    torch.testing.assert_close(null @ w.detach(), expected, atol=1e-9, rtol=0)
    if lambd == 3:
        factor = ((null @ w).norm() / before.norm()).item()
        assert factor == pytest.approx(0.0269, abs=5e-5)


def test_unseen_is_the_projection_off_the_rows(lesson):
    X, (w, _) = lesson["X_train"].double().numpy(), start(1)
    w = w.detach()
    expected = w - torch.from_numpy(np.linalg.pinv(X) @ X) @ w
    torch.testing.assert_close(
        lesson["unseen"](w.float()), expected.float(), atol=1e-5, rtol=0
    )


@pytest.fixture(scope="module")
def famous_runs(lesson):
    """Return {(lambd, scale): (norms, test losses)} of 10 draws each."""
    true_w = torch.full((200, 1), 0.01)
    runs = {
        key: ([], []) for key in ((0, 1), (3, 1), (0, 0), (3, 0), (0, 0.01))
    }
    for seed in range(10):
        seed_everything(1000 + seed)  # not the seed of the start
        train_iter = load_array(synthetic_data(true_w, 0.05, 20), 5)
        X, y = synthetic_data(true_w, 0.05, 100)
        for (lambd, scale), (norms, losses) in runs.items():
            seed_everything(seed)
            w, b = lesson["init_params"](200, scale)
            for _ in range(100):
                lesson["train_epoch"](w, b, lambd, train_iter, 0.003)
            norms.append(w.norm().item())
            losses.append(mse(X, y, w, b))
    return runs


@pytest.mark.parametrize(
    ("lambd", "norm", "loss"),
    [(0, (13.4, 0.7), (91, 17)), (3, (0.366, 0.019), (0.093, 0.030))],
)
def test_the_famous_picture_is_in_its_bands(famous_runs, lambd, norm, loss):
    for values, (mean, sd) in zip(
        famous_runs[lambd, 1], (norm, loss), strict=True
    ):
        assert np.mean(values) == pytest.approx(mean, abs=3 * sd / 10**0.5)
        assert values == pytest.approx([mean] * 10, abs=4 * sd)


def test_from_zero_the_penalty_hardly_matters(famous_runs):
    mean = {key: np.mean(losses) for key, (_, losses) in famous_runs.items()}
    assert mean[0, 0] == pytest.approx(0.0106, abs=8e-4)
    assert mean[0, 0] < mean[3, 1] / 5  # no penalty beats the famous one
    assert abs(mean[3, 0] - mean[0, 0]) < 1e-3


@pytest.mark.parametrize(
    ("lambd", "mean"), [(0.001, 0.0149), (1, 0.0120), (30, 0.0145)]
)
def test_weight_decay_helps_where_there_is_noise(lesson, lambd, mean):
    found = lesson["draw_losses"](lambd, 0.1, draws=20)
    assert found.mean().item() == pytest.approx(mean, abs=6e-4)


def test_one_beats_almost_nothing_where_there_is_noise_and_costs_elsewhere(
    lesson,
):
    for noise, better in ((0.1, 20), (0.01, 0)):
        losses = [lesson["draw_losses"](lambd, noise) for lambd in (0.01, 1)]
        assert (losses[0] > losses[1]).sum() == better


def test_the_loss_on_new_data_is_that_of_a_large_test_set(lesson):
    seed_everything(7)
    w, b = 0.02 * torch.randn(200, 1), torch.tensor([0.2])
    X, y = synthetic_data(lesson["true_w"], 0.05, 20_000, noise=0.1)
    loss = lesson["new_data_loss"](w, b, 0.1)
    assert loss == pytest.approx(mse(X, y, w, b), rel=0.05)


@pytest.mark.parametrize("measure", [True, False])
def test_measuring_does_not_change_the_training(lesson, measure):
    """The panel's end is that of a run that measures nothing."""
    shown = retrain(lesson["train"], lambd=(0.0, 10.0, 0.5)).run(lambd=3.0)
    seed_everything(SEED)
    w, b = lesson["init_params"](200)
    for _ in range(100):
        lesson["train_epoch"](w, b, 3.0, lesson["train_iter"], 0.003)
        if measure:
            lesson["mean_loss"](w, b, lesson["X_train"], lesson["y_train"])
    assert w.norm().item() == shown["‖w‖"]


def curves(lesson, name, lambd):
    """Return the curves that a panel draws, each a list of losses."""
    panel = retrain(lesson[name], lambd=(0.0, 10.0, 0.5))
    panel.run(lambd=lambd)
    return panel.newest.animators[0].Y


def test_the_training_loss_falls_faster_and_stops_higher(lesson):
    train = [curves(lesson, "train", lambd)[0] for lambd in (0, 3, 10)]
    at_20, at_the_end = ([losses[k] for losses in train] for k in (3, -1))
    assert at_20 == sorted(at_20, reverse=True)
    assert at_the_end == sorted(at_the_end)


def test_without_a_penalty_the_validation_loss_rises(lesson):
    train, validation, _ = curves(lesson, "train_noisy", 0)
    assert train == sorted(train, reverse=True)
    assert validation[0] == pytest.approx(0.0154, abs=1e-4)
    assert validation[-1] == pytest.approx(0.0187, abs=5e-5)


def test_half_of_the_true_weights_is_unseen_by_100_examples(lesson):
    found = lesson["draw_losses"](0.01, 0.01).mean().item()
    assert found == pytest.approx(0.005, abs=5e-4)


def test_what_the_learner_wrote_is_what_the_panels_retrain():
    namespace = load(LESSON, *LOOP, "data", "train", "taste-fit")
    written = []

    def train_epoch(w, b, lambd, data_iter, lr):
        written.append(lambd)
        for X, y in data_iter:
            loss = ((X @ w + b - y) ** 2).mean() / 2
            (loss + lambd * namespace["l2_penalty"](w)).backward()
            namespace["sgd"]([w, b], lr, 1)

    namespace["train_epoch"] = train_epoch
    load(LESSON, "turn-loop-ours", namespace=namespace)  # Run All
    assert namespace["train_epoch"] is train_epoch
    panel = retrain(namespace["train"], lambd=(0.0, 10.0, 0.5))
    written.clear()
    panel.run(lambd=2.0)
    assert written == [2.0] * 100


@pytest.mark.parametrize(
    ("cell", "change", "norm"),
    [
        ("penalty", (".sum() / 2", ".sum()"), 0.02520203),
        ("loop", ("l2_penalty(w)", "l2_penalty(w) / 5"), 0.04138547),
        ("loop", ("l2_penalty(w)", "l2_penalty(w) / 20"), 0.04385870),
    ],
    ids=["without the half", "divided by the batch", "sum, not mean"],
)
def test_a_common_mistake_is_another_model(data, cell, change, norm):
    namespace = load(LESSON, *LOOP, changes={f"turn-{cell}-ours": change})
    w, b = start(0)
    for _ in range(1200):
        namespace["train_epoch"](w, b, 3, [data], 0.05)
    assert w.norm().item() == pytest.approx(norm, abs=1e-8)


# What the prose says about runs that only a slider shows: the driven function,
# the slider, its value, the name of a result, and the number in the prose.
SAID = [
    ("fit_bumps", {"lambd": 1e-5}, "‖w‖", 29, 0.5),
    ("fit_bumps", {"lambd": 10}, "‖w‖", 0.05, 0.005),
    ("train", {"lambd": 0}, "test loss", 91, 0.5),
    ("train", {"lambd": 10}, "test loss", 0.013, 0.0005),
    ("train_from", {"lambd": 0, "scale": 0.01}, "test loss", 0.0176, 5e-5),
    ("train_from", {"lambd": 3, "scale": 0.01}, "test loss", 0.0092, 5e-5),
    ("train_from", {"lambd": 0, "scale": 0}, "test loss", 0.0095, 5e-5),
    ("train_from", {"lambd": 3, "scale": 0}, "test loss", 0.0091, 5e-5),
    ("train_noisy", {"lambd": 0}, "validation loss", 0.0187, 5e-5),
    ("train_noisy", {"lambd": 1}, "validation loss", 0.0142, 5e-5),
    ("train_noisy", {"lambd": 10}, "validation loss", 0.0167, 5e-5),
]


@pytest.mark.parametrize(("name", "values", "what", "number", "atol"), SAID)
def test_a_slider_shows_what_the_prose_says(
    lesson, name, values, what, number, atol
):
    sliders = dict.fromkeys(values, (0.0, 10.0, 1e-5))
    result = retrain(lesson[name], **sliders).run(**values)
    assert result[what] == pytest.approx(number, abs=atol)


def test_the_dotted_line_is_the_loss_of_predicting_nothing(lesson):
    zero = lesson["zero_loss"]
    assert zero == pytest.approx((lesson["y_test"] ** 2).mean().item() / 2)
    assert zero == pytest.approx(0.0101, abs=5e-5)
    train, from_, panel = lesson["train"], lesson["train_from"], (0.0, 10.0, 1)
    for lambd in (0, 3, 7, 10):  # never below it from N(0, 1)
        shown = retrain(train, lambd=panel).run(lambd=float(lambd))
        assert shown["test loss"] > zero
    sides = [
        retrain(from_, lambd=panel).run(lambd=lambd)["test loss"] > zero
        for lambd in (0.0, 3.0)
    ]
    assert sides == [True, False]


@pytest.mark.parametrize("lambd", [0, 0.2, 1])
def test_two_weights_go_to_the_line_and_along_it(lesson, lambd):
    """Across the line to ridge's place, along it by (1 - lr·lambd)^k."""
    path = lesson["descend"](lambd).double()
    x = torch.tensor([2.0, 1]).double()
    along = torch.tensor([-1.0, 2]).double() / 5**0.5
    assert (along @ path[:, -1]).item() == pytest.approx(
        (1 - 0.05 * lambd) ** 100 * (along @ path[:, 0]).item(), abs=1e-5
    )
    assert (x @ path[:, -1]).item() == pytest.approx(
        2 * 5 / (5 + lambd), abs=1e-5
    )
    if lambd == 0:  # straight, and at right angles to the line
        assert (along @ (path - path[:, :1])).abs().max() < 1e-6


def test_the_map_says_where_the_steps_end(lesson):
    label = lesson["plane"](1.0).get_label()
    assert "end (0.66, 0.34)" in label
    assert "distance to the star, along the line: 1.79 → 0.01" in label
    w = lesson["descend"](1.0)
    off = w[:, 0] - torch.tensor([0.8, 0.4])  # start and star
    along = torch.tensor([-1.0, 2]) / 5**0.5
    assert (along @ off).item() == pytest.approx(1.79, abs=0.005)


def table_of_starts():
    """Return {(scale, lambd): mean test loss}, as they are saved."""
    text = printed(LESSON, "starts-table")
    means = re.findall(r"lambd ([03]): +([\d.]+)", text)
    keys = [(scale, lambd) for scale in (1, 0.01, 0) for lambd in (0, 3)]
    assert [int(lambd) for lambd, _ in means] == [lambd for _, lambd in keys]
    return dict(zip(keys, (float(mean) for _, mean in means), strict=True))


@pytest.mark.parametrize("lambd", [0, 3])
@pytest.mark.parametrize("scale", [1, 0.01])
def test_three_starts_are_near_the_mean_in_the_table(lesson, lambd, scale):
    losses = []
    for seed in range(3):
        seed_everything(seed)
        w, b = lesson["init_params"](200, scale)
        for _ in range(100):
            lesson["train_epoch"](w, b, lambd, lesson["train_iter"], 0.003)
        losses.append(mse(lesson["X_test"], lesson["y_test"], w, b))
    assert len(set(losses)) == 3
    mean = table_of_starts()[scale, lambd]
    assert np.mean(losses) == pytest.approx(mean, rel=0.35)  # their spread


def new_data_parts(lesson, lambd, scale, seed=SEED):
    """Return what unseen part, seen part and bias cost on endless new data."""
    seed_everything(seed)
    w, b = lesson["init_params"](200, scale)
    for _ in range(100):
        lesson["train_epoch"](w, b, lambd, lesson["train_iter"], 0.003)
    off = w.detach() - lesson["true_w"]
    unseen = lesson["unseen"](off)
    halves = (unseen, off - unseen, b.detach() - 0.05)
    return [part.square().sum().item() / 2 for part in halves]


def test_no_run_learns_the_unseen_part_of_the_true_weights(lesson):
    lost = lesson["unseen"](lesson["true_w"]).square().sum().item() / 2
    assert lost == pytest.approx(0.009, abs=1e-4)
    for lambd, scale in ((10, 1), (3, 0.01), (0, 0), (3, 0)):
        unseen, seen, _ = new_data_parts(lesson, lambd, scale)
        assert unseen == pytest.approx(0.009, abs=2e-4)
        assert seen < 5e-4


def test_from_a_small_start_the_unseen_part_costs_twice(lesson):
    unseen, _, _ = new_data_parts(lesson, 0, 0.01)
    assert unseen == pytest.approx(0.018, abs=0.002)


def test_hardly_any_noise_was_fitted_from_the_large_start(lesson):
    parts = new_data_parts(lesson, 0, 1)
    assert sum(parts) == pytest.approx(87.4, abs=0.05)
    assert parts[1] == pytest.approx(0.004, abs=5e-4)


def test_the_penalty_is_worth_the_factors_of_the_prose():
    mean = table_of_starts()
    told = re.findall(r"([\d.]+) from", see(LESSON, "starts-see"))
    for scale, factor in zip((1, 0.01, 0), told, strict=True):
        ratio = mean[scale, 0] / mean[scale, 3]
        assert ratio == pytest.approx(float(factor), rel=0.03)


def test_the_baselines_are_those_of_the_prose(lesson):
    X, y = lesson["noisy_test"]
    none = torch.zeros(200, 1)
    mean = mse(X, y, none, lesson["noisy_train"][1].mean())
    assert mean == pytest.approx(0.0161, abs=5e-5)
    X, y = lesson["noisy_valid"]
    on_valid = mse(X, y, none, lesson["noisy_train"][1].mean())
    assert on_valid == pytest.approx(0.0186, abs=5e-5)
    seed_everything(0)  # an endless price: w is 0, and b the mean of y
    X, y = synthetic_data(lesson["true_w"], 0.05, 100, noise=0.1)
    w, b = lesson["ridge"](X, y, 1e9)
    assert w.norm() < 1e-6
    assert b.item() == pytest.approx(y.mean().item(), abs=1e-6)


def test_the_current_books_start_is_in_bands_of_its_own(famous_runs):
    """Half of the loss at lambd 0 is the unseen start: ½·180·0.01²."""
    above = [a - b for a, b in zip(*(
        famous_runs[0, scale][1] for scale in (0.01, 0)
    ), strict=True)]  # fmt: skip
    assert np.mean(above) == pytest.approx(0.009, abs=0.002)
