"""Companion 09b: its table of names, its programs, and what it says."""

import re

import pytest
import torch
from cells import load, see
from torch import nn

from course_utils import d2l, seed_everything
from course_utils.d2l.book import import_book

LESSON = "09b_d2l_reference"


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, "imports", "dropout-net")


def names_table():
    """Yield (name, where it comes from) of the table of names."""
    for line in see(LESSON, "names").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            for names, source in (cells[:2], cells[2:]):
                for name in re.findall(r"`([\w.]+)`", names):
                    yield name, source


@pytest.mark.parametrize(("name", "source"), list(names_table()))
def test_the_table_says_where_a_name_comes_from(name, source):
    found = d2l
    for part in name.split("."):
        found = getattr(found, part)
    assert (found.__module__ == "d2l.torch") == (source == "book")
    if source == "book, adapted":
        assert found is not getattr(import_book(), name)


def test_the_first_rows_are_gone_from_the_book():
    names = [name for name, source in names_table() if source == "course"]
    gone = [name for name in names if not hasattr(import_book(), name)]
    assert gone == names[:4]
    assert not hasattr(d2l, "train_ch8")


@pytest.mark.parametrize("p", [0, 0.2, 0.5])
def test_the_net_drops_in_train_mode_only(lesson, p):
    seed_everything(0)
    net = lesson["Net"](p, p)
    H = net.drop(torch.ones(100_000), p)
    assert H.mean() == pytest.approx(1, abs=0.02)
    assert (H == 0).float().mean() == pytest.approx(p, abs=0.01)
    assert torch.equal(net.eval().drop(H, p), H)


def test_the_network_learns_with_train_ch3(lesson):
    seed_everything(0)
    train_iter, test_iter = d2l.load_data_fashion_mnist(256, n_train=5000)
    net = lesson["Net"](0.2, 0.5)
    trainer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = nn.CrossEntropyLoss()
    history = d2l.train_ch3(net, train_iter, test_iter, loss, 3, trainer)
    assert history["test acc"][-1] > 0.55


def test_the_new_kind_trains_the_same_layers_on_10_000_images(lesson):
    names = load(
        LESSON, "dropout-new", namespace=dict(lesson),
        changes={"dropout-new": ("max_epochs=5", "max_epochs=1")},
    )  # fmt: skip
    model, by_hand = names["model"], lesson["Net"](0, 0)
    shapes = [[p.shape for p in n.parameters()] for n in (model, by_hand)]
    assert shapes[0] == shapes[1] and len(shapes[0]) == 6
    assert len(names["data"].train) == 10_000
    batches = names["data"].train_dataloader()
    assert sum(len(y) for _, y in batches) == 10_000
    assert model.board.data["val_acc"][-1].y > 0.3
