import pytest

from course_utils.errors import DivergedError, refuse_infinite


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_infinite_values_are_refused_with_name_and_place(bad):
    with pytest.raises(DivergedError, match="test became .* at epoch 3"):
        refuse_infinite(["train", "test"], "epoch", [3, 3], [1.0, bad])


def test_finite_and_missing_values_pass():
    refuse_infinite(["train", "test"], "epoch", [3, 3], [1.0, None])
