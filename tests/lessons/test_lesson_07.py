"""Lesson 07's functions, as defined in the notebook, held to references.

The references are torch's own layers, autograd and Monte Carlo; numbers with
many digits are those of the course's oracle data.
"""

import csv
import functools
import re
import runpy

import pytest
import torch
from cells import (
    load,
    printed,
    read,
    refuses,
    see,
    shown_by,
)
from execute import FOLDER
from oracle import draw
from torch import nn

from course_utils import evaluate_accuracy, load_array, seed_everything

LESSON = "07_dropout_concise"
SCRIPT = FOLDER / "long_runs" / "weaker_and_longer.py"
OLD_SCRIPT = FOLDER / "long_runs" / "where_dropout_pays.py"
NET = ("imports", "turn-net-check", "turn-net-ours", "data")
PRICES = ("turn-prices-check", "turn-prices-ours", "linear")
CELLS = (
    *NET,
    *("fit", "bench", "train", "table"),
    *PRICES,
    *("turn-passes-check", "turn-passes-ours"),
)
float64 = torch.float64


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, *CELLS)


@pytest.fixture
def at_home(monkeypatch):
    """Be in the folder of the notebook, where its tables are."""
    monkeypatch.chdir(FOLDER)


def ridge_of(lesson, X, y, p):
    """Return w and b of a ridge with dropout's prices."""
    return lesson["ridge"](X, y, lesson["dropout_prices"](X, p))


def test_dropout_prices_give_the_oracle(lesson):
    """Input dropout is a weighted ridge; the row of ORACLES."""
    w, _ = ridge_of(lesson, *draw(20), 0.5)
    assert w.norm().item() == pytest.approx(0.04101297, abs=1e-8)


def test_ridge_with_one_price_has_the_known_numbers(lesson):
    w, b = lesson["ridge"](*draw(20), torch.full((200,), 3).double())
    assert w.norm().item() == pytest.approx(0.03205896, abs=1e-8)
    assert b.item() == pytest.approx(-0.00070382, abs=1e-8)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_mean_loss_over_masks_is_the_formula(lesson, p):
    X, y = draw(20)
    seed_everything(1)
    w, b = torch.randn(200, 1).double(), 0.3
    masks = torch.rand(4000, *X.shape) >= p
    losses = ((masks * X / (1 - p) @ w + b - y) ** 2).mean((1, 2)) / 2
    error = losses.std() / len(losses) ** 0.5
    penalty = (lesson["dropout_prices"](X, p) @ w**2).sum() / 2
    formula = ((X @ w + b - y) ** 2).mean() / 2 + penalty
    assert abs(losses.mean() - formula) < 4 * error
    assert error < 0.05 * formula


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_a_ridge_with_the_prices_minimises_the_mean_loss_over_masks(lesson, p):
    seed_everything(1)
    X = torch.randn(40, 4, dtype=float64) * 2 + 1
    y = X @ torch.tensor([[1.0], [-2], [0.5], [0]]).double() + 3
    w, b = (each.requires_grad_() for each in ridge_of(lesson, X, y, p))
    penalty = (lesson["dropout_prices"](X, p) @ w**2).sum() / 2
    (((X @ w + b - y) ** 2).mean() / 2 + penalty).backward()
    assert max(w.grad.abs().max(), b.grad.abs().max()) < 1e-10


def test_on_inputs_of_mean_square_1_dropout_is_ridge(lesson):
    X = lesson["X_five"] / (lesson["X_five"] ** 2).mean(0).sqrt()
    for p in (0.2, 0.5, 0.9):
        lambd = torch.full((5,), p / (1 - p)).double()
        w, _ = lesson["ridge"](X, lesson["y_five"], lambd)
        found, _ = ridge_of(lesson, X, lesson["y_five"], p)
        torch.testing.assert_close(found, w)


