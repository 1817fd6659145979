"""Lesson 02's functions, as defined in the notebook, held to references.

The numbers are those of NumPy's and scikit-learn's closed forms for one fixed
data set; the laws are exact. Its companion, lesson 02b, is held here too.
"""

import re

import numpy as np
import pytest
import torch
from cells import load, printed
from oracle import draw
from sklearn.linear_model import Ridge
from torch import nn

from course_utils import evaluate_loss, seed_everything

LESSON = "02_weight_decay_concise"
COMPANION = "02b_weight_decay_details"
TURNS = [
    f"turn-{turn}-{part}"
    for turn in ("groups", "match", "adamw")
    for part in ("check", "ours")
]
CELLS = (
    "setup", "lengths", "two-programs", *TURNS, "shifted", "steps", "three",
    "forms", "u-curve", "one-step", "race",
)  # fmt: skip
STEPS = ("penalty_step", "shrink_step", "sgd_step", "mse_step")


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, *CELLS)


@pytest.fixture(scope="module")
def companion():
    return load(COMPANION, "setup", "distances", "units")


@pytest.fixture
def float64():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def data():
    """Return X (20, 200) and y (20, 1), float64."""
    return draw(20)


def batches_of(data, epochs=100):
    X, y = data
    generator = torch.Generator().manual_seed(0)
    return [
        (X[rows], y[rows])
        for _ in range(epochs)
        for rows in torch.randperm(20, generator=generator).split(5)
    ]


def start(scale, dtype=torch.float64):
    """Return a linear model with w ~ N(0, scale²) and b = 0."""
    seed_everything(1)
    net = nn.Linear(200, 1)
    nn.init.normal_(net.weight, std=scale)
    nn.init.zeros_(net.bias)
    return net.to(dtype)


def as_floats(numbers):
    return {name: torch.as_tensor(x).item() for name, x in numbers.items()}


