"""Two kernels on one checkout, and one that is started anew."""

import pytest
from cells import code, read

LESSON = code(read("01_weight_decay_from_scratch"))
NAMES = "imports", "taste-fit", "taste-slider"
CELLS = "\n".join(LESSON[name].source for name in NAMES)
RESULT = "print(panel.wait(60).result)"
TRAIN = CELLS.replace("\nretrain(", "\npanel = retrain(") + f"\n{RESULT}"
TRAINS_ON = """
import time
from course_utils import Animator, retrain

def endless(k=1):
    board = Animator("step", "k")
    while True:
        board.add(time.monotonic(), k)

panel = retrain(endless, k=(0, 3))
print(panel.newest.state)
"""


@pytest.fixture(scope="module")
def kernels(start):
    return start(), start()


def test_two_kernels_at_once_have_the_numbers_of_one(kernels):
    one, other = kernels
    alone = one.run(TRAIN)
    assert alone.startswith("{")
    other.client.execute(TRAIN)  # and is not waited for
    assert one.run(TRAIN) == alone
    assert other.run(RESULT) == alone


def test_a_restart_ends_a_training_and_all_is_as_at_first(kernels):
    kernel, other = kernels
    alone = other.run(RESULT)
    assert kernel.run(TRAINS_ON) == "running\n"
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=60)
    assert kernel.run("print('panel' in globals())") == "False\n"
    assert kernel.run(TRAIN) == alone