def test_a_change_of_units_changes_ridge_and_not_dropout(lesson):
    X, y = lesson["X_five"], lesson["y_five"]
    scaled = X * torch.tensor([100.0, 1, 1, 1, 1]).double()

    def answers(X, prices):
        w, b = lesson["ridge"](X, y, prices)
        return X @ w + b

    prices = lesson["dropout_prices"]
    same = answers(X, prices(X, 0.5)), answers(scaled, prices(scaled, 0.5))
    torch.testing.assert_close(*same)
    ones = torch.ones(5).double()
    assert (answers(X, ones) - answers(scaled, ones)).abs().max() > 0.1


def test_the_shrinking_panel_shows_what_the_text_says(lesson):
    seed_everything(4117)  # the panel's
    for p in (0.2, 0.5):
        lines = lesson["draw_shrinking"](p).axes[0].lines
        copies, prices, ridge = (
            torch.tensor(line.get_ydata()) for line in lines[:3]
        )
        torch.testing.assert_close(
            prices, torch.full((5,), 1 - p).double(), atol=0.03, rtol=0
        )
        # The smaller an input, the less its weight is held by the copies.
        error = 0.03 / lesson["sizes"]
        assert ((copies - prices).abs() < error).all()
        assert ridge[0] < 0.25 < 0.9 < ridge[-1]
        assert abs(ridge[2] - prices[2]) < 0.01  # the input of size 1


@pytest.mark.parametrize("p", [0, 0.3, 0.6])
def test_the_first_picture_has_one_scale_and_two_modes(lesson, p):
    seed_everything(0)
    for mode in ("train", "eval"):
        axes = lesson["show_dropout"](p, mode).axes[:3]
        image, one, two = (
            torch.tensor(ax.images[0].get_array().tolist()) for ax in axes
        )
        assert {ax.images[0].get_clim() for ax in axes} == {(0, 2.5)}
        if mode == "eval" or p == 0:
            assert torch.equal(image, one)
            assert torch.equal(image, two)
        else:
            kept = one != 0
            torch.testing.assert_close(one[kept], image[kept] / (1 - p))
            assert not torch.equal(one, two)


def test_both_networks_have_one_start(lesson):
    by_hand, concise = lesson["new_pair"]()
    pairs = zip(by_hand.parameters(), concise.parameters(), strict=True)
    assert all(torch.equal(mine, theirs) for mine, theirs in pairs)
    assert sum(w.numel() for w in concise.parameters()) == 269_322
    X = lesson["X"][:50].double()
    torch.testing.assert_close(by_hand.eval()(X), concise.eval()(X))


@pytest.mark.parametrize("name", ["by hand", "torch"])
@pytest.mark.parametrize("p", [0, 0.3, 0.5, 1])
def test_a_layer_has_two_values_and_keeps_the_mean(lesson, name, p):
    seed_everything(0)
    ones = torch.ones(200_000).double()
    by_hand = lesson["dropout_layer"]
    out = by_hand(ones, p) if name == "by hand" else nn.Dropout(p)(ones)
    factor = 1 / (1 - p) if p < 1 else 0
    kept = out[out != 0]
    torch.testing.assert_close(kept, torch.full_like(kept, factor))
    sd = (p * factor / len(ones)) ** 0.5
    assert abs(out.mean().item() - (p < 1)) <= 5 * sd + 1e-9


def test_a_ready_mask_decides(lesson):
    X, mask = torch.tensor([1.0, 2, 3]), torch.tensor([True, False, True])
    out = lesson["dropout_layer"](X, 0.75, mask)
    assert out.tolist() == [4, 0, 12]


def test_one_seed_does_not_give_both_the_same_masks(lesson):
    ones, masks = torch.ones(1000, 256), []
    for layer in (lesson["dropout_layer"], nn.functional.dropout):
        seed_everything(0)
        masks.append(layer(ones, 0.5) != 0)
    same = (masks[0] == masks[1]).float().mean().item()
    assert same == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("layer", "made", "train", "evaluate"),
    [
        (lambda c: nn.Dropout(), 0.5, 0.5, 0),
        (lambda c: c["Careless"](), 0.5, 0.5, 0.5),
        (lambda c: c["Careful"](), 0.5, 0.5, 0),
        (lambda c: c["OwnFlag"](False), 0, 0.5, 0),
    ],
)
def test_the_traps_are_traps(lesson, layer, made, train, evaluate):
    layer = layer(lesson)
    found = [lesson["dropped"](layer)]
    found += [lesson["dropped"](each()) for each in (layer.train, layer.eval)]
    assert found == pytest.approx([made, train, evaluate], abs=0.03)


