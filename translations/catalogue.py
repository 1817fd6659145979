"""The Chinese edition: catalogues of texts, and the notebooks made of them.

The English notebooks are the source. ``translations/zh/NAME.md`` holds the
Chinese text of each Markdown cell of the notebook NAME, below a line with the
cell's id and the SHA-256 of the English text that was translated::

    <!-- cell: the-question 6c1f... -->

A notebook in notebooks/zh has the same code cells and outputs, and these
texts in place of the English ones.
"""

import functools
import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = ROOT / "notebooks"
CHINESE = ENGLISH / "zh"
CATALOGUES = Path(__file__).parent / "zh"
GLOSSARY = Path(__file__).parent / "glossary.toml"

# Pages that are no notebooks; the first line of the Chinese one has the hash.
PAGES = {
    "README.md": "README.zh.md",
    "docs/lecturers.md": "docs/lecturers.zh.md",
}

HEAD = re.compile(r"^<!-- cell: (\S+) ([0-9a-f]{64}) -->$", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PAGE_HEAD = re.compile(r"^<!-- english: ([0-9a-f]{64}) -->\n")
ACCOUNT = re.compile(r"[\w-]+(?=(?:\.github\.io)?/regularization-course\b)")
STALE = "> ⚠️ **此段原文已更新**，译文尚未跟上。\n\n"
TO_DO = "TODO 翻译\n"  # a draft begins so
MISSING = "> ⚠️ **此段尚未翻译**，以下是英文原文。\n\n"
FIRST = (
    "\n\n*本笔记本是英文版的译本：代码、注释和程序的输出与英文版完全相同，"
    "所以仍是英文；[English]({link})。*"
)


class Entry(NamedTuple):
    """One translated cell: the hash of its English text, and the Chinese."""

    sha256: str
    text: str


def sha256(text: str) -> str:
    """Return the SHA-256 of `text` in UTF-8, as 64 hexadecimal digits.

    Whose account the addresses name (``make publish-name``) doesn't matter.
    """
    return hashlib.sha256(ACCOUNT.sub("OWNER", text).encode()).hexdigest()


def english_notebooks() -> list[Path]:
    """Return the lessons, companions and solutions, in order of reading."""
    return sorted(ENGLISH.glob("[0-9]*.ipynb")) + sorted(
        ENGLISH.glob("solutions/[0-9]*.ipynb")
    )


def tables() -> dict[Path, Path]:
    """Return {table: its copy}: cells read them from their own folder."""
    return {
        path: CHINESE / path.relative_to(ENGLISH)
        for path in sorted(ENGLISH.glob("long_runs/*.csv"))
    }


def catalogue_of(notebook: Path) -> Path:
    """Return the file with the Chinese texts of an English `notebook`."""
    return CATALOGUES / f"{notebook.stem}.md"


def chinese_of(notebook: Path) -> Path:
    """Return where the Chinese edition of an English `notebook` lies."""
    return CHINESE / notebook.relative_to(ENGLISH)


def read_notebook(path: Path) -> dict:
    """Return a notebook as JSON (nbformat would take ten times longer)."""
    return json.loads(path.read_text(encoding="utf-8"))


def read_cells(notebook: dict) -> dict[str, str]:
    """Return the Markdown cells of `notebook` as {id: text}."""
    return {
        cell["id"]: "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "markdown"
    }


def read_catalogue(path: Path) -> dict[str, Entry]:
    """Return the entries of the catalogue at `path` as {cell id: Entry}.

    Raises
    ------
    ValueError
        If a cell has two entries, or text stands before the first.
    """
    if not path.exists():
        return {}
    before, *parts = HEAD.split(path.read_text(encoding="utf-8"))
    if before.strip():
        raise ValueError(f"{path.name}: text before the first cell's line")
    entries = {}
    for name, digest, text in zip(*[iter(parts)] * 3, strict=True):
        if name in entries:
            raise ValueError(f"{path.name}: two entries for cell {name}")
        entries[name] = Entry(digest, text.strip())
    return entries


def write_catalogue(path: Path, entries: dict[str, Entry]) -> None:
    """Write `entries`, in their order, to the catalogue at `path`."""
    parts = [
        f"<!-- cell: {name} {entry.sha256} -->\n\n{entry.text}\n"
        for name, entry in entries.items()
    ]
    path.write_text("\n".join(parts), encoding="utf-8", newline="\n")


def render(path: Path, notebook: dict, entries: dict[str, Entry]) -> str:
    """Return the Chinese edition of the notebook at `path`, as JSON text.

    Parameters
    ----------
    path : Path
        Of the English notebook.
    notebook : dict
        What it holds; its cells get the Chinese texts.
    entries : dict of str -> Entry
        Its catalogue.
    """
    texts = [c for c in notebook["cells"] if c["cell_type"] == "markdown"]
    anchors = pair_anchors(read_cells(notebook), entries)
    for cell in texts:
        english = "".join(cell["source"])
        entry = entries.get(cell["id"])
        if entry is None:
            text = MISSING + english
        else:
            stale = entry.sha256 != sha256(english)
            text = (STALE if stale else "") + entry.text
        text = move_links(text)
        for old, new in anchors.items():
            text = text.replace(f"](#{old})", f"](#{new})")
        if cell is texts[0]:
            name = path.relative_to(ENGLISH)
            link = "../" * len(name.parts) + name.as_posix()
            text += FIRST.format(link=link)
        cell["source"] = text.splitlines(keepends=True)
    # As nbformat writes it: code cells and outputs stay byte for byte.
    return (
        json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False)
        + "\n"
    )


def pair_anchors(
    cells: dict[str, str], entries: dict[str, Entry]
) -> dict[str, str]:
    """Return the Chinese anchor of each English heading, as Jupyter's are."""
    anchors = {}
    for name in cells.keys() & entries.keys():
        both = [
            [each.replace(" ", "-") for each in HEADING.findall(text)]
            for text in (cells[name], entries[name].text)
        ]
        anchors.update(zip(*both, strict=False))
    return anchors


def move_links(text: str) -> str:
    """Return `text` with an English notebook's links as its translation's.

    Links to notebooks stay as they are: they lead to the Chinese ones. Others
    get one more "../", and pages with a Chinese edition lead to that.
    """

    def moved(match):
        before, link, after = match.groups()
        if "/notebooks/" in link and ACCOUNT.search(link):  # a badge
            link = link.replace("/notebooks/", "/notebooks/zh/")
        elif re.match(r"(https?:|#|mailto:)", link):
            pass
        elif not link.split("#")[0].endswith(".ipynb"):
            path, _, part = link.partition("#")
            for english, chinese in PAGES.items():
                path = re.sub(f"(^|/){english}$", rf"\1{chinese}", path)
            link = f"../{path}" + (f"#{part}" if part else "")
        return f"{before}{link}{after}"

    return re.sub(r'(\]\(|\bsrc=")([^)"\s]+)([)"])', moved, text)


@functools.cache
def read_glossary() -> dict:
    """Return the terms, and the cells that are the same in both languages."""
    return tomllib.loads(GLOSSARY.read_text(encoding="utf-8"))
