import pytest
from torch import nn

from course_utils.modes import switch_mode


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("before", [True, False])
def test_mode_holds_inside_and_is_put_back_after_an_error(training, before):
    net = nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.5)).train(before)
    net[1].train(not before)
    with pytest.raises(KeyboardInterrupt), switch_mode(net, training):
        assert {part.training for part in net.modules()} == {training}
        raise KeyboardInterrupt
    modes = [part.training for part in net.modules()]
    assert modes == [before, before, not before]


def test_a_module_may_have_its_own_way_of_changing_mode():
    class Counted(nn.Dropout):
        changes = 0

        def train(self, mode=True):
            self.changes += 1
            return super().train(mode)

    net = Counted()
    before = net.changes
    with switch_mode(net, training=False):
        assert net.changes == before + 1


def test_a_plain_function_has_no_mode():
    with switch_mode(abs, training=False):
        assert abs(-1) == 1
