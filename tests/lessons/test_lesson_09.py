"""Lesson 09's programs, as they stand in the notebook, against references."""

import math
import re
from contextlib import closing

import pytest
import torch
from cells import load, printed, see
from sklearn.linear_model import Ridge
from torch import nn

from course_utils import d2l, retrain, seed_everything

LESSON = "09_coming_from_d2l"
CELLS = (
    *("imports", "old-data", "old-train", "new-data"),
    *("turn-loss-check", "turn-loss-ours", "new-fit", "agreement"),
    *("turn-paired-check", "turn-paired-ours", "linear-runs", "bias"),
)


@pytest.fixture(scope="module")
def lesson():
    return load(LESSON, *CELLS)


def rows():
    """Return the saved table: name -> (first, second, difference, error)."""
    number = r"[-+]?[\d.]+(?:e[-+]\d+)?"
    line = rf"(.+?) +({number}) +({number}) +({number}) ± ({number})"
    found = re.findall(line, printed(LESSON, "table"))
    return {name: tuple(map(float, numbers)) for name, *numbers in found}


def last_points(panel, **settings):
    """Run a panel; return the last point of each curve, by its name."""
    panel.run(**settings)
    (animator,) = panel.newest.animators
    curves = zip(animator.spec["legend"], animator.Y, strict=True)
    return {
        name: [float(y) for y in curve if y is not None][-1]
        for name, curve in curves
    }


def near(number, rel=0.03):
    return pytest.approx(number, rel=rel)


