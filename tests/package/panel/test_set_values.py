import ipywidgets as widgets
import pytest

from course_utils.panel.controls import (
    button,
    choice_names,
    family,
    set_values,
    text_line,
    widget_view,
)


def sliders():
    return {
        "lambd": widgets.IntSlider(3, 0, 9),
        "p": widgets.FloatSlider(0.5, min=0, max=1),
    }


def test_set_values_moves_all_or_none():
    some = sliders()
    with pytest.raises(
        ValueError, match="^p cannot be 7: that is outside its range$"
    ):
        set_values(some, {"lambd": 5, "p": 7})
    assert [s.value for s in some.values()] == [3, 0.5]
    set_values(some, {"lambd": 5, "p": 0.7})
    assert [s.value for s in some.values()] == [5, 0.7]


def test_set_values_refuses_a_name_that_is_no_sliders():
    with pytest.raises(TypeError, match="no slider 'q', only lambd, p"):
        set_values(sliders(), {"q": 1})


def test_a_button_calls_its_action():
    clicks = []
    go = button("Go", "Go there", lambda: clicks.append(1))
    go.click()
    assert clicks == [1]
    assert (go.description, go.tooltip) == ("Go", "Go there")
    assert go.layout.width == "auto"  # as wide as its label


def test_a_family_has_children_layouts_and_styles():
    slider, text = widgets.IntSlider(), widgets.HTML()
    box = widgets.VBox([widgets.HBox([slider]), text])
    members = family(box)
    for member in (box, slider, text, slider.layout, slider.style):
        assert member in members


def test_a_list_moves_a_slider_of_a_range():
    ends = {"ends": widgets.IntRangeSlider(value=(2, 5))}
    set_values(ends, {"ends": [1, 3]})
    assert ends["ends"].value == (1, 3)


def test_a_text_line_has_no_tooltip():
    line = text_line(value="seed 0")
    assert line.value == "seed 0"
    assert getattr(line, "tooltip", "") == ""


def test_a_view_is_what_jupyter_calls_one():
    line = text_line()
    (view,) = widget_view(line).values()
    assert widget_view(line) == {
        "application/vnd.jupyter.widget-view+json": view
    }
    version = view["version_major"], view["version_minor"]
    assert (*version, view["model_id"]) == (2, 0, line.model_id)


def test_choices_have_names_where_the_learner_gave_one():
    some = sliders() | {
        "pen": widgets.Dropdown(options=[("L1", abs), ("L2", pow)]),
        "plain": widgets.Dropdown(options=[1, 2]),
        "none": widgets.Dropdown(options=[1, 2], value=None),
        "first": widgets.SelectionSlider(options=[("low", 0), ("high", 9)]),
        "both": widgets.SelectMultiple(options=[("a", 0), ("b", 9)]),
    }
    assert choice_names(some) == {"pen": "L1", "first": "low"}
