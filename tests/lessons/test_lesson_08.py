"""Lesson 08's functions, as defined in the notebook, held to references.

The references are scikit-learn's ridge, SciPy's t distribution,
`nn.Sequential` with the same weights, and the gains that the course's oracle
asks for.
"""

import csv
import re
import runpy

import numpy as np
import pytest
import torch
from cells import load, printed, read, see, shown_by
from execute import FOLDER
from scipy.stats import t as student
from sklearn.linear_model import Ridge
from torch import nn

from course_utils import seed_everything

LESSON = "08_regularization_lab"
LONG_RUN = FOLDER / "long_runs" / "regularization_lab.py"
TURNS = [
    f"turn-{name}-{part}"
    for name in ("seen", "paired", "choose", "law")
    for part in ("check", "ours")
]
CELLS = "imports", "fit", *TURNS, "run", "alarms", "table", "compare", "ridge"
RANDOM, ALIKE = "1,000, wrong at random", "1,000, wrong and alike"


@pytest.fixture(scope="module", autouse=True)
def as_in_the_lesson():
    """Work in the folder of the notebooks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(FOLDER)
        yield


@pytest.fixture(scope="module")
def lesson(as_in_the_lesson):
    return load(LESSON, *CELLS)


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(LONG_RUN))


def told(cell):
    """Return what a code cell has printed and shown, as it is saved."""
    return printed(LESSON, cell) + shown_by(LESSON, cell)


# The learner's network and its data.


def test_the_share_of_wrong_labels_is_right_and_the_images_are_nested(lesson):
    (X, y), _ = lesson["train_and_valid"](300, 0.3)
    (X_more, truth), _ = lesson["train_and_valid"](2000, 0.0)
    assert torch.equal(X, X_more[:300])
    y, truth = lesson["images"](0.3)[1], lesson["images"](0.0)[1]
    assert (y != truth).float().mean().item() == pytest.approx(0.3, abs=1e-3)
    assert X_more.mean().item() == pytest.approx(0, abs=0.05)
    assert X_more.std().item() == pytest.approx(1, abs=0.05)


def test_validation_images_are_no_training_images(lesson):
    (X, _), (X_valid, _) = lesson["train_and_valid"](10_000, 0.3)
    rows = {row.numpy().tobytes() for row in X}
    twins = sum(row.numpy().tobytes() in rows for row in X_valid)
    assert len(X_valid) == 2000
    assert twins <= 1  # the data has a few


def test_the_learning_rate_falls_in_equal_steps_towards_0(lesson, monkeypatch):
    seen = []

    class Watched(torch.optim.SGD):
        def step(self):
            seen.append(self.param_groups[0]["lr"])
            super().step()

    monkeypatch.setattr(torch.optim, "SGD", Watched)
    data, _ = lesson["train_and_valid"](32, 0.0)
    assert list(lesson["fit"](lesson["new_net"](0.5), data, 4)) == [1, 2, 3, 4]
    assert seen == pytest.approx([0.1, 0.075, 0.05, 0.025])


def test_the_panel_draws_no_test_accuracy(lesson):
    found = lesson["train"](num_epochs=1, n_train=100)
    assert set(found) == {"training", "validation"}


def test_the_test_set_stays_closed_until_the_judgement():
    """Only these cells read the table's column with test images."""
    users = [
        c.id
        for c in read(LESSON).cells
        if c.cell_type == "code"
        and re.search(r'"test_acc"|\b(judged|difference)\(', c.source)
    ]
    # "table" reads the file and hands no column out by itself.
    assert users == ["table", "judge", "add-up"]
    for cell in read(LESSON).cells:
        assert "test_iter" not in cell.source


@pytest.mark.parametrize("bad", [0, 7, None])
def test_a_number_of_seeds_without_a_quantile_is_refused(lesson, bad):
    with pytest.raises((TypeError, ValueError, KeyError)):
        lesson["false_alarms"](num_seeds=bad)


# Which differences are real.


