"""Write the sources that Sphinx reads, from the saved notebooks."""

import base64
import hashlib
import html
import json
import re
import shutil
from pathlib import Path

import nbformat

from . import front, packing
from .stored_runs import BUILD, NOTEBOOKS
from .words import WORDS

SOURCES = BUILD / "site-source"
_HERE = Path(__file__).parent
_BADGES = re.compile(r"^\[!\[.*$\n?", re.M)
_ADDRESS = re.compile(r"\((https://(colab|mybinder)\.[^)]*)\)")
_EXERCISE = re.compile(r"ex\d.*-(stub|check)$")
_TURN = re.compile(r"turn-.*-(stub|check|ours)$")


def folder_of(language: str) -> Path:
    """Return where the notebooks of a language are."""
    return NOTEBOOKS if language == "en" else NOTEBOOKS / language


def find_notebooks(language: str, chosen: list = ()) -> list:
    """Return the lessons of a language, then their solutions.

    Parameters
    ----------
    language : str
    chosen : list of str
        beginnings of names, such as "01_"; all notebooks by default
    """
    folder = folder_of(language)
    found = [
        *sorted(folder.glob("[0-9]*.ipynb")),
        *sorted((folder / "solutions").glob("[0-9]*.ipynb")),
    ]
    return [
        path
        for path in found
        if not chosen or any(path.name.startswith(name) for name in chosen)
    ]


def page_name(path: Path, language: str) -> str:
    """Return a notebook's page, as in "solutions/01_..."."""
    return str(
        path.relative_to(folder_of(language)).with_suffix("").as_posix()
    )


def describe(path: Path, language: str = "en") -> dict:
    """Return a notebook's title, minutes, and what its first words say."""
    cells = nbformat.read(path, as_version=4).cells
    text = cells[0].source
    minutes = re.search(WORDS[language]["stated"], text)
    lines = [line for line in text.splitlines() if line.strip()]
    told = [line for line in lines[1:] if not line.startswith("[![")]
    return {
        "title": lines[0].lstrip("# "),
        "minutes": tuple(map(int, minutes.groups())) if minutes else None,
        "about": told[0] if told else "",
        "addresses": {name: url for url, name in _ADDRESS.findall(text)},
    }


def write_sources(language: str, notebooks: list, stored: dict) -> Path:
    """Write a language's sources and return their folder.

    Parameters
    ----------
    language : str
    notebooks : list of Path
    stored : dict of Path -> list of dict
        the records of the panels of each notebook
    """
    folder = SOURCES / language
    shutil.rmtree(folder, ignore_errors=True)
    static = folder / "static"
    shutil.copytree(_HERE / "static", static)
    (static / "chart.css").write_text(packing.chart_style())
    words = json.dumps(WORDS[language], ensure_ascii=False)
    (static / "words.js").write_text(f"window.bookWords = {words};\n")
    names = {page_name(path, language) for path in notebooks}
    for path in notebooks:
        page = Page(path, language, stored[path], folder, names)
        page.write()
    named = [(path, page_name(path, language)) for path in notebooks]
    told = {name: describe(path, language) for path, name in named}
    others = front.pages(language, named, stored, told)
    for name, text in others.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


