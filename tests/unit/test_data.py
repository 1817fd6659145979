import numpy as np
import pytest
import torch
from PIL import Image

from course_utils import seed_everything
from course_utils.data import (
    get_fashion_mnist_labels,
    load_array,
    load_data_fashion_mnist,
    synthetic_data,
)
from course_utils.fashion import FOLDER


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_synthetic_data_without_noise_is_linear(shape, dtype):
    w = torch.tensor([2.0, -3.4, 0.5], dtype=dtype)
    X, y = synthetic_data(w.reshape(shape), 4.2, 50, noise=0)
    assert X.shape == (50, 3) and y.shape == (50, 1)
    assert X.dtype == y.dtype == dtype
    exact = X.double().numpy() @ w.double().numpy() + 4.2
    assert y[:, 0].numpy() == pytest.approx(exact, abs=1e-5)


def test_synthetic_data_has_the_noise_that_was_asked_for():
    torch.manual_seed(0)
    w = torch.ones(2, dtype=torch.float64)
    X, y = synthetic_data(w, torch.tensor(1.0), 40_000, noise=0.5)
    errors = y[:, 0] - X @ w - 1
    assert float(errors.std()) == pytest.approx(0.5, abs=0.01)
    assert float(errors.mean()) == pytest.approx(0, abs=0.01)
    assert float(X.std()) == pytest.approx(1, abs=0.02)
    assert abs(float((errors * X[:, 0]).mean())) < 0.01


def test_synthetic_data_follows_the_seed():
    torch.manual_seed(7)
    first = synthetic_data(torch.ones(2), 0, 5)
    torch.manual_seed(7)
    again = synthetic_data(torch.ones(2), 0, 5)
    assert all(map(torch.equal, first, again))
    assert not torch.equal(synthetic_data(torch.ones(2), 0, 5)[0], first[0])


@pytest.mark.parametrize(
    ("w", "b", "error"),
    [
        ([1.0, 2.0], 0, TypeError),
        (torch.tensor([1, 2]), 0, TypeError),
        (torch.ones(2, 2), 0, ValueError),
        (torch.ones(1, 2), 0, ValueError),
        (torch.ones(0), 0, ValueError),
        (torch.tensor(1.0), 0, ValueError),
        (torch.tensor([1.0, torch.nan]), 0, ValueError),
        (torch.ones(2), "0", TypeError),
        (torch.ones(2), torch.ones(2), TypeError),
        (torch.ones(2), torch.inf, ValueError),
    ],
)
def test_synthetic_data_refuses_other_parameters(w, b, error):
    with pytest.raises(error, match="^[wb] must"):
        synthetic_data(w, b, 5)


def training_set(**options):
    return load_data_fashion_mnist(256, **options)[0].tensors


