"""What drawing adds to a training: one λ run of 100 epochs."""

import datetime
import statistics
import subprocess
import sys

import nbformat
from lab import BOOK, LEARNER, REPO, SILENT
from nbclient import NotebookClient

TIMES = 10
SCRIPT = f"""{LEARNER}{SILENT}
import statistics
animators = {{"without": Silent, "with": Animator}}
times = {{name: [] for name in animators}}
for name in list(animators) * {TIMES + 1}:
    begin = time.perf_counter()
    train(3.0, animators[name])
    times[name].append(time.perf_counter() - begin)
print(*(statistics.median(t[1:]) for t in times.values()))
"""


def report(where, without, **others):
    figures = (
        f"{name} {seconds:.3f} s ({seconds / without:.2f} ×)"
        for name, seconds in others.items()
    )
    print(f"  {where}: without {without:.3f} s,", ", ".join(figures))


def test_in_a_script():
    reply = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        check=True, capture_output=True, text=True, cwd=REPO,
    )  # fmt: skip
    without, ours = map(float, reply.stdout.split())
    report("in a script", without, Animator=ours)


def test_in_a_kernel(tmp_path):
    """Each run is a cell; its time ends when the cell has ended."""
    runs = {
        "without": "train(3.0, Silent);",
        "Animator": "train(3.0);",
        "book's": "train(3.0, d2l.Animator);",
    }
    sources = [LEARNER + SILENT + BOOK, *list(runs.values()) * (TIMES + 1)]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(
        notebook, resources={"metadata": {"path": tmp_path}}
    ).execute()
    seconds = []
    for cell in cells[1 + len(runs) :]:
        when = cell.metadata.execution
        begin, end = (
            datetime.datetime.fromisoformat(when[name])
            for name in ("iopub.execute_input", "shell.execute_reply")
        )
        seconds.append((end - begin).total_seconds())
    medians = {
        name: statistics.median(seconds[k :: len(runs)])
        for k, name in enumerate(runs)
    }
    report("in a notebook", **medians)
