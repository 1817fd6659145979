import copy
import math

import pytest
import torch
from torch import nn

from course_utils import (
    DivergedError,
    evaluate_accuracy,
    evaluate_loss,
    load_array,
    load_data_fashion_mnist,
    predict_ch3,
    seed_everything,
    sgd,
    train_ch3,
    train_epoch_ch3,
)
from course_utils.training import loops

PER_EXAMPLE = nn.CrossEntropyLoss(reduction="none")
MEAN = nn.CrossEntropyLoss()


def data(batch_size=8, is_train=False):
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(50, 6, generator=generator, dtype=torch.float64)
    return load_array((X, X[:, :3].argmax(1)), batch_size, is_train)


def network(dropout=0.0):
    torch.manual_seed(1)
    net = nn.Sequential(
        nn.Linear(6, 16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 3)
    )
    return net.double()


def by_hand(net, lr=0.1):
    return lambda batch_size: sgd(net.parameters(), lr, batch_size)


def by_torch(net, lr=0.1):
    return torch.optim.SGD(net.parameters(), lr=lr)


def weights(net):
    return torch.cat([param.detach().ravel() for param in net.parameters()])


@pytest.mark.parametrize("updater", [by_hand, by_torch])
@pytest.mark.parametrize("loss", [PER_EXAMPLE, MEAN])
def test_train_epoch_ch3_is_the_plain_torch_loop(loss, updater):
    net, reference = network(), network()
    optimizer = torch.optim.SGD(reference.parameters(), lr=0.1)
    losses, hits = 0.0, 0
    for X, y in data():  # 50 = 6·8 + 2: the last batch is smaller
        y_hat = reference(X)
        l = MEAN(y_hat, y)  # noqa: E741
        optimizer.zero_grad()
        l.backward()
        optimizer.step()
        losses += l.item() * len(y)
        hits += (y_hat.argmax(1) == y).sum().item()
    result = train_epoch_ch3(net, data(), loss, updater(net))
    assert result == pytest.approx((losses / 50, hits / 50), abs=1e-12)
    assert torch.allclose(weights(net), weights(reference), atol=1e-12)
    assert not torch.allclose(weights(net), weights(network()))


@pytest.mark.parametrize(
    "dtype", [torch.int32, torch.int16, torch.int8, torch.uint8], ids=str
)
@pytest.mark.parametrize("by_index", [False, True])
def test_labels_of_another_integer_dtype_train_as_int64(dtype, by_index):
    def loss(y_hat, y):
        if by_index:  # as the book writes it: uint8 would be a mask here
            return -y_hat.log_softmax(1)[range(len(y_hat)), y]
        return PER_EXAMPLE(y_hat, y)

    X, y = data().tensors
    nets, results = (network(), network()), []
    for net, labels in zip(nets, (y, y.to(dtype)), strict=True):
        batches = load_array((X, labels), 8, is_train=False)
        results.append(train_epoch_ch3(net, batches, loss, by_torch(net)))
        results.append(evaluate_accuracy(net, batches))
        results.append(evaluate_loss(net, batches, loss))
    assert results[:3] == results[3:]
    assert torch.equal(*map(weights, nets))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_train_ch3_runs_in_another_default_dtype(dtype):
    torch.set_default_dtype(dtype)
    try:
        train_iter, test_iter = load_data_fashion_mnist(64, 14, n_train=64)
        net = nn.Sequential(nn.Flatten(), nn.Linear(196, 10))
        args = train_iter, test_iter, MEAN, 1, by_torch(net)
        assert train_ch3(net, *args)["train loss"][0] > 0
        X, _ = next(iter(test_iter))
        assert X.dtype == net[1].weight.dtype == dtype
    finally:
        torch.set_default_dtype(torch.float32)


def by_epoch(net, batches):
    train_epoch_ch3(net, batches, MEAN, by_torch(net))


def by_epochs(net, batches):
    train_ch3(net, batches, batches, MEAN, 1, by_torch(net))


