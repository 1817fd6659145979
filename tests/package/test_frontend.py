import sys

import pytest

from course_utils import frontend


def test_a_plain_python_has_no_kernel_and_no_person():
    assert frontend.kernel() is None
    assert not frontend.has_person()
    assert frontend.cell_identity() == (None, None)


@pytest.mark.parametrize("person", [True, False])
def test_a_person_is_told_from_a_robot(kernel, person):
    code = "from course_utils import frontend; print(frontend.has_person())"
    (output,) = kernel.run(code, person=person)
    assert output["text"].strip() == str(person)


def test_a_cell_knows_its_id_and_execution(kernel):
    code = "from course_utils import frontend; print(frontend.cell_identity())"
    (one,) = kernel.run(code, cell="a-cell")
    (two,) = kernel.run(code, cell="a-cell")
    assert one["text"].startswith("('a-cell', ")
    assert one["text"] != two["text"]


@pytest.mark.parametrize(
    ("mode", "sync"), [("", False), ("sync", True), ("thread", False)]
)
def test_the_environment_chooses_the_mode(monkeypatch, mode, sync):
    monkeypatch.setenv("COURSE_UTILS_LIVE", mode)
    assert frontend.callbacks_must_train() is sync


def test_colab_trains_in_the_callback(monkeypatch):
    monkeypatch.delenv("COURSE_UTILS_LIVE", raising=False)
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    assert frontend.callbacks_must_train()


def test_an_unknown_mode_is_refused(monkeypatch):
    monkeypatch.setenv("COURSE_UTILS_LIVE", "fast")
    with pytest.raises(ValueError, match="COURSE_UTILS_LIVE .* got 'fast'"):
        frontend.callbacks_must_train()