# Each form of the loss: a, c for n examples at λ = 3, and ‖w‖ at the minimum.
FORMS = {
    "ours": (lambda n: (1 / (2 * n), 3 / 2), 0.03205896),
    "no half in the loss": (lambda n: (1 / n, 3 / 2), 0.03726063),
    "no half in the penalty": (lambda n: (1 / (2 * n), 3), 0.02520203),
    "sum": (lambda n: (1 / 2, 3 / 2), 0.04385870),
    "penalty over batch": (lambda n: (1 / (2 * n), 3 / 2 / 5), 0.04138547),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_the_known_minimum(lesson, companion, data, form):
    (X, y), (weights, norm) = data, FORMS[form]
    a, c = weights(len(X))
    reference = Ridge(alpha=c / a).fit(X.numpy(), y.numpy()[:, 0])
    for notebook in (lesson, companion):
        w, b = notebook["minimise"](X, y, a, c)
        assert w.norm().item() == pytest.approx(norm, abs=1e-8)
        np.testing.assert_allclose(w[:, 0], reference.coef_, atol=1e-8)
        assert b.item() == pytest.approx(reference.intercept_, abs=1e-8)


def test_the_lessons_table_names_each_form_rightly(lesson):
    found = [c / (a * 100) for a, c in lesson["FORMS"].values()]
    assert found == pytest.approx([1, 1 / 2, 2, 1, 1 / 100])
    rows = printed(LESSON, "forms").splitlines()[1:]
    assert [row.split()[-2:] for row in rows] == [
        ["1", "0.083"], ["0.5", "0.104"], ["2", "0.062"], ["1", "0.083"],
        ["0.01", "0.161"],
    ]  # fmt: skip


def test_each_form_of_the_table_is_what_its_name_says(lesson):
    X, y = (tensor.double() for tensor in lesson["noisy_train"])
    for name, (a, c) in lesson["FORMS"].items():
        w = lesson["minimise"](X, y, a, c)[0].requires_grad_()
        e = X @ w + y.mean() - X.mean(0) @ w.detach() - y
        fit = (e**2).sum() if "sum" in name else (e**2).mean()
        loss, penalty = name.split("+")
        total = fit * (0.5 if "½" in loss else 1)
        total += (w**2).sum() * (0.5 if "½" in penalty else 1)
        # with the mean taken off X, the free bias drops out of the slope
        (slope,) = torch.autograd.grad(total, w)
        centred = slope - 2 * a * X.mean(0)[:, None] * e.sum()
        assert centred.abs().max() < 1e-9, name


def test_the_minimum_has_the_known_bias_and_losses(lesson, data):
    X, y = data
    w, b = lesson["minimise"](X, y, 1 / 40, 3 / 2)
    assert b.item() == pytest.approx(-0.00070382, abs=1e-8)
    loss = lesson["half_mse"](X @ w + b, y).item()
    assert loss == pytest.approx(0.00060292, abs=1e-8)


@pytest.mark.parametrize("lambd", [0, 3])
def test_the_programs_are_equal_after_each_of_400_steps(lesson, data, lambd):
    paths = [
        lesson["follow"](
            lesson[step], start(1), lambd, 0.003, batches_of(data)
        )
        for step in STEPS
    ]
    assert paths[0].shape == (400, 200)
    for path in paths[1:]:
        torch.testing.assert_close(path, paths[0], atol=1e-12, rtol=0)


def test_full_batch_training_ends_at_the_minimum(lesson, data):
    """By one program: above, all of them take the same steps."""
    step = lesson["shrink_step"]
    path = lesson["follow"](step, start(0), 3, 0.05, [data] * 1400)
    exact, _ = lesson["minimise"](*data, 1 / 40, 3 / 2)
    torch.testing.assert_close(path[-1], exact[:, 0], atol=1e-10, rtol=0)


def test_mse_loss_halves_lambd(lesson, data):
    def step(*args):
        lesson["sgd_step"](*args, loss=nn.MSELoss())

    path = lesson["follow"](step, start(0), 3, 0.025, [data] * 2300)
    exact, _ = lesson["minimise"](*data, 1 / 40, 1.5 / 2)
    torch.testing.assert_close(path[-1], exact[:, 0], atol=1e-10, rtol=0)
    assert path[-1].norm().item() == pytest.approx(0.03726063, abs=1e-8)


def test_following_leaves_the_start_alone(lesson, data):
    net = start(1)
    before = net.weight.detach().clone()
    lesson["follow"](lesson["sgd_step"], net, 3, 0.003, [data])
    assert torch.equal(net.weight, before)


# Faults in a program, which the printed difference must show.
FAULTS = {
    "penalty without the half": {"steps": (".sum() / 2", ".sum()")},
    "mean in place of sum": {"steps": (".sum() / 2", ".mean() / 2")},
    "norm not squared": {
        "steps": ("(net.weight**2).sum() / 2", "net.weight.norm()")
    },
    "times λ": {"steps": ("1 - lr * lambd", "lambd")},
    "learning rate forgotten": {"steps": ("1 - lr * lambd", "1 - lambd")},
    "shrunk after the step": {
        "steps": (
            "    with torch.no_grad():\n"
            "        net.weight *= 1 - lr * lambd\n"
            "    sgd(net.parameters(), lr, 1)",
            "    sgd(net.parameters(), lr, 1)\n"
            "    with torch.no_grad():\n"
            "        net.weight *= 1 - lr * lambd",
        )
    },
    "bias decays": {
        "turn-groups-ours": (
            '"params": net.bias, "weight_decay": 0',
            '"params": net.bias, "weight_decay": weight_decay',
        )
    },
    "nothing decays": {
        "steps": ("decay_groups(net, lambd)", "net.parameters()")
    },
    "a loss without the half": {
        "setup": ("((y_hat - y) ** 2).mean() / 2", "((y_hat - y) ** 2).mean()")
    },
    "MSELoss with the half": {"steps": ("loss=nn.MSELoss()", "loss=half_mse")},
    "the same λ": {"turn-match-ours": ("2 * lambd", "lambd")},
    "the same lr": {"turn-match-ours": ("lr / 2", "lr")},
}  # fmt: skip
PROGRAMS = ("setup", *TURNS[:4], "steps", "three")


def test_the_programs_differ_by_rounding_alone(lesson):
    assert lesson["gap"] < 1e-13


@pytest.mark.parametrize("fault", FAULTS)
def test_the_difference_shows(fault):
    changes = {**FAULTS[fault], "three": ("* 400", "* 20")}
    assert load(LESSON, *PROGRAMS, changes=changes)["gap"] > 1e-6


@pytest.mark.parametrize(
    ("kind", "after"), [("SGD", 1.998), ("AdamW", 1.998), ("Adam", 1.90000005)]
)
def test_one_step_tells_decay_from_a_penalty(lesson, float64, kind, after):
    found = lesson["one_step"](getattr(torch.optim, kind), 0.01)
    assert found == pytest.approx(after, abs=1e-10)


@pytest.mark.parametrize("weight_decay", [0, 0.1, 3])
def test_the_turns_adamw_is_torchs(lesson, weight_decay):
    generator = torch.Generator().manual_seed(3)
    ours, torchs = (torch.ones(7, requires_grad=True) for _ in range(2))
    adam = torch.optim.Adam([ours], lr=0.01)
    adamw = torch.optim.AdamW([torchs], lr=0.01, weight_decay=weight_decay)
    for _ in range(50):
        ours.grad = torch.randn(7, generator=generator)
        torchs.grad = ours.grad.clone()
        lesson["adamw_step"]([ours], adam, weight_decay)
        adamw.step()
    torch.testing.assert_close(ours, torchs, atol=1e-6, rtol=0)


def test_without_noise_adam_does_not_see_lambd(lesson):
    weak, strong = (
        as_floats(lesson["race"](weight_decay=d)) for d in (0.01, 1)
    )
    assert weak["Adam"] == pytest.approx(strong["Adam"], abs=1e-4)
    for runs, lambd in ((weak, 0.01), (strong, 1)):
        for kind in ("SGD", "AdamW"):
            exact = 2 * (1 - 0.01 * lambd) ** 300
            assert runs[kind] == pytest.approx(exact, abs=1e-4)


def test_noise_slows_the_decay_of_adam_alone(lesson):
    ends = [as_floats(lesson["race"](noise=noise)) for noise in (0.1, 1, 10)]
    adam = [end["Adam"] for end in ends]
    assert adam == pytest.approx([0.33, 1.47, 1.92], abs=0.01)
    for kind in ("SGD", "AdamW"):
        found = [end[kind] for end in ends]
        assert found == pytest.approx([1.48] * 3, abs=0.015)


@pytest.mark.parametrize(
    ("weight_decay", "half", "mse"),
    [
        (0, 0.150, 0.162),
        (1, 0.085, 0.105),
        (2, 0.064, 0.085),
        (3, 0.052, 0.072),
    ],
)
def test_the_two_programs_end_where_the_lesson_says(
    lesson, weight_decay, half, mse
):
    found = lesson["two_programs"](weight_decay)
    assert list(found.values()) == pytest.approx([half, mse], abs=5e-4)


@pytest.mark.parametrize(
    ("form", "best"),
    [
        ({}, 1),
        ({"half_loss": False}, 2),
        ({"half_penalty": False}, 0.5),
        ({"half_loss": False, "half_penalty": False}, 1),
        ({"mean": False}, 100),
    ],
)
def test_a_form_moves_the_u_curve_sideways(lesson, form, best):
    found = lesson["u_curve"](**form)
    assert found["best λ"] == best
    assert found["its loss"] == pytest.approx(0.0142, abs=5e-5)


def test_a_free_bias_takes_up_a_shift(lesson, data):
    X, y = data
    w, b = lesson["minimise"](X, y, 1 / 40, 3 / 2)
    w2, b2 = lesson["minimise"](X, y + 100, 1 / 40, 3 / 2)
    torch.testing.assert_close(w, w2, atol=1e-10, rtol=0)
    assert (b2 - b).item() == pytest.approx(100, abs=1e-10)


@pytest.mark.parametrize("free_bias", [False, True])
def test_the_bias_ends_where_its_price_says(lesson, free_bias):
    X, y = (tensor.double().numpy() for tensor in lesson["noisy_train"])
    Z = np.hstack([X, np.ones((100, 1))])
    price = np.diag([2.0] * 200 + [2.0 * (not free_bias)])
    exact = np.linalg.solve(Z.T @ Z / 100 + price, Z.T @ (y + 1) / 100)
    found = as_floats(lesson["shifted"](free_bias, 1, weight_decay=2.0))
    assert found["b"] == pytest.approx(exact[-1, 0], abs=5e-3)


@pytest.mark.parametrize(
    ("free_bias", "shift", "b", "loss"),
    [
        (False, 1, 0.315, 0.36),
        (True, 1, 1.04, 0.0142),
        (False, 5, 1.52, 7.8),
        (True, 5, 5.04, 0.0143),
    ],
)
def test_decaying_the_bias_costs(lesson, free_bias, shift, b, loss):
    found = as_floats(lesson["shifted"](free_bias, shift))
    assert found["b"] == pytest.approx(b, abs=0.01)
    assert found["validation loss"] == pytest.approx(loss, rel=0.02)


def test_the_weights_make_up_for_a_part_of_the_missing_constant(lesson):
    X, y = lesson["noisy_train"]
    net = lesson["zero_net"]()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, weight_decay=1)
    for _ in range(400):
        optimizer.zero_grad()
        lesson["half_mse"](net(X), y + 1).backward()
        optimizer.step()
    assert net.bias.item() == pytest.approx(0.32, abs=0.006)
    added, on_new = (
        (rows @ net.weight.T).mean().item()
        for rows in (X, lesson["noisy_valid"][0])
    )
    assert added == pytest.approx(0.42, abs=0.005)
    assert abs(on_new) < 0.05


