"""Plant mutmut's faults without mutmut's speed.

mutmut switches faults on inside one process that has the tests loaded. It sees
nothing of modules whose tests start kernels, workers or a cluster. Here each
fault is written into a copy of the course, whose tests then run as ever.
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
    "jobs": ["processes", "sweep"],
    "sweep": [],
}
SECONDS = 300  # ten times what the tests of jobs, the slowest, take alone
NEITHER = ".venv", ".git", "mutants", "__pycache__", ".pytest_cache"


def mutants_of(code):
    """Yield the code with one fault, for each that mutmut knows."""
    from mutmut.mutation import file_mutation as of_file

    visitor = of_file.MutationVisitor
    skip = visitor._skip_node_and_children

    def skip_or_not(self, node):
        # It leaves out decorated functions, which it could not switch.
        plain = {"decorators": []} if hasattr(node, "decorators") else {}
        return skip(self, node.with_changes(**plain))

    visitor._skip_node_and_children = skip_or_not
    tree, mutations, *_ = of_file.create_mutations("", code)
    for each in mutations:
        if each.contained_by_top_level_function:
            nodes = each.original_node, each.mutated_node
            yield of_file.deep_replace(tree, *nodes).code


def verdict_of(module, code):
    """Run the tests of a module in a copy of the course with this code."""
    names = [module, *MODULES[module]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "course")
        shutil.copytree(".", folder, ignore=shutil.ignore_patterns(*NEITHER))
        path = folder / "course_utils" / f"{module}.py"
        path.write_text(code, encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no",
             *(f"tests/unit/test_{name}.py" for name in names)],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            # More than one thread: that a sweep takes one is its own doing.
            env=os.environ
            | {"PYTHONPATH": str(folder), "OMP_NUM_THREADS": "2"},
            start_new_session=True,
        )  # fmt: skip
        try:
            return "killed" if process.wait(SECONDS) else "survived"
        except subprocess.TimeoutExpired:
            return "timeout"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # and its workers


def measure(module):
    """Plant each fault in one module; return how many had which verdict."""
    code = Path(f"course_utils/{module}.py").read_text(encoding="utf-8")
    if verdict_of(module, code) != "survived":
        sys.exit(f"{module}: its tests fail without a fault")
    found, faulty = Counter(), list(mutants_of(code))
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        verdicts = threads.map(partial(verdict_of, module), faulty)
        for verdict, new in zip(verdicts, faulty, strict=True):
            found[verdict] += 1
            if verdict != "killed":
                lines = code.splitlines(), new.splitlines()
                diff = difflib.unified_diff(*lines, lineterm="", n=1)
                print(f"\n{verdict}:", *diff, sep="\n", flush=True)
    return found
