import random

import numpy as np
import pytest
import torch

from course_utils import seed_everything
from course_utils.training.seeds import own_randomness


def draw():
    return random.random(), np.random.rand(), torch.rand(1).item()


@pytest.mark.parametrize("seed", [0, 2**32 - 1, np.int64(5)])
def test_seed_everything_decides_all_three_generators(seed):
    seed_everything(seed)
    first = draw()
    second = draw()
    seed_everything(seed)
    assert draw() == first
    assert all(a != b for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("seed", [-1, 1.5, True, None])
def test_seed_everything_leaves_the_generators_alone_at_a_bad_seed(seed):
    seed_everything(3)
    expected = draw()
    seed_everything(3)
    with pytest.raises((TypeError, ValueError), match="^seed must be"):
        seed_everything(seed)
    assert draw() == expected


def test_own_randomness_is_seeded_and_puts_all_back():
    seed_everything(3)
    expected = draw()
    seed_everything(5)
    inside = draw()
    seed_everything(3)
    with pytest.raises(KeyboardInterrupt), own_randomness(5):
        assert draw() == inside
        torch.set_grad_enabled(False)
        raise KeyboardInterrupt
    assert draw() == expected and torch.is_grad_enabled()
