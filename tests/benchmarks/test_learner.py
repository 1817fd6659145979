"""What one learner takes of a server: memory and CPU, at rest and dragging.

docs/lecturers.md is made of these figures.
"""

import time

import psutil
import pytest
from lab import REPO
from page import Notebook

SECONDS = 10
LESSONS = {  # lesson -> the cell of its panel
    "01_weight_decay_from_scratch": "train-slider",
    "06_dropout_from_scratch": "main-slider",
}


def memory(process):
    """Return MB: pages that processes share are counted once, on Linux."""
    info = process.memory_full_info()
    return getattr(info, "pss", info.rss) / 1e6


def cpu(process):
    return sum(process.cpu_times()[:2])


def cores(process, act):
    """Return how many cores a process keeps busy while `act` goes on."""
    begin, used = time.monotonic(), cpu(process)
    act(begin + SECONDS)
    return (cpu(process) - used) / (time.monotonic() - begin)


@pytest.mark.parametrize("lesson", LESSONS)
def test_one_learner(page, lab, lesson):
    notebook = Notebook(page, lab.copy(REPO / f"notebooks/{lesson}.ipynb"))
    kernel = psutil.Process(int(notebook.value("__import__('os').getpid()")))
    server = lab._process
    bare = memory(kernel)
    began = time.monotonic(), cpu(kernel)
    notebook.run_all(timeout=300)
    run = time.monotonic() - began[0], cpu(kernel) - began[1]
    panel = notebook.panel(LESSONS[lesson])
    panel.wait("seed")

    def drag(end):
        while time.monotonic() < end:
            panel.drag(0.8, seconds=1, positions=10)
            panel.drag(0.2, seconds=1, positions=10)

    rest = cores(kernel, lambda end: time.sleep(end - time.monotonic()))
    busy = cores(kernel, drag)
    panel.wait("seed", timeout=60)
    print(f"  {lesson}: run once {run[0]:.0f} s, {run[1]:.0f} s of CPU")
    print(f"    kernel: bare {bare:.0f} MB, afterwards", end=" ")
    print(f"{memory(kernel):.0f} MB; at rest {rest:.2f} cores,", end=" ")
    print(f"while dragging {busy:.2f} cores")
    print(f"    server (for all notebooks): {memory(server):.0f} MB")
    print(f"    processes that the kernel has left: {kernel.children()}")
    assert kernel.children() == []
    notebook.close()