class Page:
    """One notebook on its way to a page.

    Parameters
    ----------
    path : Path
        the notebook
    language : str
    records : list of dict
        of its panels
    folder : Path
        of the sources
    names : set of str
        the book's other notebooks
    """

    def __init__(self, path, language, records, folder, names):
        self.path, self.language, self.folder = path, language, folder
        self.words, self.names = WORDS[language], names
        self.records = {record["id"]: record for record in records}
        self.name = page_name(path, language)
        self.up = "../" * self.name.count("/")
        self.is_solution = "/" in self.name
        self.about = describe(path, language)

    def write(self) -> None:
        """Write the page's notebook, its pictures and its panels' runs."""
        notebook = nbformat.read(self.path, as_version=4)
        cells = []
        for cell in notebook.cells:
            cell.metadata.setdefault("tags", [])
            if cell.id == "colab":
                continue  # the button above is for Colab
            if cell.cell_type == "markdown":
                self._rewrite_text(cell)
            else:
                self._rewrite_code(cell)
            cells.append(cell)
            if note := self._note_on(cell):
                cells.append(nbformat.v4.new_markdown_cell(note))
        cells.insert(1, nbformat.v4.new_markdown_cell(self._doors()))
        notebook.cells = cells
        if self.is_solution:  # it is reached from the lesson
            notebook.metadata["orphan"] = True
        target = self.folder / f"{self.name}.ipynb"
        target.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, target)
        left = set(self.records) - {cell.id for cell in cells}
        if left:
            raise RuntimeError(f"{self.name} has no place for {left}")

    def _doors(self):
        addresses = self.about["addresses"]
        download = f"{self.up}_static/notebooks/{self.name}.ipynb"
        copy = self.folder / "static" / "notebooks" / f"{self.name}.ipynb"
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.path, copy)
        links = [
            ("binder", addresses.get("mybinder"), ""),
            ("colab", addresses.get("colab"), ""),
            ("download", download, " download"),
        ]
        items = "".join(
            f'<li><a href="{html.escape(url)}"{more}>{self.words[name]}</a>'
            "</li>"
            for name, url, more in links
            if url
        )
        told = html.escape(self.words["doors"])
        return f'<ul class="doors" aria-label="{told}">{items}</ul>'

    def _rewrite_text(self, cell):
        text = _BADGES.sub("", cell.source)
        # Markdown is read inside of HTML if an empty line parts them.
        text = re.sub(r"[ \n]*(<details>)", r"\n\n\1", text)
        text = re.sub(r"\n*(</details>)", r"\n\n\1\n", text)
        text = re.sub(
            r"\[([^]]*)\]\(([^)#:]+\.ipynb)\)", self._link_english, text
        )
        text = re.sub(r"\]\(([^)#:]+)(#[^)]*)?\)", self._link, text)
        cell.source = re.sub(
            r"(?<=\]\()#([^)]+)(?=\))", lambda m: f"#{_slug(m[1])}", text
        )

    def _link_english(self, match):
        """Return a translation's link to its English page as HTML.

        That page is in another book, of which Sphinx knows nothing.
        """
        text, target = match.groups()
        place = (self.path.parent / target).resolve()
        if not place.exists() or place.is_relative_to(
            folder_of(self.language)
        ):
            return match.group()
        name = page_name(place, "en")
        if name not in self.names:
            return f"[{text}]({front.repository_file(place, self.about)})"
        return f'<a href="{self.up}../{name}.html">{text}</a>'

    def _link(self, match):
        """Return a link that leads to a page, or to the repository."""
        target, anchor = match.group(1), match.group(2) or ""
        place = (self.path.parent / target).resolve()
        if not place.exists():
            return match.group()
        if place.suffix == ".ipynb":
            if page_name(place, self.language) in self.names:
                return match.group()
            return f"]({front.repository_file(place, self.about)})"
        if re.fullmatch(r"lecturers(\.\w+)?\.md", place.name):
            return f"]({self.up}lecturers.md{anchor})"
        if place.suffix in (".png", ".svg"):
            return f"]({self._keep_file(place.read_bytes(), place.suffix)})"
        return f"]({front.repository_file(place, self.about)}{anchor})"

    def _keep_file(self, data, suffix):
        name = f"{hashlib.sha256(data).hexdigest()[:16]}{suffix}"
        file = self.folder / "static" / "pictures" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return f"{self.up}_static/pictures/{name}"

    def _rewrite_code(self, cell):
        tags = cell.metadata.tags
        hidden = cell.metadata.get("jupyter", {}).get("source_hidden")
        folded = hidden or cell.id.endswith("-check") or self.is_solution
        if folded and "hide-input" not in tags:
            tags.append("hide-input")
        if folded:
            cell.metadata["mystnb"] = {"code_prompt_show": self._tell(cell)}
        if cell.id in self.records:
            cell.outputs = [_html_output(self._panel(self.records[cell.id]))]
        elif _TURN.match(cell.id) or _EXERCISE.match(cell.id):
            if not self.is_solution:
                cell.outputs = []  # "not attempted yet"
        cell.outputs = [self._rewrite_output(each) for each in cell.outputs]
        cell.execution_count = None

    def _tell(self, cell):
        """Return what a folded cell is called."""
        comment = re.match(r"#\s*[^\W_]+[:：] *(.*)", cell.source)
        if comment:  # "# Folded: imports."
            told = comment[1].rstrip(".。")
            return f"{self.words['show_code']}: {told}"
        if cell.id.endswith("-check"):
            return self.words["show_check"]
        solution = self.is_solution and "solution" in cell.id
        return self.words["show_solution" if solution else "show_code"]

    def _panel(self, record):
        name = packing.panel_name(record)
        source = f"runs/{self.name}/{name}.js"
        if self.language == "en":  # the others show the same runs
            file = self.folder / "static" / source
            file.parent.mkdir(parents=True, exist_ok=True)
            packed = packing.pack(record)
            script = packing.as_script(f"{self.name}/{name}", packed)
            file.write_text(script, encoding="utf-8")
        address = self.up + packing.shared_folder(self.language) + source
        return packing.panel_html(record, address, self.language)

    def _rewrite_output(self, output):
        """Return an output with its picture as a file, and its words."""
        data = output.get("data", {})
        if "image/png" not in data:
            return output
        picture = base64.b64decode(data["image/png"])
        details = output.get("metadata", {}).get("image/png", {})
        alt = details.get("alt") or data.get("text/plain", "")
        size = "".join(
            f' {side}="{details[side]}"'
            for side in ("width", "height")
            if side in details
        )
        address = self._keep_file(picture, ".png")
        return _html_output(
            f'<img class="saved-picture" loading="lazy" src="{address}"'
            f' alt="{html.escape("".join(alt))}"{size}>'
        )

    def _note_on(self, cell):
        """Return what stands below a cell that the reader should do."""
        if self.is_solution or not cell.id.endswith("-check"):
            return ""
        if _TURN.match(cell.id):
            rest = self.words["your_turn_rest"]
        elif _EXERCISE.match(cell.id):
            rest = self.words["exercise_rest"]
        else:
            return ""
        url = self.about["addresses"].get("mybinder", "")
        link = f'<a href="{html.escape(url)}">{self.words["your_turn"]}</a>'
        return f'<p class="do-this">{link}{rest}</p>'


def _slug(anchor):
    """Return how Sphinx calls the heading that Jupyter calls `anchor`."""
    return re.sub(r"[^\w-]", "", anchor.lower())


def _html_output(text):
    return nbformat.v4.new_output("display_data", {"text/html": text})