def test_the_t_quantiles_are_those_of_scipy(lesson):
    for seeds, quantile in lesson["QUANTILES"].items():
        want = student.ppf(0.975, seeds - 1)
        assert quantile == pytest.approx(want, abs=0.006)


@pytest.fixture(scope="module")
def alarms(lesson):
    """Return what the panel says of each number of seeds."""
    return {k: lesson["false_alarms"](k).get_label() for k in (3, 5, 10, 30)}


@pytest.mark.parametrize("seeds", [3, 5, 10, 30])
def test_false_alarms_are_as_many_as_t_says(lesson, alarms, seeds):
    shares = [int(each) for each in re.findall(r": (\d+)%", alarms[seeds])]
    want = [200 * student.sf(limit, seeds - 1)
            for limit in (2, lesson["QUANTILES"][seeds])]  # fmt: skip
    assert shares == pytest.approx(want, abs=1.5)


# Ridge, and the law for its strength.


@pytest.mark.parametrize("n", [300, 1000])
@pytest.mark.parametrize("lambd", [0.1, 2])
def test_ridge_is_that_of_scikit_learn(lesson, n, lambd):
    X = lesson["images"](0.0)[0].flatten(1).double().numpy()
    Y = nn.functional.one_hot(lesson["images"](0.3)[1], 10).float()
    (found,) = lesson["ridge"](n, Y, [lambd])
    theirs = Ridge(alpha=n * lambd).fit(X[:n], Y[:n].numpy())
    np.testing.assert_allclose(found, theirs.predict(X[10_000:]), atol=1e-3)


@pytest.mark.parametrize("label_noise", [0.0, 0.3, 0.5])
def test_the_law_predicts_ridges_best_strength_within_a_factor_of_1_7(
    lesson, label_noise
):
    words = lesson["draw_law"](label_noise).get_label()
    pairs = re.findall(r"best ([\d.]+), predicted ([\d.]+)", words)
    assert len(pairs) == 4
    for best, predicted in pairs:
        assert 1 / 1.75 < float(best) / float(predicted) < 1.75


@pytest.mark.parametrize("label_noise", [0.1, 0.2, 0.3, 0.4, 0.5])
def test_the_noise_variance_is_twice_the_lowest_loss(lesson, label_noise):
    """It is computed from that of right labels, and not fitted."""
    measured = 2 * lesson["ridge_losses"](label_noise).min().item()
    found = lesson["noise_var"](label_noise)
    assert found == pytest.approx(measured, rel=0.05)


def test_wrong_labels_make_ridges_best_strength_7_to_10_times_as_large(lesson):
    best = {
        e: [float(x) for x in re.findall(
            r"best ([\d.]+)", lesson["draw_law"](e).get_label())]
        for e in (0.0, 0.5)
    }  # fmt: skip
    ratios = np.array(best[0.5]) / np.array(best[0.0])
    assert 6.7 < ratios.min() and ratios.max() < 10.3
    assert best[0.0][0] / best[0.0][-1] == pytest.approx(15, abs=1)


def test_wrong_labels_flatten_true_weights_by_the_factor_of_seen_accuracy(
    lesson,
):
    """In the law: the mean one-hot label of a class, simulated."""
    rng, noise, n = np.random.default_rng(0), 0.3, 300_000
    label = np.where(rng.random(n) < noise, rng.integers(1, 10, n), 0)
    gap = (label == 0).mean() - (label == 5).mean()
    known = {"n0": 10, "lambd0": 1, "var0": 1}
    shrunk = 1 / lesson["best_lambd"](10, noise, 1, **known)
    assert gap**2 == pytest.approx(shrunk, abs=0.005)


# The table of long runs.


