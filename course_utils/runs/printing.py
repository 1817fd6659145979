"""What a run prints, displays or asks, kept apart from every cell's output.

A notebook shows what a background thread prints below whatever cell ran last,
or not at all. So the streams of the kernel hand what this thread writes to
its run, and the run shows it in the panel. Other threads print as ever.
"""

import builtins
import contextlib
import functools
import re
import sys
import threading
from collections.abc import Iterator

LINES = 20  # that are shown of a run; earlier ones are left out
_CHARACTERS = 200  # of a line
_this_thread = threading.local()  # printed: the `Printed` of this thread's run
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Printed:
    """The last lines of what a run has printed.

    A carriage return begins the line anew, as in a terminal: a progress bar
    stays one line.
    """

    def __init__(self):
        self._lines, self._restart = [""], False

    def write(self, text: str) -> int:
        """Add text; return its number of characters, as streams do."""
        for part in re.split(r"(\r\n|\n|\r)", _ESCAPES.sub("", text)):
            if part in ("\n", "\r\n"):
                self._lines.append("")
                del self._lines[: -LINES - 1]
                self._restart = False
            elif part == "\r":
                self._restart = True
            elif part:
                line = "" if self._restart else self._lines[-1]
                self._lines[-1] = (line + part)[: _CHARACTERS + 1]
                self._restart = False
        return len(text)

    @property
    def text(self) -> str:
        """The last lines, without an empty one at the end."""
        lines = [
            line if len(line) <= _CHARACTERS else line[:_CHARACTERS] + "…"
            for line in self._lines
        ]
        return "\n".join(lines[-LINES - (not lines[-1]) :]).rstrip("\n")


@contextlib.contextmanager
def kept_apart(printed: Printed, kernel) -> Iterator[None]:
    """Let this thread's output go to `printed`, and refuse to ask.

    What is written to stdout and stderr, warnings and logs too, and the text
    of what is displayed.
    """
    for stream in (sys.stdout, sys.stderr):
        _redirect(stream)
    _refuse_to_ask(kernel)
    publisher = kernel.shell.display_pub
    hook = functools.partial(_take_display, printed)
    hooked = hasattr(publisher, "register_hook")
    try:
        _this_thread.printed = printed
        if hooked:  # of this thread only
            publisher.register_hook(hook)
        yield
    finally:
        _this_thread.printed = None
        if hooked:
            publisher.unregister_hook(hook)


def _redirect(stream):
    """Let a kernel's stream hand a run's writing to the run; once for all.

    The stream itself is changed, not ``sys.stdout``: a logging handler holds
    the stream. ``write`` becomes a property because IPython puts its own in
    place while a cell runs, and later puts back what it had found: a run that
    outlasts the cell would print there.
    """
    kind = type(stream)
    if isinstance(getattr(kind, "write", None), (property, type(None))):
        return

    def find(self):
        write = vars(self).get("write") or kind.write.__get__(self)

        @functools.wraps(write)
        def write_or_keep(text):
            printed = getattr(_this_thread, "printed", None)
            return write(text) if printed is None else printed.write(text)

        write_or_keep._before = write
        return write_or_keep

    def replace(self, write):
        vars(self)["write"] = getattr(write, "_before", write)

    members = {"write": property(find, replace), "__module__": kind.__module__}
    with contextlib.suppress(TypeError):  # a plain file: not a kernel's
        stream.__class__ = type(kind.__name__, (kind,), members)


def _take_display(printed, message):
    """Take the text of what this thread displays; return None: send nothing.

    What only clears or renews an output of a cell goes on its way.
    """
    kind = message.get("msg_type", message["header"]["msg_type"])
    if kind != "display_data":
        return message
    data = message["content"].get("data", {})
    printed.write(str(data.get("text/plain", "")) + "\n")
    return None


def _refuse_to_ask(kernel):
    """Let `input`, `getpass` and `breakpoint` raise in a run's thread.

    Both `input` and the kernel's ``raw_input``, which replaces it while a cell
    runs.
    """
    places = [
        (builtins, "input"), (kernel, "raw_input"), (kernel, "getpass"),
        (sys, "breakpointhook"),
    ]  # fmt: skip
    for owner, name in places:
        ask = getattr(owner, name, None)
        if ask is not None and not hasattr(ask, "_before"):
            setattr(owner, name, _asking(ask))


def _asking(ask):
    @functools.wraps(ask)
    def ask_or_refuse(*args, **kwargs):
        if getattr(_this_thread, "printed", None) is not None:
            raise RuntimeError(
                "a function under sliders cannot ask for input or stop at a"
                " breakpoint: make the value an argument with a slider"
            )
        return ask(*args, **kwargs)

    ask_or_refuse._before = ask
    return ask_or_refuse
