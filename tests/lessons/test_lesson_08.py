"""Lesson 08's functions, as defined in the notebook, held to references.

The references are scikit-learn's ridge, simulated wrong labels, NumPy, the
long run's script, and the gains that the course's oracle asks for.
"""

import csv
import math
import runpy

import numpy as np
import pandas as pd
import pytest
import torch
from cells import feedback, first_failure, load
from execute import FOLDER
from sklearn.linear_model import Ridge

from course_utils import seed_everything, sweep

LESSON = "08_regularization_lab"
LONG_RUN = FOLDER / "long_runs" / "regularization_lab.py"
NET = ("training-set", "new-net", "new-optimizer", "fit", "test-images",
       "test-batches")  # fmt: skip
RUN = ("imports", "helpers", *NET, "weights-of", "draw-weights", "train",
       "run", "seen")  # fmt: skip
TABLE = ("rows", "rows-list", "read-table", "long-rows", "defaults", "pick",
         "mean-and-sd", "cells", "full-grid")  # fmt: skip
MAPS = ("heat-map", "two-maps", "choose", "check-seen", "draw-seen")
LINEAR = ("one-hot", "eigen", "eigens", "ridge", "ridge-losses",
          "draw-sizes")  # fmt: skip
REST = ("by-lambd", "draw-net-sizes", "methods", "levers", "lever-curve",
        "atlas")  # fmt: skip
COSTS = ("gain", "clean-table", "draw-cost")
FEW = {"num_epochs": 1, "n_train": 200}


