import functools

import ipywidgets as widgets
import pytest

from course_utils.panel.controls import controls_for, log_slider


def train(lambd=3, p=0.5, kind="l2", noisy=False):
    pass


def control(**slider):
    return next(iter(controls_for(train, slider, live=True).values()))


@pytest.mark.parametrize(
    ("slider", "kind", "value"),
    [
        ({"lambd": (0, 10)}, widgets.IntSlider, 3),
        ({"lambd": (0, 10, 0.5)}, widgets.FloatSlider, 3.0),
        ({"p": (0.0, 1.0)}, widgets.FloatSlider, 0.5),
        ({"kind": ["l1", "l2"]}, widgets.Dropdown, "l2"),
        ({"kind": {"lasso": "l1", "ridge": "l2"}}, widgets.Dropdown, "l2"),
        ({"noisy": True}, widgets.Checkbox, False),
        ({"lambd": widgets.IntText(value=4)}, widgets.IntText, 4),
    ],
)
def test_short_forms_make_the_widgets_of_interact(slider, kind, value):
    widget = control(**slider)
    assert type(widget) is kind
    assert widget.value == value
    assert widget.description == next(iter(slider))


@pytest.mark.parametrize(
    ("step", "shown"),
    [(1.0, ".0f"), (0.5, ".1f"), (0.25, ".2f"), (0.001, ".3f")],
)
def test_the_number_beside_a_slider_shows_its_steps(step, shown):
    assert control(lambd=(0, 10, step)).readout_format == shown


@pytest.mark.parametrize("live", [True, False])
def test_only_a_live_slider_reports_while_it_is_dragged(live):
    sliders = controls_for(train, {"lambd": (0, 9)}, live=live)
    assert sliders["lambd"].continuous_update is live


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "form",
    [(5, 1), (1, 1), (0, 10, 0), (0, 10, -1), (0,), (0, 1, 2, 3), (0, NAN),
     (0, INF), (-INF, 0), ("a", "b"), (0, "b"), (True, 3), (0, None), [], {},
     None, "x", 3, set()],
)  # fmt: skip
def test_bad_ranges_are_refused_by_name(form):
    with pytest.raises(ValueError, match=r"lambd must be a tuple \(min, max"):
        control(lambd=form)


def test_a_start_outside_the_range_is_refused():
    with pytest.raises(ValueError, match="lambd starts at 3, which is not in"):
        control(lambd=(5, 10))


@pytest.mark.parametrize(
    ("function", "sliders", "words"),
    [
        (
            3,
            {"lambd": (0, 1)},
            "train must be a function: write its name without parentheses",
        ),
        (train, {}, r"^retrain needs a slider, .*\)$"),
        (train, {"alpha": (0, 1)}, "alpha"),
        (lambda a, b: 0, {"a": (0, 1)}, "'b'"),
    ],
)
def test_a_function_that_cannot_be_called_so_is_refused(
    function, sliders, words
):
    with pytest.raises(TypeError, match=words):
        controls_for(function, sliders, live=True)


def step(lambd=3):
    pass


@pytest.mark.parametrize(
    ("function", "name"), [(step, "step"), (functools.partial(step), "train")]
)
def test_what_cannot_be_called_is_shown_with_its_arguments(function, name):
    words = (
        rf"^{name}\(lambd=3\) cannot be called with the sliders "
        "lambd, a, b: got an unexpected keyword argument 'a'$"
    )
    sliders = dict.fromkeys(["lambd", "a", "b"], (0, 1))
    with pytest.raises(TypeError, match=words):
        controls_for(function, sliders, live=True)


def test_a_function_in_c_need_not_tell_its_arguments():
    (made,) = controls_for(dict, {"a": (0, 10)}, live=True).values()
    assert made.value == 5


def test_a_function_of_any_arguments_starts_in_the_middle():
    def train(**settings):
        pass

    made = controls_for(train, {"lambd": (0, 10)}, live=True)
    assert made["lambd"].value == 5


def test_a_slider_is_as_wide_as_there_is_room():
    assert control(lambd=(0, 10)).layout.width == "min(100%, 480px)"


@pytest.mark.skipif(
    not widgets.IntSlider().has_trait("tooltip"),
    reason="ipywidgets 7 has no tooltips of sliders",
)
def test_a_tooltip_is_the_name_or_the_widget_s_own():
    assert control(lambd=(0, 10)).tooltip == "lambd"
    ready = widgets.IntSlider(tooltip="the price")
    assert control(lambd=ready).tooltip == "the price"


