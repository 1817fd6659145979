import base64
import pty
import subprocess
import sys

import pytest

from course_utils.plotting import views

TRAIN = """
def train(n):
    animator = Animator("epoch", "loss", ["train"])
    for epoch in range(n):
        animator.add(epoch, epoch)
        {pause}
"""


def pictures(outputs):
    return [o for o in outputs if "image/png" in o.get("data", {})]


def test_a_robot_gets_the_last_frame_only(kernel):
    outputs = kernel.run(TRAIN.format(pause="pass") + "train(50)")
    (picture,) = outputs
    assert picture["kind"] == "display_data"
    assert picture["data"]["text/plain"].endswith("At epoch 49: train 49")
    size = picture["metadata"]["image/png"]
    assert (size["width"], size["height"]) == (600, 300)
    assert size["alt"] == picture["data"]["text/plain"]
    png = base64.b64decode(picture["data"]["image/png"])
    assert png.startswith(b"\x89PNG")


def test_a_person_sees_one_picture_that_is_updated(kernel):
    code = TRAIN.format(pause="import time; time.sleep(0.02)") + "train(30)"
    outputs = kernel.run(code, person=True)
    frames, (last,) = outputs[:-1], pictures(outputs)
    assert last is outputs[-1]
    assert all("<svg" in o["data"]["text/html"] for o in frames)
    assert [o["kind"] for o in outputs[:1]] == ["display_data"]
    assert {o["kind"] for o in outputs[1:]} == {"update_display_data"}
    assert len({o["transient"]["display_id"] for o in outputs}) == 1
    # 30 points in 0.6 s: at most ten frames a second, and the last one
    assert 2 <= len(outputs) <= 8
    assert outputs[-1]["data"]["text/plain"].endswith("train 29")


def test_the_last_frame_comes_even_if_the_cell_fails(kernel):
    outputs = kernel.run(TRAIN.format(pause="pass") + "train(5); 1 / 0")
    assert [o["kind"] for o in outputs][-1] == "error" or pictures(outputs)
    assert pictures(outputs)[-1]["data"]["text/plain"].endswith("train 4")


def test_two_animators_in_a_cell_make_two_pictures(kernel):
    code = "for k in range(2):\n    Animator().add(1, k)"
    assert len(pictures(kernel.run(code))) == 2


def test_the_next_cell_shows_nothing_of_it(kernel):
    kernel.run("Animator().add(1, 1)")
    assert kernel.run("None") == []


@pytest.mark.skipif(sys.platform == "win32", reason="pty needs Unix")
def test_a_terminal_gets_one_line_of_numbers():
    code = TRAIN.format(pause="") + "train(3)"
    master, slave = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", "from course_utils import *" + code],
        stdout=subprocess.PIPE,
        stderr=slave,
        check=True,
    )
    import os

    text = os.read(master, 4000).decode()
    os.close(master)
    os.close(slave)
    assert "At epoch 0: train 0" in text
    assert text.count("\n") == 1


def test_slow_frames_slow_a_training_by_a_twentieth_at_most(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(views.time, "monotonic", lambda: clock[0])
    throttle = views.Throttle()
    drawn = 0
    while clock[0] < 50:
        if throttle.due():
            with throttle.frame():
                clock[0] += 0.2
                drawn += 1
        clock[0] += 0.01
    assert drawn == 10
    assert 0.2 * drawn <= 0.05 * (clock[0] - 0.2 * drawn)


@pytest.mark.parametrize(("pause", "frames"), [((), 10), ((0.2,), 5)])
def test_quick_frames_pass_once_in_each_pause(monkeypatch, pause, frames):
    clock = [0.0]
    monkeypatch.setattr(views.time, "monotonic", lambda: clock[0])
    throttle, drawn = views.Throttle(*pause), 0
    while clock[0] < 1:
        if throttle.due():
            with throttle.frame():
                drawn += 1
        clock[0] += 0.001
    assert frames - 1 <= drawn <= frames


def test_two_pictures_of_a_cell_come_in_their_order(kernel):
    code = "for k in range(2):\n    Animator().add(1, k)"
    found = [o["data"]["text/plain"][-1] for o in pictures(kernel.run(code))]
    assert found == ["0", "1"]


SLIDER_MEANWHILE = """
import itertools, threading, time
drawn_by, animator = [], Animator()
picture = animator.html
def watched():
    drawn_by.append(threading.current_thread().name)
    return picture()
animator.html = watched
def messages():
    for _ in range(50):
        get_ipython().events.trigger("post_execute")
        time.sleep(0.005)
slider = threading.Thread(target=messages)
slider.start()
for k in itertools.takewhile(lambda _: slider.is_alive(), itertools.count()):
    animator.add(k, k)
print(sorted(set(drawn_by)))
"""


def test_a_slider_s_message_leaves_the_running_cell_s_picture_alone(kernel):
    outputs = kernel.run(SLIDER_MEANWHILE, person=True)
    text = "".join(o.get("text", "") for o in outputs)
    assert text == "['MainThread']\n"