def stack_and_net(script, lambd, num_epochs=2, n=100):
    """Train the second of two networks of a stack, and `nn.Sequential`."""
    (X, y), _ = script["images"]("alike", n, 0)
    X = X.double()
    group = script["Group"](((0.03, 0), (lambd, 0)), num_epochs)
    seed_everything(0)
    stack = script["first_weights"](256, 2)
    script["fit"](stack, group, X, y, 7)
    seed_everything(0)
    layers = nn.Linear(784, 256), nn.Linear(256, 256), nn.Linear(256, 10)
    net = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    optimizer = torch.optim.SGD(net.parameters(), 0.1, weight_decay=lambd)
    order = torch.Generator().manual_seed(7)
    for epoch in range(num_epochs):
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - epoch / num_epochs)
        for batch in torch.randperm(n, generator=order).split(32):
            optimizer.zero_grad()
            y_hat = net(X[batch].flatten(1))
            nn.functional.cross_entropy(y_hat, y[batch]).backward()
            optimizer.step()
    X = X.flatten(1)
    return script["forward"](stack, X)[1], net(X)


@pytest.mark.parametrize("lambd", [0, 0.1])
def test_a_network_of_a_stack_is_an_ordinary_one(script, lambd):
    torch.set_default_dtype(torch.double)
    try:
        found, want = stack_and_net(script, lambd)
    finally:
        torch.set_default_dtype(torch.float)
    torch.testing.assert_close(found, want, atol=1e-10, rtol=0)


def test_each_network_of_a_stack_has_its_own_dropout(script):
    seed_everything(0)
    p = torch.tensor([0.0, 0.5, 0.8])[:, None, None]
    H = script["dropped"](torch.ones(3, 200, 500), p)
    assert torch.equal(H[0], torch.ones(200, 500))
    for k, share in ((1, 0.5), (2, 0.8)):
        assert (H[k] == 0).float().mean().item() == pytest.approx(share, 0.02)
        assert H[k].mean().item() == pytest.approx(1, abs=0.03)


def test_alike_labels_spoil_the_same_images_as_random_ones(script):
    sets = {
        labels: torch.cat([y for _, y in script["images"](labels, 1000, 3)])
        for labels in ("right", "random", "alike")
    }
    wrong = sets["random"] != sets["right"]
    assert torch.equal(sets["alike"] != sets["right"], wrong)
    assert wrong.float().mean().item() == pytest.approx(0.3, abs=0.03)
    pairs = {
        tuple(sorted(pair))
        for pair in zip(sets["alike"][wrong].tolist(),
                        sets["right"][wrong].tolist(), strict=True)
    }  # fmt: skip
    assert pairs == {(0, 6), (1, 3), (2, 4), (5, 7), (8, 9)}


def test_moved_images_are_rolled_by_at_most_the_shift(script):
    seed_everything(0)
    X = torch.randn(40, 1, 28, 28)
    moves = set()
    for image, found in zip(X, script["moved"](X, 2), strict=True):
        moves |= {
            (dy, dx)
            for dy in range(-2, 3)
            for dx in range(-2, 3)
            if torch.equal(image.roll((dy, dx), (1, 2)), found)
        }
    assert len(moves) > 15


def test_the_script_writes_a_table(script, tmp_path):
    path, group = tmp_path / "table.csv", script["Group"]
    groups = group(((0, 0), (0.1, 0.5)), 1), group(((0, 0),), 1, 16, 2)
    script["main"]([("right", 100, groups, 2)], path)
    lines = path.read_text().splitlines()
    assert [line[0] for line in lines[:3]] == ["#", "#", "l"]
    rows = list(csv.DictReader(lines[2:]))
    assert len(rows) == 6
    assert {row["seed"] for row in rows} == {"0", "1"}
    for row in rows:
        assert 0 <= float(row["valid_acc"]) <= 1


def test_the_saved_table_has_all_settings_of_the_plan(lesson, script):
    table = lesson["read_table"]()
    wanted = {}
    for labels, n_train, groups, seeds in script["PLAN"]:
        for group in groups:
            for pair in group.pairs:
                key = labels, n_train, *map(float, (*pair, *group[1:]))
                wanted[key] = seeds
    assert {key: len(each["valid_acc"]) for key, each in table.items()} == (
        wanted
    )


