"""What a run prints goes to its panel, and nothing else does."""

import builtins
import io
import logging
import sys
import threading
import types

import pytest

from course_utils.runs.printing import LINES, Printed, kept_apart

PANEL = "from course_utils import retrain\n"


class Stream(io.StringIO):
    """A kernel's stream: its methods can be replaced."""


class Publisher:
    """A kernel's publisher, with hooks of each thread."""

    def __init__(self):
        self.hooks = []
        self.register_hook = self.hooks.append
        self.unregister_hook = self.hooks.remove


@pytest.fixture
def streams(monkeypatch):
    """Return a function: pytest puts its own streams in place before a test.

    What asks for input is put back at the end.
    """
    for owner, name in ((builtins, "input"), (sys, "breakpointhook")):
        monkeypatch.setattr(owner, name, getattr(owner, name))

    def replace():
        for name in ("stdout", "stderr"):
            monkeypatch.setattr(sys, name, Stream())
        return sys.stdout, sys.stderr

    return replace


@pytest.fixture
def a_kernel():
    shell = types.SimpleNamespace(display_pub=Publisher())
    return types.SimpleNamespace(
        shell=shell, raw_input=lambda: "typed", getpass=lambda: "secret"
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (["a\n", "b\n"], "a\nb"),
        (["a", "b"], "ab"),
        (["10 %\r", "20 %\r", "30 %"], "30 %"),
        (["10 %\r20 %\r\n", "next"], "20 %\nnext"),
        (["done", "\r", "\n"], "done"),
        (["a\rb\n"], "b"),
        (["\x1b[31mred\x1b[0m\x1b[A"], "red"),
        (["", "\n", "\n", "x"], "\n\nx"),
        (["y" * 300], "y" * 200 + "…"),
        (["y" * 150, "z" * 150], "y" * 150 + "z" * 50 + "…"),
        (["y" * 200], "y" * 200),
    ],
)
def test_the_text_is_that_of_a_terminal(written, shown):
    printed = Printed()
    for text in written:
        assert printed.write(text) == len(text)
    assert printed.text == shown


@pytest.mark.parametrize("end", ["\n", ""])
def test_the_last_20_lines_are_kept(end):
    printed = Printed()
    printed.write("\n".join(map(str, range(100_000))) + end)
    assert LINES == 20
    assert printed.text.split("\n") == [str(k) for k in range(99_980, 100_000)]
    assert len(printed._lines) <= LINES + 1  # no memory of the others


def test_a_line_that_never_ends_takes_no_memory():
    printed = Printed()
    for _ in range(1000):
        printed.write("." * 1000)
    assert sum(map(len, printed._lines)) < 1000
    assert printed.text == "." * 200 + "…"


def test_print_and_logs_are_kept_also_by_earlier_handlers(streams, a_kernel):
    out, err = streams()
    logger, handler = logging.Logger("mine"), logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)  # made before: it holds the stream itself
    printed = Printed()
    print("before")
    with kept_apart(printed, a_kernel):
        print("loss", 3)
        logger.warning("log")
        sys.stderr.write("error\n")
    print("after")
    logger.warning("later")
    assert printed.text == "loss 3\nlog\nerror"
    assert (out.getvalue(), err.getvalue()) == ("before\nafter\n", "later\n")


def test_other_threads_print_as_ever(streams, a_kernel):
    (out, _), printed = streams(), Printed()
    with kept_apart(printed, a_kernel):
        other = threading.Thread(target=print, args=["elsewhere"])
        other.start()
        other.join()
        print("here")
    assert printed.text == "here"
    assert out.getvalue() == "elsewhere\n"


def test_two_threads_keep_their_own(streams, a_kernel):
    out, _ = streams()
    mine, others = Printed(), Printed()
    inside, done = threading.Event(), threading.Event()

    def run():
        with kept_apart(others, a_kernel):
            inside.set()
            done.wait(5)
            print("other")

    thread = threading.Thread(target=run)
    thread.start()
    assert inside.wait(5)
    with kept_apart(mine, a_kernel):
        print("mine")
    done.set()
    thread.join()
    assert (mine.text, others.text) == ("mine", "other")
    assert out.getvalue() == ""


def test_it_holds_while_and_after_ipython_has_a_write_of_its_own(
    streams, a_kernel
):
    """IPython replaces ``write`` for a cell, and puts the old one back."""
    out, _ = streams()
    noted, printed = [], Printed()
    for _ in range(500):  # cells; a chain of them would end in recursion
        before = out.write

        def write(text, before=before):
            noted.append(text)
            return before(text)

        out.write = write
        with kept_apart(printed, a_kernel):
            out.write("in")
            out.write = before
            out.write("side\r")
    out.write = write
    print("cell", end="")
    out.write = before
    print(" after")
    assert printed.text == "inside"
    assert noted == ["cell", ""]
    assert out.getvalue() == "cell after\n"


def test_an_error_ends_it_and_a_stream_is_changed_once(streams, a_kernel):
    out, _ = streams()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            with kept_apart(Printed(), a_kernel):
                1 / 0  # noqa: B018
        kind = type(sys.stdout)
        print("seen")
    with kept_apart(Printed(), a_kernel):
        assert type(sys.stdout) is kind
    assert out.getvalue() == "seen\n" * 3
    assert a_kernel.shell.display_pub.hooks == []


