import contextlib
import functools
import gzip
import os
import struct

import numpy as np
import pytest
import torch
from PIL import Image

from course_utils import get_fashion_mnist_labels, load_data_fashion_mnist
from course_utils.data import fashion_mnist
from course_utils.data.fashion_mnist import FOLDER, DataFileError


def training_set(**options):
    return load_data_fashion_mnist(256, **options)[0].tensors


def test_fashion_mnist_is_the_known_data():
    X, y = training_set()
    # How often each grey level is there: exact, and no array of 376 MB
    share = X.flatten().bincount(minlength=256).double().numpy() / X.numel()
    levels = np.arange(256) / 255
    mean = share @ levels
    assert mean == pytest.approx(0.286041, abs=1e-6)
    deviation = np.sqrt(share @ (levels - mean) ** 2)
    assert deviation == pytest.approx(0.353024, abs=1e-6)
    assert y[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
    assert y.bincount().tolist() == [6_000] * 10


def test_fashion_mnist_batches_have_shape_type_and_range():
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


def test_fashion_mnist_pixels_are_divided_by_255_in_the_order_of_the_file():
    _, test_iter = load_data_fashion_mnist(100)
    X, y = next(iter(test_iter))
    kept, labels = test_iter.tensors
    assert X.numpy() == pytest.approx(kept[:100].numpy() / 255, abs=1e-7)
    assert torch.equal(y, labels[:100])


def test_fashion_mnist_order_is_new_each_time_and_the_seed_s():
    train_iter, _ = load_data_fashion_mnist(64)
    torch.manual_seed(0)
    first, second = next(iter(train_iter)), next(iter(train_iter))
    torch.manual_seed(0)
    again = next(iter(train_iter))
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert not torch.equal(first[0], second[0])


@pytest.mark.parametrize("size", [None, 20])
@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str
)
def test_fashion_mnist_images_have_torch_s_default_dtype(dtype, size):
    _, test_iter = load_data_fashion_mnist(9, size)
    (expected, _), *_ = test_iter
    torch.set_default_dtype(dtype)  # also after they were loaded
    try:
        X, y = next(iter(test_iter))
    finally:
        torch.set_default_dtype(torch.float32)
    assert X.dtype == dtype and y.dtype == torch.int64
    rounding = max(torch.finfo(dtype).eps, 1e-6)
    assert torch.allclose(X.float(), expected, rtol=0, atol=rounding)


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


def test_subset_begins_every_larger_one():
    small, large = training_set(n_train=100), training_set(n_train=5_000)
    assert len(small[0]) == len(small[1]) == 100
    for one, other in zip(small, large, strict=True):
        assert torch.equal(one, other[:100])
    assert not torch.equal(small[0], training_set(n_train=100, seed=1)[0])


def test_subset_is_random_and_keeps_images_and_labels_together():
    X, y = training_set()
    few, labels = training_set(n_train=300)
    assert not torch.equal(few, X[:300])
    assert few.flatten(1).unique(dim=0).shape[0] == 300
    for image, label in zip(few[:5], labels[:5], strict=True):
        places = (X == image).flatten(1).all(dim=1)
        assert label in y[places]


@pytest.mark.parametrize("n_train", [1_000, None])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_label_noise_is_exactly_the_share_asked_for(n_train, share):
    clean = training_set(n_train=n_train)
    noisy = training_set(n_train=n_train, label_noise=share)
    assert torch.equal(clean[0], noisy[0])
    assert int((clean[1] != noisy[1]).sum()) == round(share * len(clean[1]))
    assert noisy[1].min() == 0 and noisy[1].max() == 9


def test_label_noise_is_spread_over_all_other_classes():
    clean, noisy = training_set()[1], training_set(label_noise=1)[1]
    counts = ((noisy - clean) % 10).bincount(minlength=10)
    assert counts[0] == 0
    assert counts[1:].numpy() == pytest.approx(60_000 / 9, rel=0.05)


def test_label_noise_grows_by_further_labels():
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


def test_subset_draws_nothing_from_the_default_generator():
    before = torch.get_rng_state()
    training_set(n_train=50, label_noise=0.3, seed=3)
    assert torch.equal(torch.get_rng_state(), before)


def test_fashion_mnist_loaded_twice_shares_the_images():
    assert training_set()[0].data_ptr() == training_set()[0].data_ptr()
    assert training_set()[0].dtype == torch.uint8


