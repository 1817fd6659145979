"""Lesson 02's functions, as defined in the notebook, held to references.

The numbers are those of NumPy's and scikit-learn's closed forms for one fixed
data set; the laws are exact.
"""

import math

import numpy as np
import pytest
import torch
from cells import feedback, first_failure, load, refuses
from oracle import draw
from sklearn.linear_model import Ridge

from course_utils import seed_everything

LESSON = "02_weight_decay_concise"
SETUP = ("imports", "noisy-data", "decay-groups", "half-mse", "new-net")
STEPS = ("penalty-step", "shrink-step", "sgd-step", "mse-step")
TOOLS = ("follow", "below", "minimise", "forms", "validation-loss")
DRIVEN = {
    "two_programs": ("lengths", "two-programs"),
    "distances": ("lines", "distances"),
    "u_curve": ("u-curve",),
    "train_famous": ("train-epoch", "train-famous"),
    "shifted": ("shifted",),
    "race": ("one-step", "adam-table", "race"),
    "watch_noisy": ("train-noisy", "watch-noisy"),
    "units": ("one-large", "units"),
}
PANELS = [name for cells in DRIVEN.values() for name in cells]
SINGLE_STEPS = ("penalty_step", "shrink_step", "sgd_step")


@pytest.fixture(scope="module")
def lesson():
    starts = ("usual-net", "end-loss")
    return load(LESSON, *SETUP, "data", *STEPS, *TOOLS, *PANELS, *starts)


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


def start(lesson, scale, dtype=torch.float64):
    seed_everything(1)
    return lesson["new_net"](scale=scale).to(dtype)