def test_fit_trains_with_dropout_after_a_measurement(lesson):
    """Trap 2: the mode is set at each epoch."""
    modes, net = [], lesson["concise_net"](0.5, 0.5)
    net.register_forward_pre_hook(lambda net, _: modes.append(net.training))
    data = lesson["X"][:64], lesson["y"][:64]
    for _ in lesson["fit"](net, *data, num_epochs=3):
        net.eval()
    assert modes == [True] * 6


def test_evaluate_accuracy_leaves_the_mode(lesson):
    net = lesson["concise_net"]()
    for mode in (True, False):
        net.train(mode)
        evaluate_accuracy(net, [(lesson["X"][:9], lesson["y"][:9])])
        assert net.training is mode


def test_the_mode_changes_the_measured_accuracy():
    """Traps 1: what the cell printed is what the text says."""
    found = re.findall(r"training (0\.\d+), validation (0\.\d+)",
                       printed(LESSON, "fit"))  # fmt: skip
    train, evaluate = ([float(x) for x in pair] for pair in found)
    assert evaluate[0] - train[0] > 0.03
    assert evaluate[1] - train[1] > 0.03
    gap = round(100 * (evaluate[0] - train[0]))
    assert f"hides {gap} points" in see(LESSON, "modes-see")


def test_validation_images_are_no_training_images(lesson):
    X, _ = lesson["training_set"](5000, 0)
    train = {image.tobytes() for image in X.numpy()}
    valid = {image.tobytes() for image in lesson["X_valid"].numpy()}
    assert len(valid & train) <= 1  # the data has a few twins
    assert torch.equal(lesson["X"], X[:1000])
    assert lesson["wrong"].sum() == 300


# With the panel's seed: what the lesson stands on. The table has others.
@pytest.fixture(scope="module")
def shares(lesson):
    settings = {"none": (0, 0), "decay": (0, 0.03), "both": (0.5, 0.03)}
    nets = {
        name: lesson["train_quietly"](*each) for name, each in settings.items()
    }
    nets["dropout"] = lesson["net"]  # the lesson's own run, with p = 0.5
    return {
        name: {
            part: evaluate_accuracy(net, [data])
            for part, data in lesson["parts"].items()
        }
        for name, net in nets.items()
    }


@pytest.mark.parametrize("method", ["dropout", "decay"])
def test_with_wrong_labels_both_pay(shares, method):
    gain = {
        part: value - shares["none"][part]
        for part, value in shares[method].items()
    }
    assert gain["validation"] >= 0.04
    assert gain["wrong labels"] < -0.4
    taught = 0.7 * gain["right labels"] + 0.3 * gain["wrong labels"]
    assert gain["validation"] - taught >= 0.10  # the gap shrinks


def test_both_together_gain_no_more(shares):
    valid = {name: shares[name]["validation"] for name in shares}
    assert valid["both"] - valid["dropout"] < 0.01


@pytest.mark.parametrize(("p", "weight_decay"), [(0.9, 0), (0, 0.3)])
def test_too_much_of_either_hurts(lesson, shares, p, weight_decay):
    net = lesson["train_quietly"](p, weight_decay)
    valid = evaluate_accuracy(net, [lesson["parts"]["validation"]])
    assert valid < shares["none"]["validation"] - 0.1


def test_a_training_depends_on_its_seed_alone(lesson):
    nets, data = [], (lesson["X"], lesson["y"])
    for seed in (0, 1, 0):
        seed_everything(seed)
        net = lesson["concise_net"](0.5, 0.5)
        next(lesson["fit"](net, *data))
        nets.append(net[1].weight)
    assert torch.equal(nets[0], nets[2])
    assert not torch.equal(nets[0], nets[1])


