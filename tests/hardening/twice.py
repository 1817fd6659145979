"""Run notebooks twice and compare all that they show, pictures to the byte.

``python tests/hardening/twice.py [NAME ...]``; without a name, all of them.
By hand, because it takes twice as long as ``make notebooks``. `make test`
compares the texts of one run with those that are saved.
"""

import sys
from itertools import chain
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"


def shown(path):
    """Return {cell id: texts and pictures} of a new run."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=300, resources=resources).execute()
    return {
        cell.id: "".join(texts(output) for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


def texts(output):
    data = output.get("data", {})
    kinds = "text/plain", "image/png"
    return output.get("text", "") + "".join(data.get(k, "") for k in kinds)


def main():
    names = sys.argv[1:] or [""]
    notebooks = [FOLDER.glob("0*.ipynb"), FOLDER.glob("solutions/0*.ipynb")]
    failed = False
    for path in sorted(chain(*notebooks)):
        if any(name in path.stem for name in names):
            first, second = shown(path), shown(path)
            differ = [name for name in first if first[name] != second[name]]
            print(path.stem, "differs in" if differ else "is equal", *differ)
            failed |= bool(differ)
    sys.exit(failed)


if __name__ == "__main__":
    main()
