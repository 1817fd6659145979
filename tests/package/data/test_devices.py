"""The data are the same whatever the learner's default device is."""

import pytest
import torch

from course_utils import (
    load_array,
    load_data_fashion_mnist,
    seed_everything,
    synthetic_data,
)
from course_utils.data.fashion_mnist import FOLDER


@pytest.fixture(params=["set", "with"])
def on_another_device(request):
    """Name a default device as a notebook's first cell does."""
    if request.param == "with":
        with torch.device("meta"):
            yield
    else:
        torch.set_default_device("meta")
        yield
        torch.set_default_device(None)


def drawn(root):
    """Load, draw a subset, spoil labels, resize and shuffle."""
    options = {"n_train": 64, "label_noise": 0.3, "root": root}
    train_iter, test_iter = load_data_fashion_mnist(32, 20, **options)
    seed_everything(1)
    w = torch.ones(3, device="cpu")
    X, y = synthetic_data(w, torch.tensor(0.5, device="cpu"), 8)
    rows = next(iter(load_array((X, y), 4)))
    images = next(iter(train_iter)), next(iter(test_iter))
    return [X, y, *rows, *images[0], *images[1]]


def test_default_device_changes_neither_data_nor_order(
    on_another_device, tmp_path
):
    for file in FOLDER.glob("*.gz"):  # a folder that has not been read yet
        (tmp_path / file.name).symlink_to(file)
    found = drawn(tmp_path)
    assert {tensor.device.type for tensor in found} == {"cpu"}
    with torch.device("cpu"):
        expected = drawn(None)
    assert all(map(torch.equal, found, expected))
