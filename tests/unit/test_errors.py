import types

import IPython
import pytest
import torch
from ipykernel.compiler import XCachingCompiler

from course_utils.errors import (
    DivergedError,
    brief_traceback,
    refuse_infinite,
)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_infinite_values_are_refused_with_name_and_place(bad):
    with pytest.raises(DivergedError, match="test became .* at epoch 3"):
        refuse_infinite(["train", "test"], "epoch", [3, 3], [1.0, bad])


def test_finite_and_missing_values_pass():
    refuse_infinite(["train", "test"], "epoch", [3, 3], [1.0, None])


def test_a_curve_without_a_name_is_not_looked_at():
    refuse_infinite(["train"], "epoch", [3, 3], [1.0, float("nan")])


def test_divergence_is_explained_in_one_sentence():
    with pytest.raises(DivergedError) as caught:
        refuse_infinite(["loss"], "", [2.5], [float("inf")])
    assert str(caught.value) == (
        "Training diverged: loss became inf at x 2.5. Gradient descent is "
        "stable only while lr × the largest curvature of the loss, penalty "
        "included, stays below 2: lower lr or the penalty."
    )


def test_a_traceback_lists_only_the_learners_lines():
    def train():
        torch.zeros(2) @ torch.zeros(3)

    with pytest.raises(RuntimeError) as caught:
        train()
    text = brief_traceback(caught.value)
    assert "torch.zeros(2) @ torch.zeros(3)" in text
    assert "site-packages" not in text
    assert text.splitlines()[-1].startswith("RuntimeError")


def text_of(code, filename):
    try:
        exec(compile(code, filename, "exec"), {})
    except Exception as error:
        # The first call is the one above
        return brief_traceback(
            error.with_traceback(error.__traceback__.tb_next)
        )


def test_a_line_of_a_notebook_is_found_by_its_cell(monkeypatch):
    compiler = XCachingCompiler()
    shell = types.SimpleNamespace(compile=compiler)
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    code = "x = 1\nx / 0"
    cell = compiler.cache(code, number=3)
    place, line, error = text_of(code, cell).splitlines()
    assert place == "Cell In[3], line 2, in <module>"
    assert line == "    x / 0" and error.startswith("ZeroDivisionError")
    assert text_of("1 / 0", "/a/b/c.py").startswith("c.py, line 1")


def test_a_line_whose_text_is_lost_stays_empty():
    assert text_of("1 / 0", "gone.py").splitlines()[1] == "    "


def test_a_syntax_error_is_shown_as_python_shows_it():
    with pytest.raises(SyntaxError) as caught:
        compile("(1 +", "cell", "exec")
    *_, code, mark, what = brief_traceback(caught.value).splitlines()
    assert code.strip() == "(1 +" and mark.strip() == "^"
    assert what.startswith("SyntaxError")


def test_an_endless_recursion_is_told_in_a_few_lines():
    namespace = {}
    exec(
        compile("def f(n):\n    return f(n + 1)", "mine.py", "exec"), namespace
    )
    with pytest.raises(RecursionError) as caught:
        namespace["f"](0)
    text = brief_traceback(caught.value)
    assert text.count("\n") < 40
    assert "more calls" in text and text.count("mine.py") == 11


@pytest.mark.parametrize(
    ("deep", "told"), [(11, 0), (12, "... 1 more calls ...")]
)
def test_twelve_calls_are_told_in_full(deep, told):
    code = "def f(n):\n    return f(n - 1) if n else 1 / 0\n"
    text = text_of(f"{code}f({deep - 1})", "mine.py")
    lines = [line for line in text.splitlines() if line[:1] != " "]
    places = [line for line in lines if line.startswith("mine.py")]
    assert len(places) == 12
    assert lines[6] == (told or places[6])


@pytest.mark.parametrize("folder", ["site-packages", "dist-packages"])
def test_the_lines_of_a_package_are_not_the_learners(folder):
    namespace = {}
    name = f"/usr/local/lib/python3.12/{folder}/torch/nn/functional.py"
    exec(compile("def f():\n    1 / 0", name, "exec"), namespace)
    with pytest.raises(ZeroDivisionError) as caught:
        namespace["f"]()
    assert "functional.py" not in brief_traceback(caught.value)