@pytest.mark.parametrize("before", [1e-6, 1e-3])
def test_an_adam_step_is_rarely_much_longer_than_the_learning_rate(before):
    w = torch.zeros(1, requires_grad=True)
    adam = torch.optim.Adam([w], lr=0.001)
    for step in range(1000):
        w.grad = torch.tensor([before * (-1.0) ** step])
        adam.step()
    start = w.item()
    w.grad = torch.tensor([1.0])
    adam.step()
    assert 2 < (start - w.item()) / 0.001 < 3.2


@pytest.fixture(scope="module")
def tuning(lesson):
    """Return lesson 02's names with those of its last search, not run."""
    return load(LESSON, "search", namespace=dict(lesson))


def test_adamw_wants_a_hundred_times_more():
    """One over the true weights, though ten of 0.045 want 100 as well."""
    best = re.findall(r"^(.+?) *:.* at +(\d+)$", printed(LESSON, "tune"), re.M)
    assert best == [
        *(("SGD", "1"), ("Adam", "1"), ("AdamW", "100")),
        ("AdamW, ten true weights of 0.045, the rest 0", "100"),
    ]


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_a_search_finds_1_and_sgd_alone_diverges(tuning, monkeypatch, kind):
    monkeypatch.setitem(tuning, "WEIGHT_DECAYS", [0.3, 1, 300])
    losses = tuning["tune"](kind, tuning["LR"][kind], draws=1)[0][0]
    assert losses.nan_to_num(9).argmin() == 1
    assert losses[2].isfinite() == (kind == "Adam")


