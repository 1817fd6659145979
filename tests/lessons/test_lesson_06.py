"""Lesson 06's functions, as defined in the notebook, held to references.

The references are the formulas for mean and variance, `nn.Sequential` with
the same weights, and numbers measured for the course's oracle.
"""

import csv
import re
import runpy
from itertools import product

import pytest
import torch
from cells import load, printed, read, refuses, see
from execute import FOLDER
from torch import nn

from course_utils import (
    evaluate_accuracy,
    load_data_fashion_mnist,
    seed_everything,
)

LESSON = "06_dropout_from_scratch"
CELLS = (
    *("imports", "turn-layer-check", "turn-layer-ours"),
    *("tiny-step", "tiny", "turn-vote-check", "turn-vote-ours", "all-masks"),
    *("turn-net-check", "turn-net-ours", "data", "fit"),
)
float64 = torch.float64
LONG_RUN = FOLDER / "long_runs" / "when_to_stop.py"


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, *CELLS)


@pytest.fixture
def at_home(monkeypatch):
    """Be in the folder of the notebook, where its tables are."""
    monkeypatch.chdir(FOLDER)


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


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan"), "0.5", None])
def test_a_bad_p_is_refused_before_anything_is_drawn(lesson, bad):
    refuses(lesson["dropout_layer"], "p must be", X=torch.ones(3), p=bad)


@pytest.mark.parametrize("p", [0, 0.3, 0.6])
def test_the_first_picture_has_one_scale_and_shows_the_brightening(lesson, p):
    seed_everything(0)
    axes = lesson["see_through"](p).axes[:4]
    tiles = [ax.images[0].get_array() for ax in axes]
    assert {ax.images[0].get_clim() for ax in axes} == {(0, 2.5)}
    image, dropped, one, mean = (torch.tensor(t.tolist()) for t in tiles)
    torch.testing.assert_close(one * (1 - p), dropped)
    kept = one != 0
    torch.testing.assert_close(dropped[kept], image[kept])
    assert (mean.mean() / image.mean()).item() == pytest.approx(1, abs=0.02)
    assert one.max() <= 2.5


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


@pytest.mark.parametrize("p", [0.1, 0.4, 0.8])
def test_the_sub_networks_vote_for_the_full_one(lesson, p):
    seed_everything(1)
    lin1, lin2, masks = lesson["tiny_train"](p, 100)
    assert masks.shape == (100, 5)
    with torch.no_grad():
        log_q, chances = lesson["all_masks"](lin1, lin2, p)
        full = lin2(lin1(lesson["X_tiny"]).relu()).softmax(-1)
    assert log_q.shape == (32, 600, 3)
    assert chances.sum().item() == pytest.approx(1)
    vote = lesson["geometric_vote"](log_q, chances)
    torch.testing.assert_close(vote, full)
    ordinary = (chances[:, None, None] * log_q.exp()).sum(0)
    assert (ordinary - full).abs().max() > 1e-3


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
    words = f"step {step}: {masks[-1].sum()} of 5 units kept; "
    assert figure.get_label() == f"{words}{seen} of 32 masks used so far"


def test_the_film_has_as_many_masks_as_the_lesson_says(lesson):
    for p, step, seen in ((0.4, 40, 24), (0.4, 150, 32), (0.1, 200, 14)):
        seed_everything(4117)  # the panel's
        label = lesson["show_net"](p, step).get_label()
        assert f"{seen} of 32 masks" in label
        assert str(seen) in see(LESSON, "net-see") or seen == 32


def test_the_training_set_has_the_same_images_and_30_percent_wrong(lesson):
    for n in (250, 1000):
        X, y = lesson["training_set"](n, wrong_labels=True)
        clean, truth = lesson["training_set"](n, wrong_labels=False)
        assert torch.equal(X, clean)
        assert (y != truth).sum() == 0.3 * n


def test_validation_images_are_no_training_images(lesson):
    X, _ = lesson["training_set"](5000, wrong_labels=False)
    train = {image.tobytes() for image in X.numpy()}
    valid = {image.tobytes() for image in lesson["X_valid"].numpy()}
    assert len(valid & train) <= 1  # the data has a few twins
    assert lesson["X_valid"].shape == (2000, 1, 28, 28)
    assert torch.equal(lesson["X"], X[:1000])


def test_standardised_pixels_have_mean_0_and_variance_1(lesson):
    X, _ = lesson["training_set"](60_000, wrong_labels=False)
    assert X.mean().item() == pytest.approx(0, abs=2e-3)
    assert X.std().item() == pytest.approx(1, abs=2e-3)


def test_with_dropout_the_test_accuracy_is_the_known_one(lesson):
    """Other strengths are trained in lesson 07's tests; ten seeds, below."""
    seed_everything(0)
    net, X, y = lesson["Net"](0.5, 0.5), lesson["X"], lesson["y"]
    assert list(lesson["fit"](net, X, y)) == list(range(1, 31))
    _, test_iter = load_data_fashion_mnist(2000, n_train=1)
    test = [((X - 0.2860) / 0.3530, y) for X, y in test_iter]
    assert evaluate_accuracy(net, test) == pytest.approx(0.771, abs=0.02)


