"""Lesson 07's functions, as defined in the notebook, held to references.

The references are torch's own layers, autograd and Monte Carlo; numbers with
many digits are those of the course's oracle data.
"""

import csv
import importlib.util

import pytest
import torch
from cells import feedback, first_failure, load, refuses
from execute import FOLDER
from oracle import draw
from torch import nn

from course_utils import load_array, seed_everything

LESSON = "07_dropout_concise"
SCRIPT = FOLDER / "long_runs" / "where_dropout_pays.py"
NETS = ("concise-net", "dropout-layer", "by-hand-net", "same-start")
IMAGES = ("standardise", "training-set")
EQUAL = ("watch-masks", *IMAGES, "take-step", "largest-gap")
TRAPS = ("functional", "told-once", "dropped")
FEW = ("wrong-labels", "judge", "fit", "train", "train-quietly")
TABLE = ("read-table", "groups", "column", "describe", "gains")
LINEAR = ("dropout-loss", "five", "ridge", "dropout-ridge", "by-copies")
PANELS = ("show-dropout", "picture-of", "draw-shrinking")
BEFORE = ("imports", "helpers", "data", *NETS, *EQUAL)
ALL = (*BEFORE, *TRAPS, *FEW, *LINEAR, *PANELS, "passes")


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, *ALL)


@pytest.fixture
def table(monkeypatch):
    monkeypatch.chdir(FOLDER)
    return load(LESSON, "imports", "helpers", *TABLE)


@pytest.fixture(scope="module")
def oracle():
    """Return the oracle's 20 training rows, X (20, 200) and y (20, 1)."""
    return draw(20)


def test_dropout_on_a_linear_model_has_the_known_number(lesson, oracle):
    w, _ = lesson["dropout_ridge"](*oracle, 0.5)
    assert w.norm().item() == pytest.approx(0.04101297, abs=1e-8)


def test_ridge_with_one_price_has_the_known_numbers(lesson, oracle):
    w, b = lesson["ridge"](*oracle, torch.full((200,), 3).double())
    assert w.norm().item() == pytest.approx(0.03205896, abs=1e-8)
    assert b.item() == pytest.approx(-0.00070382, abs=1e-8)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_mean_loss_over_masks_is_the_formula(lesson, oracle, p):
    X, y = oracle
    seed_everything(1)
    w, b = torch.randn(200, 1).double(), 0.3
    masks = torch.rand(4000, *X.shape) >= p
    losses = ((masks * X / (1 - p) @ w + b - y) ** 2).mean((1, 2)) / 2
    error = losses.std() / len(losses) ** 0.5
    formula = lesson["dropout_loss"](w, b, X, y, p)
    assert abs(losses.mean() - formula) < 4 * error
    assert error < 0.05 * formula


@pytest.mark.parametrize("p", [0, 0.3, 0.5, 0.9])
def test_dropout_ridge_is_the_minimum_of_the_formula(lesson, oracle, p):
    w, b = lesson["dropout_ridge"](*oracle, max(p, 1e-6))
    w, b = w.requires_grad_(), b.requires_grad_()
    lesson["dropout_loss"](w, b, *oracle, max(p, 1e-6)).backward()
    assert w.grad.abs().max() < 1e-9
    assert b.grad.abs().max() < 1e-9


def test_dropout_does_not_mind_the_units_and_ridge_does(lesson):
    X, y = lesson["X_five"], lesson["y_five"]
    other = X * torch.tensor([100, 1, 1, 1, 1.0])
    prices = {"dropout_ridge": 0.5, "ridge": torch.ones(5).double()}
    moved = {}
    for name, price in prices.items():
        w, b = lesson[name](X, y, price)
        v, c = lesson[name](other, y, price)
        moved[name] = ((X @ w + b) - (other @ v + c)).abs().max().item()
    assert moved["dropout_ridge"] < 1e-9
    assert moved["ridge"] > 0.1


@pytest.mark.parametrize("p", [0, 0.3, 0.7])
def test_every_weight_shrinks_to_the_share_that_stays(lesson, p):
    X, y = lesson["X_five"], lesson["y_five"]
    plain, _ = lesson["dropout_ridge"](X, y, 0)
    w, _ = lesson["dropout_ridge"](X, y, p)
    torch.testing.assert_close(w, (1 - p) * plain)
    seed_everything(0)
    copies = lesson["by_copies"](X, y, p, copies=1000)
    assert (copies - w).abs().max() < 0.05


def test_given_the_same_masks_both_nets_train_alike(lesson):
    assert lesson["largest_gap"](True) < 1e-12
    assert lesson["largest_gap"](False) > 0.01


