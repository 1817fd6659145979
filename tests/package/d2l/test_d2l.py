import gzip
import pydoc
import random
import socket
import sys

import numpy as np
import pytest
import torch
from torch import nn

import course_utils
from course_utils import d2l
from course_utils.d2l.book import book_names, import_book
from course_utils.d2l.classes import ADAPTED
from course_utils.data import fashion_mnist
from course_utils.data.fashion_mnist import FOLDER, read_fashion_mnist

DROPPED = {"evaluate_accuracy", "predict_ch3", "train_ch3", "train_epoch_ch3"}


@pytest.fixture(scope="module")
def book():
    module = import_book()
    module.plt.switch_backend("agg")
    return module


def both(book, call):
    """Call a function with each half, from the same seed."""
    answers = []
    for half in (d2l, book):
        torch.manual_seed(3)
        answers.append(call(half))
    return answers


# Which half a name comes from


def test_course_s_names_are_names_of_the_book():
    assert set(d2l.__all__) - book_names() == DROPPED
    assert set(ADAPTED) <= book_names() - set(d2l.__all__)


def test_names_that_the_course_has_too_are_the_course_s():
    ours = set(course_utils.__all__) & set(d2l.__all__)
    assert ours > DROPPED
    for name in ours:
        assert getattr(d2l, name) is getattr(course_utils, name)


def test_other_names_are_the_book_s_own_objects(book):
    for name in book_names() - set(d2l.__all__) - set(ADAPTED):
        assert getattr(d2l, name) is getattr(book, name)
    assert d2l.pd.__name__ == "pandas" and d2l.F is nn.functional


def test_dir_shows_both_halves_and_nothing_else():
    names = dir(d2l)
    assert {"sgd", "train_ch3", "Module", "FashionMNIST"} <= set(names)
    assert set(names) == book_names() | set(d2l.__all__)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("sgd", "function sgd in module course_utils.training.updates"),
        ("train_epoch_ch3", "in module course_utils.training.loops"),
        ("Trainer", "class Trainer in module course_utils.d2l"),
        ("Module", "class Module in module d2l.torch"),
        ("corr2d", "function corr2d in module d2l.torch"),
    ],
)
def test_help_says_which_half_a_name_comes_from(name, where):
    text = pydoc.render_doc(getattr(d2l, name), renderer=pydoc.plaintext)
    assert where in text.splitlines()[0]


def test_help_of_the_bridge_explains_both_halves():
    text = pydoc.render_doc(d2l, renderer=pydoc.plaintext)
    assert "from d2l import torch as d2l" in text and "d2l 1.x" in text
    assert "train_ch3(" in text and "squared_loss(" in text


def test_name_in_neither_half_raises_with_a_hint():
    with pytest.raises(AttributeError, match="did you mean 'train_ch3'"):
        d2l.tarin_ch3  # noqa: B018
    with pytest.raises(AttributeError, match="d2l==1.0.3"):
        d2l.xyzzy  # noqa: B018


def test_without_the_book_the_course_s_half_works(monkeypatch):
    monkeypatch.setitem(sys.modules, "d2l", None)
    monkeypatch.delitem(sys.modules, "d2l.torch", raising=False)
    assert dir(d2l) == sorted(d2l.__all__)
    with pytest.raises(AttributeError, match="no 'HyperParameters', and") as e:
        d2l.HyperParameters  # noqa: B018
    assert "pip install --no-deps d2l==1.0.3" in str(e.value)
    assert not hasattr(d2l, "HyperParameters") and not hasattr(d2l, "corr2d")
    for snippet in (BY_HAND, CONCISE, POLYNOMIAL):
        run(snippet)


def test_without_the_book_its_classes_are_missing_too(monkeypatch):
    for name in ADAPTED:
        monkeypatch.delitem(vars(d2l), name, raising=False)
    monkeypatch.setitem(sys.modules, "d2l", None)
    monkeypatch.delitem(sys.modules, "d2l.torch", raising=False)
    with pytest.raises(AttributeError, match="--no-deps d2l==1.0.3"):
        d2l.FashionMNIST  # noqa: B018


