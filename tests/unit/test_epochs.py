import math

import pytest
import torch
from torch import nn

from course_utils.epochs import train_epoch
from course_utils.errors import DivergedError
from course_utils.steps import sgd

LOSSES = {name: nn.MSELoss(reduction=name) for name in ("none", "mean")}


def data():
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(11, 3, generator=generator, dtype=torch.float64)
    return list(zip(X.split(4), X[:, :1].split(4), strict=True))


def network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 1), nn.Dropout(0.0)).double()


def by_hand(net):
    return lambda batch_size: sgd(net.parameters(), 0.1, batch_size)


def by_torch(net):
    return torch.optim.SGD(net.parameters(), lr=0.1)


def no_points(y_hat, y):
    return 0


def test_points_and_loss_are_means_over_examples_of_uneven_batches():
    net = network()
    with torch.no_grad():
        losses = [((net(X) - y) ** 2).sum().item() for X, y in data()]
        above = [(net(X) > y).sum().item() for X, y in data()]

    def score(y_hat, y):
        return (y_hat > y).sum()

    found = train_epoch(net, data(), LOSSES["none"], lambda _: None, score)
    assert found == pytest.approx((sum(losses) / 11, sum(above) / 11))
    assert 0 < sum(above) < 11


def test_a_hand_written_step_gets_the_gradient_of_the_sum():
    torch.manual_seed(1)
    net, (X, _) = nn.Linear(3, 2).double(), data()[0]
    y, seen = X[:, :2], []
    (wanted,) = torch.autograd.grad(((net(X) - y) ** 2).sum(), net.weight)

    def updater(batch_size):
        seen.extend([net.weight.grad, batch_size])

    train_epoch(net, [(X, y)], LOSSES["none"], updater, no_points)
    torch.testing.assert_close(seen[0], wanted, atol=1e-12, rtol=0)
    assert seen[1] == 4


@pytest.mark.parametrize("reduction", LOSSES)
def test_a_hand_written_step_is_that_of_an_optimizer(reduction):
    nets = network(), network()
    for net, updater in zip(nets, (by_hand, by_torch), strict=True):
        train_epoch(net, data(), LOSSES[reduction], updater(net), no_points)
    first, second = (net[0].weight for net in nets)
    torch.testing.assert_close(first, second, atol=1e-12, rtol=0)
    assert not torch.equal(first, network()[0].weight)


def test_a_batch_that_the_score_refuses_changes_nothing():
    def refuse(y_hat, y):
        assert net.training
        raise ValueError("no batch for me")

    net = network().eval()
    with pytest.raises(ValueError, match="no batch for me"):
        train_epoch(net, data(), LOSSES["mean"], by_torch(net), refuse)
    assert torch.equal(net[0].weight, network()[0].weight)
    assert not any(part.training for part in net.modules())


def test_divergence_tells_after_how_many_examples():
    (X, y), *_ = data()
    net, batches = network(), [(X, y), (X, y / 0)]
    with pytest.raises(DivergedError, match="became inf after 4 examples"):
        train_epoch(net, batches, LOSSES["mean"], by_torch(net), no_points)


def test_a_score_of_nan_stays_nan_and_does_not_stop_the_training():
    net = network()
    nan = train_epoch(
        net, data(), LOSSES["mean"], by_torch(net), lambda *_: math.nan
    )[1]
    assert math.isnan(nan)
    assert not torch.equal(net[0].weight, network()[0].weight)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"train_iter": []}, ValueError),
        ({"loss": None}, TypeError),
        ({"updater": 0.1}, TypeError),
    ],
)
def test_what_is_not_legal_is_named(change, error):
    values = {"train_iter": data(), "loss": LOSSES["mean"], "updater": print}
    with pytest.raises(error, match=f"^{next(iter(change))} must"):
        train_epoch(network(), **{**values, **change}, score=no_points)
