import sys

import pytest
from IPython.lib.pretty import pretty

from course_utils.exercises import check


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


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interruption_goes_through(stop):
    def test():
        raise stop

    with pytest.raises(stop):
        check(test)


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
