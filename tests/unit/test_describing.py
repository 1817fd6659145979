import numpy as np
import pytest
import torch

from course_utils.describing import (
    brief_traceback,
    describe_result,
    describe_settings,
    labels,
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
        ("x" * 300, "x" * 199 + "…"),
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


def test_a_traceback_lists_only_the_learners_lines():
    def train():
        torch.zeros(2) @ torch.zeros(3)

    with pytest.raises(RuntimeError) as caught:
        train()
    text = brief_traceback(caught.value)
    assert "torch.zeros(2) @ torch.zeros(3)" in text
    assert "site-packages" not in text
    assert text.splitlines()[-1].startswith("RuntimeError")
