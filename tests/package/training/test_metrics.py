import math
import random

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss
from torch import nn
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    RandomSampler,
    SubsetRandomSampler,
    TensorDataset,
)

from course_utils import (
    Accumulator,
    DivergedError,
    accuracy,
    evaluate_accuracy,
    evaluate_loss,
    load_array,
    seed_everything,
    train_epoch_ch3,
)


def classifier_data(n=107, classes=4):
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(n, 6, generator=generator)
    y = torch.randint(0, classes, (n,), generator=generator)
    return X, y


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.5), nn.Linear(8, 4))


def test_accumulator_keeps_sums_and_resets():
    sums = Accumulator(2)
    sums.add(1, torch.tensor(2.5, requires_grad=True))
    sums.add(3, 0.5)
    assert sums.data == [sums[0], sums[1]] == [4.0, 3.0]
    sums.reset()
    assert sums.data == [0.0, 0.0]


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
@pytest.mark.parametrize("make", [np.full, torch.full])
def test_accumulator_takes_what_has_one_element(make, shape):
    sums = Accumulator(2)
    sums.add(make(shape, 0.5), np.int64(3))
    assert sums.data == [0.5, 3.0]
    assert {type(each) for each in sums.data} == {float}


@pytest.mark.parametrize("value", [np.ones(2), torch.ones(2, 1)])
def test_accumulator_refuses_several_numbers_in_place_of_one(value):
    sums = Accumulator(2)
    with pytest.raises(ValueError, match=r"one number, got shape \(2,"):
        sums.add(1, value)
    assert sums.data == [0.0, 0.0]


@pytest.mark.parametrize(
    "measure",
    [
        lambda y_hat, y: float(((y_hat - y) ** 2).mean()),
        lambda y_hat, y: ((y_hat - y) ** 2).mean().reshape(1),
        lambda y_hat, y: ((y_hat - y) ** 2).numpy(),
        lambda y_hat, y: np.array([((y_hat - y) ** 2).mean().item()]),
    ],
    ids=["float", "tensor (1,)", "array (2, 1)", "array (1,)"],
)
def test_evaluate_loss_takes_a_loss_that_is_a_number(measure):
    batch = torch.tensor([[1.0], [3.0]]), torch.zeros(2, 1)
    assert evaluate_loss(lambda X: X, [batch], measure) == 5


@pytest.mark.parametrize("values", [(), (1,), (1, 2, 3)])
def test_accumulator_refuses_another_number_of_values(values):
    sums = Accumulator(2)
    with pytest.raises(
        ValueError, match=f"needs 2 numbers, got {len(values)}"
    ):
        sums.add(*values)
    assert sums.data == [0.0, 0.0]


def test_accuracy_counts_as_scikit_learn_does():
    X, y = classifier_data()
    scores = X[:, :4]
    expected = accuracy_score(y, scores.argmax(1), normalize=False)
    assert accuracy(scores, y) == expected
    assert accuracy(scores.argmax(1), y) == expected
    assert isinstance(accuracy(scores, y), float)


@pytest.mark.parametrize(
    ("y_hat", "y", "words"),
    [
        (torch.ones(0, 3), torch.ones(0, dtype=torch.int64), "be empty"),
        (torch.ones(2, 3), torch.tensor([0, 3]), "y must be labels 0"),
        (torch.ones(2, 3), torch.tensor([0, -100]), "y must be labels 0"),
        (torch.tensor([0, 1]), torch.tensor([0, -100]), "y must be .* >= 0"),
        (torch.ones(2, 3), torch.tensor([0]), "same length"),
        (torch.ones(2, 1), torch.tensor([0, 1]), "2 classes or more"),
        (torch.ones(2), torch.tensor([0, 1]), "y_hat must .* got tensor"),
        (torch.ones(2), torch.ones(2), "y must be .* >= 0, .* got tensor"),
        (torch.tensor([0, 1]), torch.ones(2), "y must be .* >= 0"),
        (torch.ones(2, 3), torch.ones(2, 3), "y must be .* >= 0"),
        (torch.tensor([[0, 1]]), torch.tensor([[0, 1]]), r"\(batch,\), got"),
    ],
)
def test_accuracy_refuses_what_it_cannot_count(y_hat, y, words):
    with pytest.raises(ValueError, match=words):
        accuracy(y_hat, y)


