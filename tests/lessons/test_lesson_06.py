"""Lesson 06's functions, as defined in the notebook, held to references.

The references are the formulas for mean and variance, `nn.Sequential` with
the same weights, and numbers measured for the course's oracle.
"""

import csv
import runpy
from itertools import product

import pytest
import torch
from cells import feedback, load
from execute import FOLDER
from torch import nn

from course_utils import (
    evaluate_accuracy,
    load_data_fashion_mnist,
    seed_everything,
    train_epoch_ch3,
)

LESSON = "06_dropout_from_scratch"
TINY = ("tiny-data", "tiny-choose", "tiny-step", "tiny-train", "all-masks")
PICTURES = (
    "see-through",
    "moments",
    "draw-weights",
    "draw-units",
    "draw-film",
)
LOOP = ("imports-loop", "evaluate", "epoch", "by-torch", "by-hand")
SPOILED = ("standardise", "training-set", "test-set", "spoiled-set")
LATER = ("show-net", "fit", "train", "without-units", "roughness")
float64 = torch.float64
LONG_RUN = FOLDER / "long_runs" / "book_recipe.py"


@pytest.fixture(scope="module")
def lesson():
    first = ("imports", "data", "dropout-layer")
    return load(
        LESSON, *first, *PICTURES, *TINY, "net", *LOOP, *SPOILED, *LATER
    )


