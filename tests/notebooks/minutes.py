"""How long a lesson takes: the rule by which its minutes are stated.

A reader takes a minute for 150 words and for 10 lines of code, 3 minutes for
a panel, 5 for a *Your turn* and 8 for an exercise. Folded cells are not read.
Run it to see the figures of notebooks: ``python tests/notebooks/minutes.py``.
"""

import re
import sys

import nbformat
from execute import FOLDER, all_notebooks

STATED = re.compile(
    r"About (\d+) minutes to read and drag, and (\d+) more for the exercises"
)


def _words(text):
    """Count words; a formula or a link counts as what is read of it."""
    text = re.sub(r"\]\([^)]*\)|<[^>]*>", " ", text)
    return len(re.findall(r"[^\W_]+(?:['’.-][^\W_]+)*", text))


def measure(path) -> dict:
    """Return the numbers of cells, words, code lines, panels ... of a lesson.

    "read" and "exercises" are minutes by the rule; "stated" is the pair that
    the lesson's first cell names, or None.
    """
    cells = nbformat.read(path, as_version=4).cells
    found = {
        "cells": len(cells), "words": 0, "code": 0, "panels": 0,
        "turns": 0, "exercises": 0,
    }  # fmt: skip
    for cell in cells:
        in_exercises = re.match(r"ex(\d|ercise)", cell.id)
        if cell.cell_type == "markdown":
            found["words"] += 0 if in_exercises else _words(cell.source)
            continue
        folded = cell.metadata.get("jupyter", {}).get("source_hidden")
        lines = [line for line in cell.source.splitlines() if line.strip()]
        if not folded and not in_exercises and cell.id != "colab":
            found["code"] += len(lines)
        found["panels"] += bool(re.search(r"^retrain\(", cell.source, re.M))
        found["turns"] += bool(re.match(r"turn-.*-check$", cell.id))
        found["exercises"] += bool(re.match(r"ex\d.*-check$", cell.id))
    found["read"] = (
        found["words"] / 150 + found["code"] / 10 + 3 * found["panels"]
    )
    found["to do"] = 5 * found["turns"] + 8 * found["exercises"]
    said = STATED.search(cells[0].source)
    found["stated"] = said and tuple(map(int, said.groups()))
    return found


if __name__ == "__main__":
    chosen = [p for p in all_notebooks() if p.parent == FOLDER]
    for path in chosen:
        if not sys.argv[1:] or any(name in path.stem for name in sys.argv[1:]):
            numbers = {
                name: round(value, 1) if isinstance(value, float) else value
                for name, value in measure(path).items()
            }
            print(path.stem, numbers)