@pytest.mark.parametrize(
    "use",
    [
        by_epoch,
        evaluate_accuracy,
        lambda net, batches: evaluate_loss(net, batches, MEAN),
        lambda net, batches: predict_ch3(net, batches, 1),
    ],
    ids=["train_epoch_ch3", "evaluate_accuracy", "evaluate_loss", "predict"],
)
def test_inputs_of_another_dtype_or_device_raise_with_the_remedy(use):
    X, y = data().tensors
    net = network()  # float64
    words = "X has dtype torch.float32, .* torch.float64: .* X.to"
    with pytest.raises(TypeError, match=words):
        use(net, [(X.float(), y)])
    words = r"X is on cpu, .* on meta: .* X.to\('meta'\)"
    with pytest.raises(ValueError, match=words):
        use(network().to("meta"), [(X, y)])


def test_errors_of_the_net_itself_are_raised_as_they_are():
    batch = torch.ones(2, 7, dtype=torch.float64), torch.tensor([0, 1])
    with pytest.raises(RuntimeError, match="shapes"):
        evaluate_accuracy(network(), [batch])


def test_train_epoch_ch3_takes_a_plain_function_as_net():
    W = torch.zeros(6, 3, dtype=torch.float64, requires_grad=True)
    updater = torch.optim.SGD([W], lr=0.5)
    first, _ = train_epoch_ch3(lambda X: X @ W, data(), MEAN, updater)
    second, _ = train_epoch_ch3(lambda X: X @ W, data(), MEAN, updater)
    assert second < first < math.log(3)


def test_train_epoch_ch3_uses_train_mode_and_puts_it_back():
    net = network(dropout=0.5).eval()
    modes = []
    net[2].register_forward_hook(lambda part, *_: modes.append(part.training))
    train_epoch_ch3(net, data(), MEAN, by_torch(net))
    assert modes == [True] * 7
    assert not any(part.training for part in net.modules())


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_train_ch3_interrupted_puts_the_mode_back_and_reruns_alike(
    error,
):
    def stop_at_step_10(net):
        update, steps = by_hand(net), []

        def updater(batch_size):
            steps.append(batch_size)
            if len(steps) == 10:
                raise error
            update(batch_size)

        return updater

    def run(make_updater):
        seed_everything(5)
        net = network(dropout=0.5).eval()
        nets.append(net)
        args = data(is_train=True), data(), MEAN, 3, make_updater(net)
        return train_ch3(net, *args), weights(net)

    nets = []
    history, trained = run(by_hand)
    with pytest.raises(error):
        run(stop_at_step_10)
    assert not any(part.training for part in nets[-1].modules())
    again, retrained = run(by_hand)
    assert again == history
    assert torch.equal(retrained, trained)


@pytest.mark.parametrize("updater", [by_hand, by_torch])
@pytest.mark.parametrize("loss", [PER_EXAMPLE, MEAN])
def test_divergence_stops_within_an_epoch(loss, updater):
    net = network().float()
    X, y = data().tensors
    train_iter = load_array((X.float(), y), 8)
    with pytest.raises(DivergedError, match="became (nan|inf)") as e:
        train_epoch_ch3(net, train_iter, loss, updater(net, lr=1e30))
    assert isinstance(e.value, ArithmeticError)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops_before_the_step(value):
    net = network()
    message = f"loss became {value} after 0 examples"
    with pytest.raises(DivergedError, match=message):
        train_epoch_ch3(
            net, data(), lambda y_hat, y: y_hat.mean() * value, by_torch(net)
        )
    assert torch.equal(weights(net), weights(network()))


def test_divergence_in_the_last_step_is_not_drawn_as_an_accuracy(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        loops.Animator, "add", lambda self, x, y: drawn.append(y)
    )
    net = network()

    def updater(batch_size):
        with torch.no_grad():
            net[0].weight.fill_(math.nan)

    with pytest.raises(DivergedError, match="nan"):
        train_ch3(net, data(50), data(), MEAN, 1, updater)
    assert drawn == []


