"""Keep the Chinese edition beside the English one.

    translate.py render           write notebooks/zh from the catalogues
    translate.py check            name what is wrong, and what is stale
    translate.py check --release  ... and fail if anything is stale
    translate.py draft NAME       add the English text of new cells of NAME
                                  to its catalogue, to be translated
    translate.py renew NAME CELL  the Chinese text of CELL is changed: note
                                  the English text that it now follows
             --same-text          ... although the Chinese text is the same

NAME is part of a notebook's name, such as 01_weight, or a page.
"""

import argparse
import subprocess
import sys

import gates
from catalogue import (
    CATALOGUES,
    PAGE_HEAD,
    PAGES,
    ROOT,
    TO_DO,
    Entry,
    catalogue_of,
    chinese_of,
    english_notebooks,
    read_catalogue,
    read_cells,
    read_notebook,
    render,
    sha256,
    tables,
    write_catalogue,
)


def find(name: str):
    """Return the notebook whose name begins with `name`.

    A lesson is meant where its solutions' name begins so, too.
    """
    found = [n for n in english_notebooks() if n.stem.startswith(name)]
    shortest = min(found, key=lambda n: len(n.stem), default=None)
    if not all(n.stem.startswith(shortest.stem) for n in found) or not found:
        names = ", ".join(n.stem for n in found) or "none"
        raise SystemExit(
            f"NAME must mean one notebook, {name!r} means {names}"
        )
    return shortest


def render_all() -> None:
    """Write the Chinese edition of every notebook, and copy the tables."""
    for table, copied in tables().items():
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(table.read_bytes())
    for notebook in english_notebooks():
        path = chinese_of(notebook)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = render(
            notebook,
            read_notebook(notebook),
            read_catalogue(catalogue_of(notebook)),
        )
        path.write_text(text, encoding="utf-8", newline="\n")


def check(*, release: bool = False) -> int:
    """Print what is wrong and what is stale; return the exit status."""
    wrong, stale = gates.all_problems()
    for line in wrong:
        print(line)
    for line in stale:
        print(f"stale: {line}")
    print(f"{len(wrong)} problems, {len(stale)} stale texts")
    return int(bool(wrong or (release and stale)))


def draft(name: str) -> None:
    """Add the cells that have no entry yet, with their English text.

    Entries follow the order of the cells; those of cells that are gone go.
    """
    notebook = find(name)
    cells = read_cells(read_notebook(notebook))
    entries = read_catalogue(catalogue_of(notebook))
    new = [cell for cell in cells if cell not in entries]
    for cell in new:
        entries[cell] = Entry(sha256(cells[cell]), TO_DO + cells[cell])
    CATALOGUES.mkdir(exist_ok=True)
    write_catalogue(catalogue_of(notebook), {c: entries[c] for c in cells})
    print(f"{notebook.stem}: {len(new)} new entries, of {len(cells)}")


def renew(name: str, cell: str, *, same_text: bool) -> None:
    """Note that the entry of `cell` follows today's English text.

    Raises
    ------
    SystemExit
        If the Chinese text is the one of the last commit, unless `same_text`.
    """
    if name in PAGES:
        path = ROOT / PAGES[name]
        text = PAGE_HEAD.sub("", path.read_text(encoding="utf-8"))
        old = PAGE_HEAD.sub("", _committed(path))
        _refuse_same(text == old, same_text)
        now = sha256((ROOT / name).read_text(encoding="utf-8"))
        path.write_text(f"<!-- english: {now} -->\n{text}",
                        encoding="utf-8", newline="\n")  # fmt: skip
        return
    notebook = find(name)
    path, cells = catalogue_of(notebook), read_cells(read_notebook(notebook))
    entries = read_catalogue(path)
    chosen = list(cells) if cell == "all" else [cell]
    for each in chosen:
        if each not in cells or each not in entries:
            raise SystemExit(f"CELL must have an entry, got {each!r}")
        now, entry = sha256(cells[each]), entries[each]
        if entry.sha256 == now:
            continue
        _refuse_same(entry.text in _committed(path), same_text)
        entries[each] = Entry(now, entry.text)
    write_catalogue(path, entries)


def _committed(path):
    name = path.relative_to(ROOT).as_posix()
    shown = subprocess.run(
        ["git", "show", f"HEAD:{name}"],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    return shown.stdout


def _refuse_same(same, allowed):
    if same and not allowed:
        raise SystemExit(
            "the Chinese text is as it was: translate the change, or add"
            " --same-text if it needs none"
        )


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("render")
    commands.add_parser("check").add_argument("--release", action="store_true")
    commands.add_parser("draft").add_argument("name")
    one = commands.add_parser("renew")
    one.add_argument("name")
    one.add_argument("cell", nargs="?", default="all")
    one.add_argument("--same-text", action="store_true")
    asked = parser.parse_args()
    if asked.command == "render":
        render_all()
    elif asked.command == "check":
        sys.exit(check(release=asked.release))
    elif asked.command == "draft":
        draft(asked.name)
    else:
        renew(asked.name, asked.cell, same_text=asked.same_text)


if __name__ == "__main__":
    main()
