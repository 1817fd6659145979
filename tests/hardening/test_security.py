"""Nothing runs what it has read, nothing phones home, no clock goes back."""

import ast
import functools
import re
import subprocess

import pytest
from cells import python, read
from execute import ROOT, all_notebooks

MODULES = sorted((ROOT / "course_utils").rglob("*.py"))
SCRIPTS = sorted((ROOT / "notebooks" / "long_runs").glob("*.py"))
EXECUTES = {
    "eval", "exec", "compile", "__import__", "system", "popen", "Popen",
    "check_output", "check_call", "load", "loads", "read_pickle",
    "run_line_magic", "unsafe_load", "Memory", "getoutput",
}  # fmt: skip
NETWORK = {
    "aiohttp", "ftplib", "http", "httpx", "requests", "smtplib", "socket",
    "ssl", "telnetlib", "urllib", "urllib3", "websocket", "xmlrpc",
}  # fmt: skip
ALLOWED = {
    # What a sweep's worker gets from the process that has started it.
    ("packing.py", "loads"),
    # A sweep's cache is JSON, which executes nothing.
    ("cache.py", "loads"),
}


def sources():
    for path in [*MODULES, *SCRIPTS]:
        yield path.name, path.read_text(encoding="utf-8")
    for path in all_notebooks():
        for name, cell in python(read(path)).items():
            yield f"{path.stem}, {name}", cell.source


@functools.cache
def trees():
    """Return the parsed sources; not when the tests are only collected."""
    return [(name, ast.parse(source)) for name, source in sources()]


def called(tree):
    """Return the names of what is called with something."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    functions = [call.func for call in calls if call.args or call.keywords]
    patterns = [f for f in functions if ast.unparse(f) == "re.compile"]
    functions = [f for f in functions if f not in patterns]
    return {getattr(f, "id", getattr(f, "attr", "")) for f in functions}


def imported(tree):
    """Return the first names of the modules that are imported."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.split(".")[0])
    return names


def executing(tree):
    return called(tree) & EXECUTES


def networked(tree):
    return imported(tree) & NETWORK


def unpickling(tree):
    return imported(tree) & {"pickle", "marshal", "shelve", "dill"}


def test_nothing_is_executed_or_unpickled_that_was_read():
    found = {(name, call) for name, t in trees() for call in executing(t)}
    assert found == ALLOWED
    assert [name for name, tree in trees() if unpickling(tree)] == []


def test_nothing_talks_to_a_network():
    assert [name for name, tree in trees() if networked(tree)] == []


def reading_the_clock(tree):
    """Return what asks for the time of day, or could do so by another name.

    `datetime.date.today()` is a date: nobody takes a duration from it.
    """
    found = set()
    for node in ast.walk(tree):
        match node:
            case (
                ast.Attribute(attr="now" | "utcnow" | "time_ns")
                | ast.Attribute(
                    ast.Name("time" | "datetime")
                    | ast.Attribute(attr="time" | "datetime"),
                    "time" | "today" | "clock_gettime",
                )
                | ast.ImportFrom("time" | "datetime")
                | ast.alias("time" | "datetime", str())
                | ast.alias("date")
            ):
                found.add(ast.unparse(node))
    return found


def test_no_duration_is_taken_from_the_clock_on_the_wall():
    assert [name for name, tree in trees() if reading_the_clock(tree)] == []


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("eval('1')", executing),
        ("torch.load(path)", executing),
        ("from urllib.request import urlopen", networked),
        ("import pickle as p", unpickling),
        ("import time\ntime.time()", reading_the_clock),
        ("import time as t\nt.time()", reading_the_clock),
        ("from time import time", reading_the_clock),
        ("import datetime\ndatetime.datetime.now()", reading_the_clock),
        ("from datetime import date\ndate.today()", reading_the_clock),
        ("import datetime as d\nd.datetime.today()", reading_the_clock),
        ("import datetime\ndatetime.datetime.today()", reading_the_clock),
        ("import a\na.time.time()", reading_the_clock),
        ("from a import time\ntime.clock_gettime(0)", reading_the_clock),
        ("from a import datetime\ndatetime.today()", reading_the_clock),
        ("from a import date as d\nd.today()", reading_the_clock),
    ],
)
def test_a_rule_finds_what_it_is_for(source, rule):
    assert rule(ast.parse(source))


SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|gh[pousr]_\w{36}"
    r"|(?i:password|passwd|secret|api_?key|token)\s*[:=]\s*['\"][^'\"\n]{8,}"
)


def test_no_file_holds_a_secret():
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT)
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.suffix not in (".gz", ".png") and path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not SECRET.search(text), name
    assert SECRET.search("API" + "_KEY = 'abcdefghij'")