@pytest.fixture(scope="module", autouse=True)
def as_in_the_lesson():
    """Work in the folder of the notebooks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(FOLDER)
        yield


@pytest.fixture(scope="module")
def lesson(as_in_the_lesson):
    made_up = [
        {"lambd": lambd, "p": p, "seed": seed, "valid_acc": lambd + p}
        for seed in (0, 1)
        for lambd in (0, 0.03)
        for p in (0, 0.5)
    ]
    namespace = {"table": made_up, "grid": {"lambd": [0] * 3, "p": [0] * 2}}
    names = (*RUN, *TABLE, *MAPS, *LINEAR, *REST, *COSTS)
    return load(LESSON, *names, namespace=namespace)


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(LONG_RUN))


def test_the_share_of_wrong_labels_is_exact_and_the_images_are_nested(lesson):
    X, y = lesson["training_set"](1000, 0.3)
    X_more, truth = lesson["training_set"](2000, 0)
    assert torch.equal(X, X_more[:1000])
    assert (y != truth[:1000]).sum() == 300
    assert X_more.mean().item() == pytest.approx(0, abs=0.05)
    assert X_more.std().item() == pytest.approx(1, abs=0.05)


def test_validation_images_are_no_training_images(lesson):
    X, _ = lesson["training_set"](11_000, 0.3)
    rows = {row.numpy().tobytes() for row in X[:10_000]}
    assert not any(row.numpy().tobytes() in rows for row in X[10_000:])


def test_the_net_has_the_width_and_the_dropout_that_it_is_given(lesson):
    net = lesson["new_net"](0.2, 0.5, 40)
    shapes = [tuple(q.shape) for q in net.parameters() if q.dim() > 1]
    assert shapes == [(40, 784), (40, 40), (10, 40)]
    assert [net[3].p, net[6].p] == [0.2, 0.5]
    assert len(lesson["weights_of"](net)) == 40 * (784 + 40 + 10)


@pytest.mark.parametrize(
    ("name", "lr"), [("SGD", 0.1), ("Adam", 0.001), ("AdamW", 0.001)]
)
def test_the_optimizer_is_the_one_that_is_named(lesson, name, lr):
    net = lesson["new_net"](0, 0, 4)
    optimizer = lesson["new_optimizer"](name, net, 0.25)
    assert type(optimizer) is getattr(torch.optim, name)
    (group,) = optimizer.param_groups
    assert (group["lr"], group["weight_decay"]) == (lr, 0.25)


def test_the_learning_rate_falls_in_equal_steps_towards_0(lesson):
    net = lesson["new_net"](0.5, 0.5, 4)
    optimizer = lesson["new_optimizer"]("SGD", net, 0)
    data = lesson["training_set"](64, 0)
    seen = []
    for epoch in lesson["fit"](net, optimizer, data, 4):
        assert net.training
        seen.append((epoch, optimizer.param_groups[0]["lr"]))
        net.eval()
    lrs = [0.1, 0.075, 0.05, 0.025]
    assert [epoch for epoch, _ in seen] == [1, 2, 3, 4]
    assert [lr for _, lr in seen] == pytest.approx(lrs)


def test_a_run_depends_on_its_seed_alone(lesson):
    runs = []
    for seed in (3, 4, 3):
        torch.rand(seed)
        runs.append(lesson["run"](0.01, 0.5, seed, **FEW))
    assert runs[0] == runs[2] != runs[1]


@pytest.mark.parametrize("settings", [{}, {"label_noise": 0, "width": 16}])
def test_the_long_run_is_the_lessons_run(lesson, script, settings):
    settings = {"lambd": 0.03, "p": 0.5, "seed": 1, **FEW, **settings}
    theirs = script["run"](**script["DEFAULTS"] | settings)
    mine = lesson["run"](**settings)
    assert mine == {name: theirs[name] for name in mine}
    assert lesson["DEFAULTS"] == script["DEFAULTS"]


def test_a_sweep_of_the_lessons_run_works_in_other_processes(lesson):
    names = [name for name in RUN if name != "test-batches"]
    run = load(LESSON, *names, namespace={"__name__": "__main__"})["run"]
    grid = {"lambd": [0.03], "p": [0, 0.5], **{k: [v] for k, v in FEW.items()}}
    tables = [
        lesson["rows_of"](
            sweep(run, grid, seeds=1, n_jobs=n_jobs, progress=False)
        )
        for n_jobs in (1, 2)
    ]
    assert [row["error"] for row in tables[0]] == ["", ""]
    assert tables[0] == tables[1]


def test_rows_are_dicts_with_pandas_and_without(lesson):
    rows = [{"p": 0.5, "seed": 0}, {"p": 0.5, "seed": 1}]
    assert lesson["rows_of"](rows) == rows
    assert lesson["rows_of"](pd.DataFrame(rows)) == rows


@pytest.mark.parametrize("label_noise", [0, 0.3, 0.9])
@pytest.mark.parametrize("a", [0.1, 0.77, 1])
def test_the_accuracy_that_shows_is_that_of_a_simulation(
    lesson, a, label_noise
):
    rng, n = np.random.default_rng(0), 200_000
    truth = rng.integers(10, size=n)
    wrong, other = rng.random(n) < label_noise, rng.integers(1, 10, size=n)
    missed, guess = rng.random(n) >= a, rng.integers(1, 10, size=n)
    shown = (truth + wrong * other) % 10 == (truth + missed * guess) % 10
    found = lesson["seen_accuracy"](a, label_noise)
    assert found == pytest.approx(shown.mean(), abs=0.006)


ROWS = [
    {"lambd": lambd, "p": p, "seed": seed, "test_acc": value}
    for lambd, p, seed, value in [
        *((0, 0, 0, 0.5), (0, 0, 1, 0.7)),
        *((0, 0.5, 0, 0.6), (0, 0.5, 1, 0.7), (0, 0.5, 2, 0.1)),
    ]
]


def test_cells_hold_mean_and_standard_deviation_in_percent(lesson):
    cells = lesson["cells_of"](ROWS, "test_acc")
    assert list(cells) == [(0, 0), (0, 0.5)]
    for pair, values in zip(cells, ((50, 70), (60, 70, 10)), strict=True):
        expected = np.mean(values), np.std(values, ddof=1)
        assert cells[pair] == pytest.approx(expected, abs=1e-4)


def test_a_gain_compares_the_same_seed(lesson):
    after, before = (lesson["pick"](ROWS, p=p) for p in (0.5, 0))
    expected = 0.05, np.std([0.1, 0], ddof=1)
    assert lesson["gain"](after, before) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("n", [300, 1000])
@pytest.mark.parametrize("lambd", [0.1, 2])
def test_ridge_is_that_of_scikit_learn(lesson, n, lambd):
    X = lesson["X_all"].double().numpy()
    Y = lesson["one_hot"](lesson["training_set"](11_000, 0.3)[1])
    (found,) = lesson["ridge"](n, Y, [lambd])
    theirs = Ridge(alpha=n * lambd).fit(X[:n], Y[:n].numpy())
    expected = theirs.predict(X[10_000:])
    np.testing.assert_allclose(found, expected, atol=1e-3)


def best_strength(lesson, n, label_noise):
    losses = lesson["ridge_losses"](label_noise)
    row = losses[lesson["sizes"].index(n)]
    return lesson["strengths"][row.argmin()].item()


def test_ridge_needs_less_for_more_images_and_more_for_wrong_labels(lesson):
    clean, wrong = (
        [best_strength(lesson, n, label_noise) for n in (300, 10_000)]
        for label_noise in (0, 0.3)
    )
    assert clean[0] > 10 * clean[1]
    assert wrong[0] > 10 * wrong[1]
    assert all(b > 2 * a for a, b in zip(clean, wrong, strict=True))


def test_the_script_writes_a_table(script, tmp_path):
    path, defaults = tmp_path / "table.csv", script["DEFAULTS"] | FEW
    plan = (({"lambd": [0, 0.03]}, 2), ({"p": [0, 0.5], "width": [16]}, 1))
    script["main"](plan, path, defaults, n_jobs=1)
    lines = path.read_text().splitlines()
    assert [line[0] for line in lines[:3]] == ["#", "#", "l"]
    rows = list(csv.DictReader(lines[2:]))
    assert len(rows) == 6
    assert {row["n_train"] for row in rows} == {"200"}
    assert all(0 <= float(row["valid_acc"]) <= 1 for row in rows)


def test_the_script_stops_at_a_run_that_failed(script):
    defaults = script["DEFAULTS"] | FEW
    with pytest.raises(RuntimeError, match="p"):
        script["measure"]([({"p": [3]}, 1)], defaults, 1)


def test_the_saved_table_has_each_setting_of_the_plan_once(lesson, script):
    rows = lesson["long_rows"]
    keys = [
        tuple(row[k] for k in (*script["DEFAULTS"], "seed")) for row in rows
    ]
    assert len(set(keys)) == len(keys)
    for grid, seeds in script["PLAN"]:
        lists = {k: [v] for k, v in script["DEFAULTS"].items()} | grid
        wanted = math.prod(map(len, lists.values())) * seeds
        held = [
            row
            for row in rows
            if row["seed"] < seeds
            and all(row[k] in values for k, values in lists.items())
        ]
        assert len(held) == wanted


METHODS = [{"lambd": 0.03}, {"p": 0.5}, {"num_epochs": 10}]


@pytest.mark.parametrize("settings", METHODS, ids=str)
def test_each_method_gains_4_points_and_closes_the_gap(lesson, settings):
    rows, defaults = lesson["long_rows"], lesson["DEFAULTS"]
    after = lesson["pick"](rows, **defaults | settings)
    before = lesson["pick"](rows, **defaults)
    start = {row["seed"]: row for row in before}
    assert len(after) >= 3
    for row in after:
        none = start[row["seed"]]
        assert row["test_acc"] - none["test_acc"] >= 0.04
        gaps = [r["train_acc"] - r["test_acc"] for r in (none, row)]
        assert gaps[0] - gaps[1] >= 0.10


def test_too_much_of_both_costs(lesson):
    cells = lesson["cells_of"](lesson["full"], "test_acc")
    assert cells[0.1, 0.8][0] < cells[0, 0][0] < cells[lesson["chosen"]][0]


def test_the_choice_does_not_look_at_the_test_images(lesson):
    rows = [row | {"test_acc": 1 - row["test_acc"]} for row in lesson["full"]]
    namespace = load(LESSON, "choose", namespace={**lesson, "full": rows})
    assert namespace["chosen"] == lesson["chosen"]


def test_a_map_frames_its_best_cell(lesson):
    figure = lesson["two_maps"]("valid_acc")
    ax = figure.axes[0]
    framed = [t for t in ax.texts if t.get_bbox_patch() is not None]
    assert [t.get_text().split()[0] for t in framed] == ["53.0"]
    assert framed[0].get_position() == (1, 1)
    assert "valid_acc" in figure.get_label()


def test_the_other_figures_say_what_they_show(lesson):
    for name, words in (
        ("draw_seen", "Validation"),
        ("draw_net_sizes", "Validation"),
        ("atlas", "test_acc"),
    ):
        figure = lesson[name]()
        assert figure.get_label().startswith(words)
        assert all(ax.get_xlabel() and ax.get_ylabel() for ax in figure.axes)


BAD = [
    *[("train", name, bad) for name in ("lambd", "p1", "p2", "n_train",
      "label_noise", "num_epochs", "width") for bad in (-1, None, "3",
      float("nan"))],
    *[("train", "optimizer", "sgd"), ("train", "p1", 1.2)],
    *[("draw_sizes", "label_noise", bad) for bad in (-1, 1.5, None)],
]  # fmt: skip


@pytest.mark.parametrize(("name", "argument", "bad"), BAD)
def test_a_bad_value_is_refused(lesson, name, argument, bad):
    with pytest.raises((TypeError, ValueError, KeyError)):
        lesson[name](**{argument: bad})


def test_the_same_seed_gives_the_same_numbers(lesson):
    results = []
    for _ in range(2):
        seed_everything(5)
        results.append(lesson["train"](p1=0.5, num_epochs=2, width=16))
    assert results[0] == results[1]
    assert set(results[0]) == {"train", "test"}


# Faults that a learner may make, and that one of the check cells must find.
FAULTS = {
    "a wrong answer never counts": {
        "seen": ("+ label_noise * (1 - a) / 9", "")
    },
    "wrong labels among ten": {"seen": ("(1 - label_noise) * a", "a")},
    "ridge without lambd": {"ridge": ("values + lambd", "values + 1e-3")},
    "ridge of the sum": {"ridge": (" / n_train", "")},
    "ridge without the mean": {"ridge": (" + Y.mean(0) for", " for")},
    "ridge not centred": {"ridge": ("[10_000:] - mean)", "[10_000:])")},
    "eigenvectors not centred": {
        "eigen": ("centred = X - X.mean(0)", "centred = X")
    },
}
BEFORE = ("imports", "helpers", "training-set", "seen", *TABLE[2:],
          *LINEAR[:4], "direct-ridge")  # fmt: skip
CHECKS = "check-seen", "check-ridge"


def test_the_check_cells_pass_as_shipped():
    load(LESSON, *BEFORE, *CHECKS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_cell_finds(fault):
    namespace = load(LESSON, *BEFORE, changes=FAULTS[fault])
    assert first_failure(LESSON, CHECKS, namespace)


# A wrong answer for each exercise, and a piece of what the check says.
WRONG = [
    ("ex1", "true_accuracy = lambda seen, noise: seen / (1 - noise)", "gives"),
    ("ex1", "true_accuracy = lambda seen, noise: seen", "shows as"),
    (
        "ex2",
        "how_long = lambda grid, seeds, seconds, n_jobs: seeds * seconds",
        "not 3.0",
    ),
    (
        "ex2",
        "import math\n"
        "how_long = lambda grid, seeds, seconds, n_jobs: seconds * seeds *"
        " math.prod(map(len, grid.values())) / n_jobs",
        "on 5",
    ),
    ("ex3", "draw_settings = lambda num, seed: [{}] * 5", "not 5"),
    (
        "ex3",
        "def draw_settings(num, seed):\n"
        "    g = torch.Generator().manual_seed(seed)\n"
        "    u = torch.rand(num, 2, generator=g).tolist()\n"
        "    return [dict(lambd=.001 + .099 * a, p=.8 * b) for a, b in u]",
        "lambd < 0.00316, not 500",
    ),
    (
        "ex3",
        "def draw_settings(num, seed):\n"
        "    g = torch.Generator().manual_seed(seed)\n"
        "    u = torch.rand(num, 2, generator=g).tolist()\n"
        "    return [dict(lambd=10 ** (a - 2.5), p=.4 + 0 * b) for a, b in u]",
        "0 lambd < 0.00316, not 500",
    ),
    (
        "ex3",
        "def draw_settings(num, seed):\n"
        "    g = torch.Generator().manual_seed(seed)\n"
        "    u = torch.rand(num, generator=g).tolist()\n"
        "    return [dict(lambd=10 ** (2 * a - 3), p=.8 * a) for a in u]",
        "depend",
    ),
    (
        "ex3",
        "def draw_settings(num, seed):\n"
        "    u = torch.rand(num, 2).tolist()\n"
        "    return [dict(lambd=10 ** (2 * a - 3), p=.8 * b) for a, b in u]",
        "seeded",
    ),
    (
        "ex4",
        "stop_at = lambda curve, patience: 1 + curve.index(max(curve))",
        "2, not 6",
    ),
    ("ex4", "stop_at = lambda curve, patience: len(curve)", "not 4"),
    (
        "ex4",
        "def stop_at(curve, patience):\n"
        "    best, kept, waited = -1, 0, 0\n"
        "    for epoch, value in enumerate(curve, 1):\n"
        "        if value > best:\n"
        "            best, kept = value, epoch\n"
        "        else:\n"
        "            waited += 1\n"
        "            if waited == patience:\n"
        "                break\n"
        "    return kept",
        "5, not 3",
    ),
    (
        "ex4",
        "def stop_at(curve, patience):\n"
        "    best, kept = -1, 0\n"
        "    for epoch, value in enumerate(curve, 1):\n"
        "        if value >= best:\n"
        "            best, kept = value, epoch\n"
        "        if epoch - kept >= patience:\n"
        "            break\n"
        "    return kept",
        "patience 2: 1, not",
    ),
    (
        "ex5",
        "rivals = lambda cells, n: [max(cells, key=cells.get)]",
        "4 seeds",
    ),
    (
        "ex5",
        "def rivals(cells, n):\n"
        "    mean, sd = max(cells.values())\n"
        "    return [k for k, v in cells.items() if v[0] >= mean - sd]",
        "4 seeds",
    ),
    (
        "ex6",
        "run_smooth = lambda s, seed, num_epochs: {'test_acc': 0.1}",
        "in place of",
    ),
    (
        "ex6",
        "def run_smooth(smoothing, seed, num_epochs=30):\n"
        "    return run(0, 0, seed, num_epochs=num_epochs)",
        "smoothing 1",
    ),
]


@pytest.mark.parametrize(("exercise", "answer", "said"), WRONG)
def test_a_wrong_answer_is_found(lesson, exercise, answer, said):
    line = feedback(LESSON, f"{exercise}-check", answer, lesson)
    assert line.startswith("✗ ")
    assert said in line