@pytest.mark.parametrize("p", [0, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("x", [-1.5, 0.0, 0.1, 2.0])
def test_dropout_has_the_mean_and_variance_of_the_formulas(lesson, p, x):
    seed_everything(0)
    n = 10**6
    out = lesson["dropout_layer"](torch.full((n,), x, dtype=float64), p)
    variance = x**2 * p / (1 - p)
    assert out.mean().item() == pytest.approx(
        x, abs=5 * (variance / n) ** 0.5 + 1e-12
    )
    # The variance of (out - x)², a number with two values
    spread = abs(x**2 * (2 * p - 1) / (1 - p) ** 2) * (p * (1 - p)) ** 0.5
    assert out.var().item() == pytest.approx(
        variance, abs=5 * spread / n**0.5 + 1e-4 * variance + 1e-12
    )


@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
def test_an_entry_is_dropped_or_divided_by_1_minus_p(lesson, p):
    seed_everything(0)
    X = torch.rand(10_000, dtype=float64) + 1
    out = lesson["dropout_layer"](X, p)
    kept = out != 0
    assert torch.equal(out[kept], X[kept] / (1 - p))
    assert kept.float().mean().item() == pytest.approx(1 - p, abs=0.025)


def test_at_p_0_nothing_changes_and_at_p_1_nothing_is_left(lesson):
    X = torch.randn(1000)
    assert torch.equal(lesson["dropout_layer"](X, 0), X)
    assert torch.equal(lesson["dropout_layer"](X, 1), torch.zeros(1000))


def test_a_draw_of_exactly_0_drops_nothing_at_p_0(lesson, monkeypatch):
    monkeypatch.setattr(torch, "rand_like", torch.zeros_like)
    X = torch.ones(5)
    assert torch.equal(lesson["dropout_layer"](X, 0), X)


@pytest.mark.parametrize("p", [0, 0.5, 1])
def test_device_and_dtype_stay(lesson, p):
    X = torch.ones(3, dtype=torch.double, device="meta")
    out = lesson["dropout_layer"](X, p)
    assert (out.device.type, out.dtype) == ("meta", torch.double)


def test_the_gradient_goes_where_the_value_went(lesson):
    X = torch.full((1000,), 3.0, requires_grad=True)
    out = lesson["dropout_layer"](X, 0.4)
    out.sum().backward()
    torch.testing.assert_close(X.grad, out.detach() / 3)


BAD = [-0.1, 1.1, float("nan"), float("inf"), "0.5", None, True, [0.5], {}]
DRIVEN = {
    "dropout_layer": lambda f, p: f(torch.ones(3), p),
    "see_through": lambda f, p: f(p=p),
    "moments": lambda f, p: f(p=p),
    "show_net": lambda f, p: f(p=p),
    "train": lambda f, p: f(p2=p),
}


@pytest.mark.parametrize("bad", BAD, ids=repr)
@pytest.mark.parametrize("name", DRIVEN)
def test_a_bad_p_is_refused_before_anything_is_drawn(lesson, name, bad):
    before = torch.get_rng_state()
    with pytest.raises((TypeError, ValueError), match="p must be"):
        DRIVEN[name](lesson[name], bad)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("bad", [0, -1, 1.5, "10", None])
@pytest.mark.parametrize(
    ("name", "argument"), [("show_net", "step"), ("train", "n_train")]
)
def test_a_bad_count_is_refused(lesson, name, argument, bad):
    with pytest.raises((TypeError, ValueError)):
        lesson[name](**{argument: bad})


def plain(net):
    """Return the same network as an `nn.Sequential`, without dropout."""
    return nn.Sequential(
        *(nn.Flatten(), net.lin1, nn.ReLU(), net.lin2, nn.ReLU(), net.lin3)
    )


def test_in_eval_mode_net_is_the_plain_network(lesson):
    net, X = lesson["Net"](0.2, 0.5).eval(), torch.rand(5, 1, 28, 28)
    torch.testing.assert_close(net(X), plain(net)(X))
    assert sum(w.numel() for w in net.parameters()) == 269_322


def test_in_train_mode_net_is_right_on_average_and_never_the_same(lesson):
    seed_everything(0)
    net, X = lesson["Net"](0, 0.5), torch.rand(1, 1, 28, 28)
    many = net(X.expand(20_000, 1, 28, 28)).detach()
    assert len(many.unique(dim=0)) == len(many)
    right = net.eval()(X).detach()
    error = 5 * many.std(0) / len(many) ** 0.5
    assert ((many.mean(0) - right).abs() < error).all()


def test_each_layer_has_its_own_p(lesson):
    X = torch.rand(2, 1, 28, 28)
    net = lesson["Net"](0, 1)
    torch.testing.assert_close(net(X), net.lin3.bias.expand(2, 10))
    net = lesson["Net"](1, 0)
    seen = net.lin3(net.lin2(torch.zeros(2, 256)).relu())
    torch.testing.assert_close(net(X), seen)
    net = lesson["Net"](0, 0)
    torch.testing.assert_close(net(X), plain(net)(X))


@pytest.mark.parametrize("p", [0.1, 0.4, 0.8])
def test_the_sub_networks_vote_for_the_full_one(lesson, p):
    seed_everything(1)
    lin1, lin2, masks = lesson["tiny_train"](p, 100)
    assert masks.shape == (100, 5)
    with torch.no_grad():
        scores, chances = lesson["all_masks"](lin1, lin2, p)
        full = lin2(lin1(lesson["X_tiny"]).relu())
    assert scores.shape == (32, 600, 3)
    assert chances.sum().item() == pytest.approx(1)
    vote = (chances[:, None, None] * scores.log_softmax(-1)).sum(0)
    torch.testing.assert_close(vote.softmax(-1), full.softmax(-1))


def test_a_dropped_unit_gets_no_gradient(lesson):
    for seed, p in product(range(10), (0.2, 0.6)):
        seed_everything(seed)
        lin1, lin2 = nn.Linear(4, 5), nn.Linear(5, 3)
        x, label = lesson["X_tiny"][seed], lesson["y_tiny"][seed]
        gone = lesson["tiny_step"](lin1, lin2, x, label, p) == 0
        assert not lin1.weight.grad[gone].any()
        assert not lin1.bias.grad[gone].any()
        assert not lin2.weight.grad[:, gone].any()
        assert lin2.bias.grad.any()


def test_the_small_network_learns(lesson):
    seed_everything(0)
    lin1, lin2, _ = lesson["tiny_train"](0.4, 600)
    scores = lin2(lin1(lesson["X_tiny"]).relu())
    share = (scores.argmax(1) == lesson["y_tiny"]).float().mean()
    assert share > 0.8


@pytest.mark.parametrize("step", [1, 7, 200])
def test_the_picture_shows_the_mask_of_the_last_step(lesson, step):
    seed_everything(0)
    figure = lesson["show_net"](0.4, step)
    seed_everything(0)
    masks = lesson["tiny_train"](0.4, step)[2] > 0
    film = figure.axes[1].images[0].get_array()
    assert film.shape == (5, min(step, 30))
    assert torch.equal(torch.tensor(film.tolist())[:, -1].bool(), masks[-1])
    seen = len(masks.unique(dim=0))
    words = f"units: {masks[-1].sum()}, masks so far: {seen}"
    assert figure.get_label() == words


def few():
    return load_data_fashion_mnist(64, n_train=300, seed=1)[0]


def test_the_written_out_epoch_is_that_of_the_package(lesson):
    loss, results = nn.CrossEntropyLoss(reduction="none"), []
    for epoch, updater in (
        (lesson["one_epoch"], "by_torch"),
        (train_epoch_ch3, "by_torch"),
        (train_epoch_ch3, "by_hand"),
    ):
        seed_everything(0)
        net = lesson["Net"](0.2, 0.5)
        numbers = epoch(net, few(), loss, lesson[updater](net))
        results.append([*numbers, net.lin1.weight.detach()])
    for result in results[1:]:
        torch.testing.assert_close(result, results[0])


@pytest.mark.parametrize("training", [True, False])
def test_share_correct_is_evaluate_accuracy(lesson, training):
    net = lesson["Net"](0.5, 0.5).train(training)
    found = lesson["share_correct"](net, few())
    assert found == evaluate_accuracy(net, few())
    assert net.training is training


def test_the_spoiled_set_has_the_same_images_and_30_percent_wrong(lesson):
    for n in (250, 1000):
        X, y = lesson["training_set"](n, wrong_labels=True)
        clean, truth = lesson["training_set"](n, wrong_labels=False)
        assert torch.equal(X, clean)
        assert (y != truth).sum() == 0.3 * n


def test_standardised_pixels_have_mean_0_and_variance_1(lesson):
    X, _ = next(iter(load_data_fashion_mnist(60_000)[0]))
    X = lesson["standardise"](X)
    assert X.mean().item() == pytest.approx(0, abs=1e-3)
    assert X.std().item() == pytest.approx(1, abs=1e-3)


def test_the_panel_tests_on_the_first_2000_test_images(lesson):
    X, y = next(iter(load_data_fashion_mnist(2000, n_train=1)[1]))
    assert torch.equal(lesson["X_test"], lesson["standardise"](X))
    assert torch.equal(lesson["y_test"], y)


def trained(lesson, p1, p2, seed):
    """Return training and test accuracy of the panel's default setting."""
    seed_everything(seed)
    net, X, y = lesson["Net"](p1, p2), lesson["X"], lesson["y"]
    assert list(lesson["fit"](net, X, y)) == list(range(1, 31))
    _, test_iter = load_data_fashion_mnist(2000, n_train=1)
    test = [(lesson["standardise"](X), y) for X, y in test_iter]
    return torch.tensor([evaluate_accuracy(net, d) for d in ([(X, y)], test)])


def test_dropout_gains_on_spoiled_labels_and_too_much_hurts(lesson):
    """Here with one seed; three are in lesson 07's tests."""
    none, half, much = (trained(lesson, p, p, seed=0) for p in (0, 0.5, 0.9))
    assert none[1].item() == pytest.approx(0.697, abs=0.02)
    assert half[1].item() == pytest.approx(0.771, abs=0.02)
    assert half[1] - none[1] >= 0.04
    assert (none[0] - none[1]) - (half[0] - half[1]) >= 0.1
    assert much[1] < none[1] - 0.1


def test_the_same_seed_gives_the_same_numbers(lesson):
    results = []
    for seed in (5, 5, 6):
        seed_everything(seed)
        results.append(lesson["train"](0.5, 0.5, n_train=100))
    assert results[0] == results[1] != results[2]
    assert set(results[0]) == {"train", "test"}


def test_without_units_is_the_same_network_as_long_as_all_stay(lesson):
    net = lesson["Net"](0.5, 0.5)
    data = [(lesson["X_test"], lesson["y_test"])]
    whole = evaluate_accuracy(net, data)
    assert lesson["without_units"](net, 0) == whole
    assert net.training


def test_roughness_is_1_for_noise_and_0_for_a_ramp(lesson):
    seed_everything(0)
    noise = lesson["roughness"](torch.randn(256, 28, 28))
    assert noise == pytest.approx(1, abs=0.02)
    ramp = torch.linspace(0, 1, 28).expand(256, 28, 28)
    assert lesson["roughness"](ramp) < 0.01


def test_the_long_run_writes_the_table_that_the_lesson_reads(tmp_path):
    script = runpy.run_path(str(LONG_RUN))
    table = tmp_path / "table.csv"
    sizes = {"num_epochs": 2, "n_train": 300}
    script["write"](table, [(0.2, 0.5)], seeds=[0, 1], **sizes)
    lines = table.read_text().splitlines()
    assert lines[0].startswith("# 20")
    rows = list(csv.DictReader(lines[1:]))
    assert [(row["seed"], row["epoch"]) for row in rows] == [
        *(("0", "1"), ("0", "2"), ("1", "1"), ("1", "2"))
    ]
    assert all(0 <= float(row["test acc"]) <= 1 for row in rows)


def test_the_saved_table_has_the_numbers_of_the_book():
    lines = LONG_RUN.with_suffix(".csv").read_text().splitlines()
    ends = [row for row in csv.DictReader(lines[1:]) if row["epoch"] == "10"]
    assert [(row["p1"], row["p2"]) for row in ends] == [
        *[("0", "0")] * 5,
        *[("0.2", "0.5")] * 5,
    ]
    for row in ends[5:]:
        assert float(row["train loss"]) == pytest.approx(0.335, abs=0.015)
        assert float(row["train acc on"]) == pytest.approx(0.876, abs=0.006)
        assert 0.8 <= float(row["test acc"]) <= 0.88


# Faults that a learner may make, and that one of the check cells must find.
FAULTS = {
    "nothing enlarged": {"dropout-layer": (" / (1 - dropout)", "")},
    "enlarged by 1 / p": {
        "dropout-layer": ("/ (1 - dropout)", "/ max(dropout, 1e-9)")
    },
    "keeps with probability p": {"dropout-layer": (">= dropout", "< dropout")},
    "one mask for all entries": {
        "dropout-layer": ("rand_like(X)", "rand_like(X[:1])")
    },
    "mask not used": {"tiny-step": ("lin2(mask * H)", "lin2(H)")},
    "sub-networks not enlarged": {"all-masks": ("/ (1 - p) * H", "* H")},
    "chances the wrong way": {"all-masks": ("** (1 - kept)", "** kept")},
    "dropout while testing": {"net": ("if self.training", "if True")},
    "no dropout": {"net": ("if self.training", "if False")},
    "test in train mode": {"evaluate": ("    net.eval()\n", "")},
    "mode not put back": {"evaluate": ("    net.train(before)\n", "")},
    "gradients add up": {"epoch": ("        optimizer.zero_grad()\n", "")},
    "sum in place of mean": {"epoch": ("losses.mean()", "losses.sum()")},
    "trained in eval mode": {"epoch": ("net.train()", "net.eval()")},
    "not divided": {"by-hand": ("0.1, batch_size", "0.1, 1")},
}
FIRST = ("imports", "data", "dropout-layer", "check-moments", *TINY)
CELLS = (
    *(*FIRST, "dropped-gradient", "check-average", "net", "mode"),
    *("imports-loop", "evaluate", "evaluate-run", "epoch"),
    *("by-torch", "by-hand", "check-epoch"),
)


def test_the_check_cells_pass_as_shipped(capsys):
    load(LESSON, *CELLS)
    printed = capsys.readouterr().out
    assert "p 0.5: [0.0, 2.0], mean 1.00, variance 1.00" in printed
    assert "32 networks vote; chances sum to 1.0" in printed


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_cell_finds(fault):
    with pytest.raises((AssertionError, ArithmeticError, RuntimeError)):
        load(LESSON, *CELLS, changes=FAULTS[fault])


TRAINED_ONCE = (
    "def trained(p1, p2, seed):\n"
    "    seed_everything(seed)\n"
    "    net = Net(p1, p2)\n"
    "    list(fit(net, X, y, 1))\n"
    "    return net\n"
    "test_accuracies = lambda p1, p2, seeds, num_epochs: "
    "[evaluate_accuracy(trained(p1, p2, seed), "
)
# A wrong answer for each exercise, and a piece of what the check says.
WRONG = [
    ("ex1", "keep_layer = dropout_layer", "100% of the entries stay"),
    (
        "ex1",
        "keep_layer = lambda X, keep: X * (torch.rand_like(X) < keep) / keep",
        "keep = 0",
    ),
    (
        "ex1",
        "keep_layer = lambda X, keep: "
        "(torch.rand_like(X) < keep) / max(keep, 1)",
        "of what it was",
    ),
    (
        "ex1",
        "keep_layer = lambda X, keep: X * (torch.rand_like(X) < keep)",
        "the mean is 0.25",
    ),
    (
        "ex2",
        "hidden_variance = lambda net, X: (net(X).var(), net(X).var())",
        "wrong without",
    ),
    (
        "ex2",
        "def hidden_variance(net, X):\n"
        "    H = net.lin1(X.flatten(1)).relu().detach()\n"
        "    return H.var(), H.var() / (1 - net.p1)",
        "times the mean square",
    ),
    (
        "ex3",
        "gaussian_layer = lambda X, p: X + (p / (1 - p)) ** 0.5 * "
        "torch.randn_like(X)",
        "the variance is",
    ),
    (
        "ex3",
        "gaussian_layer = lambda X, p: X * (1 + p / (1 - p) * "
        "torch.randn_like(X))",
        "the variance is",
    ),
    ("ex3", "gaussian_layer = dropout_layer", "of a normal, 0.68"),
    (
        "ex3",
        "gaussian_layer = lambda X, p: X * (1 + (12 * p / (1 - p)) ** 0.5 * "
        "(torch.rand_like(X) - 0.5))",
        "of a normal, 0.68",
    ),
    (
        "ex4",
        "dropconnect = lambda X, W, b, p: "
        "dropout_layer(X * W, p).sum(1)[None] + b",
        "must match the size",  # right for one example only
    ),
    (
        "ex4",
        "dropconnect = lambda X, W, b, p: dropout_layer(X, p) @ W.T + b",
        "dropped inputs",
    ),
    (
        "ex4",
        "dropconnect = lambda X, W, b, p: dropout_layer(X @ W.T, p) + b",
        "variances",
    ),
    (
        "ex4",
        "dropconnect = lambda X, W, b, p: dropout_layer(X @ W.T + b, p)",
        "variances",
    ),
    ("ex5", "test_accuracies = lambda p1, p2, seeds, num_epochs: [.6]", "two"),
    (
        "ex5",
        "test_accuracies = lambda p1, p2, seeds, num_epochs: [0.5, 0.6]",
        "seed before Net",
    ),
    (
        "ex5",
        "test_accuracies = lambda p1, p2, seeds, num_epochs: "
        "[0.5 + seed / 100 for seed in seeds]",
        "seed 7",
    ),
    (
        "ex5",
        TRAINED_ONCE.replace("Net(p1, p2)", "Net(0.2, 0.5)")
        + "[(X_test, y_test)]) for seed in seeds]",
        "p1 and p2 do not count",
    ),
    (
        "ex5",
        f"{TRAINED_ONCE}[(X_test, y_test)]) for seed in seeds]",
        "num_epochs does not count",
    ),
    (
        "ex5",
        f"{TRAINED_ONCE}[(X, y)]) for seed in seeds]",
        "seed 7",
    ),
    ("ex6", "accuracy_curve = lambda p, num_epochs: [0.5]", "1"),
    ("ex6", "accuracy_curve = lambda p, num_epochs: [0.5, 0.5]", "p = 1"),
]


@pytest.mark.parametrize(("exercise", "answer", "said"), WRONG)
def test_a_wrong_answer_is_found(lesson, exercise, answer, said):
    line = feedback(LESSON, f"{exercise}-check", answer, lesson)
    assert line.startswith("✗ ")
    assert said in line