def test_passes_leaves_other_layers_alone(lesson):
    net = nn.Sequential(
        nn.Flatten(), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 3)
    )
    before = net[1].running_mean.clone()
    found = lesson["passes"](net, torch.rand(50, 1, 2, 2), num_passes=7)
    assert found.shape == (7, 50, 3)
    assert found.std(0).max() > 0
    torch.testing.assert_close(found.sum(2), torch.ones(7, 50))
    assert torch.equal(net[1].running_mean, before)
    assert not any(layer.training for layer in net)


def test_the_test_set_stays_closed_until_the_judgement():
    """Only the table's column has test images, and only `judge` reads it."""
    cells = [c for c in read(LESSON).cells if c.cell_type == "code"]
    assert [c.id for c in cells if '"test_acc"' in c.source] == ["judge"]
    assert [c.id for c in cells if "test_iter" in c.source] == []


def test_the_table_has_all_settings_of_the_script():
    script = runpy.run_path(str(SCRIPT))
    with open(script["TABLE"]) as file:
        notes = [next(file), next(file)]
        rows = list(csv.DictReader(file))
    assert notes[0].startswith("# made on 20")
    assert "torch" in notes[1]
    asked = {
        (*(float(x) for x in data[:2]), float(epochs), *map(float, method),
         float(seed))
        for data, num_epochs, methods, seeds in script["PLAN"]
        for epochs in num_epochs
        for method in methods
        for seed in range(seeds)
    }  # fmt: skip
    names = script["COLUMNS"][:7]
    assert {tuple(float(r[name]) for name in names) for r in rows} == asked
    assert len(rows) == len(asked)


def gain_of(lesson, images, kind):
    """Return test points gained over none, all at what validation picks."""
    table = lesson["read_table"](images)
    none, _ = lesson["picked"](table, "none")
    test, _ = lesson["picked"](table, kind)
    return 100 * (test - none).mean().item()


def test_what_the_lesson_says_of_its_table(lesson, at_home):
    """The headline: who picks strength and epochs loses next to nothing."""
    load(LESSON, "judge", namespace=lesson)
    few, clean, most = lesson["DATA"]
    table = lesson["read_table"](few)
    none, name = lesson["picked"](table, "none")
    late = table[(0, 0, 0), 30]["test_acc"]
    assert name == "none, 10 epochs (5 of 5)"
    _, name = lesson["picked"](table, "dropout")
    assert name == "p = 0.5, 30 epochs (3 of 5)"
    # What validation picks as weight decay is a shorter training.
    _, name = lesson["picked"](table, "weight decay")
    assert name == "weight decay 0.003, 10 epochs (5 of 5)"
    for method, right in (((0.5, 0.5, 0), 7.7), ((0, 0, 0.03), 7.3)):
        gain = 100 * (table[method, 30]["test_acc"] - late).mean().item()
        assert gain == pytest.approx(right, abs=0.05)
    assert (none - late).mean() > 0.07
    for kind in ("dropout", "weight decay"):
        assert abs(gain_of(lesson, few, kind)) < 1
        for images in (clean, most):
            assert gain_of(lesson, images, kind) > -0.3
    assert 0.3 < gain_of(lesson, clean, "dropout") < 1.1
    assert gain_of(lesson, clean, "weight decay") < 0.4