def test_the_saved_rows_are_those_of_the_script(lesson, script):
    """One of them again; another CPU may round otherwise."""
    group = script["Group"](((0, 0),), 3)
    (row,) = script["run"]("random", 300, group, 1, script["test_images"]())
    data = "300, wrong at random"
    saved = lesson["accuracies"](data, "valid_acc", num_epochs=3)[1].item()
    assert 100 * float(row[-2]) == pytest.approx(saved, abs=3)


# What the lesson says of the table.


def gained(lesson, data, remedy):
    """Return mean gain and t interval of a remedy at its own best."""
    after = lesson["accuracies"](data, "test_acc",
                                 **lesson["chosen"](data, remedy))  # fmt: skip
    gain, error = lesson["paired"](
        after, lesson["accuracies"](data, "test_acc")
    )
    return float(gain), lesson["QUANTILES"][len(after)] * float(error)


REMEDIES = "shorter training", "weight decay", "dropout"


@pytest.mark.parametrize("remedy", REMEDIES)
@pytest.mark.parametrize("data", [RANDOM, ALIKE])
def test_each_remedy_gains_4_points_and_closes_the_gap(lesson, data, remedy):
    gain, half = gained(lesson, data, remedy)
    assert gain >= 4 and gain > half
    gaps = [
        lesson["accuracies"](data, "train_acc", **settings).mean()
        - lesson["accuracies"](data, "test_acc", **settings).mean()
        for settings in ({}, lesson["chosen"](data, remedy))
    ]
    assert gaps[0] - gaps[1] >= 10


def test_at_its_own_best_weight_decay_is_as_good_at_10000_images(lesson):
    """Headline: a strength kept from 1,000 images makes it look bad."""
    data = "10,000, wrong at random"
    gains = [gained(lesson, data, remedy)[0] for remedy in REMEDIES]
    assert max(gains) - min(gains) < 1
    none = lesson["accuracies"](data, "test_acc")
    kept = lesson["chosen"](data, "weight decay", lesson["KEPT"])
    assert kept == {"lambd": 0.03}
    kept = lesson["accuracies"](data, "test_acc", **kept) - none
    assert kept.mean() < gains[1] - 2


def test_compared_directly_the_kept_weight_decay_is_the_worst(lesson):
    """Figure 3's bars overlap; these intervals leave 0 outside."""
    data = "10,000, wrong at random"
    kept = lesson["accuracies"](data, "valid_acc", lambd=0.03)
    for setting in ({"num_epochs": 10}, {"p": 0.65}, {"lambd": 0.01}):
        after = lesson["accuracies"](data, "valid_acc", **setting)
        change = (after - kept).double()
        half = 4.303 * change.std().item() / 3**0.5
        assert change.mean() > half
        words = f"{change.mean():+.2f} ± {half:.2f}"
        assert words in told("compare-direct")


@pytest.mark.parametrize("cell", ["alarms-slider", "compare-slider"])
def test_a_panel_does_not_open_at_its_question(cell):
    asked = {"alarms-slider": "num_seeds = 3.",
             "compare-slider": "strength = kept"}  # fmt: skip
    assert "strength = own" in told(cell) or "= 30." in told(cell)
    assert asked[cell] not in told(cell)


def test_the_choice_does_not_look_at_the_test_images(lesson, monkeypatch):
    before = {
        (data, remedy): lesson["chosen"](data, remedy)
        for data in lesson["DATA"]
        for remedy in REMEDIES
    }
    upside_down = {
        key: columns | {"test_acc": 100 - columns["test_acc"]}
        for key, columns in lesson["read_table"]().items()
    }
    monkeypatch.setitem(lesson, "read_table", lambda: upside_down)
    for (data, remedy), setting in before.items():
        assert lesson["chosen"](data, remedy) == setting


