import functools
import math

import numpy as np
import pytest
import torch
from torch import nn

from course_utils import sgd
from course_utils.training.updates import check_loss, check_updater


def regression(dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(20, 200, generator=generator, dtype=dtype)
    return X, X.sum(dim=1, keepdim=True) * 0.01 + 0.05


def parameters(dtype=torch.float64):
    generator = torch.Generator().manual_seed(1)
    w = torch.randn(200, 1, generator=generator, dtype=dtype)
    return w.requires_grad_(), torch.zeros(1, dtype=dtype, requires_grad=True)


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)]
)
def test_sgd_is_torch_sgd_on_the_mean_loss(dtype, tolerance):
    X, y = regression(dtype)
    mine, theirs = parameters(dtype), parameters(dtype)
    optimizer = torch.optim.SGD(theirs, lr=0.003)
    for step in range(400):
        rows = slice(5 * (step % 4), 5 * (step % 4) + 5)
        w, b = mine
        (0.5 * (X[rows] @ w + b - y[rows]) ** 2).sum().backward()
        sgd(mine, 0.003, 5)
        optimizer.zero_grad()
        w, b = theirs
        (0.5 * (X[rows] @ w + b - y[rows]) ** 2).mean().backward()
        optimizer.step()
    for one, other, start in zip(mine, theirs, parameters(dtype), strict=True):
        assert torch.allclose(one, other, rtol=0, atol=tolerance)
        assert not torch.allclose(one, start)


def test_sgd_changes_in_place_and_clears_the_gradients():
    w = torch.tensor([3.0], requires_grad=True)
    (5 * w).sum().backward()
    sgd([w], lr=0.5, batch_size=10)
    assert w.item() == pytest.approx(3 - 0.5 * 5 / 10)
    assert w.grad.item() == 0 and w.requires_grad


def test_sgd_leaves_frozen_and_unused_parameters_alone_as_torch_does():
    ends = []
    for by_hand in (True, False):
        torch.manual_seed(0)
        net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
        net[0].requires_grad_(False)
        unused = torch.ones(3, requires_grad=True)
        params = [*net.parameters(), unused]
        net(torch.ones(4, 2)).sum().backward()
        if by_hand:
            sgd(params, 0.1, 1)
        else:
            torch.optim.SGD(params, 0.1).step()
        ends.append(torch.cat([p.detach().ravel() for p in params]))
    torch.testing.assert_close(*ends)


def test_sgd_refuses_parameters_of_which_none_has_a_gradient():
    params = [torch.ones(2, requires_grad=True), torch.ones(1)]
    with pytest.raises(ValueError, match="^params must .* call backward"):
        sgd(params, 0.1, 1)
    assert params[0].tolist() == [1, 1]


def test_sgd_refuses_a_parameter_that_is_computed_from_another():
    w = 0.01 * torch.ones(2, requires_grad=True)  # no leaf of the graph
    b = torch.ones(1, requires_grad=True)
    (w.sum() + b).backward()
    with pytest.raises(ValueError, match=r"^params\[0\] is .*requires_grad_"):
        sgd([w, b], 0.1, 1)
    assert b.item() == 1


def test_sgd_notices_a_generator_that_is_used_up():
    net = torch.nn.Linear(2, 1)
    net(torch.ones(1, 2)).sum().backward()
    params = net.parameters()
    sgd(params, 0.1, 1)
    with pytest.raises(ValueError, match="got none: .* anew"):
        sgd(params, 0.1, 1)


@pytest.mark.parametrize(("name", "value"), [("lr", 0), ("batch_size", 0)])
def test_sgd_refuses_a_step_of_no_size(name, value):
    with pytest.raises(ValueError, match=f"^{name} must be"):
        sgd([], **{"lr": 0.1, "batch_size": 1, name: value})


def test_sgd_refuses_one_tensor_in_place_of_a_list():
    with pytest.raises(TypeError, match="^params must be a list"):
        sgd(torch.ones(2, requires_grad=True), 0.1, 1)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("lr", math.nan),
        ("lr", math.inf),
        ("lr", -0.1),
        ("weight_decay", math.nan),
        ("weight_decay", math.inf),
    ],
)
def test_check_updater_refuses_what_torch_takes_silently(option, value):
    group = {"params": [torch.ones(1)], "lr": 0.1, option: value}
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    optimizer.add_param_group(group)
    with pytest.raises(ValueError, match=f"^{option} must be"):
        check_updater(optimizer)


@pytest.mark.parametrize("updater", [None, 0.1, "sgd", torch.optim.SGD])
def test_check_updater_takes_an_optimizer_or_a_function_only(updater):
    words = f"^updater must be an Optimizer or a function .* got {updater!r}"
    with pytest.raises(TypeError, match=words):
        check_updater(updater)


def test_check_updater_takes_an_optimizer_without_weight_decay():
    assert check_updater(print) is None
    assert check_updater(torch.optim.Rprop([torch.zeros(1)])) is None


def test_check_updater_refuses_an_optimizer_made_with_rate_0():
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.0)
    with pytest.raises(ValueError, match="^lr must be a finite number > 0"):
        check_updater(optimizer)


def by_schedule(optimizer):
    torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: epoch / 3)


def by_cosine(optimizer):
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
    optimizer.step()
    schedule.step()
    schedule.step()


def by_assignment(optimizer):
    for group in optimizer.param_groups:
        group["lr"] = 0.1 * 0 / 5


def by_cycle(optimizer):
    torch.optim.lr_scheduler.CyclicLR(
        optimizer, base_lr=0, max_lr=1, cycle_momentum=False
    )


@pytest.mark.parametrize(
    "schedule", [by_schedule, by_cosine, by_assignment, by_cycle]
)
@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.AdamW])
def test_check_updater_takes_a_rate_of_0_from_a_schedule(schedule, kind):
    optimizer = kind([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule(optimizer)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0, abs=1e-12)
    assert check_updater(optimizer) is None


def test_check_updater_refuses_an_optimizer_that_needs_a_closure():
    optimizer = torch.optim.LBFGS([torch.zeros(1)])
    with pytest.raises(TypeError, match="^updater must .* LBFGS, .*closure"):
        check_updater(optimizer)


@pytest.mark.parametrize(
    "lr", [torch.tensor(0.1), torch.tensor([0.1]), np.array([0.1])]
)
def test_check_updater_takes_a_rate_with_one_element(lr):
    optimizer = torch.optim.Adam([torch.zeros(1)])
    optimizer.param_groups[0]["lr"] = lr
    assert check_updater(optimizer) is None


def test_sgd_refuses_what_is_no_tensor():
    with pytest.raises(ValueError, match="params must be tensors"):
        sgd([1.0], 0.1, 5)


@pytest.mark.parametrize(
    ("loss", "error", "words"),
    [
        (0.5, TypeError, "be a function, got 0.5$"),
        (torch.tensor(1.0), TypeError, "be a function, got tensor"),
        (nn.MSELoss(reduction="sum"), ValueError, "have reduction='none'"),
        (
            functools.partial(nn.functional.mse_loss, reduction="sum"),
            ValueError,
            "have reduction='none'",
        ),
        (nn.MSELoss, TypeError, r"be made: write MSELoss\(\), not MSELoss$"),
    ],
)
def test_check_loss_refuses_what_is_no_function_or_sums(loss, error, words):
    with pytest.raises(error, match=f"^loss must {words}"):
        check_loss(loss)


@pytest.mark.parametrize("loss", [nn.MSELoss(), nn.functional.mse_loss])
def test_check_loss_takes_a_module_or_a_plain_function(loss):
    assert check_loss(loss) is None
