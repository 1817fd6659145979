"""Plant mutmut's faults without mutmut's speed.

mutmut switches faults on inside one process that has the tests loaded. It sees
nothing of modules whose tests start kernels, workers or a cluster, and does
not notice that its tests call `progress`. Here each fault is written into a
copy of the course, whose tests then run as ever.
"""

import contextlib
import difflib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

# The modules, and what holds them beside the tests of their name
MODULES = {
    "progress": [],
    "figures": ["panel"],
    "sweeps/execute": ["sweeps/sweep"],
    "sweeps/sweep": [],
    "exercises": [],
}
SECONDS = 900  # ten times what the tests of execute, the slowest, take alone


def tests_of(module):
    """Return the path of a module's tests; a module may lie in a room."""
    room, _, name = module.rpartition("/")
    return f"tests/{f'package/{room}' if room else 'unit'}/test_{name}.py"


def look_behind(*decorators):
    """Let mutmut plant faults in functions under these, or any, decorators.

    It leaves them out, because of what some decorators do with a function.
    """
    from libcst import FunctionDef
    from mutmut.mutation.file_mutation import MutationVisitor

    skip = MutationVisitor._skip_node_and_children

    def skip_or_not(visitor, node):
        if isinstance(node, FunctionDef):
            found = {getattr(each.decorator, "value", None)
                     for each in node.decorators}  # fmt: skip
            if not decorators or found <= set(decorators):
                node = node.with_changes(decorators=[])
        return skip(visitor, node)

    MutationVisitor._skip_node_and_children = skip_or_not


def mutants_of(code):
    """Yield the code with one fault, for each that mutmut knows."""
    from mutmut.mutation.file_mutation import create_mutations, deep_replace

    look_behind()  # no switch here
    tree, mutations, *_ = create_mutations("", code)
    for each in mutations:
        if each.contained_by_top_level_function:
            nodes = each.original_node, each.mutated_node
            yield deep_replace(tree, *nodes).code


def verdict_of(module, course, code):
    """Run the tests of a module in a copy of `course` with this code."""
    tests = [tests_of(name) for name in (module, *MODULES[module])]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        copy = shutil.copytree(course, Path(place, "course"))
        path = copy / "course_utils" / f"{module}.py"
        path.write_text(code, encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no",
             f"--basetemp={place}/tmp", *tests],
            cwd=copy, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            # More than one thread: that a sweep takes one is its own doing.
            env=os.environ
            | {"PYTHONPATH": str(copy), "OMP_NUM_THREADS": "2"},
            start_new_session=True,
        )  # fmt: skip
        try:
            rc = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            return "timeout"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # and its workers
            process.wait()
    # 2 is an import that fails or an interrupt, 9 the end of a run that was
    # to end another process; the rest says nothing of the fault.
    return {0: "survived", 1: "killed", 2: "killed", 9: "killed"}.get(
        rc, f"pytest ended with {rc}"
    )


def measure(module):
    """Plant each fault in one module; return how many had which verdict."""
    code = Path(f"course_utils/{module}.py").read_text(encoding="utf-8")
    found, faulty = Counter(), list(mutants_of(code))
    without = [code] * os.cpu_count()  # side by side, as the faults will be
    with (
        tempfile.TemporaryDirectory() as course,
        ThreadPoolExecutor(os.cpu_count()) as threads,
    ):
        for folder in "course_utils", "tests":
            shutil.copytree(folder, Path(course, folder))
        shutil.copy("pyproject.toml", course)
        verdict = partial(verdict_of, module, course)
        verdicts = set(threads.map(verdict, without))
        if verdicts != {"survived"}:
            sys.exit(f"{module}, its tests without a fault: {verdicts}")
        for result, new in zip(
            threads.map(verdict, faulty), faulty, strict=True
        ):
            found[result] += 1
            if result != "killed":
                lines = code.splitlines(), new.splitlines()
                diff = difflib.unified_diff(*lines, lineterm="", n=1)
                print(f"\n{result}:", *diff, sep="\n", flush=True)
    return found
