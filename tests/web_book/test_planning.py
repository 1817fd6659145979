"""Which runs are stored: the settings of a panel, and how they thin out."""

import ipywidgets as widgets
import pytest

from web_book.planning import (
    Control,
    count_affordable,
    plan,
    probe,
    read_control,
    spread,
)


def control(name="a", kind="range", n=11, start=0):
    values = list(range(n))
    return Control(name, name, kind, values, [str(v) for v in values], start)


@pytest.mark.parametrize(
    "widget, kind, values, start",
    [
        (widgets.IntSlider(3, 0, 6, 2), "range", [0, 2, 3, 4, 6], 2),
        (widgets.IntSlider(4, 0, 6, 2), "range", [0, 2, 4, 6], 2),
        (
            widgets.FloatSlider(0.3, min=0, max=0.5, step=0.1),
            "range",
            [0.0, 0.1, 0.2, 0.3, 0.4, 0.5],
            3,
        ),
        (
            widgets.FloatLogSlider(1.0, min=-1, max=1, step=1),
            "range",
            [0.1, 1.0, 10.0],
            1,
        ),
        (
            widgets.SelectionSlider(
                options=[("no", 0.0), ("yes", 3)], value=3
            ),
            "range",
            [0, 3],
            1,
        ),
        (widgets.Dropdown(options=["L1", "L2"]), "select", ["L1", "L2"], 0),
        (widgets.Checkbox(True), "checkbox", [False, True], 1),
    ],
)
def test_a_widget_is_read_with_all_its_values(widget, kind, values, start):
    read = read_control("a", widget)
    assert (read.kind, read.values, read.start) == (kind, values, start)
    assert read.values[read.start] == widget.value
    assert len(read.texts) == len(values)


def test_options_keep_their_names():
    options = [("0", 0.0), ("1e-05", 1e-5)]
    read = read_control("a", widgets.SelectionSlider(options=options))
    assert read.texts == ["0", "1e-05"]


def test_a_fixed_value_is_no_control_and_other_widgets_are_refused():
    assert read_control("a", widgets.fixed(3)) is None
    with pytest.raises(TypeError, match="can't show a"):
        read_control("a", widgets.Text("x"))


def test_everything_is_crossed_where_it_fits():
    made = plan([control("a", n=11), control("b", "select", 3)], 33)
    assert made.crossed and made.alone == []
    assert len(made.settings) == len(set(made.settings)) == 33


def test_the_start_comes_last():
    made = plan([control("a", start=4), control("b", start=2)], 200)
    assert made.settings[-1] == (4, 2)


def test_ranges_are_thinned_evenly_and_keep_ends_and_start():
    made = plan([control("a", n=101, start=37)], 11)
    (kept,) = made.kept
    assert {0, 37, 100} <= set(kept) and 11 <= len(kept) <= 12
    gaps = [b - a for a, b in zip(kept, kept[1:], strict=False)]
    assert max(gaps) <= 20
    assert made.crossed


def test_the_longest_range_gives_way_first():
    made = plan([control("a", n=50), control("b", n=6)], 60)
    assert len(made.kept[1]) == 6 and len(made.kept[0]) in (10, 11)


def test_ranges_move_alone_where_crossing_leaves_too_few():
    controls = [control(n=20, name=name, start=5) for name in "abc"]
    made = plan([*controls, control("d", "checkbox", 2)], 80)
    assert not made.crossed and made.alone == ["a", "b", "c"]
    for setting in made.settings:  # at both choices of d
        assert sum(k != 5 for k in setting[:3]) <= 1
    assert {setting[3] for setting in made.settings} == {0, 1}
    assert len(made.settings) <= 90


def test_choices_move_alone_too_where_even_that_is_too_much():
    controls = [control(name=name, n=9, start=1) for name in "ab"]
    made = plan([*controls, control("c", "select", 9)], 25)
    assert made.alone == ["a", "b", "c"]
    start = made.settings[-1]
    for setting in made.settings:
        assert sum(a != b for a, b in zip(setting, start, strict=True)) <= 1


def test_every_kept_position_can_be_reached_from_the_start():
    controls = [control(name=name, n=30, start=3) for name in "abc"]
    made = plan(controls, 40)
    for k, kept in enumerate(made.kept):
        for value in kept:
            at = [3, 3, 3]
            at[k] = value
            assert tuple(at) in made.settings


def test_a_wide_range_is_spread_in_equal_ratios():
    values = list(range(1000, 500_001, 1000))
    kept = [values[k] for k in spread(values, 8, 0)]
    ratios = [b / a for a, b in zip(kept, kept[1:], strict=False)]
    assert kept[0] == 1000 and kept[-1] == 500_000
    assert max(ratios) < 1.6 * min(ratios)


@pytest.mark.parametrize(
    "seconds, size, runs",
    [(0.01, 10, 300), (6.0, 10, 10), (0.01, 30_000, 10), (1e4, 10, 1)],
)
def test_runs_are_as_many_as_time_and_size_allow(seconds, size, runs):
    assert count_affordable(seconds, size) == runs


def test_probes_are_the_start_and_the_ends():
    found = probe([control("a", n=5, start=2), control("b", n=3)])
    assert found == [(2, 0), (0, 0), (4, 0), (2, 2)]