def test_fashion_mnist_batches_are_on_the_device_that_was_asked_for():
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
def test_load_data_fashion_mnist_refuses_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        load_data_fashion_mnist(256, **options)


@pytest.mark.parametrize(
    "labels", [torch.tensor([9, 1, 0]), [9, 1, 0], np.array([9, 1, 0])]
)
def test_get_fashion_mnist_labels_returns_the_names(labels):
    names = get_fashion_mnist_labels(labels)
    assert names == ["ankle boot", "trouser", "t-shirt"]


@pytest.mark.parametrize("bad", [-1, 10, 1.0, "1", None, -100])
def test_get_fashion_mnist_labels_refuses_a_label_that_is_no_class(bad):
    with pytest.raises(ValueError, match="labels must be integers 0 ... 9"):
        get_fashion_mnist_labels([0, bad])


def test_get_fashion_mnist_labels_refuses_a_table():
    with pytest.raises(ValueError, match="labels must be integers 0 ... 9"):
        get_fashion_mnist_labels(torch.zeros(2, 2, dtype=torch.int64))


def test_get_fashion_mnist_labels_takes_labels_of_any_form():
    y = torch.tensor([9, 0])
    names = ["ankle boot", "t-shirt"]
    arrays = [np.array([9]), np.array(0)]
    for labels in (y, list(y), y.tolist(), y.numpy(), iter(y), arrays):
        assert get_fashion_mnist_labels(labels) == names


# Every way in which a data file can be wrong is found and explained

IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"
PAGE = b"<!DOCTYPE html><title>404</title>"


@pytest.fixture(scope="module")
def reader():
    """Give what reads a file: a good one that it has read, it keeps."""
    read = fashion_mnist._read_file
    read_once = functools.cache(read)

    def read_it(folder, name, *known):
        link = folder / name
        if os.path.realpath(link) == os.path.realpath(FOLDER / name):
            return read_once(FOLDER, name, *known)
        return read(folder, name, *known)

    return read_it


@pytest.fixture
def folder(tmp_path, reader, monkeypatch):
    """Give a folder that holds the four good files, as links."""
    monkeypatch.setattr(fashion_mnist, "_read_file", reader)
    for file in FOLDER.glob("*.gz"):
        (tmp_path / file.name).symlink_to(file)
    return tmp_path


def replace(name, contents):
    """Return a function that puts `contents(old bytes)` in a file's place."""

    def damage(folder):
        old = (folder / name).read_bytes()
        (folder / name).unlink()
        (folder / name).write_bytes(contents(old))

    return damage


def rezip(name, change):
    """Return a function that changes the unzipped bytes of a file."""
    return replace(
        name,
        lambda old: gzip.compress(change(gzip.decompress(old)), 0),
    )


def add_one(position):
    """Return a function that alters one byte."""

    def change(raw):
        raw = bytearray(raw)
        raw[position] = (raw[position] + 1) % 10
        return raw

    return change


def instead(name, make):
    def damage(folder):
        (folder / name).unlink()
        make(folder / name)

    return damage


def swap(one, other):
    def damage(folder):
        (folder / one).rename(folder / "x")
        (folder / other).rename(folder / one)
        (folder / "x").rename(folder / other)

    return damage


def mnist_images(raw):
    """Return a file as MNIST's: the same header, other pixels."""
    return raw[:16] + bytes(784) * 10_000