def test_the_program_ends_where_weight_decay_of_torch_ends(lesson):
    seed_everything(0)
    w = torch.randn(200, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    v, c = (p.detach().clone().requires_grad_() for p in (w, b))
    optimizer = torch.optim.SGD(
        [{"params": v, "weight_decay": 3}, {"params": c}], lr=0.003
    )
    batches = lesson["batches"]
    assert len(batches) == 400
    lesson["descend"](d2l, w, b, 3, 0.003, batches)
    for X, y in batches:
        optimizer.zero_grad()
        (((X @ v + c - y) ** 2).mean() / 2).backward()
        optimizer.step()
    torch.testing.assert_close(w, v, atol=1e-5, rtol=0)
    torch.testing.assert_close(b, c, atol=1e-5, rtol=0)


def test_the_program_s_penalty_is_that_of_ridge(lesson):
    X, y = lesson["train_data"]
    model = Ridge(alpha=len(X) * 3).fit(X, y.ravel())
    exact = torch.from_numpy(model.coef_).float().reshape(-1, 1)
    w = torch.randn(200, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    lesson["descend"](d2l, w, b, 3, 0.05, [(X, y)] * 1000)
    torch.testing.assert_close(w.detach(), exact, atol=1e-5, rtol=0)


def test_the_old_slider_shows_what_the_lesson_says(lesson, capsys):
    with closing(retrain(lesson["train"], lambd=(0, 10, 0.5))) as panel:
        with_, without = (last_points(panel, lambd=k) for k in (3, 0))
    assert with_["test"] == near(0.09) and without["test"] == near(91)
    assert 900 < without["test"] / with_["test"] < 1100
    assert without["train"] < 1e-4
    said = capsys.readouterr().out.split()
    assert [float(norm) for norm in (said[-5], said[-1])] == [
        near(0.36),
        near(13.2),
    ]


def test_the_new_sliders_show_what_the_lesson_says(lesson):
    sliders = {"lambd": (0, 10, 1), "sigma": [0.01, 1.0]}
    with closing(retrain(lesson["fit"], **sliders)) as panel:
        for lambd, sigma, loss in (
            *((0, 1.0, 91), (3, 1.0, 8.0), (10, 1.0, 0.038)),
            *((0, 0.01, 0.018), (3, 0.01, 0.0099)),
        ):
            ends = last_points(panel, lambd=lambd, sigma=sigma)
            assert ends["val_loss"] == near(loss)
            assert set(ends) == {"train_fit", "train_loss", "val_loss"}
            if (lambd, sigma) == (3, 1.0):
                assert ends["train_loss"] == near(25)
                assert ends["train_fit"] == near(0.017)
        assert panel.newest.animators[0].spec["yscale"] == "log"
        assert panel.newest.animators[0].spec["ylabel"] == "loss"


def test_the_bias_goes_where_the_lesson_says(lesson):
    panel = retrain(lesson["follow_bias"], weight_decay=(0, 10, 1))
    with closing(panel):
        for weight_decay, bias in ((0, 0.92), (3, 0.72), (10, 0.49)):
            ends = last_points(panel, weight_decay=weight_decay)
            assert ends["bias"] == near(bias)
            assert str(bias) in see(LESSON, "bias-see")
            assert weight_decay or str(bias) in see(LESSON, "bias-predict")
            assert ends["bias without weights"] == near(0.14)
            if weight_decay == 0:
                assert ends["added by the weights"] == near(-0.86)


def test_the_weights_correct_ten_times_as_much_as_the_bias():
    """One step on an error of 1 that all 20 examples share."""
    shares = []
    for seed in range(50):
        X = torch.randn(20, 200, generator=torch.manual_seed(seed))
        linear = nn.Linear(200, 1)
        error = linear(X) - linear(X).detach() + 1
        (error**2).mean().div(2).backward()
        moved = (X @ linear.weight.grad.T).mean() / linear.bias.grad
        shares.append(moved.item())
    assert sum(shares) / 50 == pytest.approx(10, rel=0.1)


def test_the_bias_of_this_draw_ends_near_what_the_lesson_computes(lesson):
    X, _ = lesson["train_data"]
    length = X.mean(0).square().sum().item()
    assert length == pytest.approx(12.7, abs=0.06)
    assert 1 - 0.95 / (1 + length) == pytest.approx(0.93, abs=0.005)
    for norm in ("12.7", "0.93"):
        assert norm in see(LESSON, "bias-see")


def test_the_validation_loss_leaves_the_penalty_out(lesson):
    model = lesson["Decayed"](200, lambd=3, lr=0.01, sigma=1.0)
    X, y = lesson["test_data"]
    y_hat = model(X)
    data = ((y_hat - y) ** 2).mean() / 2
    price = 3 * (model.w**2).sum() / 2
    torch.testing.assert_close(model.eval().loss(y_hat, y), data)
    torch.testing.assert_close(model.train().loss(y_hat, y), data + price)


@pytest.mark.parametrize("half", [0.5, 1.0])
@pytest.mark.parametrize("b_size", [0.0, 1.0])
def test_the_runs_of_the_table_are_those_of_torch(lesson, half, b_size):
    """Each of the 20 at once, and one of them by SGD and MSELoss."""
    w, b = lesson["linear_runs"](2, 0.5, b_size, half=half, num_epochs=7)
    k, loss = 4, nn.MSELoss()
    net = nn.Linear(200, 1)
    net.weight.data = 0.5 * lesson["w_drawn"][k].T.clone()
    net.bias.data = b_size * lesson["b_drawn"][k, 0].clone()
    optimizer = torch.optim.SGD(
        [{"params": net.weight, "weight_decay": 2}, {"params": net.bias}],
        lr=0.003,
    )
    order = torch.Generator().manual_seed(0)
    for _ in range(7):
        for i in torch.randperm(20, generator=order).split(5):
            optimizer.zero_grad()
            X, y = lesson["X"][k, i], lesson["y"][k, i]
            (half * loss(net(X), y)).backward()
            optimizer.step()
    torch.testing.assert_close(w[k], net.weight.T.detach(), atol=1e-5, rtol=0)
    torch.testing.assert_close(b[k, 0], net.bias.detach(), atol=1e-5, rtol=0)
    X, y = lesson["X_new"][k], lesson["y_new"][k]
    found = lesson["test_losses"](w, b)[k]
    torch.testing.assert_close(found, loss(net(X), y).detach() / 2)


def test_no_two_of_the_20_draws_are_alike(lesson):
    assert lesson["X"].shape == (20, 20, 200)
    for drawn in (lesson["X"], lesson["w_drawn"], lesson["b_drawn"]):
        assert len(drawn.unique(dim=0)) == 20


def test_the_saved_table_is_that_of_a_new_run(lesson):
    table = rows()
    for name, (first, second) in lesson["linear_rows"].items():
        mean, error = lesson["paired"](second, first)
        found = table[name]
        assert found[0] == near(first.mean().item())
        assert found[1] == near(second.mean().item())
        if name != "batches, then in another order":  # all rounding
            assert found[2] == near(mean.item(), 0.1)
            assert found[3] == near(error.item(), 0.1)
    assert len(table) == len(lesson["linear_rows"]) + 2


def test_what_the_table_shows():
    """The claims of the lesson; oracle: λ = 3 gives .093 ± .030."""
    table = rows()
    ratios = [
        table[f"λ 0, then 3; w ~ {start}"] for start in
        ("N(0, 1)", "N(0, 0.01²)")
    ]  # fmt: skip
    assert ratios[0][1] == pytest.approx(0.093, abs=0.03)
    assert ratios[0][0] == pytest.approx(91, abs=17)
    assert ratios[0][0] / ratios[0][1] == pytest.approx(900, rel=0.1)
    assert ratios[1][0] / ratios[1][1] == pytest.approx(2, rel=0.1)
    real = {name: abs(row[2]) > 2.8 * row[3] for name, row in table.items()}
    assert real.pop("batches, then in another order") is False
    assert real.pop("w ~ N(0, 0.01²), then ŷ = 0.05") is False
    assert all(real.values()), real
    by_size = sorted(table, key=lambda name: -abs(table[name][2]))
    assert by_size[0].startswith("λ 0, then 3; w ~ N(0, 1)")
    summary = see(LESSON, "summary")
    for name, digits in (
        ("b = 0, then b ~ N(0, 1)", 2),
        ("PyTorch's start, then 0.01", 1),
        ("dropout on, then off", 2),
        ("val. loss, then with penalty", 3),
    ):
        for number in table[name][:2]:
            assert f"{number:.{digits}f}" in summary, (name, number)


def test_what_is_said_beside_the_table(lesson):
    """The medians of the start of b, and what another order does."""
    before, after = lesson["linear_rows"]["b = 0, then b ~ N(0, 1)"]
    assert before.median().item() == pytest.approx(0.08, abs=0.005)
    assert after.median().item() == pytest.approx(0.21, abs=0.005)
    before, after = lesson["linear_rows"]["batches, then in another order"]
    moved = after - before
    assert moved.abs().max().item() == pytest.approx(0.0006, abs=5e-5)
    assert (moved > 0).sum() == 11
    said = printed(LESSON, "table")
    assert "start of b: median 0.08, then 0.21" in said
    assert "another order: at most 0.0006, 11 up and 9 down" in said


def test_networks_start_alike_and_see_the_same_batches(lesson):
    """Without training: only the size of the first weights differs."""
    fewer = [("range(5)", "range(1)"), ("< 100", "< 10"), ("== 100", "== 10")]
    names = load(LESSON, "network-runs", namespace=dict(lesson),
                 changes={"network-runs": fewer})  # fmt: skip
    net, loss = names["network_run"](0, lr=1e-9)
    small, small_loss = names["network_run"](0, 0.01, lr=1e-9)
    assert loss == pytest.approx(math.log(10), abs=0.1)
    assert small_loss == pytest.approx(math.log(10), abs=0.01)
    for first, second in zip(
        net.parameters(), small.parameters(), strict=True
    ):
        if first.dim() > 1:
            assert second.std().item() == pytest.approx(0.01, rel=0.05)
        else:
            torch.testing.assert_close(first, second, atol=1e-5, rtol=0)


FAULTS = [
    (
        "agreement",
        "3, lr, batches",
        "3 if functions is d2l else 2, lr, batches",
    ),
    ("turn-loss-ours", "data_loss +", "2 * data_loss +"),
    ("turn-loss-ours", "self.lambd *", "2 * self.lambd *"),
    ("new-data", "train_data if train else test_data", "test_data"),
]


@pytest.mark.parametrize(("cell", "old", "new"), FAULTS)
def test_a_mistake_fails_the_comparison(cell, old, new):
    until = CELLS[: CELLS.index("agreement") + 1]
    with pytest.raises(AssertionError):
        load(LESSON, *until, changes={cell: (old, new)})
