"""Put the name of an account on GitHub into every address of the course.

    python tools/publish_name.py [NAME]

Without a name it is that of the clone's remote `origin`. Badges and the cells
for Colab open a notebook of this account. The name that stood there before may
be any: `make publish-name` can be repeated.
"""

import re
import subprocess
import sys
from pathlib import Path

COURSE = "regularization-course"
# What stands between a host and the course's name in the badges' addresses,
# and before the host of the web book
ADDRESS = re.compile(
    rb"((?:/gh|/github|github\.com|codespaces\.new)/|https://(?=[\w-]+\.github))"
    rb"[\w-]+((?:\.github\.io)?/%s\b)" % COURSE.encode()
)
ORIGIN = re.compile(r"github\.com[:/]([\w-]+)/")
NAME = re.compile(r"[A-Za-z\d](?:[A-Za-z\d-]{0,38})")


def git(*words):
    """Return what git says."""
    return subprocess.run(
        ["git", *words], stdout=subprocess.PIPE, text=True
    ).stdout


def main(name=""):
    """Write the name into the files that git knows and that have addresses."""
    name = name or "".join(ORIGIN.findall(git("remote", "get-url", "origin")))
    if not NAME.fullmatch(name):
        sys.exit("Whose course is it? make publish-name OWNER=your-name")
    changed = 0
    files = git("ls-files", "-z", "*.md", "*.ipynb").split("\0")
    for file in map(Path, files):
        if not file.is_file():
            continue
        before = file.read_bytes()
        after = ADDRESS.sub(rb"\g<1>%s\g<2>" % name.encode(), before)
        if after != before:
            file.write_bytes(after)
            changed += 1
    print(f"{name}: {changed} files changed")


if __name__ == "__main__":
    main(*sys.argv[1:2])
