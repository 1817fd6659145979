"""Lesson 04b's claims: the elastic net, ten examples, smooth curves."""

import re

import pytest
import torch
from cells import load, printed
from sklearn.linear_model import ElasticNet, Ridge

from course_utils import seed_everything

LESSON = "04b_three_claims_measured"
GROUPS = ("groups-data", "elastic", "show-groups")
TEN = ("ten-data", "train-adam", "fit-and-plot", "roughness")


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, "imports", "from-lesson-four", *GROUPS, *TEN)


def test_the_functions_of_lesson_4_are_those_of_lesson_4():
    other = load("04_l1_and_l2", "imports", "drawing", "sparse-data")
    mine = load(LESSON, "imports", "from-lesson-four")
    w, true_w = torch.randn(9, 1).double(), torch.ones(9, 1).double()
    data = torch.randn(5, 9).double(), torch.randn(5, 1).double()
    assert mine["mean_loss"](w, 1, data) == other["mean_loss"](w, 1, data)
    figures = [each["draw_weights"](w, true_w, "t") for each in (mine, other)]
    lines = [figure.axes[0].lines for figure in figures]
    for a, b in zip(*lines, strict=True):
        assert a.get_label() == b.get_label()
        assert a.get_color() == b.get_color()


@pytest.mark.parametrize(("lambd", "lambd2"), [(0.1, 0.3), (0.03, 1), (0, 1)])
def test_the_elastic_net_is_that_of_scikit_learn(lesson, lambd, lambd2):
    seed_everything(0)
    X, y = lesson["draw_groups"](50)
    both = lambd + lambd2
    w, _ = lesson["fit_elastic"](X, y, lambd, lambd2, num_steps=8000)
    model = (
        ElasticNet(alpha=both, l1_ratio=lambd / both, tol=1e-12)
        if lambd
        else Ridge(alpha=len(X) * lambd2)
    )
    theirs = torch.from_numpy(model.fit(X, y.ravel()).coef_)
    torch.testing.assert_close(w[:, 0], theirs, atol=1e-7, rtol=0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (" + lambd2 * w", ""),
        ("+ lambd2 * w", "+ 2 * lambd2 * w"),
        ("lr * lambd)", "0 * lambd)"),
        ("/ len(X)", ""),
    ],
)
def test_the_comparison_with_scikit_learn_finds(old, new):
    names = ("imports", "from-lesson-four", "groups-data", "elastic")
    namespace = load(LESSON, *names, changes={"elastic": (old, new)})
    with pytest.raises(AssertionError):
        load(LESSON, "check-elastic", namespace=namespace)


@pytest.mark.parametrize(
    ("lambd2", "words"),
    [
        (0, "10 of 15 found, 11 of 25 kept"),
        (0.1, "14 of 15 found, 10 of 25 kept"),
        (0.32, "15 of 15 found, 10 of 25 kept"),
        (1, "15 of 15 found, 13 of 25 kept"),
    ],
)
def test_the_panel_counts_what_the_answer_says(lesson, lambd2, words):
    assert lesson["show_groups"](lambd2, 1).get_label().startswith(words)


def test_the_lasso_keeps_others_with_other_examples(lesson):
    kept = []
    for draw in (1, 2):
        seed_everything(draw)
        w, _ = lesson["fit_elastic"](*lesson["draw_groups"](50), 0.1, 0)
        kept.append((w[:15, 0] != 0).tolist())
    assert kept[0] != kept[1]


def test_the_table_of_groups_says_what_the_prose_says():
    rows = {}
    for line in printed(LESSON, "groups-table").splitlines()[2:]:
        name, *cells = line.split("|")
        rows[float(name)] = [
            [float(n) for n in re.findall(r"-?\d[\d.]*", cell)]
            for cell in cells
        ]
    assert list(rows) == [0, 0.1, 0.3, 1]
    change = {name: row[0][2:] for name, row in rows.items() if name}
    assert change[0.1] == [-0.025, 0.005]
    assert abs(change[0.3][0]) < change[0.3][1]
    assert change[1][0] > 3 * change[1][1]
    assert [row[1][0] for row in rows.values()] == [9.8, 14.1, 15, 15]
    assert rows[0.1][2][2:] == pytest.approx([1.6, 0.7], abs=0.02)
    wrong = [row[2][0] for row in rows.values()]
    assert wrong[2] > 2 * wrong[0]
    assert wrong[3] > 12.5  # most of the 25


def test_a_mean_is_a_hundred_times_weaker_than_half_a_sum(lesson):
    runs = []
    for penalty, lambd in (("λ·mean(w²)", 10), ("λ·½sum(w²)", 0.1)):
        seed_everything(1)
        runs.append(lesson["fit_and_plot"](lambd, penalty))
    assert runs[0] == pytest.approx(runs[1], rel=1e-6)


def test_the_returned_test_loss_is_without_the_penalty(lesson):
    runs = []
    for plotted in ("loss", "loss + penalty"):
        seed_everything(1)
        runs.append(lesson["fit_and_plot"](3, "λ·½sum(w²)", plotted))
    assert runs[0] == runs[1]


SEED = 4117  # a panel's first one


@pytest.mark.parametrize(
    ("lambd", "penalty", "loss"),
    [
        (0, "λ·mean(w²)", 0.52),
        (10, "λ·mean(w²)", 0.14),
        (0.1, "λ·½sum(w²)", 0.14),
        (3.2, "λ·½sum(w²)", 0.012),
        (10, "λ·½sum(w²)", 0.013),
    ],
)
def test_the_panel_of_ten_has_the_losses_that_are_told(
    lesson, lambd, penalty, loss
):
    seed_everything(SEED)
    found = lesson["fit_and_plot"](lambd, penalty)["test loss"]
    assert found == pytest.approx(loss, abs=0.005 if loss > 0.1 else 0.0006)


def test_a_constant_does_as_well_as_the_best_penalty():
    text = printed(LESSON, "ten-judge")
    assert "lambd 3: 0.010" in text
    assert "the constant: 0.010" in text
    assert "from 0.004 to 0.016" in text


def test_roughness_is_that_of_second_differences(lesson):
    roughness = lesson["roughness"]
    assert roughness(3 - 2 * torch.arange(9.0)) == 0
    assert roughness(torch.arange(9.0) ** 2) == 2
    assert roughness(torch.tensor([0.0, 1] * 4)) == 2


def test_the_table_of_roughness_says_what_the_prose_says():
    table = re.findall(
        r"\| +([\d.]+) \| +([\d.]+) \| ([+-][\d.]+) ± ([\d.]+)",
        printed(LESSON, "rough-table"),
    )
    train, log_train, test, log_test, epochs, end = [
        [float(n) for n in row] for row in table
    ]
    assert 1 - train[1] / train[0] == pytest.approx(0.12, abs=0.005)
    assert 1 - test[1] / test[0] == pytest.approx(0.20, abs=0.015)
    assert log_test[1] / log_test[0] == pytest.approx(3.7, abs=0.3)
    errors = [row[2] / row[3] for row in (train, test, log_test)]
    assert errors == pytest.approx([-2.7, -3.3, 8.5], abs=0.3)
    assert all(abs(row[2]) < 2 * row[3] for row in (log_train, epochs, end))


def test_a_run_that_never_gets_there_counts_all_its_epochs():
    names = ("imports", "from-lesson-four", *TEN)
    namespace = load(LESSON, *names)
    pair = 2 * [torch.ones(2, 100)]
    namespace["pairs"] = [pair] * 2
    load(LESSON, "rough-table", namespace=namespace)
    assert namespace["epochs_to_a_tenth"](torch.ones(2, 100)) == 100
