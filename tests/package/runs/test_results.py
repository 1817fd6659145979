import collections

import torch

from course_utils.runs.results import plain


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
