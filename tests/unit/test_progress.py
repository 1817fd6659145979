import math

import pytest

from course_utils import Animator
from course_utils.progress import progress, remaining


class Counted:
    """A run, as far as progress asks it."""

    def __init__(self):
        self.animators = []

    def clock(self):
        return 2.0  # seconds since it began


@pytest.mark.parametrize(
    ("xlabel", "xlim", "words"),
    [
        ("epoch", (1, 9), "epoch 3 of 9"),
        ("step", None, "step 3"),
        ("lambd", (1, 9), ""),
    ],
)
def test_progress_is_the_last_point_of_the_first_curve(xlabel, xlim, words):
    run = Counted()
    assert progress(run) == ""
    run.animators = [Animator(xlabel, xlim=xlim), Animator("epoch")]
    assert progress(run) == ""
    for x in (1, 2, 3):
        run.animators[0].add(x, (None, x))
    run.animators[1].add(5, 5)
    assert progress(run) == words


def test_what_remains_is_told_by_how_far_it_has_come():
    animator = Animator("epoch", xlim=(0, 100))
    assert remaining(Counted(), animator) == math.inf
    for x, seconds in ((20, 8), (80, 0.5), (100, 0)):
        animator.add(x, 1)
        assert remaining(Counted(), animator) == pytest.approx(seconds)


def test_a_count_need_not_begin_at_zero():
    animator = Animator("epoch", xlim=(-50, 50))
    animator.add(-25, 1)
    assert remaining(Counted(), animator) == pytest.approx(6)


def test_nobody_knows_what_remains_behind_the_end_of_xlim():
    animator = Animator("epoch", xlim=(0, 10))
    animator.add(11, 1)
    assert remaining(Counted(), animator) == math.inf


def test_all_curves_have_to_come_to_the_end():
    animator = Animator("epoch", xlim=(0, 10))
    animator.add(10, (1, None))
    assert remaining(Counted(), animator) == math.inf
    animator.add(5, (None, 1))
    assert remaining(Counted(), animator) == pytest.approx(2)


@pytest.mark.parametrize(("xlabel", "xlim"), [("epoch", None), ("x", (0, 9))])
def test_nobody_knows_what_remains_where_nothing_counts(xlabel, xlim):
    animator = Animator(xlabel, xlim=xlim)
    animator.add(0.5, 1)
    assert remaining(Counted(), animator) == math.inf
