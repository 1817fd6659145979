import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from course_utils.scales import (
    check_scales,
    drawable,
    floats,
    is_sequence,
    pair,
    span,
    texts,
    use_light_ticks,
)

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("scale", "expected"),
    [("linear", [NAN, NAN, NAN, -1, 0, 2]), ("log", [NAN] * 5 + [2])],
)
def test_what_an_axis_cannot_show_becomes_a_gap(scale, expected):
    shown = drawable([NAN, INF, -INF, -1, 0, 2], scale)
    np.testing.assert_array_equal(shown, expected)


def test_a_value_that_is_missing_is_a_gap_too():
    np.testing.assert_array_equal(drawable([1, None], "linear"), [1, NAN])


@pytest.mark.parametrize("value", [3, 3.0, np.float32(3), torch.tensor(3.0)])
def test_one_number_of_any_library_is_one_float(value):
    assert not is_sequence(value)
    assert floats(value) == [3.0]


def test_several_numbers_keep_their_gaps():
    w = torch.tensor(2.0, requires_grad=True)
    assert floats((1, None, w)) == [1.0, None, 2.0]
    assert floats(torch.tensor([1.0, 2.0])) == [1.0, 2.0]


def test_span_holds_all_values_and_what_was_wanted():
    low, high = span([[1.0, 2.0], [NAN, INF]], "linear", (0, 1.5), 0)
    assert (low, high) == (0, 2)


def test_span_of_a_log_axis_leaves_out_what_it_cannot_show():
    low, high = span([[0.0, -1.0, 0.01, 100.0]], "log", None, 0)
    assert (low, high) == pytest.approx((0.01, 100))


@pytest.mark.parametrize("values", [[], [NAN]])
def test_span_of_nothing(values):
    assert span([values], "linear", None, 0.05) == (0, 1)
    assert span([values], "log", None, 0.05) == (0.1, 1)


@pytest.mark.parametrize("values", [[3.0], [3.0, 3.0]])
def test_span_of_one_value_has_it_in_the_middle(values):
    assert span([values], "linear", None, 0.05) == (2.5, 3.5)
    low, high = span([values], "log", None, 0.05)
    assert (low, high) == pytest.approx((3 / 10**0.5, 3 * 10**0.5))


def test_span_has_the_margin_on_both_sides():
    assert span([[2.0, 12.0]], "linear", None, 0.05) == (1.5, 12.5)
    low, high = span([[10.0, 1000.0]], "log", None, 0.05)
    assert (low, high) == pytest.approx((10**0.9, 10**3.1))


def test_an_unknown_scale_is_refused_by_name():
    with pytest.raises(ValueError, match="yscale must be .* got 'cubic'"):
        check_scales(xscale="log", yscale="cubic")
    assert check_scales(xscale="log", yscale="linear") is None


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ((1e-6, 100), {"1e-06", "0.0001", "0.01", "1", "100"}),
        ((1e-6, 10), {"1e-06", "0.0001", "0.01", "1"}),  # at most seven
        ((0.01, 0.06), {"0.01", "0.02", "0.05"}),
        ((1, 49), {"1", "2", "5", "10", "20"}),
        ((1, 50), {"1", "10"}),
    ],
)
def test_a_log_axis_has_plain_numbers_short_or_long(limits, expected):
    ax = Figure().subplots()
    ax.set(yscale="log", ylim=limits)
    use_light_ticks(ax)
    low, high = limits
    shown = {
        label.get_text()
        for label in ax.get_yticklabels()
        if low <= label.get_position()[1] <= high * 1.001
    }
    assert shown == expected
    assert len(ax.yaxis.get_minorticklocs()) == 0


@pytest.mark.parametrize(
    "limits",
    [
        (1,),
        (None, 10),
        (0, float("nan")),
        ("a", "b"),
        5,
        (1, 2, 3),
        (0, 10**400),
    ],
)
def test_limits_that_are_not_two_finite_numbers_are_refused(limits):
    with pytest.raises(ValueError, match="^xlim must be two finite numbers"):
        pair("xlim", limits)


def test_limits_may_be_of_any_library():
    assert pair("xlim", np.array([0, 1])) == (0, 1) == pair("xlim", [0, 1])
    assert pair("xlim", None) is None


def test_names_may_be_an_array():
    assert texts(np.array(["a", "b"])) == ("a", "b") and texts(None) == ()
    assert texts("loss") == ("loss",) == texts(np.str_("loss"))
    assert texts([None, 3]) == ("", "3")


def test_numbers_of_150_digits_are_drawn_and_longer_ones_are_not():
    for scale in ("linear", "log"):
        shown = drawable([1e150, 2e150, 1e-150, 0.5e-150], scale)
        assert np.isnan(shown).tolist() == [False, True, False, scale == "log"]


@pytest.mark.parametrize(
    ("label", "scale", "whole"),
    [
        ("epoch", "linear", True),
        ("x", "linear", False),
        ("epoch", "log", False),
    ],
)
def test_epochs_are_counted_in_whole_numbers(label, scale, whole):
    ax = Figure().subplots()
    ax.set(xlabel=label, xscale=scale, xlim=(1, 3))
    use_light_ticks(ax)
    ticks = ax.get_xticks()
    assert all(tick == round(tick) for tick in ticks) is whole
