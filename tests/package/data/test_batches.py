import pytest
import torch

from course_utils import load_array
from course_utils.data import batches

X = torch.arange(14.0).reshape(7, 2)
y = torch.arange(7)


def rows(iterator):
    return torch.cat([y for _, y in iterator]).tolist()


def test_load_array_takes_one_tensor_alone():
    dealt = [batch for (batch,) in load_array((y,), 3, is_train=False)]
    assert torch.cat(dealt).tolist() == y.tolist()


def test_load_array_deals_every_row_once_in_a_new_order():
    torch.manual_seed(0)
    iterator = load_array((X, y), 3)
    first, second = rows(iterator), rows(iterator)
    assert sorted(first) == sorted(second) == y.tolist()
    assert first != second != y.tolist()


def test_load_array_keeps_rows_together():
    for inputs, targets in load_array((X, y), 2):
        assert torch.equal(inputs[:, 0], 2.0 * targets)


def test_load_array_order_is_the_seed_s():
    iterator = load_array((X, y), 3)
    torch.manual_seed(1)
    first = rows(iterator)
    torch.manual_seed(1)
    assert rows(iterator) == first


def test_load_array_without_training_keeps_the_order_and_draws_nothing():
    before = torch.get_rng_state()
    assert rows(load_array((X, y), 3, is_train=False)) == y.tolist()
    assert torch.equal(torch.get_rng_state(), before)


def test_in_order_leaves_the_iterator_and_the_generator_as_they_were():
    class Traced(batches.Batches):
        passes = 0

        def __iter__(self):
            type(self).passes += 1
            return super().__iter__()

    iterator = Traced((X, y), 3, shuffle=True)
    before = torch.get_rng_state()
    assert rows(batches.in_order(iterator)) == y.tolist()
    assert torch.equal(torch.get_rng_state(), before)
    assert iterator.shuffle and Traced.passes == 1
    assert rows(batches.in_order([(X, y)])) == y.tolist()


@pytest.mark.parametrize(
    ("batch_size", "sizes"),
    [(1, [1] * 7), (3, [3, 3, 1]), (7, [7]), (100, [7])],
)
def test_load_array_last_batch_holds_what_is_left(batch_size, sizes):
    iterator = load_array([X, y], batch_size)
    assert [len(targets) for _, targets in iterator] == sizes
    assert len(iterator) == len(sizes)


@pytest.mark.parametrize("is_train", [True, False])
def test_batch_is_a_copy(is_train):
    kept = X.clone()
    for inputs, _ in load_array((X, y), 3, is_train):
        inputs.zero_()
    assert torch.equal(X, kept)


def test_load_array_can_be_passed_through_twice_at_once():
    iterator = load_array((X, y), 3, is_train=False)
    pairs = zip(iterator, iterator, strict=True)
    assert all(torch.equal(a[1], b[1]) for a, b in pairs)


def test_batch_is_a_checkpoint(monkeypatch):
    calls = []

    def stop_at_the_third():
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(batches, "checkpoint", stop_at_the_third)
    seen = []
    with pytest.raises(KeyboardInterrupt):
        for batch in load_array((X, y), 2):
            seen.append(batch)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("arrays", "error", "got"),
    [
        (X, TypeError, r"such as \(X, y\), got a Tensor"),
        ((), TypeError, "got a tuple"),
        (([1.0, 2.0],), TypeError, "got a tuple of list"),
        ([X.numpy(), y], TypeError, "got a list of ndarray, Tensor"),
        ((X, y[:6]), ValueError, r"the shapes \[\(7, 2\), \(6,\)\]"),
        ((X[:0], y[:0]), ValueError, "at least one"),
        ((torch.tensor(1.0),), ValueError, r"\[\(\)\]"),
    ],
)
def test_load_array_refuses_arrays_that_do_not_fit(arrays, error, got):
    with pytest.raises(error, match=f"^data_arrays must .*{got}"):
        load_array(arrays, 3)


def test_batch_is_what_its_transform_returns():
    def double(inputs, targets):
        return 2 * inputs, targets

    iterator = batches.Batches([X, y], 3, shuffle=False, transform=double)
    dealt = torch.cat([inputs for inputs, _ in iterator])
    assert torch.equal(dealt, 2 * X) and rows(iterator) == y.tolist()
