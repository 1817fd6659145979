"""What each lesson takes, run once without a person: memory and time."""

import nbformat
import psutil
import pytest
from execute import FOLDER, TIMEOUT, all_notebooks
from lab import PEAK
from nbclient import NotebookClient

LESSONS = [path for path in all_notebooks() if path.parent == FOLDER]
IMPORTS = "import course_utils, ipywidgets, matplotlib.pyplot, torch"


def take(cells):
    """Run code cells in a kernel; return its peak in MB, and CPU seconds."""
    cells = [cell for cell in cells if cell.cell_type == "code"]
    cells.append(nbformat.v4.new_code_cell(f"{PEAK}print(peak())"))
    client = NotebookClient(
        nbformat.v4.new_notebook(cells=cells),
        timeout=TIMEOUT,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    with client.setup_kernel():
        kernel = psutil.Process(client.km.provisioner.pid)
        for index, cell in enumerate(cells):
            client.execute_cell(cell, index)
        used = sum(kernel.cpu_times()[:4])  # also of children that have ended
    return int(cells[-1].outputs[0].text) / 1e6, used


@pytest.fixture(scope="module")
def bare():
    """Return what a kernel takes that has only imported everything."""
    return take([nbformat.v4.new_code_cell(IMPORTS)])


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_memory_and_time(path, bare):
    memory, seconds = take(nbformat.read(path, as_version=4).cells)
    print(f"  {path.stem:30} {memory:5.0f} MB at most", end="")
    print(f" ({memory / bare[0]:.1f} × the imports alone),", end=" ")
    print(f"{seconds:4.0f} s of CPU ({seconds / bare[1]:.0f} ×)")