@pytest.mark.parametrize("num_epochs", [1, 3])
def test_train_ch3_returns_a_number_for_each_curve_and_epoch(num_epochs):
    net = network(dropout=0.5)
    reference = copy.deepcopy(net)
    args = MEAN, num_epochs, by_torch(net)
    torch.manual_seed(2)
    history = train_ch3(net, data(), data(20), *args)
    assert list(history) == ["train loss", "train acc", "test acc"]
    updater = by_torch(reference)
    torch.manual_seed(2)
    for epoch in range(num_epochs):
        expected = train_epoch_ch3(reference, data(), MEAN, updater)
        got = history["train loss"][epoch], history["train acc"][epoch]
        assert got == expected
    assert [len(curve) for curve in history.values()] == [num_epochs] * 3
    X, y = data().tensors
    hits = (reference.eval()(X).argmax(1) == y).double().mean().item()
    assert history["test acc"][-1] == pytest.approx(hits, abs=1e-12)


@pytest.mark.parametrize(("num_epochs", "end"), [(4, 4), (1, 2)])
def test_train_ch3_draws_what_it_returns(monkeypatch, num_epochs, end):
    animators = []

    class Recorded(loops.Animator):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            animators.append((self, options))

    monkeypatch.setattr(loops, "Animator", Recorded)
    net = network()
    args = MEAN, num_epochs, by_torch(net)
    history = train_ch3(net, data(), data(), *args)
    [(animator, options)] = animators
    assert animator.Y == list(history.values())
    assert animator.X == [list(range(1, num_epochs + 1))] * 3
    assert options["legend"] == list(history)
    assert (options["xlabel"], options["xlim"]) == ("epoch", (1, end))
    assert "ylim" not in options  # a bad slider value must stay in sight


ARGUMENTS = {"loss": MEAN, "num_epochs": 2, "updater": print}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"net": None}, TypeError),
        ({"loss": None}, TypeError),
        ({"loss": nn.CrossEntropyLoss(reduction="sum")}, ValueError),
        ({"updater": None}, TypeError),
        ({"train_iter": []}, ValueError),
        ({"test_iter": []}, ValueError),
        ({"test_iter": ()}, ValueError),
        ({"test_iter": None}, TypeError),
        ({"test_iter": data().tensors}, TypeError),
        ({"train_iter": iter(data())}, TypeError),
        ({"test_iter": iter(data())}, TypeError),
    ],
)
def test_train_ch3_names_a_bad_argument_and_trains_nothing(change, error):
    net = network()
    arguments = {"train_iter": data(), "test_iter": data(), **ARGUMENTS}
    with pytest.raises(error, match=f"^{next(iter(change))} "):
        train_ch3(**{"net": net, **arguments, **change})
    assert torch.equal(weights(net), weights(network()))


def test_train_ch3_takes_batches_without_a_length():
    class Stream:
        def __iter__(self):
            return iter(data())

    net = network()
    history = train_ch3(net, Stream(), Stream(), MEAN, 1, by_torch(net))
    assert len(history["test acc"]) == 1


@pytest.mark.parametrize(
    "batch",
    [
        (torch.ones(2, 6), torch.tensor([0, -100])),
        (torch.ones(2, 6), torch.tensor([0, 3])),
        (torch.ones(0, 6), torch.ones(0, dtype=torch.int64)),
        (torch.ones(2, 6), torch.tensor([0])),
        (torch.ones(2, 6), torch.tensor([0.0, 1.0])),
    ],
)
def test_train_epoch_ch3_refuses_a_bad_batch_before_the_step(batch):
    net = network()
    X, y = batch
    with pytest.raises(ValueError):
        train_epoch_ch3(net, [(X.double(), y)], MEAN, by_torch(net))
    assert torch.equal(weights(net), weights(network()))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"train_iter": []}, ValueError),
        ({"loss": "MSE"}, TypeError),
        ({"updater": 0.1}, TypeError),
    ],
)
def test_train_epoch_ch3_names_what_is_not_legal(change, error):
    values = {"train_iter": data(), "loss": MEAN, "updater": print}
    with pytest.raises(error, match=f"^{next(iter(change))} must"):
        train_epoch_ch3(network(), **{**values, **change})


# Updaters that train nothing, or not all