# Each form of the loss: a, c for n examples at λ = 3, and ‖w‖ at the minimum.
FORMS = {
    "ours": (lambda n: (1 / (2 * n), 3 / 2), 0.03205896),
    "no half in the loss": (lambda n: (1 / n, 3 / 2), 0.03726063),
    "no half in the penalty": (lambda n: (1 / (2 * n), 3), 0.02520203),
    "sum": (lambda n: (1 / 2, 3 / 2), 0.04385870),
    "penalty over batch": (lambda n: (1 / (2 * n), 3 / 2 / 5), 0.04138547),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_the_known_minimum(lesson, data, form):
    (X, y), (weights, norm) = data, FORMS[form]
    a, c = weights(len(X))
    w, b = lesson["minimise"](X, y, a, c)
    assert w.norm().item() == pytest.approx(norm, abs=1e-8)
    reference = Ridge(alpha=c / a).fit(X.numpy(), y.numpy()[:, 0])
    np.testing.assert_allclose(w[:, 0], reference.coef_, atol=1e-8)
    assert b.item() == pytest.approx(reference.intercept_, abs=1e-8)


def test_the_lessons_table_names_each_form_rightly(lesson):
    found = {k: c / (a * 100) for k, (a, c) in lesson["FORMS"].items()}
    assert list(found.values()) == pytest.approx([1, 1 / 2, 2, 1, 1 / 100,
                                                  1 / 100, 1 / 5])  # fmt: skip


def test_the_minimum_has_the_known_bias_and_losses(lesson, data):
    X, y = data
    w, b = lesson["minimise"](X, y, 1 / 40, 3 / 2)
    assert b.item() == pytest.approx(-0.00070382, abs=1e-8)
    loss = lesson["half_mse"](X @ w + b, y).item()
    assert loss == pytest.approx(0.00060292, abs=1e-8)


@pytest.mark.parametrize("lambd", [0, 1, 3, 10])
@pytest.mark.parametrize(
    ("dtype", "atol"), [(torch.float64, 1e-12), (torch.float32, 1e-5)]
)
def test_the_programs_are_equal_after_each_of_400_steps(
    lesson, data, dtype, atol, lambd
):
    net, batches = start(lesson, 1, dtype), batches_of(data)
    paths = [
        lesson["follow"](lesson[step], net, lambd, 0.003, batches)
        for step in SINGLE_STEPS
    ]
    doubled = (net, 2 * lambd, 0.0015, batches)
    paths.append(lesson["follow"](lesson["mse_step"], *doubled))
    assert paths[0].shape == (400, 200)
    for path in paths[1:]:
        torch.testing.assert_close(path, paths[0], atol=atol, rtol=0)


@pytest.mark.parametrize("step", SINGLE_STEPS)
def test_full_batch_training_ends_at_the_minimum(lesson, data, step):
    batches = [data] * 2000
    path = lesson["follow"](lesson[step], start(lesson, 0), 3, 0.05, batches)
    exact, _ = lesson["minimise"](*data, 1 / 40, 3 / 2)
    torch.testing.assert_close(path[-1], exact[:, 0], atol=1e-10, rtol=0)


@pytest.mark.parametrize(("lambd", "ours"), [(3, 1.5), (6, 3)])
def test_mse_loss_halves_lambd(lesson, data, lambd, ours):
    net, batches = start(lesson, 0), [data] * 3000
    path = lesson["follow"](lesson["mse_step"], net, lambd, 0.025, batches)
    exact, _ = lesson["minimise"](*data, 1 / 40, ours / 2)
    torch.testing.assert_close(path[-1], exact[:, 0], atol=1e-10, rtol=0)
    if lambd == 3:
        assert path[-1].norm().item() == pytest.approx(0.03726063, abs=1e-8)


def test_following_leaves_the_start_alone(lesson, data):
    net = start(lesson, 1)
    before = net.weight.detach().clone()
    lesson["follow"](lesson["sgd_step"], net, 3, 0.003, [data])
    assert torch.equal(net.weight, before)


@pytest.mark.parametrize(
    ("gap", "said"),
    [(0, "1e-12"), (1e-13, "1e-12"), (1e-12, "1e-05"), (0.2, "0.20")],
)
def test_a_difference_is_said_with_its_bound(lesson, gap, said):
    assert said in lesson["below"](torch.tensor(gap, dtype=torch.double))


@pytest.mark.parametrize(
    ("kind", "after"), [("SGD", 1.998), ("AdamW", 1.998), ("Adam", 1.90000005)]
)
def test_one_step_tells_decay_from_a_penalty(lesson, float64, kind, after):
    found = lesson["one_step"](getattr(torch.optim, kind), 0.01)
    assert found == pytest.approx(after, abs=1e-10)


def test_without_noise_adam_does_not_see_lambd(lesson):
    weak, strong = (lesson["race"](weight_decay=d) for d in (0.01, 1))
    assert float(weak["Adam"].detach()) == pytest.approx(
        float(strong["Adam"].detach()), abs=1e-4
    )
    for runs, lambd in ((weak, 0.01), (strong, 1)):
        for kind in ("SGD", "AdamW"):
            exact = 2 * (1 - 0.01 * lambd) ** 300
            found = float(runs[kind].detach())
            assert found == pytest.approx(exact, abs=1e-4)


def test_noise_slows_the_decay_of_adam_alone(lesson):
    ends = {
        noise: {
            kind: float(w.detach())
            for kind, w in lesson["race"](noise=noise).items()
        }
        for noise in (0.1, 1, 10)
    }
    adam = [ends[noise]["Adam"] for noise in ends]
    assert adam == pytest.approx([0.33, 1.47, 1.92], abs=0.01)
    for kind in ("SGD", "AdamW"):
        assert [e[kind] for e in ends.values()] == pytest.approx(
            [1.48] * 3, abs=0.015
        )


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


def test_a_random_bias_makes_most_of_the_difference(lesson):
    def mean(step, make_net):
        return np.mean([lesson["end_loss"](lesson[step], make_net, seed)
                        for seed in range(4)])  # fmt: skip

    def at_zero():
        return lesson["new_net"](scale=1)

    by_hand = mean("penalty_step", at_zero)
    assert mean("sgd_step", at_zero) == pytest.approx(by_hand, abs=1e-5)
    assert mean("mse_step", at_zero) == pytest.approx(by_hand, rel=0.15)
    assert mean("mse_step", lesson["usual_net"]) > 2 * by_hand


def test_the_usual_start_draws_weights_and_bias(lesson):
    seed_everything(0)
    drawn = [lesson["usual_net"]() for _ in range(400)]
    biases = torch.cat([net.bias for net in drawn])
    weights = torch.cat([net.weight for net in drawn])
    for numbers in (biases, weights):
        error = 5 / math.sqrt(numbers.numel())
        assert numbers.mean().item() == pytest.approx(0, abs=error)
        assert numbers.std().item() == pytest.approx(1, abs=error)


def test_the_start_of_the_bias_stays_in_the_loss(lesson):
    ends = {}
    for b in (0.0, 1.0, -1.0):
        seed_everything(4117)
        ends[b] = lesson["train_famous"](b=b)["test loss"]
    assert min(ends[1.0], ends[-1.0]) > 2.5 * ends[0.0]


def test_a_free_bias_takes_up_a_shift(lesson, data):
    X, y = data
    w, b = lesson["minimise"](X, y, 1 / 40, 3 / 2)
    w2, b2 = lesson["minimise"](X, y + 100, 1 / 40, 3 / 2)
    torch.testing.assert_close(w, w2, atol=1e-10, rtol=0)
    assert (b2 - b).item() == pytest.approx(100, abs=1e-10)


@pytest.mark.parametrize("decay_bias", [False, True])
def test_the_bias_ends_where_its_price_says(lesson, decay_bias):
    X, y = (tensor.double().numpy() for tensor in lesson["noisy_train"])
    Z = np.hstack([X, np.ones((100, 1))])
    price = np.diag([2.0] * 200 + [2.0 * decay_bias])
    exact = np.linalg.solve(Z.T @ Z / 100 + price, Z.T @ (y + 1) / 100)
    found = lesson["shifted"](weight_decay=2.0, decay_bias=decay_bias)
    assert found["b"].item() == pytest.approx(exact[-1, 0], abs=5e-3)


def test_decaying_the_bias_costs(lesson):
    free, decayed = (
        lesson["shifted"](decay_bias=d)["validation loss"].item()
        for d in (False, True)
    )
    assert free == pytest.approx(0.0151, abs=2e-4)
    assert decayed > 20 * free


def test_each_optimizer_has_a_best_value_of_its_own(lesson, capsys):
    cells = load(LESSON, "choose", namespace=dict(lesson))
    assert cells["best"] == {"SGD": 1, "Adam": 1, "AdamW": 100}
    assert capsys.readouterr().out.count("diverges") == 1
    load(LESSON, "judge", namespace=cells)
    lines = capsys.readouterr().out.splitlines()
    losses = [float(line.split()[-1]) for line in lines]
    plain, chosen = losses[::2], losses[1::2]
    assert max(chosen) < 0.013 < 0.015 < min(plain)
    assert max(chosen) - min(chosen) < 6e-4


def test_the_unit_of_y_changes_nothing(lesson, data):
    X, y = data
    w, b = lesson["minimise"](X, y, 1 / 40, 1 / 2)
    for found, times in zip(
        lesson["minimise"](X, 1000 * y, 1 / 40, 1 / 2), (w, b), strict=True
    ):
        torch.testing.assert_close(found, 1000 * times, atol=1e-10, rtol=0)


def test_the_unit_of_an_input_matters_unless_it_is_exempt(lesson):
    priced, exempt = (
        [lesson["units"](unit, e)["its loss"].item() for unit in (0.1, 1, 10)]
        for e in (False, True)
    )
    assert priced == pytest.approx([0.498, 0.206, 0.0143], rel=0.01)
    assert exempt == pytest.approx([0.0147] * 3, rel=0.01)


# Faults that a learner may make, and that one of the check cells must find.
FAULTS = {
    "penalty without the half": {"penalty-step": (".sum() / 2", ".sum()")},
    "mean in place of sum": {"penalty-step": (".sum()", ".mean()")},
    "norm not squared": {
        "penalty-step": ("(net.weight**2).sum() / 2", "net.weight.norm()")
    },
    "times λ": {"shrink-step": ("1 - lr * lambd", "lambd")},
    "learning rate forgotten": {
        "shrink-step": ("1 - lr * lambd", "1 - lambd")
    },
    "shrunk after the step": {
        "shrink-step": (
            "    with torch.no_grad():\n"
            "        net.weight *= 1 - lr * lambd\n"
            "    sgd(net.parameters(), lr, 1)",
            "    sgd(net.parameters(), lr, 1)\n"
            "    with torch.no_grad():\n"
            "        net.weight *= 1 - lr * lambd",
        )
    },
    "shrunk before the gradient": {
        "shrink-step": (
            "    half_mse(net(X), y).backward()\n"
            "    with torch.no_grad():\n"
            "        net.weight *= 1 - lr * lambd",
            "    with torch.no_grad():\n"
            "        net.weight *= 1 - lr * lambd\n"
            "    half_mse(net(X), y).backward()",
        )
    },
    "bias decays": {
        "decay-groups": (
            '"params": net.bias, "weight_decay": 0',
            '"params": net.bias, "weight_decay": weight_decay',
        )
    },
    "nothing decays": {
        "sgd-step": ("decay_groups(net, lambd)", "net.parameters()")
    },  # fmt: skip
    "a loss without the half": {"half-mse": (".mean() / 2", ".mean()")},
    "MSELoss with the half": {"mse-step": ("nn.MSELoss()", "half_mse")},
    "the minimum forgets the mean": {"minimise": ("X - X.mean(0)", "X")},
    "the minimum forgets a": {"minimise": ("a * X_c.T @ X_c", "X_c.T @ X_c")},
}
CHECKED = (*SETUP, "data", *STEPS, "follow", "below", "minimise", "forms")
CHECKS = ("three", "three-single", "attempts", "convert-check")
NO_MORE_THAN_ROUNDING = ["below 1e-05", "below 1e-12"]
SHORT = {"data": ("range(100)", "range(5)")}  # 20 steps are enough here


def test_the_check_cells_pass_as_shipped(capsys):
    load(LESSON, *CHECKED, *CHECKS)
    said = capsys.readouterr().out
    (single,) = [line for line in said.splitlines() if "float32" in line]
    double = said.replace(single, "")
    assert double.count("largest difference below 1e-12") == 4
    # On some CPUs the two programs round alike.
    assert single.split("largest difference ")[1] in NO_MORE_THAN_ROUNDING


def test_twenty_steps_pass_too():
    load(LESSON, *CHECKED, *CHECKS, changes=SHORT)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_cell_finds(fault):
    namespace = load(LESSON, *CHECKED, changes=SHORT | FAULTS[fault])
    assert first_failure(LESSON, CHECKS, namespace)


BAD = [-1, float("nan"), float("inf"), "3", None]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("two_programs", "weight_decay"),
        ("distances", "lambd"),
        ("shifted", "weight_decay"),
        ("race", "weight_decay"),
        ("race", "noise"),
        ("watch_noisy", "weight_decay"),
    ],
)
def test_a_bad_value_is_refused_before_anything_changes(
    lesson, name, argument, bad
):
    refuses(lesson[name], f"{argument} must be", **{argument: bad})


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize(
    ("name", "argument"),
    [("train_famous", "b"), ("shifted", "shift"), ("units", "unit")],
)
def test_what_is_not_finite_is_refused(lesson, name, argument, bad):
    with pytest.raises(ValueError, match=f"{argument} must be"):
        lesson[name](**{argument: bad})


