import types

import numpy as np
import pytest
import torch
from ipykernel.compiler import XCachingCompiler

from course_utils.panel import words
from course_utils.panel.words import (
    brief_traceback,
    describe_result,
    describe_run,
    describe_settings,
    labels,
    status_line,
)
from course_utils.runs.run import Run


def test_settings_read_like_assignments():
    settings = {"lambd": 3.0, "n": 20, "noisy": True, "kind": "l1"}
    words = describe_settings(settings)
    assert words == "lambd = 3, n = 20, noisy = True, kind = l1"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, ""),
        (3, "3"),
        (0.123456, "0.123"),
        (np.float32(2.5), "2.5"),
        (torch.tensor(0.5, requires_grad=True), "0.5"),
        ("fine", "fine"),
        ({"‖w‖": 0.36571, "n": 4}, "‖w‖ 0.366 · n 4"),
        ([1, 2], "[1, 2]"),
        ("x" * 120, "x" * 120),
        ("x" * 121, "x" * 119 + "…"),
        (list(range(10_000)), "10000 values: 0, 1, 2, …"),
    ],
)
def test_results_in_words(result, words):
    assert describe_result(result) == words


def runs(*settings, seeds=None):
    seeds = seeds or [0] * len(settings)
    return [
        Run(None, s, seed, None)
        for s, seed in zip(settings, seeds, strict=True)
    ]


def test_labels_name_only_what_differs():
    some = runs({"lambd": 1.0, "p": 0.5}, {"lambd": 3.0, "p": 0.5})
    assert labels(some) == ["lambd = 1", "lambd = 3"]


def test_a_single_run_is_named_in_full():
    assert labels(runs({"lambd": 1.0, "p": 0.5})) == ["lambd = 1, p = 0.5"]


def test_labels_name_the_seed_when_that_differs():
    some = runs({"lambd": 1.0}, {"lambd": 1.0}, seeds=[4, 5])
    assert labels(some) == ["seed = 4", "seed = 5"]


def test_a_result_that_cannot_be_told_is_told_by_its_kind():
    class Mute:
        def __repr__(self):
            raise RuntimeError

    assert describe_result(Mute()) == "a Mute"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "waits for its turn"),
        ({"state": "running"}, "training · 2.5 s"),
        ({"state": "running", "epoch": 3}, "epoch 3 of 9 · 2.5 s"),
        ({"state": "done", "result": 0.25}, "1.25 s · 0.25"),
        ({"state": "done", "epoch": 9}, "epoch 9 of 9 · 1.25 s"),
        ({"state": "stopped", "epoch": 3}, "stopped · epoch 3 of 9"),
        ({"state": "stopped", "paused": True}, "waits for another panel"),
        ({"state": "diverged", "error": ValueError("too far")}, "too far"),
        ({"state": "failed", "error": KeyError(3)}, "KeyError, see below"),
    ],
)
def test_a_status_line_tells_how_far_a_run_is(changes, words):
    run = Run(None, {"lambd": 3.0}, 7, None)
    run.seconds, run.clock = 1.25, lambda: 2.5
    changes = dict(changes)
    if epoch := changes.pop("epoch", None):
        spec = {"xlabel": "epoch", "xlim": (1, 9)}
        run.animators = [types.SimpleNamespace(X=[[1, epoch]], spec=spec)]
    vars(run).update(changes)
    assert describe_run(run) == f"lambd = 3 · {words} · seed 7"


@pytest.mark.parametrize(
    ("state", "live"), [("running", "off"), ("stopped", "polite")]
)
def test_a_status_is_read_aloud_when_its_run_has_ended(state, live):
    run = Run(None, {"name": "<b>"}, 7, None)
    run.state, run.clock = state, lambda: 2.5
    words = describe_run(run).replace("<b>", "&lt;b&gt;")
    html = f'<div role="status" aria-live="{live}">{words}</div>'
    line = status_line(run, "train")
    assert line.startswith(html)
    assert "train(name=&#x27;&lt;b&gt;&#x27;)  # seed 7</code>" in line


def test_a_choice_that_is_a_function_has_its_name():
    settings = {"act": torch.relu, "net": torch.nn.ReLU, "lambd": 3.0}
    assert describe_settings(settings) == "act = relu, net = ReLU, lambd = 3"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (torch.tensor(1234), "1234"),
        (np.int64(1234), "1234"),
        (torch.tensor(True), "True"),
        (np.True_, "True"),
        (np.float32(0.12345), "0.123"),
        (torch.tensor(0.12345, requires_grad=True), "0.123"),
    ],
)
def test_a_number_of_a_library_reads_like_python_s(result, words):
    assert describe_result(result) == words


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
    monkeypatch.setattr(words, "get_ipython", lambda: shell)
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