def test_accuracy_of_nan_scores_is_divergence():
    scores = torch.ones(3, 2)
    scores[1, 1] = math.nan
    with pytest.raises(
        DivergedError, match=r": a score of the network became nan\."
    ):
        accuracy(scores, torch.tensor([0, 0, 0]))


def test_evaluate_accuracy_is_that_of_all_examples_in_eval_mode():
    net, (X, y) = network(), classifier_data()
    share = evaluate_accuracy(net, load_array((X, y), 10))
    expected = accuracy_score(y, net.eval()(X).argmax(1))
    assert share == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("reduction", ["none", "mean"])
def test_evaluate_loss_is_the_mean_of_all_examples(reduction):
    net, (X, y) = network(), classifier_data()
    loss = nn.CrossEntropyLoss(reduction=reduction)
    value = evaluate_loss(net, load_array((X, y), 10), loss)  # 107 = 10·10 + 7
    with torch.no_grad():
        probabilities = net.eval()(X).double().softmax(1)
    assert value == pytest.approx(log_loss(y, probabilities), rel=1e-6)


@pytest.mark.parametrize("reduction", ["none", "mean"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_evaluate_loss_is_the_mean_over_all_elements(outputs, reduction):
    X, y = torch.arange(5.0).reshape(5, 1), torch.zeros(5, outputs)
    loss = nn.MSELoss(reduction=reduction)
    value = evaluate_loss(lambda X: X.expand(-1, outputs), [(X, y)], loss)
    assert value == pytest.approx((0 + 1 + 4 + 9 + 16) / 5)


def by_accuracy(net, data_iter):
    return evaluate_accuracy(net, data_iter)


def by_loss(net, data_iter):
    return evaluate_loss(net, data_iter, nn.CrossEntropyLoss())


def interrupted(batches):
    yield from batches
    raise KeyboardInterrupt


measures = pytest.mark.parametrize("measure", [by_accuracy, by_loss])


@measures
@pytest.mark.parametrize("fault", [False, True])
def test_measuring_puts_each_part_back_also_after_an_interrupt(measure, fault):
    net, seen = network().train(), []
    net[1].eval()
    net.register_forward_hook(lambda net, *_: seen.append(net[1].training))
    net.register_forward_hook(lambda net, *_: seen.append(net.training))
    data_iter = load_array(classifier_data(), 10)
    if fault:
        with pytest.raises(KeyboardInterrupt):
            measure(net, interrupted(data_iter))
    else:
        measure(net, data_iter)
    assert [part.training for part in net.modules()] == [
        True, True, False, True,
    ]  # fmt: skip
    assert seen == 22 * [False]  # 11 batches


@measures
def test_measuring_records_no_gradients(measure):
    recording = []

    def net(X):
        recording.append(torch.is_grad_enabled())
        return X[:, :4]

    measure(net, load_array(classifier_data(), 50))
    assert recording == [False] * 3
    assert torch.is_grad_enabled()


def shuffling_array(data):
    return load_array(data, 10)


def shuffling_loader(data, generator=None, **options):
    return DataLoader(
        TensorDataset(*data), 10, shuffle=True, generator=generator, **options
    )


def loader_with_a_generator(data):
    return shuffling_loader(data, torch.Generator().manual_seed(3))


@measures
@pytest.mark.parametrize(
    "make",
    [
        shuffling_array,
        shuffling_loader,
        loader_with_a_generator,
        lambda data: DataLoader(
            TensorDataset(*data), sampler=SubsetRandomSampler(range(50))
        ),
        lambda data: DataLoader(
            TensorDataset(*data),
            batch_sampler=BatchSampler(
                RandomSampler(range(50), replacement=True), 20, False
            ),
        ),
    ],
    ids=["array", "loader", "generator", "subset", "batch sampler"],
)
def test_measuring_leaves_the_training_that_follows_as_it_was(measure, make):
    ends = []
    for measured in (False, True):
        net, data_iter = network(), make(classifier_data())
        updater = torch.optim.SGD(net.parameters(), lr=0.1)
        seed_everything(1)
        for _ in range(3):
            train_epoch_ch3(net, data_iter, nn.CrossEntropyLoss(), updater)
            if measured:
                measure(net, data_iter)
        drawn = torch.rand(1), np.random.rand(), random.random()
        ends.append([net[0].weight.tolist(), drawn])
    assert ends[0] == ends[1]


@measures
def test_measuring_an_iterator_that_shuffles_gives_the_same_number(measure):
    data = classifier_data()
    in_order, *shuffled = (
        measure(network(), data_iter)
        for data_iter in (
            load_array(data, 10, is_train=False),
            load_array(data, 10),
            load_array(data, 107),
            shuffling_loader(data),
        )
    )
    assert shuffled == pytest.approx([in_order] * 3, rel=1e-6)


@measures
def test_measuring_that_is_interrupted_leaves_the_generators_too(measure):
    own = torch.Generator().manual_seed(3)
    loader = shuffling_loader(classifier_data(), own)
    before = torch.get_rng_state(), own.get_state()

    def stop(X):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as kept:  # as a notebook keeps it
        measure(stop, loader)
    assert loader.sampler.generator is own and kept.value is not None
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.equal(own.get_state(), before[1])


@measures
def test_measuring_a_net_that_draws_is_random_each_time(measure):
    def net(X):
        return nn.functional.dropout(X[:, :4], 0.5, training=True)

    for make in (shuffling_array, shuffling_loader):
        data_iter = make(classifier_data())
        assert measure(net, data_iter) != measure(net, data_iter)


def test_measuring_draws_a_loader_s_random_images_as_ever():
    class Noisy(TensorDataset):
        def __getitem__(self, i):
            X, y = super().__getitem__(i)
            drawn.append(torch.randn(6))
            return X + drawn[-1], y

    drawn = []
    net = network()
    loader = DataLoader(Noisy(*classifier_data()), 10, shuffle=True)
    torch.manual_seed(2)
    first, second = (by_loss(net, loader) for _ in range(2))
    torch.manual_seed(2)
    wanted = [torch.randn(6) for _ in range(214)]
    assert all(map(torch.equal, drawn, wanted)) and len(drawn) == 214
    assert first != second


@measures
@pytest.mark.parametrize("data_iter", [[], iter(())])
def test_measuring_refuses_no_batch(measure, data_iter):
    with pytest.raises(
        ValueError, match="^data_iter must have at least one batch"
    ):
        measure(network(), data_iter)


@measures
def test_measuring_refuses_a_net_that_cannot_be_called(measure):
    with pytest.raises(TypeError, match="^net must be"):
        measure("net", load_array(classifier_data(), 10))


@pytest.mark.parametrize(
    ("shape", "other"), [((5, 1), (5,)), ((5,), (5, 1)), ((5, 3), (5, 1))]
)
def test_evaluate_loss_refuses_shapes_that_would_be_broadcast(shape, other):
    batch = (torch.ones(shape), torch.ones(other))
    with pytest.raises(ValueError, match="reshape one to the other"):
        evaluate_loss(lambda X: X, [batch], nn.MSELoss())


def test_evaluate_loss_refuses_a_label_that_torch_would_ignore():
    batch = (torch.ones(2, 3), torch.tensor([0, -100]))
    with pytest.raises(ValueError, match="got -100"):
        evaluate_loss(lambda X: X, [batch], nn.CrossEntropyLoss())


def test_evaluate_loss_refuses_a_loss_that_sums():
    loss = nn.CrossEntropyLoss(reduction="sum")
    with pytest.raises(ValueError, match="reduction='none' or 'mean'"):
        evaluate_loss(network(), load_array(classifier_data(), 10), loss)
