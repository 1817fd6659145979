import sys

import pytest
from IPython.lib.pretty import pretty

from course_utils import check, ours


def test_a_stub_is_not_attempted_yet():
    def test():
        raise NotImplementedError

    assert check(test) == "○ not attempted yet"


def test_a_test_that_ends_is_correct():
    assert check(lambda: None) == "✓ correct"


def test_what_is_wrong_is_the_message_of_the_assertion():
    def test():
        raise AssertionError("one and one\n  is two")

    assert check(test) == "✗ one and one is two"


def test_an_assertion_without_a_message_still_says_something():
    def test():
        raise AssertionError

    assert check(test) == "✗ a result is not what it should be"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (TypeError("no dice"), "✗ TypeError: no dice"),
        (ZeroDivisionError(), "✗ ZeroDivisionError"),
        (
            NotImplementedError("for this dtype"),  # torch raises such ones
            "✗ NotImplementedError: for this dtype",
        ),
    ],
)
def test_a_fault_of_the_learner_is_named_and_not_raised(error, line):
    def test():
        raise error

    assert check(test) == line


def test_endless_recursion_is_reported():
    def test():
        return test()

    assert check(test).startswith("✗ RecursionError: ")


def test_a_long_message_is_cut_to_one_line():
    def test():
        raise ValueError("many words " * 100)

    line = check(test)
    assert line.endswith(" …")
    assert len(line) < 210


def test_check_lets_an_interruption_through():
    def test():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(test)


def notebook(answer, test):
    """Return the namespace of a notebook with an answer and its test."""
    names = {"check": check, "ours": ours}
    exec(compile(answer, "<cell>", "exec"), names)
    exec(compile(f"def test():\n    {test}", "<test>", "exec"), names)
    return names


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("def f(x):\n    x / 2", "f returned None: is its return missing?"),
        (
            "def f(x):\n    print(x / 2)",
            "f returned None: it prints a result: return it",
        ),
        ("def f(x):\n    return '3'", "f returned '3' (a str): TypeError"),
        ("def f(x):\n    return (3,)", "f returned (3,) (a tuple)"),
        (
            "import torch\ndef f(x):\n    return torch.ones(3)",
            "f returned a Tensor of shape (3,): RuntimeError",
        ),
        ("def f(x):\n    return y", "'y' is not defined (in f, line 2)"),
        ("def f(x):\n    exit()", "SystemExit: leave out exit()"),
        ("def f(x):\n    return f(x)", "RecursionError"),
        ("def f(x):\n    return 2", "f(6) is 3"),
    ],
)
def test_check_names_the_learners_function_and_what_it_returned(answer, said):
    names = notebook(answer, "assert abs(f(6) - 3) < 1e-9, 'f(6) is 3'")
    before = names["f"]
    line = check(names["test"])
    assert line.startswith("✗ ")
    assert said in line
    assert names["f"] is before


def test_check_does_not_blame_a_function_that_changes_its_argument():
    names = notebook(
        "def f(x):\n    x[0] = 2", "x = [1]; f(x); assert x == [3], 'x is 3'"
    )
    assert check(names["test"]) == "✗ x is 3"


FILL_IN = "@ours(test)\ndef f(x):\n    return x / 2"


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ("def f(x):\n    return 0.5 * x", True),
        ("def f(x):\n    raise NotImplementedError", False),
        ("def f(x):\n    return x / 3", False),
        ("g = 3", False),
    ],
)
def test_ours_keeps_an_answer_that_passes(answer, kept):
    names = notebook(answer, "assert f(6) == 3, 'f(6) is 3'")
    learners = names.get("f")
    exec(FILL_IN, names)
    assert (names["f"] is learners) is kept
    assert names["f"](6) == 3
    first = names["f"]
    exec(FILL_IN, names)  # the cell again: ours is no answer of the learner's
    assert (names["f"] is first) is kept


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ("def f(x):\n    return 0.5 * x", "✓ yours is used: f"),
        (
            "def f(x):\n    raise NotImplementedError",
            "○ ours is used until you write f",
        ),
        (
            "def f(x):\n    return x / 3",
            "✗ ours is used, for f does not pass yet: f(6) is 3",
        ),
    ],
)
def test_ours_says_whose_answer_is_used(kernel, answer, line):
    test = "def test():\n    assert f(6) == 3, 'f(6) is 3'"
    kernel.run(answer)
    kernel.run(test)
    outputs = kernel.run(FILL_IN)
    assert line in str(outputs)


def test_a_notebook_shows_the_line_without_quotes():
    feedback = check(lambda: None)
    assert pretty(feedback) == repr(feedback) == str(feedback) == "✓ correct"


@pytest.mark.parametrize("test", [None, 3, "half", True])
def test_something_that_is_no_function_is_refused(test):
    with pytest.raises(TypeError, match="test must be a function"):
        check(test)


def test_nothing_is_printed(capsys):
    check(lambda: None)
    sys.stdout.flush()
    assert capsys.readouterr() == ("", "")


def test_an_error_without_words_is_told_by_its_kind():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    def test():
        raise Mute

    assert check(test) == "✗ Mute"


@pytest.mark.parametrize(
    ("length", "shown"),
    [(200, "x" * 200), (201, "x" * 198 + " …"), (300, "x" * 198 + " …")],
)
def test_a_long_word_is_cut_and_not_left_out(length, shown):
    def test():
        raise AssertionError("x" * length)

    assert check(test) == "✗ " + shown


def test_a_long_line_is_cut_between_words():
    def test():
        raise AssertionError("word " * 60)

    assert check(test) == "✗ " + "word " * 39 + "…"


def test_a_test_that_would_never_run_is_refused():
    def test():
        yield 1

    with pytest.raises(TypeError, match="^test must not contain yield"):
        check(test)
