import collections

import numpy as np
import pytest
import torch

from course_utils.runs.results import as_float, plain


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


@pytest.mark.parametrize(
    "one",
    [
        3, np.float32(3), np.array(3.0), np.array([3.0]), np.array([[3.0]]),
        torch.tensor(3), torch.tensor([3.0], requires_grad=True),
    ],
    ids=repr,
)  # fmt: skip
def test_as_float_takes_whatever_has_one_number(one):
    assert as_float(one) == 3.0


@pytest.mark.parametrize("bad", [np.ones(2), torch.ones(0), "word", None])
def test_as_float_refuses_what_is_not_one_number(bad):
    with pytest.raises((TypeError, ValueError)):
        as_float(bad)
