import collections
import types

import numpy as np
import pytest
import torch

from course_utils.describing import (
    describe_curves,
    describe_result,
    describe_run,
    describe_settings,
    labels,
    plain,
    status_line,
)
from course_utils.run import Run


def test_settings_read_like_assignments():
    settings = {"lambd": 3.0, "n": 20, "noisy": True, "kind": "l1"}
    words = describe_settings(settings)
    assert words == "lambd = 3, n = 20, noisy = True, kind = l1"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, ""),
        (3, "3"),
        (0.123456, "0.123"),
        (np.float32(2.5), "2.5"),
        (torch.tensor(0.5, requires_grad=True), "0.5"),
        ("fine", "fine"),
        ({"‖w‖": 0.36571, "n": 4}, "‖w‖ 0.366 · n 4"),
        ([1, 2], "[1, 2]"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
    ],
)
def test_results_in_words(result, words):
    assert describe_result(result) == words


def runs(*settings, seeds=None):
    seeds = seeds or [0] * len(settings)
    return [
        Run(None, s, seed, None)
        for s, seed in zip(settings, seeds, strict=True)
    ]


def test_labels_name_only_what_differs():
    some = runs({"lambd": 1.0, "p": 0.5}, {"lambd": 3.0, "p": 0.5})
    assert labels(some) == ["lambd = 1", "lambd = 3"]


def test_a_single_run_is_named_in_full():
    assert labels(runs({"lambd": 1.0, "p": 0.5})) == ["lambd = 1, p = 0.5"]


def test_labels_name_the_seed_when_that_differs():
    some = runs({"lambd": 1.0}, {"lambd": 1.0}, seeds=[4, 5])
    assert labels(some) == ["seed = 4", "seed = 5"]


def test_plain_numbers_have_no_gradient_graph():
    w = torch.tensor(2.0, requires_grad=True)
    found = plain({"w": w, "deep": {"n": 3}})
    assert found["w"] == 2 and not found["w"].requires_grad
    assert found["deep"] == {"n": 3}


def test_plain_numbers_come_in_what_they_came_in():
    w = torch.tensor(2.0, requires_grad=True)
    End = collections.namedtuple("End", ["loss", "step"])
    for several in [w, 3], (w, 3), End(w, 3):
        found = plain(several)
        assert type(found) is type(several) and list(found) == [2, 3]
        assert not found[0].requires_grad


def test_a_result_that_cannot_be_told_is_told_by_its_kind():
    class Mute:
        def __repr__(self):
            raise RuntimeError

    assert describe_result(Mute()) == "a Mute"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "waiting"),
        ({"state": "running"}, "training · 2.5 s"),
        ({"state": "running", "epoch": 3}, "epoch 3 of 9 · 2.5 s"),
        ({"state": "done", "result": 0.25}, "1.25 s · 0.25"),
        ({"state": "done", "epoch": 9}, "epoch 9 of 9 · 1.25 s"),
        ({"state": "stopped", "epoch": 3}, "stopped · epoch 3 of 9"),
        ({"state": "stopped", "paused": True}, "waits for another panel"),
        ({"state": "diverged", "error": ValueError("too far")}, "too far"),
        ({"state": "failed", "error": KeyError(3)}, "KeyError, see below"),
    ],
)
def test_a_status_line_tells_how_far_a_run_is(changes, words):
    run = Run(None, {"lambd": 3.0}, 7, None)
    run.seconds, run.clock = 1.25, lambda: 2.5
    changes = dict(changes)
    if epoch := changes.pop("epoch", None):
        spec = {"xlabel": "epoch", "xlim": (1, 9)}
        run.animators = [types.SimpleNamespace(X=[[1, epoch]], spec=spec)]
    vars(run).update(changes)
    assert describe_run(run) == f"lambd = 3 · {words} · seed 7"


@pytest.mark.parametrize(
    ("state", "live"), [("running", "off"), ("stopped", "polite")]
)
def test_a_status_is_read_aloud_when_its_run_has_ended(state, live):
    run = Run(None, {"name": "<b>"}, 7, None)
    run.state, run.clock = state, lambda: 2.5
    words = describe_run(run).replace("<b>", "&lt;b&gt;")
    html = f'<div role="status" aria-live="{live}">{words}</div>'
    assert status_line(run) == html


def test_a_choice_that_is_a_function_has_its_name():
    settings = {"act": torch.relu, "net": torch.nn.ReLU, "lambd": 3.0}
    assert describe_settings(settings) == "act = relu, net = ReLU, lambd = 3"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (torch.tensor(1234), "1234"),
        (np.int64(1234), "1234"),
        (torch.tensor(True), "True"),
        (np.True_, "True"),
        (np.float32(0.12345), "0.123"),
        (torch.tensor(0.12345, requires_grad=True), "0.123"),
    ],
)
def test_a_number_of_a_library_reads_like_python_s(result, words):
    assert describe_result(result) == words


@pytest.mark.parametrize(
    ("curves", "words"),
    [
        ([([1, 9], [3.0, 0.51234]), ([9], [2])], "At t 9: a 0.512, b 2"),
        ([([1], [3.0]), ([2, 9], [1, 2])], "At t 1: a 3. At t 9: b 2"),
        ([([], []), ([9], [2])], "At t 9: b 2"),
        ([([], []), ([], [])], None),
    ],
)
def test_curves_are_told_by_where_they_end(curves, words):
    whole = ". ".join(filter(None, ["Line plot of loss against t", words]))
    assert describe_curves(["a", "b"], curves, "t", "loss") == whole


def test_axes_without_names_have_plain_ones():
    words = describe_curves(["a"], [([1], [2])], None, None)
    assert words == "Line plot of curves against x. At x 1: a 2"
