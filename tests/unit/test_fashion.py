"""Every way in which a data file can be wrong is found and explained."""

import contextlib
import gzip
import os
import re
import struct

import pytest
import torch

from course_utils.data import load_data_fashion_mnist
from course_utils.fashion import FOLDER, DataFileError

IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
TRAIN_IMAGES = "train-images-idx3-ubyte.gz"
TRAIN_LABELS = "train-labels-idx1-ubyte.gz"
PAGE = b"<!DOCTYPE html><title>404</title>"


@pytest.fixture
def folder(tmp_path):
    """Give a folder that holds the four good files, as links."""
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
        lambda old: gzip.compress(change(gzip.decompress(old)), 1),
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


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_found_and_the_message_names_file_and_remedy(folder, kind):
    name, damage = DAMAGE[kind]
    damage(folder)
    with pytest.raises(
        DataFileError, match=re.escape(str(folder / name))
    ) as e:
        load_data_fashion_mnist(256, root=folder)
    message = str(e.value)
    assert f"git checkout -- course_utils/fashion_mnist/{name}" in message
    assert "dataset-fashion-mnist" in message


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("missing", "cannot be read (No such file or directory)."),
        ("not zipped", "cannot be read (Not a gzipped file (b'\\x00\\x00'))."),
        ("gzip half", "cannot be read (Compressed file ended before the end-"),
        ("one byte extra", "has more than 10008 bytes unzipped."),
        ("one byte short", "ends after 7840015 of 7840016 bytes unzipped."),
        ("one label", "is not the original: its SHA-256 differs."),
    ],
)
def test_the_message_says_what_is_wrong(folder, kind, reason):
    name, damage = DAMAGE[kind]
    damage(folder)
    with pytest.raises(DataFileError, match=re.escape(f"{name} {reason}")):
        load_data_fashion_mnist(256, root=folder)


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


def test_an_unreadable_file_is_explained(folder):
    path = folder / TRAIN_IMAGES
    path.unlink()
    path.touch(mode=0)
    with unprivileged(), pytest.raises(DataFileError, match="denied") as e:
        load_data_fashion_mnist(256, root=folder)
    assert str(path) in str(e.value)
    assert isinstance(e.value.__cause__, PermissionError)


def test_after_the_repair_the_same_folder_loads(folder):
    (folder / LABELS).rename(folder / "elsewhere")
    with pytest.raises(DataFileError, match=LABELS):
        load_data_fashion_mnist(256, root=folder)
    (folder / "elsewhere").rename(folder / LABELS)
    _, test_iter = load_data_fashion_mnist(256, root=folder)
    _, shipped = load_data_fashion_mnist(256)
    for mine, theirs in zip(test_iter.tensors, shipped.tensors, strict=True):
        assert torch.equal(mine, theirs)


def test_files_zipped_in_another_way_are_the_same_data(folder):
    rezip(LABELS, lambda raw: raw)(folder)
    assert load_data_fashion_mnist(256, root=str(folder))


def test_licence_lies_beside_the_data():
    licence = (FOLDER / "LICENSE").read_text()
    assert "Zalando SE" in licence
    assert "Permission is hereby granted, free of charge" in licence
