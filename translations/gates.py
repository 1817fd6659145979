"""What must hold between an English text and its Chinese translation."""

import re
from collections import Counter

from catalogue import (
    CATALOGUES,
    CHINESE,
    ENGLISH,
    PAGE_HEAD,
    PAGES,
    ROOT,
    TO_DO,
    catalogue_of,
    chinese_of,
    english_notebooks,
    read_catalogue,
    read_cells,
    read_glossary,
    read_notebook,
    render,
    sha256,
    tables,
)

FENCES = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")
FORMULAS = re.compile(r"\$\$.+?\$\$|\$[^$\n]+?\$", re.DOTALL)
LINKS = re.compile(r'(?:\]\(|\b(?:src|href)=")([^)"\s]+)')
NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")


def differences(english: str, chinese: str) -> list[str]:
    """Return what the two texts do not share, one sentence each.

    Compared are the multisets of code blocks, code spans, formulas, links and
    numbers. A number in a formula, a code span or a link counts there.
    """
    found = []
    rest = [english, chinese]
    for what, pattern in (
        ("code block", FENCES),
        ("code span", CODE),
        ("formula", FORMULAS),
        ("link", LINKS),
        ("number", NUMBERS),
    ):
        here, there = (Counter(pattern.findall(text)) for text in rest)
        rest = [pattern.sub(" ", text) for text in rest]
        if missing := here - there:
            found.append(f"{what} missing: {_list(missing)}")
        if surplus := there - here:
            found.append(f"{what} that is not in the English: "
                         f"{_list(surplus)}")  # fmt: skip
    return found


def _list(counted):
    return ", ".join(" ".join(each.split()) for each in counted.elements())


def wrong_terms(english: str, chinese: str, glossary: dict) -> list[str]:
    """Return where `chinese` has another word than the glossary's.

    A term of the glossary that the English text has must be in the Chinese
    one, and none of the words that its entry lists under `not` may be there.
    """
    for pattern in (FENCES, CODE, FORMULAS, LINKS):
        english, chinese = (pattern.sub(" ", t) for t in (english, chinese))
    found = []
    for term in glossary["term"]:
        for other in term.get("not", ()):
            if other in chinese:
                found.append(f"{other} is {term['zh']} in the glossary")
        if not term.get("always", False):
            continue
        used = re.search(rf"\b{term['en']}", english, re.IGNORECASE)
        allowed = [term["zh"], *term.get("also", ())]
        if used and not any(word in chinese for word in allowed):
            found.append(
                f"“{used[0]}” is here, and none of {', '.join(allowed)}"
            )
    return found


def wrong_punctuation(chinese: str) -> list[str]:
    """Return half-width punctuation that stands between Chinese letters."""
    for pattern in (FENCES, CODE, FORMULAS, LINKS):
        chinese = pattern.sub("x", chinese)
    found = re.findall(r"[\u4e00-\u9fff][,;:?!]", chinese)
    found += re.findall(r"[\u4e00-\u9fff]\.(?=\s|$)", chinese)
    return [f"half-width punctuation after {each[0]}: {each[1]}"
            for each in found]  # fmt: skip


def problems(path) -> tuple[list[str], list[str]]:
    """Return what is wrong with the Chinese edition of a notebook.

    Returns
    -------
    wrong : list of str
        One sentence for each fault.
    stale : list of str
        The cells whose English text has changed since their translation.
    """
    notebook, name = read_notebook(path), path.stem
    glossary = read_glossary()
    cells = read_cells(notebook)
    entries = read_catalogue(catalogue_of(path))
    wrong = [f"{name}: cell {cell} has no entry" for cell in cells
             if cell not in entries]  # fmt: skip
    wrong += [f"{name}: entry {cell} has no cell" for cell in entries
              if cell not in cells]  # fmt: skip
    both = [cell for cell in cells if cell in entries]
    if both != [cell for cell in entries if cell in cells]:
        wrong.append(f"{name}: entries are not in the order of the cells")
    stale = []
    for cell in both:
        english, entry = cells[cell], entries[cell]
        if entry.sha256 != sha256(english):
            stale.append(f"{name}: cell {cell}: its English text has changed")
            continue
        same = f"{name}#{cell}" in glossary["same"]
        found = faults(english, entry.text, glossary, same)
        wrong += [f"{name}: cell {cell}: {fault}" for fault in found]
    there = chinese_of(path)
    now = there.read_text(encoding="utf-8") if there.exists() else ""
    if now != render(path, notebook, entries):
        there = there.relative_to(ENGLISH).as_posix()
        wrong.append(f"{there} is not what translate.py renders")
    return wrong, stale


def faults(english, chinese, glossary, same=False) -> list[str]:
    """Return what is wrong with the translation of one cell."""
    if chinese.startswith(TO_DO.strip()):
        return ["is to be translated"]
    found = differences(english, chinese)
    found += wrong_terms(english, chinese, glossary)
    found += wrong_punctuation(chinese)
    if english == chinese and not same:
        found.append("is the English text")
    return found


def stale_pages() -> list[str]:
    """Return the pages whose English text has changed since."""
    found = []
    for english, chinese in PAGES.items():
        path = ROOT / chinese
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        head = PAGE_HEAD.match(text)
        now = sha256((ROOT / english).read_text(encoding="utf-8"))
        if head is None or head[1] != now:
            found.append(f"{chinese}: {english} has changed")
    return found


def all_problems() -> tuple[list[str], list[str]]:
    """Return what is wrong with the whole Chinese edition, and what is stale.

    Both are lists of sentences.
    """
    notebooks = english_notebooks()
    surplus = set(CATALOGUES.glob("*.md")) - set(map(catalogue_of, notebooks))
    # Not what JupyterLab keeps beside a notebook that was opened.
    there = {
        path
        for path in CHINESE.rglob("*.ipynb")
        if path.parent.name != ".ipynb_checkpoints"
    }
    surplus |= there - set(map(chinese_of, notebooks))
    wrong = [f"{path.name} belongs to no notebook" for path in surplus]
    wrong += [
        f"zh/long_runs/{table.name} is no copy of {table.name}"
        for table, copied in tables().items()
        if not copied.exists() or copied.read_bytes() != table.read_bytes()
    ]
    stale = stale_pages()
    for path in notebooks:
        more, older = problems(path)
        wrong, stale = wrong + more, stale + older
    return wrong, stale
