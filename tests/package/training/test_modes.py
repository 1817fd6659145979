import pytest
import torch
from torch import nn

from course_utils.training.modes import apply, in_mode, predict


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("before", [True, False])
def test_in_mode_puts_each_part_back_after_an_error(training, before):
    @in_mode(training)
    def look(net):
        assert {part.training for part in net.modules()} == {training}
        assert torch.is_grad_enabled() == training
        raise KeyboardInterrupt

    net = nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.5)).train(before)
    net[1].train(not before)
    with pytest.raises(KeyboardInterrupt):
        look(net)
    modes = [part.training for part in net.modules()]
    assert modes == [before, before, not before]
    assert torch.is_grad_enabled()


def test_in_mode_uses_a_module_s_own_way_of_changing_mode():
    class Counted(nn.Dropout):
        changes = 0

        def train(self, mode=True):
            self.changes += 1
            return super().train(mode)

    net = Counted()
    before = net.changes
    assert in_mode(False)(lambda net: net.changes)(net) == before + 1


def test_in_mode_leaves_a_plain_function_alone():
    assert in_mode(False)(lambda net, x: net(x))(abs, -1) == 1
    with pytest.raises(TypeError, match="^net must be .* got 'net'$"):
        in_mode(False)(lambda net: net)("net")


class Interrupted(nn.Dropout):
    """Meets Ctrl-C when its mode is put back: once."""

    def __setattr__(self, name, value):
        if name == "training" and value and self.__dict__.pop("_", 0):
            raise KeyboardInterrupt
        super().__setattr__(name, value)


def test_in_mode_puts_back_also_what_ctrl_c_has_met_there():
    net = nn.Sequential(Interrupted(0.5), nn.Dropout(0.5))
    net[0].__dict__["_"] = True
    with pytest.raises(KeyboardInterrupt):
        predict(net, torch.ones(2))
    assert all(part.training for part in net.modules())
    assert torch.is_grad_enabled()


def test_in_mode_puts_gradients_back():
    @in_mode(training=True)
    def leaves_them_off(net):
        torch.set_grad_enabled(False)

    leaves_them_off(abs)
    assert torch.is_grad_enabled()


def test_predict_uses_eval_mode_without_gradients():
    net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(1.0))
    y_hat = predict(net, torch.ones(1, 2))
    assert y_hat.abs().sum() > 0 and not y_hat.requires_grad


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        (torch.ones(1, 2).double(), TypeError, r"X.to\(torch.float32\) \("),
        (torch.ones(1, 2).to(torch.uint8), TypeError, r"dtype torch.uint8, "),
        (torch.ones(1, 2, device="meta"), ValueError, r"X.to\('cpu'\) \("),
        (torch.ones(1, 3), RuntimeError, "shapes"),
    ],
)
def test_apply_says_what_does_not_fit_the_net(X, error, words):
    net = nn.Linear(2, 1)
    with pytest.raises(error, match=words):
        apply(net, X)
    assert torch.equal(apply(net, torch.ones(1, 2)), net(torch.ones(1, 2)))


def test_apply_raises_as_it_is_what_a_function_raises():
    with pytest.raises(RuntimeError, match="^mine$"):
        apply(fail, torch.ones(1, 2))


def fail(X):
    raise RuntimeError("mine")