@pytest.mark.parametrize("lr", [0.0003, 0.001, 0.003])
def test_adamws_largest_weight_stays_below_the_inverse_of_lambd(
    tuning, monkeypatch, lr
):
    monkeypatch.setitem(tuning, "WEIGHT_DECAYS", [100, 300])
    largest = tuning["tune"]("AdamW", lr, draws=1)[1][0]
    assert largest[0] < 1 / 100
    assert largest[1].item() == pytest.approx(1 / 300, rel=0.1)


def test_decay_and_step_balance_at_the_inverse_of_lambd(lesson):
    """A gradient of one sign, however small, moves w to 1/λ and not past."""
    for size, lambd in ((1e-3, 100), (1, 20)):
        w = torch.zeros(1, requires_grad=True)
        adam = torch.optim.Adam([w], lr=0.001)
        for _ in range(1000):
            w.grad = torch.tensor([-float(size)])
            lesson["adamw_step"]([w], adam, lambd)
        assert w.item() == pytest.approx(1 / lambd, rel=1e-3)


# Below: the companion.
@pytest.mark.parametrize(
    ("dtype", "atol"), [(torch.float64, 1e-12), (torch.float32, 1e-5)]
)
def test_the_companions_programs_are_equal_too(companion, data, dtype, atol):
    net, batches = start(1, dtype), batches_of(data)
    paths = [
        companion["follow"](companion[step], net, 3, 0.003, batches)
        for step in STEPS[:3]
    ]
    doubled = (net, 6, 0.0015, batches)
    paths.append(companion["follow"](companion["mse_step"], *doubled))
    for path in paths[1:]:
        torch.testing.assert_close(path, paths[0], atol=atol, rtol=0)


