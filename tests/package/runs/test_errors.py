import copy
import pickle

import pytest

from course_utils import DivergedError
from course_utils.runs.errors import refuse_infinite


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_infinite_values_are_refused_with_name_and_place(bad):
    with pytest.raises(DivergedError, match="test became .* at epoch 3"):
        refuse_infinite(["train", "test"], "epoch", [3, 3], [1.0, bad])


def test_finite_and_missing_values_pass():
    refuse_infinite(["train", "test"], "epoch", [3, 3], [1.0, None])


def test_a_curve_without_a_name_is_not_looked_at():
    refuse_infinite(["train"], "epoch", [3, 3], [1.0, float("nan")])


def test_divergence_is_explained_in_one_sentence():
    with pytest.raises(DivergedError) as caught:
        refuse_infinite(["loss"], "", [2.5], [float("inf")])
    assert str(caught.value) == (
        "Training diverged: loss became inf at x 2.5. Gradient descent is "
        "stable only while lr × the largest curvature of the loss, penalty "
        "included, stays below 2: lower lr or the penalty."
    )


@pytest.mark.parametrize(
    "copied", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_diverged_error_survives_another_process(copied):
    error = DivergedError("the loss became nan")
    assert str(copied(error)) == str(error)
    assert str(error).count("Training diverged") == 1


def test_refuse_infinite_takes_a_curve_that_is_left_out():
    with pytest.raises(DivergedError, match="test became inf at epoch 3"):
        refuse_infinite(
            ["a", "test"], "epoch", [None, 3], [None, float("inf")]
        )
    with pytest.raises(DivergedError, match="test became inf[.]"):
        refuse_infinite(["test"], "epoch", [None], [float("inf")])