def test_watched_masks_are_those_of_the_last_pass(lesson):
    net = lesson["concise_net"](0.2, 0.5)
    masks = lesson["watch_masks"](net)
    net(torch.rand(50, 1, 28, 28))
    assert [tuple(mask.shape) for mask in masks] == [(50, 256)] * 2
    net.eval()(torch.rand(50, 1, 28, 28))
    assert len(masks) == 4
    assert masks[2].float().mean() > masks[0].float().mean()


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


@pytest.mark.parametrize(
    ("layer", "made", "train", "evaluate"),
    [
        (lambda c: nn.Dropout(), 0.5, 0.5, 0),
        (lambda c: c["Careless"](), 0.5, 0.5, 0.5),
        (lambda c: c["Careful"](), 0.5, 0.5, 0),
        (lambda c: c["ToldOnce"](False), 0, 0.5, 0),
    ],
)
def test_the_traps_are_traps(lesson, layer, made, train, evaluate):
    layer = layer(lesson)
    found = [lesson["dropped"](layer)]
    found += [lesson["dropped"](each()) for each in (layer.train, layer.eval)]
    assert found == pytest.approx([made, train, evaluate], abs=0.03)


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


# Three seeds each: about 15 s of one core, and what the lesson stands on.
@pytest.fixture(scope="module")
def shares(lesson):
    settings = {"none": (0, 0), "dropout": (0.5, 0), "decay": (0, 0.03)}
    return {
        name: torch.tensor(
            [
                lesson["judge"](
                    lesson["train_quietly"](*setting, seed=seed),
                    lesson["test_batches"],
                )
                for seed in range(3)
            ]
        ).mean(0)
        for name, setting in settings.items()
    }


@pytest.mark.parametrize("method", ["dropout", "decay"])
def test_with_wrong_labels_both_pay(shares, method):
    taught, by_heart, test = shares[method] - shares["none"]
    assert test >= 0.04
    assert test - taught >= 0.10  # the gap from training to test shrinks
    assert by_heart < -0.4


@pytest.mark.parametrize(("p", "weight_decay"), [(0.9, 0), (0, 0.3)])
def test_too_much_of_either_hurts(lesson, shares, p, weight_decay):
    net = lesson["train_quietly"](p, weight_decay)
    *_, test = lesson["judge"](net, lesson["test_batches"])
    assert test < shares["none"][2] - 0.1


def test_a_training_depends_on_its_seed_alone(lesson):
    nets = []
    for seed in (0, 1, 0):
        seed_everything(seed)
        net = lesson["concise_net"](0.5, 0.5)
        next(lesson["fit"](net, 0))
        nets.append(net[1].weight)
    assert torch.equal(nets[0], nets[2])
    assert not torch.equal(nets[0], nets[1])


def test_the_table_says_what_the_lesson_says(table):
    found = {
        (data[0], data[1], data[2], method): table["gains"](runs, method)
        for data, runs in table["groups"](
            table["rows"], *table["DATA"]
        ).items()
        for method in ("dropout", "weight decay")
    }
    for method in ("dropout", "weight decay"):
        assert found["1000", "0.3", "30", method].min() > 4
        assert found["60000", "0", "10", method].mean() < 0
        assert found["60000", "0", "30", method].mean() < 0
        assert found["5000", "0", "25", method].mean() < 0
    assert 0 < found["1000", "0", "30", "dropout"].mean() < 1
    assert len(table["notes"]) == 2


