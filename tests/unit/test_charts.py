from types import SimpleNamespace

from course_utils import Animator
from course_utils.charts import Charts


def finished(*animators):
    return SimpleNamespace(animators=animators, result=None)


def test_animators_of_the_same_place_and_looks_share_a_chart():
    charts, one, two = Charts(), Animator("epoch"), Animator("epoch")
    charts.share(0, one)
    charts.take_back([finished(one)])
    charts.share(0, two)
    assert two.chart is charts[0][1]
    assert "chart" not in vars(one)


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