def test_fashion_mnist_is_the_known_data():
    X, y = training_set()
    pixels = X.numpy() / 255
    assert pixels.mean() == pytest.approx(0.286041, abs=1e-6)
    assert pixels.std() == pytest.approx(0.353024, abs=1e-6)
    assert y[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
    assert y.bincount().tolist() == [6_000] * 10


def test_batches_of_fashion_mnist_have_shape_type_and_range():
    train_iter, test_iter = load_data_fashion_mnist(256)
    assert (len(train_iter), len(test_iter)) == (235, 40)
    for data_iter, n in ((train_iter, 60_000), (test_iter, 10_000)):
        sizes = []
        for X, y in data_iter:
            assert X.shape == (len(y), 1, 28, 28) and y.shape == (len(y),)
            assert X.dtype == torch.float32 and y.dtype == torch.int64
            sizes.append(len(y))
        assert sizes[:-1] == [256] * (len(sizes) - 1) and sum(sizes) == n
        assert float(X.min()) == 0 and float(X.max()) == 1


def test_pixels_are_divided_by_255_and_the_test_set_keeps_its_order():
    _, test_iter = load_data_fashion_mnist(100)
    X, y = next(iter(test_iter))
    kept, labels = test_iter.tensors
    assert X.numpy() == pytest.approx(kept[:100].numpy() / 255, abs=1e-7)
    assert torch.equal(y, labels[:100])


def test_training_images_come_in_a_new_order_that_the_seed_decides():
    train_iter, _ = load_data_fashion_mnist(64)
    torch.manual_seed(0)
    first, second = next(iter(train_iter)), next(iter(train_iter))
    torch.manual_seed(0)
    again = next(iter(train_iter))
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert not torch.equal(first[0], second[0])


@pytest.mark.parametrize("size", [14, 56, (20, 40)])
def test_resize_agrees_with_pillow(size):
    _, test_iter = load_data_fashion_mnist(4, resize=size)
    X, _ = next(iter(test_iter))
    height, width = size if isinstance(size, tuple) else (size, size)
    assert X.shape == (4, 1, height, width)
    original = Image.fromarray(test_iter.tensors[0][0, 0].numpy())
    expected = original.resize((width, height), Image.Resampling.BILINEAR)
    # Pillow rounds to whole grey levels after each of its two passes.
    assert X[0, 0].numpy() * 255 == pytest.approx(np.array(expected), abs=1.01)


def test_a_small_training_set_begins_every_larger_one():
    small, large = training_set(n_train=100), training_set(n_train=5_000)
    assert len(small[0]) == len(small[1]) == 100
    for one, other in zip(small, large, strict=True):
        assert torch.equal(one, other[:100])
    assert not torch.equal(small[0], training_set(n_train=100, seed=1)[0])


def test_a_subset_is_random_and_keeps_images_and_labels_together():
    X, y = training_set()
    few, labels = training_set(n_train=300)
    assert not torch.equal(few, X[:300])
    assert few.flatten(1).unique(dim=0).shape[0] == 300
    for image, label in zip(few[:20], labels[:20], strict=True):
        places = (X == image).flatten(1).all(dim=1)
        assert label in y[places]


@pytest.mark.parametrize("n_train", [1_000, None])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_exactly_the_share_asked_for_is_wrong(n_train, share):
    clean = training_set(n_train=n_train)
    noisy = training_set(n_train=n_train, label_noise=share)
    assert torch.equal(clean[0], noisy[0])
    assert int((clean[1] != noisy[1]).sum()) == round(share * len(clean[1]))
    assert noisy[1].min() == 0 and noisy[1].max() == 9


def test_wrong_labels_are_spread_over_all_other_classes():
    clean, noisy = training_set()[1], training_set(label_noise=1)[1]
    counts = ((noisy - clean) % 10).bincount(minlength=10)
    assert counts[0] == 0
    assert counts[1:].numpy() == pytest.approx(60_000 / 9, rel=0.05)


def test_more_noise_spoils_the_same_labels_and_further_ones():
    clean, some, more = (
        training_set(n_train=1_000, label_noise=share)[1]
        for share in (0, 0.2, 0.5)
    )
    assert torch.equal(some[some != clean], more[some != clean])


def test_label_noise_leaves_the_test_set_and_the_shared_labels_alone():
    _, clean = load_data_fashion_mnist(256)
    _, noisy = load_data_fashion_mnist(256, label_noise=0.5)
    assert torch.equal(noisy.tensors[1], clean.tensors[1])
    assert training_set()[1].bincount().tolist() == [6_000] * 10


def test_the_subset_draws_nothing_from_the_default_generator():
    before = torch.get_rng_state()
    training_set(n_train=50, label_noise=0.3, seed=3)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_second_load_shares_the_images():
    assert training_set()[0].data_ptr() == training_set()[0].data_ptr()
    assert training_set()[0].dtype == torch.uint8


def test_batches_are_made_on_the_device_that_was_asked_for():
    # torch's "meta" device has shapes only, and is there on every machine.
    for data_iter in load_data_fashion_mnist(256, resize=14, device="meta"):
        X, y = next(iter(data_iter))
        assert X.device.type == y.device.type == "meta"
        assert X.shape == (256, 1, 14, 14) and y.shape == (256,)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_train": 60_001}, ValueError, "n_train must be at most 60000"),
        ({"resize": (28, 28, 1)}, ValueError, "resize must be"),
        ({"resize": (28, 0)}, ValueError, "resize must be"),
        ({"resize": [28, 28]}, TypeError, "resize must be"),
        ({"device": "gpu"}, RuntimeError, "device"),
        ({"root": 5}, TypeError, "int"),
    ],
)
def test_other_bad_options_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        load_data_fashion_mnist(256, **options)


@pytest.mark.parametrize(
    "labels", [torch.tensor([9, 1, 0]), [9, 1, 0], np.array([9, 1, 0])]
)
def test_labels_have_names(labels):
    names = get_fashion_mnist_labels(labels)
    assert names == ["ankle boot", "trouser", "t-shirt"]


@pytest.mark.parametrize("bad", [-1, 10, 1.0, "1", None, -100])
def test_a_label_that_is_no_class_is_refused(bad):
    with pytest.raises(ValueError, match="labels must be integers 0 ... 9"):
        get_fashion_mnist_labels([0, bad])


def test_a_table_of_labels_is_refused():
    with pytest.raises(ValueError, match="labels must be integers 0 ... 9"):
        get_fashion_mnist_labels(torch.zeros(2, 2, dtype=torch.int64))


def test_names_of_labels_may_be_asked_for_in_any_form():
    y = torch.tensor([9, 0])
    names = ["ankle boot", "t-shirt"]
    for labels in (y, list(y), y.tolist(), y.numpy(), iter(y)):
        assert get_fashion_mnist_labels(labels) == names


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


def test_a_default_device_changes_neither_data_nor_order(
    on_another_device, tmp_path
):
    for file in FOLDER.glob("*.gz"):  # a folder that has not been read yet
        (tmp_path / file.name).symlink_to(file)
    found = drawn(tmp_path)
    assert {tensor.device.type for tensor in found} == {"cpu"}
    with torch.device("cpu"):
        expected = drawn(None)
    assert all(map(torch.equal, found, expected))