def test_the_test_set_stays_closed_until_the_judgement():
    """Only the table's column has test images, and only `judge` reads it."""
    users = [
        c.id
        for c in read(LESSON).cells
        if c.cell_type == "code" and '"test_acc"' in c.source
    ]
    assert users == ["judge", "full-data"]
    for cell in read(LESSON).cells:
        assert "test_iter" not in cell.source


def test_the_long_run_writes_the_table_that_the_lesson_reads(tmp_path):
    script = runpy.run_path(str(LONG_RUN))
    table = tmp_path / "table.csv"
    plan = list(product((0, 0.5), (1, 2), [0]))
    script["main"](plan, table, jobs=1, n_train=200, n_valid=100)
    lines = table.read_text().splitlines()
    assert lines[0].startswith("# made on 20")
    rows = list(csv.DictReader(lines[1:]))
    assert [(row["p"], row["num_epochs"]) for row in rows] == [
        *(("0", "1"), ("0", "2"), ("0.5", "1"), ("0.5", "2"))
    ]
    for row in rows:
        assert all(0 <= float(row[name]) <= 1 for name in list(row)[3:])


def test_the_long_run_validates_on_other_images():
    images = runpy.run_path(str(LONG_RUN))["images"]
    X, _ = images(300, 0, 3)
    assert torch.equal(images(100, 0.3, 3)[0], X[:100])


def test_the_saved_table_has_all_settings(lesson, at_home):
    for p in lesson["STYLES"]:
        for num_epochs in lesson["EPOCHS"][p]:
            assert len(lesson["accuracies"](p, num_epochs, "valid_acc")) == 10
    # The oracle's numbers for 30 epochs, within two seeds' spread
    for p, test in ((0, 0.697), (0.5, 0.771)):
        found = lesson["accuracies"](p, 30, "test_acc").mean().item()
        assert found == pytest.approx(test, abs=0.02)


def test_what_dropout_buys(lesson, at_home):
    """The headline: hardly a better network, but less harm if too long."""
    load(LESSON, "judge", namespace=lesson)
    rows = lesson["rows"]
    assert rows["p = 0.5, 30 epochs"].mean() - lesson["fixed"].mean() > 0.05
    assert -0.005 < lesson["paired"].mean() < 0.007  # half a point

    def valid(p, num_epochs):
        return lesson["accuracies"](p, num_epochs, "valid_acc").mean().item()

    lost = {}
    for p, best in ((0, 10), (0.5, 20)):
        lengths = lesson["EPOCHS"][p]
        assert max(lengths, key=lambda n, p=p: valid(p, n)) == best
        lost[p] = [
            100 * (valid(p, best) - valid(p, n))
            for n in (best // 2, 2 * best, 3 * best)
        ]
    assert lost[0][1] > lost[0.5][1] + 0.5
    assert lost[0][2] > lost[0.5][2] + 2
    assert abs(lost[0][0] - lost[0.5][0]) < 0.5
    told = re.findall(
        r"\d\.\d", see(LESSON, "judge-see").split("So dropout")[1]
    )
    right = *lost[0.5][1:], *lost[0][1:], lost[0.5][0], lost[0][0]
    assert told[:6] == [f"{each:.1f}" for each in right]


def test_the_judgement_says_what_it_printed():
    """Each number of the text with three decimals stands in the output."""
    shown = printed(LESSON, "judge")
    numbers = re.findall(r"\b0\.\d{3}\b", see(LESSON, "judge-see"))
    assert numbers
    assert [number for number in numbers if number not in shown] == []


def test_on_all_images_dropout_costs_what_the_lesson_says(lesson, at_home):
    load(LESSON, "full-data", namespace=lesson)
    assert lesson["cost"].mean().item() == pytest.approx(-0.002, abs=5e-4)
    assert "0.7 points after 10 epochs, 0.2 after 30" in see(
        LESSON, "full-see"
    )
    assert "-0.0068 ± 0.0002" in printed(LESSON, "full-data")


# Faults that a learner may make, and that one of the check cells must find.
FAULTS = {
    "mask not used": {"tiny-step": ("lin2(mask * H)", "lin2(H)")},
    "sub-networks not enlarged": {"all-masks": ("/ (1 - p) * H", "* H")},
    "chances the wrong way": {"all-masks": ("** (1 - kept)", "** kept")},
}
CHECKS = (*CELLS[:5], "dropped-gradient", *CELLS[5:8])


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_cell_finds(fault):
    with pytest.raises((AssertionError, ArithmeticError, RuntimeError)):
        load(LESSON, *CHECKS, changes=FAULTS[fault])