def test_on_much_data_dropout_costs_only_in_a_short_training(lesson, at_home):
    table = lesson["read_table"]("50,000 images")
    cost = {
        n: 100 * (table[(0.2, 0.5, 0), n]["test_acc"]
                  - table[(0, 0, 0), n]["test_acc"]).mean().item()
        for n in (10, 30)
    }  # fmt: skip
    assert cost[10] == pytest.approx(-0.6, abs=0.3)
    assert abs(cost[30]) < 0.4
    # Lesson 06's table, on 60,000 images, within a point's third
    with open(FOLDER / "long_runs" / "where_dropout_pays.csv") as file:
        rows = list(csv.DictReader(x for x in file if x[0] != "#"))
    for num_epochs in (10, 30):
        means = [
            torch.tensor(
                [
                    100 * float(row["test_acc"])
                    for row in rows
                    if row["n_train"] == "60000"
                    and row["num_epochs"] == str(num_epochs)
                    and row["method"] == method
                ]
            ).mean()
            for method in ("dropout", "none")
        ]
        there = (means[0] - means[1]).item()
        assert there == pytest.approx(cost[num_epochs], abs=0.33)


def test_the_judgement_says_what_it_printed():
    """Each gain of the text with its error stands in the output."""
    shown = [
        f"{float(mean):+.1f} ± {float(error):.1f}".replace("-", "−")
        for mean, error in re.findall(
            r"([+-]\d+\.\d\d) ± (\d\.\d\d)", printed(LESSON, "judge")
        )
    ]
    said = re.findall(r"[+−]\d\.\d ± \d\.\d", see(LESSON, "judge-see"))
    assert said
    assert [each for each in said if each not in shown] == []
    finer = re.findall(r"[+−]\d\.\d\d ± \d\.\d\d", see(LESSON, "judge-see"))
    exact = printed(LESSON, "judge").replace("-", "−")
    assert len(finer) == 2  # what would look real when rounded
    assert [each for each in finer if each not in exact] == []


def test_a_panel_does_not_open_at_its_question():
    assert "images = 1,000 images." in shown_by(LESSON, "table-slider")
    assert "p = 0." in shown_by(LESSON, "shrink-slider")
    assert "p = 0.5" not in shown_by(LESSON, "shrink-slider")


def test_the_mean_of_30_is_as_good_a_judge_as_one_pass(lesson, at_home):
    for images in lesson["DATA"]:
        table = lesson["read_table"](images)
        (runs,) = (
            table[key] for key in table if key[1] == 30 and key[0][1] == 0.5
        )
        gain = (runs["mean_half"] - runs["plain_half"]).mean().item()
        assert abs(gain) < 0.005
        spread = (runs["spread_half"] - runs["plain_half"]).mean().item()
        if images == "1,000 images, 30 % wrong labels":
            assert spread < -0.1
        assert spread < 0.005


def test_disagreement_judges_as_exercise_4_says(lesson, at_home):
    """Its folded answer has the means and errors of the table."""
    said = see(LESSON, "ex4-task")
    for images in lesson["DATA"]:
        table = lesson["read_table"](images)
        (runs,) = (
            table[key] for key in table if key[1] == 30 and key[0][1] == 0.5
        )
        gain = 100 * (runs["mutual_half"] - runs["plain_half"])
        mean, error = lesson["mean_and_error"](gain)
        assert f"{abs(mean):.1f} ± {error:.1f}" in said


def test_ten_epochs_are_not_the_first_ten_of_thirty(lesson):
    """`fit` lowers the rate over the whole training: the text's numbers."""
    for num_epochs, right in ((30, 0.43), (10, 0.76)):
        seed_everything(4117)  # the panel's
        net = lesson["concise_net"](0, 0)
        steps = lesson["fit"](
            net, lesson["X"], lesson["y"], num_epochs=num_epochs
        )
        for _ in range(10):
            next(steps)
        found = evaluate_accuracy(net, [lesson["parts"]["validation"]])
        assert found == pytest.approx(right, abs=0.05)
        assert f"{right}" in see(LESSON, "table-predict")


