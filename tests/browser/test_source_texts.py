"""Programs like those of the source texts, each under a slider, as typed."""

import ast
import re
import time

import pytest
from page import Notebook
from playwright.sync_api import expect

IMPORTS = """
import numpy as np
import torch
from matplotlib import pyplot as plt
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from course_utils import d2l, retrain
"""
DATA = """
n_train, n_test, num_inputs, batch_size = 20, 100, 200, 5
true_w, true_b = torch.ones((num_inputs, 1)) * 0.01, 0.05
torch.manual_seed(0)
train_iter = d2l.load_array(
    d2l.synthetic_data(true_w, true_b, n_train), batch_size)
test_iter = d2l.load_array(
    d2l.synthetic_data(true_w, true_b, n_test), batch_size, is_train=False)
"""
BY_HAND = """
def init_params():
    w = torch.normal(0, 1, size=(num_inputs, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    return [w, b]

def l2_penalty(w):
    return torch.sum(w.pow(2)) / 2

def train(lambd=3):
    w, b = init_params()
    net, loss = lambda X: d2l.linreg(X, w, b), d2l.squared_loss
    num_epochs, lr = 100, 0.003
    animator = d2l.Animator(xlabel="epochs", ylabel="loss", yscale="log",
                            xlim=[5, num_epochs], legend=["train", "test"])
    for epoch in range(num_epochs):
        for X, y in train_iter:
            l = loss(net(X), y) + lambd * l2_penalty(w)
            l.sum().backward()
            d2l.sgd([w, b], lr, batch_size)
        if (epoch + 1) % 5 == 0:
            animator.add(epoch + 1,
                         (d2l.evaluate_loss(net, train_iter, loss),
                          d2l.evaluate_loss(net, test_iter, loss)))
    print("L2 norm:", torch.norm(w).item())

by_hand = retrain(train, lambd=(0, 10))
by_hand
"""
CONCISE = """
def train_concise(wd=3):
    net = nn.Sequential(nn.Linear(num_inputs, 1))
    for param in net.parameters():
        param.data.normal_()
    loss = nn.MSELoss()
    trainer = torch.optim.SGD([
        {"params": net[0].weight, "weight_decay": wd},
        {"params": net[0].bias}], lr=0.003)
    animator = d2l.Animator(xlabel="epochs", ylabel="loss", yscale="log",
                            xlim=[5, 100], legend=["train", "test"])
    for epoch in range(100):
        for X, y in train_iter:
            trainer.zero_grad()
            l = loss(net(X), y)
            l.backward()
            trainer.step()
        if (epoch + 1) % 5 == 0:
            animator.add(epoch + 1,
                         (d2l.evaluate_loss(net, train_iter, loss),
                          d2l.evaluate_loss(net, test_iter, loss)))
    print("L2 norm of w:", net[0].weight.norm().item())

concise = retrain(train_concise, wd=[0, 3, 10])
concise
"""
# Its net is made in the cell, and its pictures are pyplot's.
FIT_AND_PLOT = """
n, features = 10, 200
w_true, b_true = torch.full((features, 1), 0.01), 0.5
inputs = torch.randn(2 * n, features)
labels = inputs @ w_true + b_true
labels += torch.tensor(np.random.normal(0, 0.01, size=labels.shape),
                       dtype=torch.float)
train_x, test_x = inputs[:n], inputs[n:]
train_y, test_y = labels[:n], labels[n:]
model = nn.Linear(features, 1)
loader = DataLoader(TensorDataset(train_x, train_y), 1, shuffle=True)

def semilogy(x, y, x_label, y_label, x2=None, y2=None, legend=None,
             figsize=(3.5, 2.5)):
    plt.rcParams["figure.figsize"] = figsize
    plt.xlabel(x_label)
    plt.ylabel(y_label)
    plt.semilogy(x, y)
    if x2 is not None:
        plt.semilogy(x2, y2, linestyle=":")
        plt.legend(legend)

def fit_and_plot(lambd=0, epochs=30):
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    train_loss, test_loss = [], []
    for _ in range(epochs):
        for x, y in loader:
            l = criterion(model(x), y)
            l = l + lambd * torch.mean(model.weight ** 2)
            optimizer.zero_grad()
            l.backward()
            optimizer.step()
        train_loss.append(criterion(model(train_x), train_y).item())
        test_loss.append(criterion(model(test_x), test_y).item())
    semilogy(range(1, epochs + 1), train_loss, "epochs", "loss",
             range(1, epochs + 1), test_loss, ["train", "test"])
    print("L2 norm of w:", model.weight.norm().item())

plotted = retrain(fit_and_plot, lambd=(0, 10), epochs=[30, 1_000_000])
plotted
"""
DROPOUT = """
torch.manual_seed(1)
images, classes = torch.rand(160, 1, 28, 28), torch.randint(0, 10, (160,))
batches = d2l.load_array((images, classes), 32)

def dropout_layer(X, dropout):
    assert 0 <= dropout <= 1
    if dropout == 1:
        return torch.zeros_like(X)
    if dropout == 0:
        return X
    mask = (torch.rand(X.shape) > dropout).float()
    return mask * X / (1.0 - dropout)

class Net(nn.Module):
    def __init__(self, drop, is_training=True):
        super().__init__()
        self.drop, self.training = drop, is_training
        self.lin1 = nn.Linear(784, 32)
        self.lin2 = nn.Linear(32, 32)
        self.lin3 = nn.Linear(32, 10)
        self.relu = nn.ReLU()

    def forward(self, X):
        H1 = self.relu(self.lin1(X.reshape((-1, 784))))
        if self.training:
            H1 = dropout_layer(H1, self.drop)
        H2 = self.relu(self.lin2(H1))
        if self.training:
            H2 = dropout_layer(H2, 0.5)
        return self.lin3(H2)

def train_net(drop=0.2):
    net = Net(drop)
    trainer = torch.optim.SGD(net.parameters(), lr=0.1)
    animator = d2l.Animator(xlabel="epoch", xlim=[1, 10],
                            legend=["train loss", "train acc", "test acc"])
    for epoch in range(10):
        l, acc = d2l.train_epoch_ch3(
            net, batches, nn.CrossEntropyLoss(), trainer)
        animator.add(epoch + 1,
                     (l, acc, d2l.evaluate_accuracy(net, batches)))
    print("train loss", d2l.evaluate_loss(net, batches, nn.CrossEntropyLoss()))

dropout = retrain(train_net, drop=(0.0, 1.0, 0.1))
dropout
"""
REGULARIZATION = """
class Regularization(nn.Module):
    def __init__(self, model, weight_decay, p=2):
        super().__init__()
        if weight_decay < 0:
            raise ValueError(f"weight_decay must be >= 0, got {weight_decay}")
        self.model, self.weight_decay, self.p = model, weight_decay, p
        self.weight_info(self.weights())

    def weights(self):
        return [(name, param) for name, param in self.model.named_parameters()
                if "weight" in name]

    def weight_info(self, weights):
        print("---- regularized weights ----")
        for name, param in weights:
            print(name, tuple(param.shape))

    def forward(self):
        return self.weight_decay * sum(
            torch.norm(param, p=self.p) for _, param in self.weights())

def train_regularized(weight_decay=0.1, p=2):
    net = nn.Sequential(nn.Linear(num_inputs, 16), nn.ReLU(),
                        nn.Linear(16, 1))
    penalty = Regularization(net, weight_decay, p)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    animator = d2l.Animator(xlabel="iteration", ylabel="loss", xlim=[1, 40])
    for iteration in range(40):
        for X, y in train_iter:
            l = nn.functional.mse_loss(net(X), y) + penalty()
            optimizer.zero_grad()
            l.backward()
            optimizer.step()
        animator.add(iteration + 1, l.item())
    print("L1", sum(w.abs().sum().item() for _, w in penalty.weights()))

regularized = retrain(train_regularized, weight_decay=(0.0, 1.0, 0.1),
                      p={"L1": 1, "L2": 2})
regularized
"""
CELLS = {
    "imports": IMPORTS, "data": DATA, "by_hand": BY_HAND, "concise": CONCISE,
    "plotted": FIT_AND_PLOT, "dropout": DROPOUT, "regularized": REGULARIZATION,
}  # fmt: skip