@pytest.mark.parametrize(
    "schedule",
    [lambda epoch: epoch / 3, lambda epoch: 1 - epoch / 3],
    ids=["warm-up", "to the end"],
)
def test_rate_0_of_a_schedule_moves_nothing_and_training_goes_on(schedule):
    net = network()
    updater = by_torch(net, lr=0.3)
    schedule = torch.optim.lr_scheduler.LambdaLR(updater, schedule)
    moved = []
    for _ in range(4):
        before, rate = weights(net), updater.param_groups[0]["lr"]
        train_epoch_ch3(net, data(), MEAN, updater)
        moved.append(not torch.equal(weights(net), before))
        assert moved[-1] == (rate > 0)
        updater.step()  # torch warns unless a step comes before this one
        schedule.step()
    assert sum(moved) == 3


@pytest.mark.parametrize("updater", [by_hand, by_torch])
def test_frozen_layer_stays_and_the_others_are_trained(updater):
    net = network()
    net[0].requires_grad_(False)
    before = copy.deepcopy(net)
    train_epoch_ch3(net, data(), MEAN, updater(net))
    assert torch.equal(net[0].weight, before[0].weight)
    assert not torch.equal(net[3].weight, before[3].weight)


@pytest.mark.parametrize("updater", [by_hand, by_torch])
def test_unused_parameter_stays(updater):
    net = network()
    net.extra = nn.Parameter(torch.ones(2))
    update = updater(net)
    net.forward = lambda X: net[3](net[1](net[0](X)))
    train_epoch_ch3(net, data(), MEAN, update)
    assert net.extra.tolist() == [1, 1]
    assert not torch.equal(net[0].weight, network()[0].weight)


@pytest.mark.parametrize("trained", [False, True])
def test_optimizer_of_another_net_is_refused_at_the_first_step(trained):
    old, net = network(), network()
    updater = torch.optim.SGD(old.parameters(), 0.1, momentum=0.9)
    if trained:
        train_epoch_ch3(old, data(), MEAN, updater)
    before = weights(old)
    with pytest.raises(ValueError, match="^updater holds no parameter .* net"):
        train_ch3(net, data(), data(), MEAN, 3, updater)
    assert torch.equal(weights(net), weights(network()))
    assert torch.equal(weights(old), before)


def test_optimizer_may_hold_parameters_that_the_net_does_not_list():
    W = torch.zeros(6, 3, dtype=torch.float64, requires_grad=True)

    class Borrowing(nn.Module):
        def __init__(self):
            super().__init__()
            self.other = nn.Linear(2, 2)

        def forward(self, X):
            return X @ W

    updater = torch.optim.SGD([W], lr=0.5)
    train_epoch_ch3(Borrowing(), data(), MEAN, updater)
    assert W.any()


@pytest.mark.parametrize("trained", [False, True])
def test_hand_written_step_on_another_net_gives_a_warning(trained):
    old = network()
    params = list(old.parameters())
    updater = by_params(params)
    if trained:
        train_epoch_ch3(old, data(), MEAN, updater)
    else:
        old(data().tensors[0]).sum().backward()
    words = "^updater has changed no parameter"
    with pytest.warns(UserWarning, match=words) as warned:
        train_epoch_ch3(network(), data(), MEAN, updater)
    assert warned[0].filename == __file__


def by_params(params, lr=0.1, clear=torch.Tensor.zero_):
    def updater(batch_size):
        with torch.no_grad():
            for param in params:
                param -= lr * param.grad / batch_size
                clear(param.grad)

    return updater


def through_data(net):
    def updater(batch_size):
        for param in net.parameters():
            param.data = param.data - 0.1 * param.grad / batch_size
            param.grad = None

    return updater


def each_fourth(net):
    optimizer, calls = by_torch(net), []

    def updater(batch_size):
        calls.append(batch_size)
        if len(calls) % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()

    return updater