@pytest.mark.parametrize("name", DRIVEN)
def test_the_same_seed_gives_the_same_numbers(lesson, name):
    results = []
    for _ in range(2):
        seed_everything(5)
        results.append(lesson[name]())
    if name == "distances":
        results = [
            [line.get_ydata().tolist() for line in figure.axes[0].lines]
            for figure in results
        ]
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("double", "low", "high"), [(True, 0, 1e-13), (False, 1e-9, 1e-5)]
)
def test_rounding_follows_the_precision(lesson, double, low, high):
    seed_everything(5)
    lines = lesson["distances"](double=double).axes[0].lines
    other, *equal = [max(line.get_ydata()) for line in lines]
    assert other == pytest.approx(0.2, abs=0.1)
    assert len(equal) == 3
    # On some CPUs two of them round alike: 0 is drawn at the bottom, 1e-18.
    assert all(low < gap < high or gap < 2e-18 for gap in equal)
    assert low < equal[-1]


# A wrong answer for each exercise, and a piece of what the check says.
ADAMW = """
def adamw_step(params, adam, weight_decay):
    with torch.no_grad():
        {before}
        adam.step()
        {after}
"""
WRONG = [
    ("ex1-check", "in_our_terms = lambda λ, n: (λ, 3 * λ, λ / (2 * n))", "A"),
    ("ex1-check", "in_our_terms = lambda λ, n: (λ / 2, λ, λ / (2 * n))", "B"),
    ("ex1-check", "in_our_terms = lambda λ, n: (λ / 2, 3 * λ, λ / n)", "C"),
    ("ex1-check", "in_our_terms = lambda λ, n: None", "TypeError"),
    (
        "ex1-check",
        "in_our_terms = lambda λ, n: (λ / 2, 3 * λ, λ / (2 * n), λ)",
        "longer",
    ),
    (
        "ex1-check",
        "in_our_terms = lambda λ, n: (λ / 2, 3 * λ, λ / 200)",
        "program C, n=40",
    ),
    (
        "ex2-check",
        "split_groups = lambda net, weight_decay: "
        "[{'params': [p for p in net.parameters() if (p.ndim == 2) == d], "
        "'weight_decay': d * weight_decay} for d in (True, False)]",
        "2.weight has 0.0, not 0.3",
    ),
    (
        "ex2-check",
        "split_groups = lambda net, weight_decay: "
        "[{'params': net.parameters(), 'weight_decay': weight_decay}]",
        "0.bias has 0.3, not 0",
    ),
    (
        "ex2-check",
        "split_groups = lambda net, weight_decay: "
        "[{'params': [p for n, p in net.named_parameters() if ('weight' in n)"
        " == d], 'weight_decay': d * weight_decay} for d in (True, False)]",
        "1.weight has 0.3, not 0",
    ),
    (
        "ex2-check",
        "split_groups = lambda net, weight_decay: "
        "[{'params': [p for p in net.parameters() if p.ndim > 1], "
        "'weight_decay': weight_decay}]",
        "0.bias is in no group",
    ),
    ("ex3-check", ADAMW.format(before="pass", after="pass"), "off by"),
    (
        "ex3-check",
        "def adamw_step(params, adam, weight_decay):\n"
        "    for p in params:\n"
        "        p *= 1 - 0.1 * weight_decay\n"
        "    adam.step()",
        "in-place operation",
    ),
    (
        "ex3-check",
        ADAMW.format(
            before="pass", after="[p.mul_(1 - 0.1 * 0.3) for p in params]"
        ),
        "off by",
    ),
    (
        "ex3-check",
        ADAMW.format(before="[p.mul_(1 - 0.3) for p in params]", after="pass"),
        "off by",
    ),
    (
        "ex4-check",
        "anchored_step = lambda w, g, anchor, lambd, lr: "
        "w - lr * (g + lambd * w)",
        "should be",
    ),
    (
        "ex4-check",
        "anchored_step = lambda w, g, anchor, lambd, lr: "
        "w - lr * (g + lambd * (anchor - w))",
        "should be",
    ),
    ("ex5-check", "plain_lr = lambda lr, momentum: lr", "momentum 0.9"),
    (
        "ex5-check",
        "plain_lr = lambda lr, momentum: lr / momentum",
        "momentum 0.9",
    ),
    (
        "ex5-check",
        "plain_lr = lambda lr, momentum: lr * 10",
        "momentum 0.5",
    ),
]


@pytest.mark.parametrize(("cell", "answer", "said"), WRONG)
def test_a_wrong_answer_is_found(lesson, cell, answer, said):
    line = feedback(LESSON, cell, answer, lesson)
    assert line.startswith("✗ ")
    assert said in line
