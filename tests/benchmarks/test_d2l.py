"""The bridge to the book's package, beside the book's own import."""

import subprocess
import sys

from lab import BOOK, REPO

BRIDGE = """import time
import course_utils
marks = [time.perf_counter()]
from course_utils import d2l
marks.append(time.perf_counter())
d2l.Module
marks.append(time.perf_counter())
print(*(b - a for a, b in zip(marks, marks[1:])))
"""
BOOKS_WAY = f"""import time
import course_utils, torch
begin = time.perf_counter()
{BOOK}
print(time.perf_counter() - begin)
"""


def median(code):
    """Run a script five times; return the median of each number it prints."""
    runs = []
    for _ in range(5):
        reply = subprocess.run(
            [sys.executable, "-c", code],
            check=True, capture_output=True, text=True, cwd=REPO,
        )  # fmt: skip
        runs.append([float(word) for word in reply.stdout.split()])
    return [sorted(column)[2] for column in zip(*runs, strict=True)]


def test_import():
    bridge, book = median(BRIDGE)
    (whole,) = median(BOOKS_WAY)
    print("  after import course_utils:")
    print(f"  from course_utils import d2l    {bridge:.3f} s")
    print(f"  d2l.Module, the first time      {book:.3f} s")
    print(f"  from d2l import torch as d2l    {whole:.2f} s")
