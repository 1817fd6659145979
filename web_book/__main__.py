"""Build the web book: ``python -m web_book [BEGINNING OF A NAME ...]``.

Writes ``build/site``. With names, such as ``01_``, only these notebooks.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import pages, stored_runs
from .words import WORDS

ROOT = Path(__file__).resolve().parents[1]
SITE = stored_runs.BUILD / "site"


def build(chosen: list, site: Path = SITE) -> dict:
    """Build the pages of the chosen notebooks in every language.

    Returns
    -------
    dict
        figures: "pages", "panels", "runs", "bytes" and "seconds"
    """
    began = time.monotonic()
    books = {name: pages.find_notebooks(name, chosen) for name in WORDS}
    books = {name: paths for name, paths in books.items() if paths}
    stored = _store(books)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        ),
        "BOOK_LANGUAGES": ",".join(books),
    }
    for name, paths in books.items():
        environment[f"BOOK_PAGES_{name}"] = ",".join(
            [
                *(pages.page_name(p, name) for p in paths),
                "index",
                "lecturers",
                "solutions/index",
            ]
        )
    shutil.rmtree(site, ignore_errors=True)
    for name, paths in books.items():
        source = pages.write_sources(name, paths, stored)
        subprocess.run(
            [
                *(sys.executable, "-m", "sphinx", "-b", "html", "-q", "-W"),
                *("--keep-going", "-c", str(Path(__file__).parent)),
                *("-d", str(stored_runs.BUILD / "site-doctrees" / name)),
                *(str(source), str(site if name == "en" else site / name)),
            ],
            env=environment
            | {"BOOK_LANGUAGE": name, "BOOK_STATIC": str(source / "static")},
            check=True,
        )
    records = [
        record for path in books.get("en", []) for record in stored[path]
    ]
    files = [file for file in site.rglob("*") if file.is_file()]
    return {
        "pages": len(list(site.rglob("*.html"))),
        "panels": len(records),
        "runs": sum(len(record["runs"]) for record in records),
        "bytes": sum(file.stat().st_size for file in files),
        "seconds": time.monotonic() - began,
    }


def _store(books):
    """Return the stored runs of all notebooks, by their paths.

    A translation has the code of its English notebook, and so its runs.
    """
    stored = stored_runs.store(books.get("en", []))
    english = {pages.page_name(path, "en"): path for path in stored}
    for language, paths in books.items():
        for path in paths:
            source = english[pages.page_name(path, language)]
            code, same = (
                [cell.source for cell in stored_runs.code_cells(each)]
                for each in (path, source)
            )
            if code != same:
                raise RuntimeError(
                    f"{path}: other code than in English; run"
                    " translations/translate.py render"
                )
            stored[path] = stored[source]
    return stored


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("chosen", nargs="*", metavar="NAME")
    found = build(parser.parse_args().chosen)
    print(
        "{pages} pages, {panels} panels with {runs} stored runs, "
        "{megabytes:.1f} MB, {seconds:.0f} s: {site}/index.html".format(
            site=SITE, **found, megabytes=found["bytes"] / 1e6
        )
    )
