import copy
import pickle

import pytest

from course_utils import DivergedError


def test_divergence_is_explained_in_one_sentence():
    assert str(DivergedError("loss became inf at x 2.5")) == (
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
