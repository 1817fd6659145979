from types import SimpleNamespace

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from course_utils import Animator
from course_utils.charts import Charts


def finished(*animators, result=None):
    return SimpleNamespace(animators=animators, result=result)


def test_animators_of_the_same_place_and_looks_share_a_chart():
    charts, one, two = Charts(), Animator("epoch"), Animator("epoch")
    charts.share(0, one)
    shared = one.chart
    charts.take_back([finished(one)])
    assert "chart" not in vars(one)
    charts.share(0, two)
    assert two.chart is charts[0][0] is shared


def test_other_looks_take_another_chart_in_place_of_the_old_one():
    charts, one, two = Charts(), Animator("epoch"), Animator("step")
    charts.share(0, one)
    charts.share(0, two)
    assert one.chart is not two.chart
    assert len(charts) == 1


def test_a_chart_that_a_learner_drew_on_is_not_shared():
    charts, one, two = Charts(), Animator("epoch"), Animator("epoch")
    charts.share(0, one)
    mine = one.axes[0]
    charts.take_back([finished(one)])
    charts.share(0, two)
    assert two.chart.ax is not mine


def test_nor_one_that_was_drawn_on_in_a_run_that_was_stopped():
    charts, one, two = Charts(), Animator("epoch"), Animator("epoch")
    charts.share(0, one)
    mine = one.axes[0]
    charts.take_back([])  # a stopped run is in no history
    charts.share(0, two)
    assert two.chart.ax is not mine


def test_nor_one_that_three_runs_shared_before_it_was_drawn_on():
    charts, runs = Charts(), [Animator("epoch") for _ in range(4)]
    for animator in runs[:3]:
        charts.share(0, animator)
    shared = runs[2].chart
    assert shared is charts[0][0]
    runs[2].axes[0].axhline(0.5)
    charts.share(0, runs[3])
    assert runs[3].chart is not shared


def test_an_animator_loses_the_chart_that_another_takes_over():
    charts, one, two = Charts(), Animator("epoch"), Animator("epoch")
    charts.share(0, one)
    charts.share(0, two)
    one.axes[0].axhline(0.5)
    assert one.chart is not two.chart


def test_a_chart_that_a_run_has_of_its_own_stays_its_own():
    charts, one, two = Charts(), Animator("epoch"), Animator("epoch")
    charts.share(0, one)
    two.axes[0].axhline(0.5)  # before the first point
    mine = two.chart
    charts.share(0, two)
    assert two.chart is mine is not one.chart


def test_taking_back_leaves_what_was_never_drawn():
    Charts().take_back([finished(Animator("epoch"))])


@pytest.mark.parametrize(
    ("result", "kept"), [(0.5, 0.5), ("good", "good"), (Figure(), None)]
)
def test_a_finished_run_keeps_its_numbers_and_no_figure(result, kept):
    run = finished(result=result)
    Charts().take_back([run])
    assert run.result == kept


def test_a_finished_run_keeps_no_graph_of_gradients():
    w = torch.ones(1, requires_grad=True)
    run = finished(result={"loss": 2 * w, "both": (w * 3, [w * 4])})
    Charts().take_back([run])
    assert not run.result["loss"].requires_grad
    three, (four,) = run.result["both"]
    assert not (three.requires_grad or four.requires_grad)


@pytest.mark.parametrize(
    "result",
    [torch.nn.Linear(3, 3), (torch.nn.Linear(3, 3), 0.5), torch.ones(1001, 2),
     {"net": torch.nn.Linear(3, 3)}, [0.0] * 1001],
)  # fmt: skip
def test_a_finished_run_keeps_nothing_large(result):
    run = finished(result=result)
    Charts.take_back([run])
    assert run.result is None


@pytest.mark.parametrize(
    "result", [0.5, "words", [1, 2], (0.1, torch.ones(3)), {"a": np.ones(9)}]
)
def test_a_finished_run_keeps_numbers_and_words(result):
    run = finished(result=result)
    Charts.take_back([run])
    assert repr(run.result) == repr(result)


def test_a_chart_that_its_animator_gave_up_does_not_come_back():
    charts, animator = Charts(), Animator("epoch")
    charts.share(0, animator)
    first = vars(animator).pop("chart")
    animator.spec = animator.spec | {"legend": ("a", "b")}
    charts.share(0, animator)
    assert animator.chart is not first
    assert animator.chart.names == ("a", "b")