@pytest.mark.parametrize(
    "make",
    [
        lambda net: by_params(list(net.parameters())),
        lambda net: by_params(list(net.parameters()), lr=0),
        lambda net: by_params(list(net.parameters()), clear=lambda grad: 0),
        lambda net: by_params([net[3].bias]),
        through_data,
        each_fourth,
    ],
    ids=["all", "rate 0", "grows", "one", "data", "each fourth"],
)
def test_hand_written_step_that_reaches_the_net_gives_no_warning(make):
    net = network()
    train_epoch_ch3(net, data(), MEAN, make(net))  # a warning is an error


@pytest.mark.parametrize("updater", [by_hand, by_torch])
def test_net_that_is_frozen_as_a_whole_is_refused(updater):
    net = network().requires_grad_(False)
    with pytest.raises(ValueError, match="^loss depends on no .* frozen"):
        train_epoch_ch3(net, data(), MEAN, updater(net))


def test_gradients_that_are_switched_off_are_refused():
    net = network()
    with torch.no_grad(), pytest.raises(ValueError, match="switched off"):
        train_epoch_ch3(net, data(), MEAN, by_torch(net))


def test_loss_must_return_a_tensor():
    net = network()
    with pytest.raises(TypeError, match="^loss must return .* got a float$"):
        train_epoch_ch3(net, data(), lambda *_: 1.0, by_torch(net))


def test_train_ch3_learns_fashion_mnist():
    seed_everything(0)
    train_iter, test_iter = load_data_fashion_mnist(64, n_train=5_000)
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    updater = by_torch(net, lr=0.02)
    history = train_ch3(net, train_iter, test_iter, MEAN, 3, updater)
    assert history["test acc"][-1] > 0.65  # four seeds: .713 to .729
    assert history["train loss"][-1] < history["train loss"][0]


def shown(monkeypatch):
    calls = []
    monkeypatch.setattr(
        loops, "show_images", lambda *args, **kw: calls.append((args, kw))
    )
    return calls


def test_predict_ch3_shows_predictions_under_the_true_names(monkeypatch):
    calls = shown(monkeypatch)
    X = torch.rand(4, 1, 28, 28)
    y = torch.tensor([0, 1, 2, 9])
    net = nn.Sequential(nn.Flatten(), nn.Linear(784, 10), nn.Dropout(1.0))
    nn.init.zeros_(net[1].weight)
    with torch.no_grad():
        net[1].bias[9] = 1e3
    net[1].bias.requires_grad_(False)
    predict_ch3(net, [(X, y)], n=4)
    [((images, rows, columns), options)] = calls
    assert torch.equal(images, X[:, 0]) and (rows, columns) == (1, 4)
    assert options["titles"] == [
        "t-shirt\nankle boot",
        "trouser\nankle boot",
        "pullover\nankle boot",
        "ankle boot\nankle boot",
    ]
    assert all(part.training for part in net.modules())


def test_predict_ch3_draws_no_random_number(
    monkeypatch,
):
    calls = shown(monkeypatch)
    X, y = torch.rand(20, 1, 28, 28), torch.arange(20) % 10
    before = torch.get_rng_state()
    for _ in range(2):
        predict_ch3(lambda X: X.flatten(1)[:, :10], load_array((X, y), 8))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(args[0], X[:6, 0]) for args, _ in calls)


def test_predict_ch3_draws_a_real_picture():
    _, test_iter = load_data_fashion_mnist(8)
    assert predict_ch3(lambda X: X.flatten(1)[:, :10], test_iter) is None


def test_predict_ch3_shows_six_unless_told_otherwise(monkeypatch):
    calls = shown(monkeypatch)
    batch = torch.ones(7, 1, 28, 28), torch.zeros(7, dtype=torch.int64)
    predict_ch3(lambda X: X.flatten(1)[:, :10], [batch])
    assert [args[2] for args, _ in calls] == [6]
    with pytest.raises(ValueError, match="^n must be at most the batch's 0"):
        predict_ch3(lambda X: X, [])


@pytest.mark.parametrize("n", [5, 10**6])
def test_predict_ch3_refuses_more_than_a_batch_holds(monkeypatch, n):
    calls = shown(monkeypatch)
    batch = torch.ones(4, 1, 28, 28), torch.zeros(4, dtype=torch.int64)
    with pytest.raises(ValueError, match="^n must be at most the batch's 4"):
        predict_ch3(lambda X: X.flatten(1)[:, :10], [batch], n)
    assert calls == []