def test_wrong_validation_labels_choose_as_right_ones_do(lesson):
    """Data whose validation labels are right are no evidence for this."""
    same = {True: [], False: []}
    for data, (labels, _) in lesson["DATA"].items():
        for remedy in REMEDIES:
            valid, test = (
                lesson["choose"](lesson["each_strength"](data, remedy, column))
                for column in ("valid_acc", "test_acc")
            )
            same[labels != "right"].append(valid == test)
    assert same[False].count(True) == 5 and len(same[False]) == 6
    assert all(same[True]) and len(same[True]) == 12
    assert "all 12 cases with wrong labels" in see(LESSON, "judge-see")
    assert "right labels in 5 of 6" in see(LESSON, "judge-see")
    assert "12 of 12" in see(LESSON, "law-see")
    for share in ("12 of 12", "5 of 6"):
        assert share in told("judge")


def test_the_prose_calls_a_difference_a_tie_when_0_lies_inside():
    said = {"tie (0.40 ± 0.64)": True, "0.53 ± 0.31: real": False,
            "1.83 ± 1.15": False, "1.40 ± 1.18": False,
            "0.52 ± 0.31. That is real": False,
            "1.05 ± 1.13, a tie": True}  # fmt: skip
    for words, tie in said.items():
        assert words in see(LESSON, "judge-see")
        gain, half = map(float, re.findall(r"\d\.\d\d", words))
        assert (gain < half) == tie


def test_with_right_labels_there_is_little_to_gain(lesson):
    for data in ("300, right labels", "1,000, right labels"):
        for remedy in REMEDIES:
            assert abs(gained(lesson, data, remedy)[0]) < 1


def test_wrong_validation_labels_show_what_the_formula_says(lesson):
    for setting in ({}, {"num_epochs": 10}, {"lambd": 0.1}, {"p": 0.5}):
        right = lesson["accuracies"](RANDOM, "test_acc", **setting).mean()
        shown = lesson["accuracies"](RANDOM, "valid_acc", **setting).mean()
        want = 100 * lesson["seen_accuracy"](float(right) / 100, 0.3)
        assert float(shown) == pytest.approx(want, abs=1.5)


@pytest.mark.parametrize("data", ["1,000, wrong at random",
                                  "10,000, wrong at random"])  # fmt: skip
def test_the_ring_is_at_the_chosen_strength(lesson, data):
    figure = lesson["show_strengths"](data)
    assert data in figure.get_label()
    for ax, remedy in zip(figure.axes, REMEDIES, strict=True):
        (strength,) = lesson["chosen"](data, remedy).values()
        ring = next(line for line in ax.lines if line.get_markersize() == 12)
        labels = [text.get_text() for text in ax.get_xticklabels()]
        assert labels[int(ring.get_xdata()[0])] == f"{strength:g}"
    assert len({ax.get_ylim() for ax in figure.axes}) == 1


def test_the_figures_carry_their_numbers(lesson):
    for number, figure in (
        (1, lesson["false_alarms"](3)),
        (2, lesson["show_strengths"]()),
        (3, lesson["compare"]()),
        (5, lesson["draw_law"](0.3)),
    ):
        title = figure.get_suptitle() or figure.axes[0].get_title()
        assert title.startswith(f"Figure {number}.")
        assert len(figure.get_label()) > 20


@pytest.mark.parametrize("cell", ["judge", "add-up"])
def test_the_prose_says_what_was_printed(cell):
    """Each number with a decimal, before the next heading, was printed."""
    text = see(LESSON, f"{cell}-see").split("\n## ")[0]
    numbers = re.findall(r"(?<![\d.])\d+\.\d+\b", text)
    assert numbers
    assert [number for number in numbers if number not in told(cell)] == []


def test_the_prose_says_how_many_alarms_the_panel_shows(alarms):
    answer = see(LESSON, "alarms-see").split("</details>")[0]
    numbers = [f"{n}%" for n in re.findall(r"(\d+) %", answer)]
    shown = " ".join(alarms.values())
    assert numbers
    assert [number for number in numbers if number not in shown] == []