def test_the_script_of_the_table_runs(tmp_path, monkeypatch):
    script = runpy.run_path(str(SCRIPT))
    # All four runs have one seed and so the same images: read them once.
    monkeypatch.setitem(
        script["run"].__globals__, "images", functools.cache(script["images"])
    )
    path = tmp_path / "table.csv"
    methods = script["NONE"], (0.5, 0.5, 0)
    plan = (((100, 0.3, 32), (1, 2), methods, 1),)
    script["main"](plan, path, n_jobs=1)
    rows = list(csv.DictReader(path.read_text().splitlines()[2:]))
    assert [(row["num_epochs"], row["p1"]) for row in rows] == [
        *(("1", "0"), ("1", "0.5"), ("2", "0"), ("2", "0.5"))
    ]
    for row in rows:
        assert all(0 <= float(row[name]) <= 1 for name in list(row)[7:10])
    assert rows[0]["mean_half"] == "nan"
    assert 0 <= float(rows[1]["mean_half"]) <= 1


def test_the_older_script_runs_too(tmp_path):
    """Lesson 06 reads its table."""
    script = runpy.run_path(str(OLD_SCRIPT))
    path = tmp_path / "table.csv"
    setting = script["Setting"](100, 0.3, 32, 2)
    plan = ((setting, (script["NONE"], script["HALF"]), 2),)
    script["main"](plan, path, jobs=1)
    rows = list(csv.DictReader(path.read_text().splitlines()[2:]))
    assert [row["method"] for row in rows] == ["none"] * 2 + ["dropout"] * 2
    assert all(0 <= float(row["test_acc"]) <= 1 for row in rows)


def test_doubt_measures_of_the_table_are_those_of_the_lesson(lesson):
    """The script's four shares, computed as the lesson does it."""
    script = runpy.run_path(str(SCRIPT))
    seed_everything(3)
    net = lesson["concise_net"](0.5, 0.5)
    X, y = lesson["X_valid"][:200], lesson["y_valid"][:200]
    seed_everything(4)
    plain, spread, mean, _ = script["surer_halves"](net, X, y)
    seed_everything(4)
    found = lesson["passes"](net, X)
    with torch.no_grad():
        sure, guess = net.eval()(X).softmax(1).max(1)
    mean_sure, mean_guess = found.mean(0).max(1)
    spreads = found[:, range(len(X)), guess].std(0)
    for share, answer, doubt in (
        (plain, guess, -sure),
        (spread, guess, spreads),
        (mean, mean_guess, -mean_sure),
    ):
        half = doubt.argsort()[:100]
        right = (answer == y)[half].float().mean().item()
        assert right == pytest.approx(share)


# Faults that a learner may make, and that one of the check cells must find.
FAULTS = {
    "no rescaling": {"data": ("mask * X / (1 - p)", "mask * X")},
    "scaled by p": {"data": ("mask * X / (1 - p)", "mask * X / p")},
    "another activation": {
        "data": ("self.lin2(H).relu()", "self.lin2(H).sigmoid()")
    },
    "p1 twice": {"data": ("self.p2, mask2", "self.p1, mask2")},
    "masks swapped": {"data": ("self.p2, mask2", "self.p2, mask1")},
    "another start": {
        "largest-gap": ("seed_everything(0)\n        nets", "nets")
    },
    "masks not cleared": {"largest-gap": ("masks.clear()", "pass")},
    "price without the half": {"check-prices": (".sum() / 2", ".sum()")},
}


@pytest.fixture(scope="module")
def imported():
    return load(LESSON, "imports")  # reads all images


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_cell_finds(imported, fault):
    changes, namespace = FAULTS[fault], dict(imported)
    load(LESSON, *NET[1:], *PRICES, namespace=namespace, changes=changes)
    with pytest.raises((AssertionError, RuntimeError, TypeError)):
        load(LESSON, "largest-gap", "check-prices", namespace=namespace,
             changes=changes)  # fmt: skip


def test_where_nothing_is_left_no_weights_are_drawn(lesson):
    refuses(lesson["draw_shrinking"], "p must be below 1", p=1)


def test_few_images_stay_the_same_with_wrong_labels(lesson):
    X, y = lesson["training_set"](50, 0.3)
    X_clean, y_clean = lesson["training_set"](50, 0)
    assert torch.equal(X, X_clean)
    assert (y != y_clean).sum() == 15
    assert len(load_array((X, y), 32)) == 2