@pytest.fixture(scope="module")
def notebook(page, lab):
    notebook = Notebook(page, lab.add("source_texts.ipynb", CELLS))
    notebook.run("imports")
    notebook.run("data")
    yield notebook
    notebook.close()


@pytest.fixture
def show(notebook):
    """Return a function that runs a cell and finds its panel."""

    def show_it(name):
        notebook.run(name)
        panel = notebook.panel(name)
        assert notebook.faults() == []
        return panel

    return show_it


def printed(notebook, name):
    """Return what the newest run has printed, when its panel shows it."""
    text = ast.literal_eval(notebook.value(f"{name}.newest.printed.text"))
    lines = notebook.panel(name).box.locator("pre").first
    expect(lines).to_have_text(text, use_inner_text=True)
    return text


def newest(notebook, name):
    """Return points and printed text of the newest run, when it has ended."""
    return notebook.value(
        "(lambda run: ([a.curves for a in run.animators], run.printed.text))"
        f"({name}.wait(30))"
    )


def wait_until_whole(picture):
    """Wait until all of a picture lies in the panel, and has loaded."""
    whole = """element => {
        const box = element.getBoundingClientRect();
        const panel = element.closest('.cu-panel').getBoundingClientRect();
        const texts = [...element.querySelectorAll('svg text')].map(
            text => text.getBoundingClientRect()).filter(box => box.width);
        return box.width > 300 && box.height > 150
            && box.left >= panel.left && box.right <= panel.right + 1
            && (element.tagName !== 'IMG' || element.naturalWidth > 300)
            && texts.every(text => text.left >= box.left - 1
                && text.right <= box.right + 1
                && text.top >= box.top - 1 && text.bottom <= box.bottom + 1);
    }"""
    end = time.monotonic() + 5
    while not picture.evaluate(whole):
        assert time.monotonic() < end, picture.evaluate("e => e.outerHTML")
        picture.page.wait_for_timeout(50)


