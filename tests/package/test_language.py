"""Every word that a learner reads is there in both languages."""

import ast
import string
from pathlib import Path

import pytest

import course_utils
from course_utils import Animator, check, ours, retrain
from course_utils.language import CHINESE, language, say
from course_utils.plotting import progress

PACKAGE = Path(course_utils.__file__).parent
# Said under a name, not as a literal: buttons, marks, remedies, counts.
BY_NAME = {
    *("Stop", "End the training that runs", "Clear", "Reset", "New seed"),
    *("Forget the earlier curves", "Move the sliders back"),
    *("Draw other random numbers", "stopped", "waits for another panel"),
    *("{function} returned None: it prints a result: return it",),
    *("{function} returned None: is its return missing?",),
    *("Remedy: torch.set_num_threads({cpus})",),
    *("Faster: torch.set_num_threads({cpus})",),
    *progress._COUNTED,
}


def literals():
    """Return every string in the package's code but the table itself."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        if path.name != "language.py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= {
                node.value
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant)
                and isinstance(node.value, str)
            }
    return found


def said():
    """Return the literal arguments of `say` in the package."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = getattr(getattr(node, "func", None), "id", "") == "say"
            if named and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


def fields(text):
    return sorted(f for _, f, _, _ in string.Formatter().parse(text) if f)


def test_all_that_is_said_is_translated():
    assert len(said()) > 25
    assert said() - CHINESE.keys() == set()


def test_no_translation_is_of_something_that_is_never_said():
    unused = CHINESE.keys() - literals() - BY_NAME
    assert unused == set()


@pytest.mark.parametrize("english", CHINESE)
def test_a_translation_has_the_same_fields(english):
    assert fields(english) == fields(CHINESE[english])
    assert english == english.strip() or english.startswith(" (")


def test_notebooks_in_a_folder_zh_are_chinese(tmp_path, monkeypatch):
    monkeypatch.delenv("COURSE_UTILS_LANG", raising=False)
    for folder, expected in (
        ("notebooks", "en"),
        ("notebooks/zh", "zh"),
        ("notebooks/zh/solutions", "zh"),
    ):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(tmp_path / folder)
        assert language() == expected
    monkeypatch.setenv("COURSE_UTILS_LANG", "en")
    assert language() == "en"


def test_another_language_is_refused(monkeypatch):
    monkeypatch.setenv("COURSE_UTILS_LANG", "de")
    with pytest.raises(ValueError, match="must be 'en', 'zh' or empty, got"):
        say("Stop")


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setenv("COURSE_UTILS_LANG", "zh")


def half(x):
    raise NotImplementedError


def wants_half():
    assert half(6) == 3


def test_feedback_in_chinese(chinese):
    assert check(wants_half) == "○ 还没有作答"
    assert check(lambda: None) == "✓ 正确"
    assert ours(wants_half)(half) is half


def test_a_panel_in_chinese(chinese):
    def train(lambd=1):
        animator = Animator(xlabel="epoch", xlim=[1, 2], legend=["loss"])
        for epoch in (1, 2):
            animator.add(epoch, lambd / epoch)
        return lambd

    panel = retrain(train, lambd=(0, 5))
    panel.wait(10)
    shown = panel.screen._status.value
    assert "第 2 轮，共 2" in shown
    assert "种子 4117" in shown
    assert "train(lambd=1)" in shown
    picture = panel.screen.pictures[0].widget.value
    assert "各个 epoch 处的值" in picture
    panel.close()
