import sys

import pytest
from matplotlib import pyplot as plt

from course_utils.errors import DivergedError, close_figures, refuse_infinite


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_infinite_values_are_refused_with_name_and_place(bad):
    with pytest.raises(DivergedError, match="test became .* at epoch 3"):
        refuse_infinite(["train", "test"], "epoch", [3, 3], [1.0, bad])


def test_finite_and_missing_values_pass():
    refuse_infinite(["train", "test"], "epoch", [3, 3], [1.0, None])


@pytest.mark.parametrize(("imported", "left"), [(True, []), (False, [1])])
def test_only_the_figures_of_the_function_that_failed_are_closed(
    monkeypatch, imported, left
):
    def draw():
        figure = plt.figure(1)
        raise ValueError(figure)

    with pytest.raises(ValueError) as caught:
        draw()
    if not imported:
        monkeypatch.delitem(sys.modules, "matplotlib.pyplot")
    close_figures(caught.value)
    assert plt.get_fignums() == left
    plt.close("all")