def test_the_script_of_the_table_runs(tmp_path):
    spec = importlib.util.spec_from_file_location("long_run", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    path = tmp_path / "table.csv"
    plan = ((script.Setting(100, 0.3, 32, 2), (script.NONE, script.HALF), 2),)
    script.main(plan, path, jobs=1)
    notes, *rest = path.read_text().split("\n", 2)
    rows = list(csv.DictReader(rest[1].splitlines()))
    assert "minutes of one core" in notes and "torch" in rest[0]
    assert [row["method"] for row in rows] == ["none"] * 2 + ["dropout"] * 2
    assert [row["seed"] for row in rows] == ["0", "1"] * 2
    assert all(0 <= float(row["test_acc"]) <= 1 for row in rows)


# Faults that a learner may make, and that one of the check cells must find.
FAULTS = {
    "no rescaling": {"dropout-layer": ("mask * X / (1 - dropout)",
                                       "mask * X")},
    "scaled by p": {"dropout-layer": ("X / (1 - dropout)", "X / dropout")},
    "dropout before ReLU": {
        "by-hand-net": ("self.lin2(H).relu()", "self.lin2(H)")
    },
    "p1 twice": {"by-hand-net": ("self.p2, mask2", "self.p1, mask2")},
    "masks swapped": {"by-hand-net": ("self.p2, mask2", "self.p2, mask1")},
    "in eval mode too": {
        "by-hand-net": ("if self.training:\n            H = dropout_layer(H, "
                        "self.p2", "if True:\n            H = dropout_layer(H,"
                        " self.p2")
    },
    "another start": {"same-start": ("seed_everything(0)\n        nets",
                                     "nets")},
    "masks not cleared": {"largest-gap": ("masks.clear()", "pass")},
    "p for p / (1 - p)": {"dropout-loss": ("p / (1 - p) *", "p *")},
    "without the half": {"dropout-loss": (".sum() / 2\n", ".sum()\n")},
    "ridge with p": {"dropout-ridge": ("p / (1 - p) *", "p *")},
    "sum in place of mean": {"dropout-ridge": ("(X**2).mean", "(X**2).sum")},
    "centred squares": {"ridge": ("torch.diag(price)", "torch.eye(5)")},
}  # fmt: skip
CHECKS = ("check-equal", "check-eval", "check-price", "check-minimum")


def test_the_check_cells_pass_as_shipped(capsys):
    load(LESSON, *BEFORE, *LINEAR, *CHECKS)
    printed = capsys.readouterr().out
    assert "same masks: less than 1e-12 apart" in printed
    assert "equal scores in eval mode" in printed


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_cell_finds(fault):
    namespace = load(LESSON, *BEFORE, *LINEAR, changes=FAULTS[fault])
    failed = first_failure(LESSON, CHECKS, namespace, also=[TypeError])
    assert failed


# Wrong answers to exercises, and what their checks must not call correct.
WRONG = [
    ("ex1", "def set_dropout(net, p):\n    return 3"),
    (
        "ex2",
        "class MyDropout(nn.Module):\n"
        "    def __init__(self, p=0.5):\n"
        "        super().__init__()\n"
        "        self.p = p\n"
        "    def forward(self, X):\n"
        "        return F.dropout(X, self.p)",
    ),
    (
        "ex2",  # another factor in eval mode
        "class MyDropout(nn.Dropout):\n"
        "    def forward(self, X):\n"
        "        return super().forward(X) * (1 if self.training else 0.5)",
    ),
    ("ex3", "def choose(pairs, train, X, y):\n    return pairs[-1]"),
    (
        "ex3",  # with dropout on
        "def choose(pairs, train, X, y):\n"
        "    return max(pairs, key=lambda pair: "
        "(train(*pair)(X).argmax(1) == y).float().mean())",
    ),
    ("ex4", "def drop_channels(X, p):\n    return F.dropout(X, p)"),
    ("ex5", "def p_for(lambd):\n    return 1 - 1 / (1 + lambd) ** 2"),
    ("ex6", "def disagreement(found):\n    return found.std(0).sum(-1)"),
    (
        "ex6",  # the sum over images
        "def disagreement(found):\n"
        "    return torch.special.entr(found.mean(0)).sum(0)"
        " - torch.special.entr(found).sum(-1).mean(0)",
    ),
]


@pytest.mark.parametrize(("exercise", "answer"), WRONG)
def test_a_wrong_answer_is_found(lesson, exercise, answer):
    cell, before = f"{exercise}-check", ["ex3-data"] * (exercise == "ex3")
    line = feedback(LESSON, cell, answer, lesson, before)
    assert line.startswith("✗ ")


DRIVEN = [
    *(("show_dropout", "p", bad) for bad in (-0.1, 1.1, "0.5", None)),
    *(("train", "p", bad) for bad in (-0.1, 1.1, float("nan"), "0.5")),
    *(("train", "weight_decay", bad) for bad in (-1, float("inf"), None)),
    *(("draw_shrinking", "p", bad) for bad in (-0.1, 1, float("nan"), None)),
]


@pytest.mark.parametrize(("name", "argument", "bad"), DRIVEN)
def test_a_bad_value_is_refused_before_anything_changes(
    lesson, name, argument, bad
):
    refuses(lesson[name], f"{argument} must be", **{argument: bad})


def test_few_images_stay_the_same_with_wrong_labels(lesson):
    X, y = lesson["training_set"](50, 0.3)
    X_clean, y_clean = lesson["training_set"](50, 0)
    assert torch.equal(X, X_clean)
    assert (y != y_clean).sum() == 15
    assert len(load_array((X, y), 32)) == 2