def test_older_book_gives_what_it_has(monkeypatch, tmp_path):
    (tmp_path / "d2l").mkdir()
    (tmp_path / "d2l/__init__.py").touch()
    (tmp_path / "d2l/torch.py").write_text("def train_ch8(): return 8\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("d2l", "d2l.torch"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    for name in ADAPTED:
        monkeypatch.delitem(vars(d2l), name, raising=False)
    assert d2l.train_ch8() == 8
    with pytest.raises(AttributeError, match="d2l==1.0.3"):
        d2l.Trainer  # noqa: B018


# Equality with the installed book


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
def test_synthetic_data_has_the_book_s_numbers(book, shape):
    w = torch.tensor([2.0, -3.4, 0.5, 0.0]).reshape(shape)
    ours, theirs = both(book, lambda half: half.synthetic_data(w, 4.2, 50))
    assert torch.equal(ours[0], theirs[0])
    assert ours[1].shape == theirs[1].shape == (50, 1)
    torch.testing.assert_close(ours[1], theirs[1], rtol=0, atol=2e-6)


def test_linreg_and_squared_loss_are_the_book_s(book):
    def losses(half):
        X, w, y = torch.randn(9, 3), torch.randn(3, 1), torch.randn(9)
        return half.squared_loss(half.linreg(X, w, torch.tensor(0.3)), y)

    ours, theirs = both(book, losses)
    assert ours.shape == (9, 1) and torch.equal(ours, theirs)


def test_sgd_steps_as_the_book_s(book):
    def step(half):
        params = [torch.randn(5, 1, requires_grad=True) for _ in range(2)]
        sum((param**3).sum() for param in params).backward()
        half.sgd(params, 0.03, 10)
        return torch.stack([*params, *(p.grad for p in params)])

    assert torch.equal(*both(book, step))


def test_sgd_refuses_a_rate_that_the_book_takes(book):
    w = torch.ones(1, requires_grad=True)
    w.grad = torch.ones(1)
    with pytest.raises(ValueError, match="lr"):
        d2l.sgd([w], float("nan"), 1)
    book.sgd([w], float("nan"), 1)
    assert w.isnan()


@pytest.mark.parametrize("scores", [True, False])
def test_accuracy_counts_as_the_book_s(book, scores):
    def count(half):
        y_hat = torch.randn(64, 10) if scores else torch.randint(3, (64,))
        return half.accuracy(y_hat, torch.randint(3, (64,)))

    ours, theirs = both(book, count)
    assert ours == theirs > 0


def test_accumulator_adds_as_the_book_s_but_wants_every_number(book):
    for half in (d2l, book):
        sums = half.Accumulator(2)
        sums.add(1, torch.tensor(2.5))
        sums.add(3, 4)
        assert (sums[0], sums[1], sums.data) == (4, 6.5, [4, 6.5])
        sums.reset()
        assert sums.data == [0, 0]
    sums = book.Accumulator(2)
    sums.add(1)
    assert sums.data == [1]  # one is lost, and nothing is said
    with pytest.raises(ValueError, match="2 numbers"):
        d2l.Accumulator(2).add(1)


def test_get_fashion_mnist_labels_returns_the_book_s_names(book):
    labels = torch.arange(10)
    ours, theirs = both(book, lambda h: h.get_fashion_mnist_labels(labels))
    assert ours == theirs
    assert book.get_fashion_mnist_labels([-1]) == ["ankle boot"]
    with pytest.raises(ValueError, match="labels"):
        d2l.get_fashion_mnist_labels([-1])


def test_evaluate_loss_is_the_book_s_for_a_loss_per_example(book):
    data = [(torch.randn(n, 3), torch.randn(n, 1)) for n in (8, 8, 3)]
    net, loss = nn.Linear(3, 1).eval(), nn.MSELoss(reduction="none")
    net.requires_grad_(False)  # else the book's sum draws a warning of torch
    ours, theirs = both(book, lambda h: h.evaluate_loss(net, data, loss))
    assert ours == pytest.approx(theirs, rel=1e-6)


def test_evaluate_loss_differs_for_mean_losses_and_dropout(book):
    data = [(torch.ones(9, 1), torch.zeros(9, 1)), (torch.ones(1, 1),) * 2]
    net, loss = nn.Identity(), nn.MSELoss()
    ours, theirs = both(book, lambda h: h.evaluate_loss(net, data, loss))
    assert theirs == 0.5  # the batch of one counts as much as that of nine
    assert ours == pytest.approx(0.9)  # nine of ten examples have loss 1
    net, loss = nn.Dropout(0.5), nn.MSELoss(reduction="none")
    ours, theirs = both(book, lambda h: h.evaluate_loss(net, data, loss))
    assert ours == pytest.approx(0.9) and net.training
    assert theirs != pytest.approx(0.9)  # dropout was on


def test_load_array_deals_out_the_same_rows(book):
    arrays = torch.arange(10.0).reshape(10, 1), torch.arange(10)
    ours, theirs = both(book, lambda h: list(h.load_array(arrays, 4, False)))
    for mine, its in zip(ours, theirs, strict=True):
        assert all(map(torch.equal, mine, its))
    ours, theirs = both(
        book, lambda h: torch.cat([y for _, y in h.load_array(arrays, 4)])
    )
    assert torch.equal(ours.sort()[0], theirs.sort()[0])
    assert not torch.equal(ours, theirs)  # shuffled by another draw


def test_fashion_mnist_has_the_book_s_pixels(book, monkeypatch, tmp_path):
    raw = tmp_path / "data/FashionMNIST/raw"
    raw.mkdir(parents=True)
    for packed in FOLDER.glob("*.gz"):
        (raw / packed.stem).write_bytes(gzip.decompress(packed.read_bytes()))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")  # the book reads ../data
    monkeypatch.setattr(book, "get_dataloader_workers", lambda: 0)
    pairs = zip(
        d2l.load_data_fashion_mnist(256),
        book.load_data_fashion_mnist(256),
        strict=True,
    )
    for ours, theirs in pairs:
        assert len(ours) == len(theirs)
        assert torch.equal(ours.tensors[0][:, 0], theirs.dataset.data)
        assert torch.equal(ours.tensors[1], theirs.dataset.targets)
    X, y = next(iter(ours))
    X_book, y_book = next(iter(theirs))
    assert torch.equal(X, X_book) and torch.equal(y, y_book)
    X, _ = next(iter(d2l.load_data_fashion_mnist(256, resize=64)[1]))
    X_book, _ = next(iter(book.load_data_fashion_mnist(256, resize=64)[1]))
    assert X.shape == X_book.shape == (256, 1, 64, 64)
    difference = float((X - X_book).abs().max())
    assert 0 < difference <= 1.01 / 255  # theirs are whole bytes


def test_show_images_shows_the_same_pixels_in_grey(book):
    images = torch.rand(4, 5, 6)
    for half, colours in ((d2l, "gray"), (book, "viridis")):
        axes = half.show_images(images, 2, 2, titles=list("abcd"))
        assert [ax.get_title() for ax in axes] == list("abcd")
        for ax, image in zip(axes, images, strict=True):
            shown = ax.get_images()[0]
            assert shown.get_cmap().name == colours
            np.testing.assert_allclose(shown.get_array(), image)
    assert not isinstance(d2l.show_images(images, 1, 1), np.ndarray)
    book.plt.close("all")


def test_animator_keeps_the_book_s_points(book, monkeypatch):
    monkeypatch.setattr(book, "use_svg_display", lambda: None)
    monkeypatch.setattr(book, "display", type(sys)("display"))
    book.display.display = book.display.clear_output = lambda *_, **__: None

    def draw(half):
        animator = half.Animator(
            xlabel="epoch", legend=["a", "b"], xlim=[1, 5], yscale="log"
        )
        for epoch in range(5):
            animator.add(epoch + 1, (2.0**-epoch, None if epoch % 2 else 1))
        animator.add((6, 7), (0.1, 0.2))
        return animator

    ours, theirs = both(book, draw)
    assert (ours.X, ours.Y) == (theirs.X, theirs.Y)
    for mine, its in zip(ours.axes, theirs.axes, strict=True):
        assert mine.get_yscale() == its.get_yscale() == "log"
        assert mine.get_xlabel() == its.get_xlabel() == "epoch"
    book.plt.close("all")


# Programs in the book's style, written for this test. Their bounds hold for a
# tenth of the data with five seeds; guessing is right one time in ten.


BY_HAND = """
true_w, true_b = torch.tensor([1.5, -2.0]), 0.7
features, labels = d2l.synthetic_data(true_w, true_b, 500)
w = torch.zeros((2, 1), requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for epoch in range(5):
    for X, y in d2l.load_array((features, labels), 10):
        d2l.squared_loss(d2l.linreg(X, w, b), y).sum().backward()
        d2l.sgd([w, b], 0.05, 10)
assert abs(b.item() - true_b) < 0.01
"""
CONCISE = """
data = d2l.synthetic_data(torch.tensor([1.5, -2.0]), 0.7, 500)
train_iter = d2l.load_array(data, 10)
net, loss = nn.Sequential(nn.Linear(2, 1)), nn.MSELoss()
trainer = torch.optim.SGD(net.parameters(), lr=0.05)
for epoch in range(3):
    for X, y in train_iter:
        trainer.zero_grad()
        loss(net(X), y).backward()
        trainer.step()
assert d2l.evaluate_loss(net, train_iter, loss) < 1e-3
"""
LOOK = """
train_iter, test_iter = d2l.load_data_fashion_mnist(18)
X, y = next(iter(train_iter))
names = d2l.get_fashion_mnist_labels(y)
axes = d2l.show_images(X.reshape(18, 28, 28), 2, 9, titles=names)
assert len(axes) == 18 and len(train_iter) == 334
"""
SOFTMAX = """
train_iter, test_iter = d2l.load_data_fashion_mnist(batch_size=256)
W = torch.normal(0, 0.01, size=(784, 10), requires_grad=True)
b = torch.zeros(10, requires_grad=True)

def net(X):
    scores = X.reshape(-1, 784) @ W + b
    exps = scores.exp()
    return exps / exps.sum(1, keepdim=True)

def cross_entropy(y_hat, y):
    return -torch.log(y_hat[range(len(y_hat)), y])

def updater(batch_size):
    return d2l.sgd([W, b], 0.1, batch_size)

assert d2l.evaluate_accuracy(net, test_iter) < 0.3
d2l.train_ch3(net, train_iter, test_iter, cross_entropy, 1, updater)
d2l.predict_ch3(net, test_iter)
assert d2l.evaluate_accuracy(net, test_iter) > 0.55
"""
MLP = """
net = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
train_iter, test_iter = d2l.load_data_fashion_mnist(256)
loss = nn.CrossEntropyLoss(reduction='none')
trainer = torch.optim.SGD(net.parameters(), lr=0.1)
train_loss, train_acc = d2l.train_epoch_ch3(net, train_iter, loss, trainer)
assert train_loss < 2.1 and train_acc > 0.3
"""
COUNT = """
metric, timer = d2l.Accumulator(2), d2l.Timer()
for X, y in d2l.load_data_fashion_mnist(1000)[1]:
    y_hat = nn.functional.one_hot(y.flip(0), 10).float()
    metric.add(d2l.accuracy(y_hat, y), y.numel())
assert 0.05 < metric[0] / metric[1] < 0.15 and timer.stop() > 0
"""
DATA = """
num_inputs = 200
true_w, true_b = torch.ones((num_inputs, 1)) * 0.01, 0.05
train_iter = d2l.load_array(d2l.synthetic_data(true_w, true_b, 20), 5)
test_iter = d2l.load_array(d2l.synthetic_data(true_w, true_b, 100), 5, False)
"""
DECAY_BY_HAND = f"""{DATA}
def train(lambd):
    w = torch.normal(0, 1, size=(num_inputs, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    net = lambda X: d2l.linreg(X, w, b)
    animator = d2l.Animator(xlabel='epochs', ylabel='loss', yscale='log',
                            xlim=[5, 100], legend=['train', 'test'])
    for epoch in range(100):
        for X, y in train_iter:
            l = d2l.squared_loss(net(X), y) + lambd * (w ** 2).sum() / 2
            l.sum().backward()
            d2l.sgd([w, b], 0.003, 5)
        if (epoch + 1) % 5 == 0:
            animator.add(epoch + 1, [
                d2l.evaluate_loss(net, it, d2l.squared_loss)
                for it in (train_iter, test_iter)])
    return torch.norm(w).item()

assert train(0) > 12 and train(3) < 0.5
"""
DECAY_CONCISE = f"""{DATA}
net = nn.Sequential(nn.Linear(num_inputs, 1))
for param in net.parameters():
    param.data.normal_()
loss = nn.MSELoss(reduction='none')
trainer = torch.optim.SGD([
    {{'params': net[0].weight, 'weight_decay': 3}},
    {{'params': net[0].bias}}], lr=0.003)
animator = d2l.Animator(yscale='log', legend=['train', 'test'])
for epoch in range(100):
    for X, y in train_iter:
        trainer.zero_grad()
        loss(net(X), y).mean().backward()
        trainer.step()
    if epoch % 5 == 4:
        animator.add(epoch + 1, (d2l.evaluate_loss(net, train_iter, loss),
                                 d2l.evaluate_loss(net, test_iter, loss)))
assert net[0].weight.norm().item() < 0.6
"""
POLYNOMIAL = """
x = torch.linspace(-1, 1, 60).reshape(-1, 1)
poly_features = x ** torch.arange(4)
labels = 2 * x - x ** 3 + 0.01 * torch.randn(60, 1)
net = nn.Sequential(nn.Linear(4, 1, bias=False))
train_iter = d2l.load_array((poly_features[::2], labels[::2]), 10)
test_iter = d2l.load_array((poly_features[1::2], labels[1::2]), 10, False)
loss = nn.MSELoss(reduction='none')
trainer = torch.optim.SGD(net.parameters(), lr=0.3)
animator = d2l.Animator(xlabel='epoch', yscale='log', xlim=[1, 60])
for epoch in range(60):
    d2l.train_epoch_ch3(net, train_iter, loss, trainer)
    if epoch == 0 or (epoch + 1) % 20 == 0:
        animator.add(epoch + 1, (d2l.evaluate_loss(net, train_iter, loss),
                                 d2l.evaluate_loss(net, test_iter, loss)))
assert animator.Y[1][-1] < 0.01 < animator.Y[1][0]
"""
DROPOUT_BY_HAND = """
def dropout_layer(X, dropout):
    mask = (torch.rand(X.shape) > dropout).float()
    return mask * X / (1.0 - dropout)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin1, self.lin2 = nn.Linear(784, 64), nn.Linear(64, 10)

    def forward(self, X):
        H = torch.relu(self.lin1(X.reshape(-1, 784)))
        return self.lin2(dropout_layer(H, 0.5) if self.training else H)

net = Net()
train_iter, test_iter = d2l.load_data_fashion_mnist(256)
trainer = torch.optim.SGD(net.parameters(), lr=0.5)
loss = nn.CrossEntropyLoss(reduction='none')
d2l.train_ch3(net, train_iter, test_iter, loss, 1, trainer)
d2l.predict_ch3(net, test_iter, n=9)
assert d2l.evaluate_accuracy(net, test_iter) > 0.3
"""
DROPOUT_CONCISE = """
def init_weights(m):
    if type(m) == nn.Linear:
        nn.init.normal_(m.weight, std=0.01)

net = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(),
                    nn.Dropout(0.2), nn.Linear(64, 10))
net.apply(init_weights)
train_iter, test_iter = d2l.load_data_fashion_mnist(256)
trainer = torch.optim.SGD(net.parameters(), lr=0.5)
loss = nn.CrossEntropyLoss(reduction='none')
d2l.train_ch3(net, train_iter, test_iter, loss, 1, trainer)
assert d2l.evaluate_accuracy(net, test_iter) > 0.3
"""
MODULE = """
class Line(d2l.Module):
    def __init__(self, lr, start=0.0):
        super().__init__()
        self.save_hyperparameters()
        self.w = nn.Parameter(torch.full((1, 1), start))

    def forward(self, X):
        return X @ self.w

    def loss(self, y_hat, y):
        return ((y_hat - y) ** 2 / 2).mean()

@d2l.add_to_class(Line)
def configure_optimizers(self):
    return d2l.SGD([self.w], self.lr)

class Points(d2l.DataModule):
    def __init__(self, n=40, batch_size=8):
        super().__init__()
        self.save_hyperparameters()
        self.X = torch.randn(n, 1)
        self.y = 3 * self.X

    def get_dataloader(self, train):
        half = slice(0, 20) if train else slice(20, None)
        return self.get_tensorloader((self.X, self.y), train, half)

model = Line(lr=0.2)
trainer = d2l.Trainer(max_epochs=5)
trainer.fit(model, Points())
assert model.hparams == {'lr': 0.2, 'start': 0.0}
assert abs(model.w.item() - 3) < 0.5
"""
REGRESSION = """
data = d2l.SyntheticRegressionData(w=torch.tensor([2, -3.4]), b=4.2)
model = d2l.LinearRegression(lr=0.03)
trainer = d2l.Trainer(max_epochs=3)
trainer.fit(model, data)
w, b = model.get_w_b()
assert (data.w - w.reshape(data.w.shape)).abs().max() < 0.1
assert abs(b - data.b) < 0.1
"""
DECAY_MODULE = """
class Wide(d2l.DataModule):
    def __init__(self, num_train, num_val, num_inputs, batch_size):
        super().__init__()
        self.save_hyperparameters()
        w = torch.ones((num_inputs, 1)) * 0.01
        self.X, self.y = d2l.synthetic_data(w, 0.05, num_train + num_val)

    def get_dataloader(self, train):
        i = slice(0, self.num_train) if train else slice(self.num_train, None)
        return self.get_tensorloader([self.X, self.y], train, i)

class Decayed(d2l.LinearRegressionScratch):
    def __init__(self, num_inputs, lambd, lr, sigma=0.01):
        super().__init__(num_inputs, lr, sigma)
        self.save_hyperparameters()

    def loss(self, y_hat, y):
        return super().loss(y_hat, y) + self.lambd * (self.w ** 2).sum() / 2

model = Decayed(num_inputs=200, lambd=3, lr=0.01)
model.board.yscale = 'log'
d2l.Trainer(max_epochs=4).fit(model, Wide(20, 100, 200, 5))
assert model.w.norm() < 0.15
"""
CLASSIFIER = """
data = d2l.FashionMNIST(batch_size=256, resize=(28, 28))
assert data.text_labels([1]) == ['trouser'] and len(data.val) == 1000
batch = next(iter(data.val_dataloader()))
data.visualize(batch)
model = d2l.SoftmaxRegression(num_outputs=10, lr=0.1)
d2l.Trainer(max_epochs=1).fit(model, data)
X, y = batch
assert model.accuracy(model(X), y) > 0.5
"""
DROPOUT_MODULE = """
class DropoutMLP(d2l.Classifier):
    def __init__(self, num_outputs, num_hiddens, dropout, lr):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(
            nn.Flatten(), nn.LazyLinear(num_hiddens), nn.ReLU(),
            nn.Dropout(dropout), nn.LazyLinear(num_outputs))

model = DropoutMLP(num_outputs=10, num_hiddens=64, dropout=0.5, lr=0.3)
model.apply_init([torch.zeros(1, 1, 28, 28)])
data = d2l.FashionMNIST(batch_size=256)
d2l.Trainer(max_epochs=1).fit(model, data)
assert list(model.board.data) == ['train_loss', 'val_loss', 'val_acc']
assert model.board.data['val_acc'][-1].y > 0.4
"""
BOARD = """
board = d2l.ProgressBoard('x')
for x in d2l.np.arange(0, 10, 0.1):
    board.draw(x, d2l.np.sin(x), 'sin', every_n=2)
    board.draw(x, d2l.np.cos(x), 'cos', every_n=10)
assert [len(line) for line in board.data.values()] == [50, 10]
"""
TENSORS = """
x = d2l.arange(4, dtype=torch.float32)
assert d2l.reduce_sum(d2l.reshape(x, (2, 2))).item() == 6
assert d2l.size(x) == 4 and d2l.numpy(x).tolist() == [0, 1, 2, 3]
assert d2l.try_gpu(99) == d2l.cpu() and d2l.nn_Module is nn.Module
"""
SNIPPETS = {
    name: text
    for name, text in list(vars().items())
    if isinstance(text, str) and name.isupper() and "d2l" in text
    and name not in ("DATA", "DROPPED")
}  # fmt: skip


def run(snippet):
    torch.manual_seed(0)
    random.seed(0)
    names = {"torch": torch, "nn": nn}
    exec("from course_utils import d2l\n" + snippet, names)


@pytest.mark.parametrize("name", SNIPPETS)
def test_program_of_the_book_s_style_runs(name, monkeypatch, tmp_path):
    """With a tenth of the images, without a network."""
    data = read_fashion_mnist(FOLDER)
    few = [part[: len(part) // 10] for part in data]
    monkeypatch.setattr(fashion_mnist, "read_fashion_mnist", lambda _: few)
    monkeypatch.setattr(socket, "socket", None)  # cannot be connected
    monkeypatch.chdir(tmp_path)
    run(SNIPPETS[name])
    assert not list(tmp_path.parent.glob("data"))  # ../data, as in the book


def test_programs_use_every_name_of_ours():
    assert len(SNIPPETS) >= 12
    text = "\n".join(SNIPPETS.values())
    wanted = {*d2l.__all__, *ADAPTED, "Module", "DataModule"}
    assert {name for name in wanted if f"d2l.{name}" not in text} == set()


def test_book_is_imported_without_a_network(monkeypatch):
    monkeypatch.setattr(socket, "socket", None)
    monkeypatch.delitem(sys.modules, "d2l.torch", raising=False)
    for name in ADAPTED:
        monkeypatch.delitem(vars(d2l), name, raising=False)
    assert d2l.Trainer.__module__ == "course_utils.d2l"


# In a notebook


COURSE_S_HALF = """
import sys, warnings
with warnings.catch_warnings():
    warnings.simplefilter('error')
    from course_utils import d2l
    for asked in ('__wrapped__', '_repr_html_', '_mock_name'):
        assert not hasattr(d2l, asked)
    d2l.squared_loss, d2l.train_ch3, d2l.sgd
books = sorted({'d2l', 'torchvision', 'pandas'} & sys.modules.keys())
"""


@pytest.fixture(scope="module")
def kernel(start_kernel):
    with start_kernel() as running:
        ask(running, COURSE_S_HALF)  # before anything else
        yield running


def ask(kernel, code):
    """Run code in the kernel; return what it shows, by kind."""
    shown = kernel.run(code)
    assert not [each for each in shown if each["kind"] == "error"], shown
    return [each["data"] for each in shown if "data" in each]


STATE = """
import random, warnings, matplotlib, numpy as np, torch

def state():
    kept = {k: v for k, v in matplotlib.rcParams.items()
            if k not in ('backend', 'interactive')}
    numpys = np.random.get_state()[1:]
    return (kept, torch.get_rng_state().tolist(), numpys[0].tolist(),
            numpys[1:], random.getstate(), warnings.filters[:],
            torch.get_num_threads(), torch.get_default_dtype())

with warnings.catch_warnings():
    warnings.simplefilter('error')
    before = state()
    assert 'd2l.torch' not in sys.modules and 'Module' in dir(d2l)
    assert state() == before
"""


DRAW = """
animator = d2l.Animator(xlabel='epoch', legend=['a', 'b'])
for epoch in range(4):
    animator.add(epoch, (epoch, 4 - epoch))
"""


def test_course_s_half_does_not_import_the_book(kernel):
    (shown,) = ask(kernel, "books")
    assert shown["text/plain"] == "[]"


def test_book_changes_nothing_but_that_pyplot_draws_inline(kernel):
    ask(kernel, STATE)


def test_tab_completion_knows_both_halves(kernel):
    ask(kernel, "from course_utils import d2l")
    for begun, whole in {
        "d2l.Synthetic": "SyntheticRegressionData",
        "d2l.train_ep": "train_epoch_ch3",
        "d2l.Fash": "FashionMNIST",
        "d2l.torch": "torchvision",
    }.items():
        reply = kernel.client.complete(begun, reply=True, timeout=60)
        matches = reply["content"]["matches"]
        assert any(match.endswith(whole) for match in matches)


def test_book_leaves_the_course_s_pictures_as_they_are(kernel):
    ask(kernel, "from course_utils import d2l")
    before = ask(kernel, DRAW)
    ask(kernel, "d2l.Module, d2l.use_svg_display(), d2l.plt.figure();")
    assert ask(kernel, DRAW) == before and len(before) == 1
    assert before[0].keys() == {"image/png", "text/plain"}


def test_book_s_own_plots_work_in_a_notebook(kernel):
    code = """
from course_utils import d2l
d2l.set_figsize()
d2l.plot(d2l.np.arange(3), [d2l.np.ones(3)], 'x', 'f')
"""
    (shown,) = ask(kernel, code)
    assert "image/svg+xml" in shown
