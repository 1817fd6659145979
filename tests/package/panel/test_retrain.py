import pytest

from course_utils import retrain
from course_utils.panel.panel import worker

TRAIN = """
def train(lambd=3.0):
    animator = Animator("epoch", "loss", ["train"])
    animator.add(1, lambd)
    animator.add(2, lambd / 2)
    return {"final": lambd / 2}
"""
LIVE_WIDGETS = """
from ipywidgets.widgets import widget

def live_widgets():
    if hasattr(widget, "_instances"):
        return widget._instances
    return widget.Widget.widgets  # ipywidgets 7

"""
WIDGET = "application/vnd.jupyter.widget-view+json"


def test_a_robots_cell_ends_with_a_trained_picture_and_no_widget(kernel):
    code = TRAIN + "retrain(train, lambd=(0, 10, 0.5))"
    (result,) = kernel.run(code, cell="robot")
    assert result["kind"] == "execute_result"
    assert WIDGET not in result["data"]
    assert "image/png" in result["data"]
    text = result["data"]["text/plain"]
    assert text.startswith("lambd = 3. Line plot of loss against epoch.")
    assert result["metadata"]["image/png"]["alt"] == text


def test_a_robots_cell_fails_when_the_function_fails(kernel):
    code = "def train(lambd=1):\n    1 / 0\nretrain(train, lambd=(0, 3))"
    assert kernel.run(code)[-1]["ename"] == "ZeroDivisionError"


def test_a_person_gets_the_widget_with_a_picture_to_fall_back_on(kernel):
    code = TRAIN + "retrain(train, lambd=(0, 10, 0.5))"
    sliders, picture = kernel.run(code, person=True, cell="person")
    assert WIDGET in sliders["data"] and "image/png" not in sliders["data"]
    assert "data:image/png;base64" in picture["data"]["text/html"]
    assert 'alt="lambd = 3. Line plot' in picture["data"]["text/html"]


def test_a_person_sees_a_failure_in_the_panel(kernel):
    code = (
        "def train(lambd=1):\n    1 / 0\n"
        "panel = retrain(train, lambd=(0, 3)); print(panel.screen.error)"
    )
    outputs = kernel.run(code, person=True, cell="failing")
    text = "".join(o.get("text", "") for o in outputs)
    assert "line 2, in train" in text and "ZeroDivisionError" in text
    assert not [o for o in outputs if o["kind"] == "error"]


def test_running_a_cell_again_replaces_its_panel(kernel):
    count = (
        LIVE_WIDGETS + "import threading\n"
        "print(len(live_widgets()), threading.active_count())"
    )
    code = TRAIN + "p = retrain(train, lambd=(0, 10, 0.5)); p.run(lambd=1)"
    kernel.run(code, person=True, cell="again")
    (before,) = kernel.run(count, cell="count")
    for _ in range(3):
        kernel.run(code, person=True, cell="again")
    (after,) = kernel.run(count, cell="count")
    assert after["text"] == before["text"]


def test_two_panels_of_one_cell_live_side_by_side(kernel):
    code = TRAIN + (
        "a = retrain(train, lambd=(0, 10))\n"
        "b = retrain(train, lambd=(0, 10))\n"
        "print(a.run(lambd=1), b.run(lambd=2))"
    )
    outputs = kernel.run(code, person=True, cell="two")
    assert "{'final': 0.5} {'final': 1.0}" in outputs[0]["text"]
    assert sum(WIDGET in o.get("data", {}) for o in outputs) == 2


def test_a_widget_of_another_cell_survives_the_panels_replacement(kernel):
    kernel.run("import ipywidgets; s = ipywidgets.IntSlider(2)", cell="slider")
    for _ in range(2):
        kernel.run("p = retrain(lambda lambd: lambd, lambd=s)", cell="uses it")
    (output,) = kernel.run("s.value = 7; print(p.wait(5).result)", cell="set")
    assert output["text"] == "7\n"
    (output,) = kernel.run("print(s.layout.comm is None)", cell="look")
    assert output["text"] == "False\n"


def test_without_cell_ids_a_cell_is_known_by_its_text(kernel):
    count = LIVE_WIDGETS + "print(len(live_widgets()))"
    code = TRAIN + "p = retrain(train, lambd=(0, 10, 0.5))"
    kernel.run(code, cell=None)
    (before,) = kernel.run(count, cell=None)
    kernel.run(code, cell=None)
    (after,) = kernel.run(count, cell=None)
    assert after["text"] == before["text"]


def test_sync_mode_trains_in_the_callback(monkeypatch):
    monkeypatch.setenv("COURSE_UTILS_LIVE", "sync")
    panel = retrain(lambda lambd: lambd * 2, lambd=(0, 10))
    assert not panel.controls["lambd"].continuous_update
    submitted = []
    monkeypatch.setattr(worker, "submit", submitted.append)
    panel.controls["lambd"].value = 4
    assert panel.newest.result == 8 and submitted == []
    panel.close()


def test_sync_mode_shows_an_error_in_the_panel(monkeypatch):
    monkeypatch.setenv("COURSE_UTILS_LIVE", "sync")
    panel = retrain(lambda lambd: 1 / (lambd - 3), lambd=(0, 10))
    panel.controls["lambd"].value = 3
    assert "ZeroDivisionError" in panel.screen.error
    panel.controls["lambd"].value = 4
    assert panel.newest.result == 1
    panel.close()


def test_a_script_trains_once():
    calls = []
    panel = retrain(lambda lambd: calls.append(lambd), lambd=(2, 10))
    assert calls == [6]
    panel.close()


def test_a_bad_range_makes_no_panel_and_trains_nothing():
    calls = []
    with pytest.raises(ValueError, match="lambd must be"):
        retrain(lambda lambd: calls.append(lambd), lambd=(3, 1))
    assert calls == []


def test_without_cell_ids_two_cells_keep_their_panels(kernel):
    count, found = LIVE_WIDGETS + "print(len(live_widgets()))", []
    for code in ("None", "p = retrain(train, lambd=(1, 7, 0.5))",
                 "q = retrain(train, lambd=(1, 5, 0.5))"):  # fmt: skip
        kernel.run(TRAIN + code, cell=None)
        found.append(int(kernel.run(count, cell=None)[0]["text"]))
    none, one, two = found
    assert two - one == one - none > 0
    kernel.run("p.close(); q.close()", cell=None)
