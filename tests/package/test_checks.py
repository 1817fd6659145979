import math
import re

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.checks import (
    as_float,
    as_labels,
    as_number,
    check_args,
    check_batch,
    never_runs,
)

RANGES = {  # parameter: a value out of its range, the range in words
    "p": (1.5, "a number in [0, 1]"),
    "lambd": (-1, "a finite number >= 0"),
    "lr": (0, "a finite number > 0"),
    "num_epochs": (0, "an integer >= 1"),
    "batch_size": (0, "an integer >= 1"),
    "n_train": (-5, "an integer >= 1"),
    "seed": (-1, "an integer in [0, 2**32 - 1]"),
    "noise": (-0.1, "a finite number >= 0"),
}
BAD = [math.nan, math.inf, -math.inf, "0.5", None, True, [0.5], {}]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name, (outside, _) in RANGES.items()
        for value in [outside, *BAD]
    ],
)
def test_check_args_names_a_bad_value_with_its_legal_range(name, value):
    message = f"{name} must be {RANGES[name][1]}, got {value!r}"
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        check_args(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("seed", 1.5, TypeError),
        ("seed", 2**32, ValueError),
        ("num_epochs", 2.0, TypeError),
        ("p", torch.tensor([0.5]), TypeError),
        ("p", np.array(0.5), TypeError),
        ("p", np.bool_(True), TypeError),
        ("p", -1e-9, ValueError),
        ("label_noise", 1.1, ValueError),
        ("weight_decay", math.nan, ValueError),
        ("num_examples", 0, ValueError),
        ("lambd", 10**400, ValueError),
        ("lambd", -1e-9, ValueError),
        ("b", math.inf, ValueError),
        ("b", -math.inf, ValueError),
        ("n", 0, ValueError),
        ("n", 1.5, TypeError),
        ("resize", 0, ValueError),
        ("resize", 1.5, TypeError),
    ],
)
def test_check_args_tells_wrong_type_from_wrong_range(name, value, error):
    with pytest.raises(error, match=f"^{name} must be"):
        check_args(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("p", 0),
        ("p", 1),
        ("p", np.float32(0.5)),
        ("lambd", 0),
        ("lambd", np.float64(3)),
        ("lr", 5e-324),
        ("noise", 0.0),
        ("label_noise", np.int64(1)),
        ("batch_size", np.int64(5)),
        ("num_epochs", 1),
        ("seed", 0),
        ("seed", 2**32 - 1),
        ("b", -3),
        ("weight_decay", 3),
    ],
)
def test_check_args_takes_the_ends_of_a_range_and_numpy_scalars(name, value):
    assert check_args(**{name: value}) is None


def test_check_args_names_the_first_bad_value_of_several():
    with pytest.raises(ValueError, match="^lr must be"):
        check_args(p=0.5, lr=-1)


def test_check_args_refuses_an_unknown_name():
    known = "knows b, batch_size, label_noise, lambd, .* but not 'lamda'$"
    with pytest.raises(TypeError, match=known):
        check_args(lamda=1)


labels = torch.tensor


@pytest.mark.parametrize(
    ("y_hat", "y", "message"),
    [
        (torch.ones(0, 3), labels([], dtype=torch.int64), "empty"),
        (torch.ones(0), torch.ones(0), "empty"),
        (torch.ones(0, 3), labels([0]), "empty"),
        (torch.ones(2, 1), torch.ones(2), r"\(2, 1\), y \(2,\)"),
        (
            torch.ones(2),
            torch.ones(2, 1),
            "y \\(2, 1\\): reshape one to .* as",
        ),
        (torch.ones(2, 3), torch.ones(2), "as integers of .* classes\\)$"),
        (torch.ones(2, 3), torch.ones(2, dtype=torch.bool), "integers"),
        (torch.ones(2, 3), labels([0, 1, 2]), "same length"),
        (torch.ones(2, 1), labels([0, 0]), "the same .* 2 classes or more$"),
        (torch.ones(2, 3), labels([0, 3]), "labels 0 ... 2, got 3"),
        (torch.ones(2, 3), labels([-100, 1]), "labels 0 ... 2, got -100"),
    ],
)
def test_check_batch_refuses_what_torch_would_take_silently(y_hat, y, message):
    with pytest.raises(ValueError, match=message):
        check_batch(y_hat, y)