def test_a_stream_that_cannot_be_changed_is_left(monkeypatch, a_kernel):
    with open("/dev/null" if sys.platform != "win32" else "NUL", "w") as file:
        monkeypatch.setattr(sys, "stdout", file)
        with kept_apart(Printed(), a_kernel):
            print("lost")
    monkeypatch.setattr(sys, "stdout", None)  # pythonw
    with kept_apart(Printed(), a_kernel):
        print("nowhere")


@pytest.mark.parametrize(
    "ask",
    [
        lambda kernel: input("value? "),
        lambda kernel: kernel.raw_input(),
        lambda kernel: kernel.getpass(),
        lambda kernel: breakpoint(),
    ],
)
def test_a_run_cannot_ask_and_others_can(streams, a_kernel, ask, monkeypatch):
    monkeypatch.setattr(builtins, "input", lambda prompt="": "typed")
    monkeypatch.setattr(sys, "breakpointhook", lambda: "stopped here")
    with kept_apart(Printed(), a_kernel):
        with pytest.raises(RuntimeError, match="an argument with a slider"):
            ask(a_kernel)
    assert ask(a_kernel) in ("typed", "secret", "stopped here")


def test_displays_are_kept_as_text_and_clears_go_on(streams, a_kernel):
    printed = Printed()
    with kept_apart(printed, a_kernel):
        (hook,) = a_kernel.shell.display_pub.hooks
        shown = {
            "header": {"msg_type": "display_data"},
            "content": {"data": {"text/plain": "tensor(3)", "text/html": "b"}},
        }
        assert hook(shown) is None
        clear = {"header": {"msg_type": "clear_output"}, "content": {}}
        assert hook(clear) is clear
    assert printed.text == "tensor(3)"


IN_A_KERNEL = {
    "print": "print('k is', k)",
    "warning": "import warnings; warnings.warn(f'k is {k}')",
    "log": "LOG.warning('k is %s', k)",
    "display": "from IPython.display import display; display(f'k is {k}')",
    "stderr": "import sys; print('k is', k, file=sys.stderr)",
    "in place of a bar": "print('9 %', end='\\r'); print('k is', k)",
    "system": "print(__import__('os').getpid() > 0); print('k is', k)",
}


@pytest.mark.parametrize("how", IN_A_KERNEL)
def test_a_panel_shows_what_its_last_run_printed(kernel, how):
    code = (
        PANEL + "import logging, sys\n"
        "LOG = logging.Logger('mine')\n"
        "LOG.addHandler(logging.StreamHandler())\n"
        f"def train(k=1):\n    {IN_A_KERNEL[how]}\n"
        "p = retrain(train, k=(1, 9))"
    )
    outputs = kernel.run(code, person=True, cell="prints")
    assert {output["kind"] for output in outputs} == {"display_data"}
    moved = kernel.run(
        "p.controls['k'].value = 5; p.wait(5); print('second cell')",
        person=True, cell="moves",
    )  # fmt: skip
    streams = [o for o in moved if o["kind"] == "stream"]
    assert [o["text"] for o in streams] == ["second cell\n"]
    (printed,) = kernel.run("p.wait(60); print(p.screen.printed)", cell="look")
    assert "k is 5" in printed["text"] and "k is 1" not in printed["text"]
    assert "9 %" not in printed["text"]
    kernel.run("p.close()", cell="close")


@pytest.mark.parametrize("ask", ["input('value? ')", "breakpoint()"])
def test_a_run_in_a_kernel_that_asks_fails_and_the_next_one_works(kernel, ask):
    code = (
        PANEL
        + f"def train(k=1):\n    if k < 3:\n        {ask}\n    return k\n"
        "p = retrain(train, k=(1, 9))"
    )
    kernel.run(code, person=True, cell="asks")
    # The cell waits a while for the first run, and a busy machine longer.
    (error,) = kernel.run("p.wait(60); print(p.screen.error)", cell="look")
    assert "RuntimeError: a function under sliders cannot ask" in error["text"]
    assert "in train" in error["text"]
    (good,) = kernel.run(
        "p.controls['k'].value = 5; print(p.wait(5).result)",
        person=True, cell="moves",
    )  # fmt: skip
    assert good["text"] == "5\n"
    kernel.run("p.close()", cell="close")


def test_a_first_run_that_outlasts_its_cell_prints_in_the_panel(kernel):
    code = (
        "import time; from course_utils.panel import retrain as shown\n"
        "patience, shown.PATIENCE = shown.PATIENCE, 0.2\n"
        "def train(k=1):\n    time.sleep(0.6)\n    print('k is', k)\n"
        "p = shown.retrain(train, k=(1, 9))\n"
        "shown.PATIENCE = patience; assert not p.newest.finished.is_set()"
    )
    outputs = kernel.run(code, person=True, cell="outlasts")
    shown = kernel.run("p.wait(9); print(p.screen.printed)", cell="look")
    kernel.run("p.close()", cell="close")
    kinds = {output["kind"] for output in outputs}
    assert not kinds & {"stream", "error"}
    assert [output["text"] for output in shown] == ["<pre>k is 1</pre>\n"]