def test_a_ready_widget_without_a_name_gets_its_argument_s_in_full():
    def step(weight_decay=0.1):
        pass

    slider = log_slider(0.01, 1, value=0.1)
    controls_for(step, {"weight_decay": slider}, live=True)
    assert slider.description == "weight_decay"
    assert slider.style.description_width == "initial"


def test_a_log_slider_has_an_exact_zero():
    slider = log_slider(0.001, 10, value=0.1, per_decade=2)
    values = [value for _, value in slider.options]
    assert values[:4] == [0.0, 0.001, 0.0032, 0.01] and values[-1] == 10
    assert slider.value == 0.1
    assert log_slider(0.001, 10, value=0).value == 0
    assert log_slider(1e-30, 1e30, value=1e30).value == 1e30


def test_a_log_slider_has_two_positions_for_each_factor_of_ten():
    values = [value for _, value in log_slider(0.01, 1, value=0.1).options]
    assert values == [0.0, 0.01, 0.032, 0.1, 0.32, 1]


@pytest.mark.parametrize("bounds", [(0, 1), (-1, 1), (2, 1), (1, 1), (1, INF)])
def test_a_log_slider_refuses_bad_bounds(bounds):
    with pytest.raises(ValueError, match="0 < low < high"):
        log_slider(*bounds, value=1)


@pytest.mark.parametrize("widget", [widgets.Label, widgets.IntText])
def test_a_widget_keeps_its_own_description(widget):
    assert (
        control(lambd=widget(description="penalty")).description == "penalty"
    )
    assert control(lambd=widget()).description == "lambd"


def test_a_widget_without_a_value_is_no_slider():
    with pytest.raises(TypeError, match="^lambd must be .* got VBox"):
        control(lambd=widgets.VBox())


@pytest.mark.parametrize(
    ("ends", "step"),
    [((0.0, 10.0), 0.1), ((0.0, 1.0), 0.1), ((0.0, 0.5), 0.01),
     ((1e-4, 1e-2), 1e-4), ((0.1, 0.2), 0.01)],
)  # fmt: skip
def test_a_narrow_range_has_small_steps(ends, step):
    def train(lambd=ends[1]):
        pass

    made = controls_for(train, {"lambd": ends}, live=True)["lambd"]
    assert made.step == pytest.approx(step)


def test_a_start_between_whole_numbers_is_told_how():
    told = r"in \(0, 10\): for more than whole numbers write 0\.0 for 0$"
    with pytest.raises(ValueError, match=told):
        control(p=(0, 10))


@pytest.mark.parametrize(
    ("low", "high", "per_decade", "between"),
    [
        (1, 1.5, 1, []),
        (0.125, 0.999, 2, [0.35]),
        (0.126, 1, 2, [0.35]),
        (0.01, 1, 1, [0.1]),
    ],
)
def test_a_log_slider_stays_within_its_ends(low, high, per_decade, between):
    slider = log_slider(low, high, low, per_decade=per_decade)
    values = [value for _, value in slider.options]
    assert values == [0.0, low, *between, high]


def test_a_log_slider_has_each_position_once():
    options = log_slider(0.01, 1, 0.5, per_decade=40).options
    assert len(set(options)) == len(options)


@pytest.mark.parametrize("value", [INF, float("nan"), -1, "1", None])
def test_a_log_slider_refuses_a_bad_start(value):
    with pytest.raises(ValueError, match="value must be"):
        log_slider(0.01, 1, value)


@pytest.mark.parametrize("per_decade", [0, -1, 1.5, None])
def test_a_log_slider_refuses_no_positions(per_decade):
    with pytest.raises(ValueError, match="per_decade must be"):
        log_slider(0.01, 1, 0.1, per_decade=per_decade)


def test_lists_of_two_numbers_are_values_and_a_text_first_is_a_name():
    for choices, first in ([[8, 8], [9, 9]], [8, 8]), ([["a", 8]], 8):
        sliders = {"width": choices}
        (made,) = controls_for(lambda width: 0, sliders, live=True).values()
        assert made.value == first
    (made,) = controls_for(lambda n: 0, {"n": [64, 8]}, live=True).values()
    assert [*made.options] == [("64", 64), ("8", 8)]


def test_a_slider_of_the_learners_own_may_report_on_release_only():
    own = widgets.FloatSlider(continuous_update=False)
    assert control(p=own).continuous_update is False
    assert control(p=widgets.FloatSlider()).continuous_update is True


def test_a_function_that_would_never_run_is_refused():
    def steps(lambd=1):
        yield lambd

    async def later(lambd=1):
        return lambd

    class Net:
        async def __call__(self, lambd=1):
            return lambd

    for never in (steps, later, Net()):
        with pytest.raises(TypeError, match="^train must not contain yield"):
            controls_for(never, {"lambd": (0, 9)}, live=True)