PROGRAMS = {
    # label of the status line, two places of the slider, and their values
    "by_hand": ("epochs? 100 of 100", "lambd", 0.9, "9", 0.3, "3"),
    "dropout": ("epoch 10 of 10", "drop", 0.9, "0.9", 0.2, "0.2"),
    "regularized": (
        "iteration 40 of 40", "weight_decay", 0.8, "0.8", 0.1, "0.1",
    ),
    "plotted": (None, "lambd", 0.9, "9", 0, "0"),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_as_typed_works_under_a_slider(notebook, show, name):
    progress, slider, away, other, back, first = PROGRAMS[name]
    panel = show(name)
    status = panel.wait(f"{slider} = {first}")
    assert progress is None or re.search(progress, status), status
    before, lines = newest(notebook, name), printed(notebook, name)
    wait_until_whole(panel.pictures.first)
    assert panel.pictures.count() == 1
    panel.drag(away)
    panel.wait(f"{slider} = {other}")
    assert printed(notebook, name) != lines  # those of the run that is shown
    panel.drag(back)
    panel.wait(f"{slider} = {first}")
    assert newest(notebook, name) == before
    assert printed(notebook, name) == lines
    panel.press("Clear")
    notebook.page.wait_for_timeout(200)  # the chart is drawn anew
    wait_until_whole(panel.pictures.first)
    outputs = notebook.outputs(name)
    assert [o["output_type"] for o in outputs] == ["display_data"] * 2


def test_the_concise_version_has_choices_and_the_same_curve_again(
    notebook, show
):
    panel = show("concise")
    status = panel.wait("wd = 3")
    assert re.search("epochs? 100 of 100", status)
    before = newest(notebook, "concise")
    box = panel.box.get_by_role("combobox")
    for choice in ("0", "3"):
        box.select_option(choice)
        panel.wait(f"wd = {choice} ")
    assert newest(notebook, "concise") == before
    assert printed(notebook, "concise").startswith("L2 norm of w: ")
    wait_until_whole(panel.pictures.first)


def test_a_program_without_animator_is_overtaken_all_the_same(show):
    """`fit_and_plot` meets no checkpoint of ours: it is interrupted."""
    panel = show("plotted")
    epochs = panel.box.get_by_role("combobox")
    epochs.select_option("1000000")
    panel.running("epochs = 1000000")
    panel.drag(0.5)
    panel.running("lambd = 5, epochs = 1000000", timeout=5)
    epochs.select_option("30")
    panel.wait("lambd = 5, epochs = 30 ", timeout=10)
    shown = panel.box.locator('img[alt^="lambd = 5, epochs = 30."]')
    shown.wait_for(timeout=10_000)
