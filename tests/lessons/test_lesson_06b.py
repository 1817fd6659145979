"""Lesson 06b's functions and claims, held to references."""

import csv

import pytest
import torch
from cells import load
from execute import FOLDER

from course_utils import (
    evaluate_accuracy,
    load_data_fashion_mnist,
    seed_everything,
    train_epoch_ch3,
)

LESSON = "06b_dropout_for_the_curious"
TABLE = FOLDER / "long_runs" / "book_recipe.csv"
CELLS = ("imports", "dropout-layer", "net", "data", "fit", "two-nets")


@pytest.fixture(scope="module")
def lesson():
    later = "weights", "roughness", "epoch", "check-epoch"
    return load(LESSON, *CELLS, *later)


def test_a_network_trained_with_dropout_loses_less(lesson):
    seed_everything(4117)
    full, half = lesson["remove"](0), lesson["remove"](0.5)
    lost = [full[name] - half[name] for name in full]
    assert lost[0] > 0.15
    assert lost[1] < lost[0] / 2


def test_without_units_is_the_same_network_as_long_as_all_stay(lesson):
    net = lesson["Net"](0.5, 0.5)
    data = [(lesson["X_valid"], lesson["y_valid"])]
    assert lesson["without_units"](net, 0) == evaluate_accuracy(net, data)
    assert net.training


def test_roughness_is_1_for_noise_and_0_for_a_ramp(lesson):
    seed_everything(0)
    noise = lesson["roughness"](torch.randn(256, 28, 28)).mean().item()
    assert noise == pytest.approx(1, abs=0.02)
    ramp = torch.linspace(0, 1, 28).expand(256, 28, 28)
    assert lesson["roughness"](ramp).max() < 0.01


def test_the_added_weights_are_smoother_with_dropout(lesson):
    rough = [lesson["roughness"](lesson["added"](p)).mean() for p in (0, 0.5)]
    assert rough[1] < rough[0]


def test_the_written_out_epoch_is_that_of_the_package(lesson):
    loss, results = torch.nn.CrossEntropyLoss(reduction="none"), []
    for epoch, updater in (
        (lesson["one_epoch"], "by_torch"),
        (train_epoch_ch3, "by_torch"),
        (train_epoch_ch3, "by_hand"),
    ):
        seed_everything(0)
        net = lesson["Net"](0.2, 0.5)
        few, _ = load_data_fashion_mnist(64, n_train=300, seed=1)
        numbers = epoch(net, few, loss, lesson[updater](net))
        results.append([*numbers, net.lin1.weight.detach()])
    for result in results[1:]:
        torch.testing.assert_close(result, results[0])


FAULTS = {
    "gradients add up": ("        optimizer.zero_grad()\n", ""),
    "sum in place of mean": ("losses.mean()", "losses.sum()"),
    "trained in eval mode": ("net.train()", "net.eval()"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_check_of_the_epoch_finds(fault):
    cells = ("imports", "dropout-layer", "net", "epoch", "check-epoch")
    with pytest.raises((AssertionError, ArithmeticError)):
        load(LESSON, *cells, changes={"epoch": FAULTS[fault]})


def test_the_saved_table_of_the_book_does_not_tell():
    lines = TABLE.read_text().splitlines()
    ends = [row for row in csv.DictReader(lines[1:]) if row["epoch"] == "10"]
    assert [(row["p1"], row["p2"]) for row in ends] == [
        *[("0", "0")] * 5,
        *[("0.2", "0.5")] * 5,
    ]
    test = torch.tensor([float(row["test acc"]) for row in ends])
    gain = test[5:] - test[:5]
    assert abs(gain.mean()) < 2 * gain.std() / 5**0.5
    for row in ends[5:]:
        assert float(row["train loss"]) == pytest.approx(0.335, abs=0.015)
        assert float(row["train acc on"]) == pytest.approx(0.876, abs=0.006)
