"""What torch does without a word, the course refuses."""

import math

import pytest
import torch
from torch import nn

import course_utils as course


def network():
    torch.manual_seed(0)
    return nn.Linear(3, 2)


def train(net, batch=None, **options):
    batch = batch or (torch.ones(2, 3), torch.tensor([0, 1]))
    updater = torch.optim.SGD(net.parameters(), **{"lr": 0.1, **options})
    loss = nn.CrossEntropyLoss()
    return course.train_epoch_ch3(net, [batch], loss, updater)


ONES, CLASSES = torch.ones(2, 3), torch.tensor([0, 1])
NOTHING = torch.ones(0, 3), torch.ones(0, dtype=torch.int64)
PAIR = torch.ones(2, 1), torch.ones(2)
TORCH_TAKES = {  # what torch does without a word, what the course does
    "weight_decay nan": ({"weight_decay": math.nan}, "weight_decay must be"),
    "weight_decay inf": ({"weight_decay": math.inf}, "weight_decay must be"),
    "lr nan": ({"lr": math.nan}, "lr must be"),
    "lr inf": ({"lr": math.inf}, "lr must be"),
    "lr 0": ({"lr": 0.0}, "lr must be"),
    "label -100": ({"batch": (ONES, torch.tensor([0, -100]))}, "got -100"),
    "empty batch": ({"batch": NOTHING}, "must not be empty"),
}


@pytest.mark.parametrize("what", TORCH_TAKES)
def test_what_torch_takes_the_course_refuses_before_a_step(what):
    options, words = TORCH_TAKES[what]
    net = network()
    torch.optim.SGD(  # without a word
        net.parameters(), **{k: v for k, v in options.items() if k != "batch"}
    )
    X, y = options.get("batch", (ONES, CLASSES))
    nn.CrossEntropyLoss()(net(X), y)
    with pytest.raises(ValueError, match=words):
        train(net, **options)
    assert torch.equal(net.weight, network().weight)
    assert net.training


@pytest.mark.filterwarnings("ignore:Using a target size")
def test_shapes_that_torch_broadcasts_are_refused():
    assert nn.MSELoss()(*PAIR) == 0  # it warns only
    with pytest.raises(ValueError, match="reshape"):
        course.evaluate_loss(nn.Identity(), [PAIR], nn.MSELoss())


@pytest.mark.parametrize(
    ("torch_takes", "name", "value"),
    [
        (lambda: torch.manual_seed(-1), "seed", -1),
        (lambda: torch.manual_seed(1.5), "seed", 1.5),
        (lambda: nn.Dropout(True), "p", True),
    ],
)
def test_a_value_that_torch_takes_is_no_hyperparameter(
    torch_takes, name, value
):
    with torch.random.fork_rng():
        torch_takes()
    with pytest.raises((TypeError, ValueError), match=f"^{name} must be"):
        course.check_args(**{name: value})