@pytest.mark.parametrize(
    ("double", "low", "high"), [(True, 0, 1e-13), (False, 1e-9, 1e-5)]
)
def test_rounding_follows_the_precision(companion, double, low, high):
    seed_everything(5)
    lines = companion["distances"](double=double).axes[0].lines
    other, *equal = [max(line.get_ydata()) for line in lines]
    assert other == pytest.approx(0.2, abs=0.1)
    assert len(equal) == 3
    # On some CPUs two of them round alike: 0 is drawn at the bottom, 1e-18.
    assert all(low < gap < high or gap < 2e-18 for gap in equal)
    assert low < equal[-1]


def test_two_numbers_must_change():
    reference, *rows = printed(COMPANION, "attempts").splitlines()
    norms = [row.split("= ")[1][:5] for row in (reference, *rows)]
    assert norms == ["0.083", "0.104", "0.083", "0.083"]
    assert [row.split()[-1] for row in rows] == ["0.3", "0.7", "1e-9"]


@pytest.fixture(scope="module")
def starts(companion):
    return load(
        COMPANION, "starts", namespace=dict(companion),
        changes={"starts": ("range(20)", "range(2)")},
    )  # fmt: skip


def test_a_random_bias_makes_most_of_the_difference(starts):
    rows = [row[1:] for row in starts["ROWS"]]
    by_hand, by_sgd, by_mse, drawn, default = (
        np.mean([starts["end_loss"](*row, seed) for seed in range(4)])
        for row in rows
    )
    assert by_sgd == pytest.approx(by_hand, abs=1e-5)
    assert by_mse == pytest.approx(by_hand, rel=0.15)
    assert drawn > 2 * by_hand
    zero = evaluate_loss(
        starts["new_net"](), starts["test_iter"], starts["half_mse"]
    )
    assert default == pytest.approx(zero, rel=0.1)


def test_the_start_draws_weights_and_bias(starts):
    seed_everything(0)
    drawn = [starts["drawn_net"]() for _ in range(400)]
    for numbers in (
        torch.cat([net.bias for net in drawn]),
        torch.cat([net.weight for net in drawn]),
    ):
        error = 5 / numbers.numel() ** 0.5
        assert numbers.mean().item() == pytest.approx(0, abs=error)
        assert numbers.std().item() == pytest.approx(1, abs=error)


def test_the_unit_of_y_changes_nothing(companion, data):
    X, y = data
    w, b = companion["minimise"](X, y, 1 / 40, 1 / 2)
    for found, times in zip(
        companion["minimise"](X, 1000 * y, 1 / 40, 1 / 2), (w, b), strict=True
    ):
        torch.testing.assert_close(found, 1000 * times, atol=1e-10, rtol=0)


def test_the_unit_of_an_input_matters_unless_it_is_exempt(companion):
    priced, exempt = (
        [
            companion["units"](unit, free)["its loss"].item()
            for unit in (0.1, 1, 10)
        ]
        for free in (False, True)
    )
    assert priced == pytest.approx([0.498, 0.206, 0.0143], rel=0.01)
    assert exempt == pytest.approx([0.0147] * 3, rel=0.01)