@pytest.mark.parametrize("shape", [(4, 784), (4, 28, 28), (4, 1, 28, 28)])
def test_predict_ch3_takes_images_of_any_shape(monkeypatch, shape):
    shown = []
    monkeypatch.setattr(
        loops, "show_images", lambda X, *_, **__: shown.append(X)
    )
    X, y = torch.rand(shape), torch.arange(4)
    predict_ch3(lambda X: X.flatten(1)[:, :10], [(X, y)], n=3)
    assert torch.equal(shown[0].flatten(1), X[:3].flatten(1))
    assert shown[0].shape == (3, 28, 28)


# A regression, as the book's polynomial fitting trains it


@pytest.mark.parametrize("updater", [by_hand, by_torch])
@pytest.mark.parametrize("reduction", ["none", "mean"])
@pytest.mark.parametrize("dims", [1, 2])
def test_train_epoch_ch3_fits_a_regression(updater, reduction, dims):
    torch.manual_seed(0)
    flat = nn.Flatten(dims - 1)  # to (batch,) or not at all
    X, y = torch.randn(30, 2), flat(torch.randn(30, 1))
    net, other = (nn.Sequential(nn.Linear(2, 1), flat) for _ in range(2))
    other.load_state_dict(net.state_dict())
    net.eval()
    data = load_array((X, y), 8, is_train=False)  # 30 = 3·8 + 6
    loss = nn.MSELoss(reduction=reduction)
    mean, share = train_epoch_ch3(net, data, loss, updater(net))
    optimizer, total = by_torch(other), 0.0
    for some_X, some_y in zip(X.split(8), y.split(8), strict=True):
        squares = (other(some_X) - some_y) ** 2
        total += squares.sum().item()
        optimizer.zero_grad()
        squares.mean().backward()
        optimizer.step()
    torch.testing.assert_close(weights(net), weights(other))
    assert mean == pytest.approx(total / 30) and math.isnan(share)
    assert not net.training  # as it was


def test_divergence_says_after_how_many_examples():
    net, X = nn.Linear(1, 1), torch.ones(4, 1)
    batches = [(X, X), (X, X / 0)]
    with pytest.raises(DivergedError, match="became inf after 4 examples"):
        train_epoch_ch3(net, batches, nn.MSELoss(), by_torch(net))


@pytest.mark.parametrize("train", [by_epoch, by_epochs])
@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (lambda y: nn.functional.one_hot(y).double(), "^y must be labels"),
        (lambda y: y.double(), "give class labels as integers"),
        (lambda y: y.double()[:, None], "give class labels as integers"),
    ],
    ids=["one-hot", "floats", "floats (batch, 1)"],
)
def test_float_labels_are_refused_before_the_first_step(train, targets, words):
    X, y = data().tensors
    net, batches = network(), load_array((X, targets(y)), 8)
    with pytest.raises(ValueError, match=words):
        train(net, batches)
    assert torch.equal(weights(net), weights(network()))


def test_train_ch3_refuses_a_regression():
    net, X = nn.Linear(2, 1), torch.ones(8, 2)
    batches = load_array((X, X[:, :1]), 4)
    with pytest.raises(ValueError, match="y must be labels"):
        train_ch3(net, batches, batches, nn.MSELoss(), 1, by_torch(net))


@pytest.mark.parametrize("updater", [by_hand, by_torch])
def test_a_loss_of_each_score_counts_an_example_once(updater):
    def squares(y_hat, y):
        return (y_hat - nn.functional.one_hot(y, 3)) ** 2

    nets, means = (network(), network()), []
    for net in nets:
        loss = squares if means else lambda *both: squares(*both).mean(dim=1)
        result = train_epoch_ch3(net, data(), loss, updater(net))
        means.append(result[0])
    assert means[0] == pytest.approx(means[1])
    torch.testing.assert_close(*map(weights, nets))