DAMAGE = {
    "missing": (IMAGES, instead(IMAGES, lambda path: None)),
    "folder missing": (
        TRAIN_IMAGES,
        lambda folder: folder.rename(f"{folder}-"),
    ),
    "a directory": (IMAGES, instead(IMAGES, lambda path: path.mkdir())),
    "link to nothing": (LABELS, instead(LABELS, lambda p: p.symlink_to("no"))),
    "link to itself": (LABELS, instead(LABELS, lambda p: p.symlink_to(p))),
    "empty": (LABELS, replace(LABELS, lambda old: b"")),
    "one byte short": (IMAGES, rezip(IMAGES, lambda raw: raw[:-1])),
    "half": (IMAGES, rezip(IMAGES, lambda raw: raw[: len(raw) // 2])),
    "one byte extra": (LABELS, rezip(LABELS, lambda raw: raw + b"\0")),
    "one pixel": (IMAGES, rezip(IMAGES, add_one(4_000_000))),
    "one training pixel": (TRAIN_IMAGES, rezip(TRAIN_IMAGES, add_one(-1))),
    "one label": (LABELS, rezip(LABELS, add_one(5_000))),
    "one training label": (TRAIN_LABELS, rezip(TRAIN_LABELS, add_one(8))),
    "more items in the header": (LABELS, rezip(LABELS, add_one(7))),
    "wrong magic": (IMAGES, rezip(IMAGES, add_one(3))),
    "html page": (LABELS, replace(LABELS, lambda old: PAGE)),
    "zipped html page": (LABELS, rezip(LABELS, lambda raw: PAGE)),
    "not zipped": (LABELS, replace(LABELS, gzip.decompress)),
    "train and test images swapped": (
        TRAIN_IMAGES,
        swap(TRAIN_IMAGES, IMAGES),
    ),
    "train and test labels swapped": (
        TRAIN_LABELS,
        swap(TRAIN_LABELS, LABELS),
    ),
    "images and labels swapped": (IMAGES, swap(LABELS, IMAGES)),
    "mnist images": (IMAGES, rezip(IMAGES, mnist_images)),
    "mnist labels": (
        LABELS,
        rezip(
            LABELS, lambda raw: struct.pack(">ii", 2049, 10_000) + raw[:7:-1]
        ),
    ),
    "gzip one byte short": (IMAGES, replace(IMAGES, lambda old: old[:-1])),
    "gzip half": (IMAGES, replace(IMAGES, lambda old: old[: len(old) // 2])),
    "gzip one byte extra": (LABELS, replace(LABELS, lambda old: old + b"x")),
    "gzip one byte altered": (
        LABELS,
        replace(LABELS, lambda old: old[:3000] + b"\x55" + old[3001:]),
    ),
}


OTHER = "is not the original: its SHA-256 differs."
REASONS = {
    "missing": "cannot be read (No such file or directory).",
    "not zipped": "cannot be read (Not a gzipped file (b'\\x00\\x00')).",
    "gzip half": "cannot be read (Compressed file ended before the end-",
    "one byte extra": OTHER,
    "one byte short": OTHER,
    "one label": OTHER,
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damaged_file_is_found_and_named_with_its_remedy(folder, kind):
    name, damage = DAMAGE[kind]
    damage(folder)
    with pytest.raises(DataFileError) as e:
        load_data_fashion_mnist(256, root=folder)
    message = str(e.value)
    assert f"{folder / name} {REASONS.get(kind, '')}" in message
    assert f"git checkout -- course_utils/fashion_mnist/{name}" in message
    assert "dataset-fashion-mnist" in message


@contextlib.contextmanager
def unprivileged():
    """Act as a user whom file permissions bind, which root is not."""
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(65534)
    except OSError as error:
        pytest.skip(f"root may not become another user here: {error}")
    try:
        yield
    finally:
        os.seteuid(0)


def test_unreadable_file_is_described(folder):
    path = folder / TRAIN_IMAGES
    path.unlink()
    path.touch(mode=0)
    with unprivileged(), pytest.raises(DataFileError, match="denied") as e:
        load_data_fashion_mnist(256, root=folder)
    assert str(path) in str(e.value)
    assert isinstance(e.value.__cause__, PermissionError)


def test_repaired_folder_loads(folder):
    (folder / LABELS).rename(folder / "elsewhere")
    with pytest.raises(DataFileError, match=LABELS):
        load_data_fashion_mnist(256, root=folder)
    (folder / "elsewhere").rename(folder / LABELS)
    _, test_iter = load_data_fashion_mnist(256, root=folder)
    _, shipped = load_data_fashion_mnist(256)
    for mine, theirs in zip(test_iter.tensors, shipped.tensors, strict=True):
        assert torch.equal(mine, theirs)


def test_file_zipped_in_another_way_is_the_same_data(folder):
    rezip(LABELS, lambda raw: raw)(folder)
    assert load_data_fashion_mnist(256, root=str(folder))


def test_licence_lies_beside_the_data():
    licence = (FOLDER / "LICENSE").read_text()
    assert "Zalando SE" in licence
    assert "Permission is hereby granted, free of charge" in licence
