"""Plant faults into modules of course_utils, and see which the tests find.

    python tests/benchmarks/mutants.py [MODULE ...]

Each module is held against the unit tests of its name; what a learner sees
only in a panel, also against those of `panel` and `screen` (and some as
`plain_mutants.py` says). mutmut makes the faults; what it makes and in which
order does not change from run to run. Those that no test found, or that ran
out of time, are printed as differences.
"""

import os
import shutil
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import plain_mutants

ROOT = Path(__file__).parents[2]
# The modules that carry the mathematics, the logic and the drawing. Others
# talk to a browser, for which a browser is the better test, or to the book's
# package and the system, where most of a fault is a name that is not there.
MODULES = [
    "checks", "data/batches", "training/updates", "training/metrics",
    "training/loops", "training/modes",
    "scales", "describing", "grids", "memo", "run", "worker", "charts",
    "legends", "drawing", "lettering", "encoding", "sliders", "controls",
    "errors", "pictures", "plotting", "screen", "panel",
    *plain_mutants.MODULES,
]  # fmt: skip
SEEN_IN_A_PANEL = ["errors", "pictures", "plotting", "screen", "panel"]


def tests_of(module):
    """Return the path of the test file that has the module's name."""
    room, _, name = module.rpartition("/")
    path = f"tests/package/{room}/test_{name}.py".replace("//", "/")
    return path if (ROOT / path).exists() else f"tests/unit/test_{name}.py"


def measure(module):
    """Run mutmut on one module; return its verdicts, by mutant."""
    # What an optimizer imports, which takes seconds, is there for all mutants
    import torch._dynamo  # noqa: F401
    from mutmut import __main__ as mutmut
    from mutmut.configuration import config
    from mutmut.mutation.data import SourceFileMutationData

    config().only_mutate = [f"course_utils/{module}.py"]
    seen_in = {"screen", "panel"} if module in SEEN_IN_A_PANEL else set()
    config().pytest_add_cli_args_test_selection = [
        tests_of(name) for name in sorted({module} | seen_in)
    ]
    plain_mutants.look_behind("in_mode")  # it only calls its function
    shutil.rmtree("mutants", ignore_errors=True)
    mutmut._run((), os.cpu_count())
    data = SourceFileMutationData(path=Path(f"course_utils/{module}.py"))
    data.load()
    verdicts = {
        name: mutmut.status_by_exit_code[code]
        for name, code in data.exit_code_by_key.items()
    }
    for name, verdict in verdicts.items():
        if verdict != "killed":
            print(f"\n{verdict}:", mutmut.get_diff_for_mutant(name))
    return Counter(verdicts.values())


def main(modules):
    """Measure each module in a process of its own."""
    for module in modules:
        if not (ROOT / f"course_utils/{module}.py").exists():
            sys.exit(f"MODULE must be a module of course_utils, got {module}")
    for module in modules:
        child = os.fork()
        if not child:
            plain = module in plain_mutants.MODULES
            found = (plain_mutants.measure if plain else measure)(module)
            words = ", ".join(f"{n} {verdict}" for verdict, n in found.items())
            print(f"\n{module}: {words} ({date.today()})", flush=True)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.exit(f"{module}: no result")


SETTINGS = {
    "OMP_NUM_THREADS": "1",  # small matrices
    "PYTHONHASHSEED": "0",  # decides which test is tried first
    "PYTHONPATH": str(ROOT / "mutants"),  # for kernels and other processes
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # a second a mutant
}

if __name__ == "__main__":
    os.chdir(ROOT)
    if SETTINGS.items() <= os.environ.items():
        main(sys.argv[1:] or MODULES)
    else:
        os.environ |= SETTINGS
        os.execv(sys.executable, [sys.executable, *sys.argv])