@pytest.mark.parametrize(
    ("y_hat", "y"),
    [
        (torch.ones(2, 3), labels([0, 2])),
        (torch.ones(2, 2), labels([0, 1])),
        (torch.ones(1, 3), labels([0])),
        (torch.ones(1), torch.ones(1, 1)[0]),
        (torch.ones(2, 3), torch.ones(2, 3)),
        (torch.ones(2, 1), torch.ones(2, 1)),
        (torch.ones(2), torch.ones(2)),
    ],
)
def test_check_batch_takes_a_batch_that_fits(y_hat, y):
    assert check_batch(y_hat, y) is None


INTEGERS = [
    *(torch.int64, torch.int32, torch.int16, torch.int8),
    *(torch.uint8, torch.uint16, torch.uint32, torch.uint64),
]


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_check_batch_checks_labels_of_every_integer_dtype(dtype):
    y_hat = torch.ones(2, 3)
    y = labels([0, 2]).to(dtype)
    assert check_batch(y_hat, y) is None
    assert as_labels(y).dtype == torch.int64 and as_labels(y)[1] == 2
    with pytest.raises(ValueError, match="labels 0 ... 2, got 3"):
        check_batch(y_hat, labels([0, 3]).to(dtype))


def test_as_labels_leaves_targets_that_are_no_integers():
    for y in (torch.ones(2), torch.ones(2, dtype=torch.bool)):
        assert as_labels(y) is y


def test_check_batch_refuses_a_batch_on_two_devices():
    y = torch.ones(2, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"on meta, y on cpu: .* y.to\('meta"):
        check_batch(torch.ones(2, 3, device="meta"), y)


@pytest.mark.parametrize("name", ["y_hat", "y"])
def test_check_batch_takes_tensors_only(name):
    batch = {"y_hat": torch.ones(2, 3), "y": labels([0, 1])}
    batch[name] = batch[name].tolist()
    with pytest.raises(TypeError, match=f"^{name} must be .* got a list"):
        check_batch(**batch)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", ["lr", "lambd", "weight_decay", "noise"])
def test_check_args_takes_a_numpy_scalar_of_any_precision(name, kind):
    check_args(**{name: kind(0.1)})  # without a warning
    for bad in ("inf", "nan"):
        with pytest.raises(ValueError, match=f"{name} must be"):
            check_args(**{name: kind(bad)})


ONES = {
    "tensor ()": torch.tensor(0.5),
    "tensor (1, 1)": torch.tensor([[0.5]], requires_grad=True),
    "array ()": np.array(0.5),
    "scalar": np.float32(0.5),
    "array (1,)": np.array([0.5]),
    "array (1, 1)": np.array([[0.5]], dtype=np.float32),
}


@pytest.mark.parametrize("kind", ONES)
def test_as_number_takes_what_has_one_element(kind):
    number = as_number(ONES[kind])
    assert number == 0.5 and type(number) is float


@pytest.mark.parametrize(
    "value", [3, None, "0.5", torch.ones(2), np.ones(2), torch.ones(0), [0.5]]
)
def test_as_number_leaves_anything_else_alone(value):
    assert as_number(value) is value


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


def test_never_runs_is_true_of_functions_with_yield_or_await():
    def generator():
        yield 1

    async def coroutine():
        return 1

    async def both():
        yield 1

    assert all(map(never_runs, (generator, coroutine, both)))
    assert not any(map(never_runs, (print, lambda: 1, nn.ReLU())))
