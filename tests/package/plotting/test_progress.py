import pytest

from course_utils import Animator
from course_utils.plotting.progress import counted, progress


@pytest.mark.parametrize(
    ("xlabel", "xlim", "words"),
    [
        ("epoch", (1, 9), "epoch 3 of 9"),
        ("epochs", (1, 9), "epoch 3 of 9"),
        ("step", None, "step 3"),
        ("轮数", (1, 9), "轮数 3 of 9"),
        ("lambd", (1, 9), ""),
    ],
)
def test_progress_is_the_last_point_of_the_first_curve(xlabel, xlim, words):
    assert progress([]) == ""
    animators = [Animator(xlabel, xlim=xlim), Animator("epoch")]
    assert progress(animators) == ""
    for x in (1, 2, 3):
        animators[0].add(x, (None, x))
    animators[1].add(5, 5)
    assert progress(animators) == words


@pytest.mark.parametrize(
    ("label", "what"),
    [
        ("Epochs", "epoch"), ("Epoch #", "epoch"),
        ("epoch (60 batches)", "epoch"),
        ("number of steps", "step"), ("num_epochs", "epoch"),
        ("Iterations", "iteration"), ("iter", "iteration"),
        ("training step", "step"), ("mini-batch", "batch"),
        ("迭代周期", "迭代周期"), ("迭代次数", "迭代次数"),
        (None, ""), ("", ""), ("loss", ""), ("steps of lambda", ""),
        ("degree", ""), ("time [s]", ""),
    ],
)  # fmt: skip
def test_counted_knows_the_usual_words(label, what):
    assert counted(label) == what
