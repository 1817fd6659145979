"""Write the pages that are no lesson: the front page, that for lecturers.

Their words are in ``front_pages``, and in ``docs/lecturers.md``; a
translation of that is beside it, as ``docs/lecturers.zh.md``.
"""

import re
from pathlib import Path

from . import packing
from .words import WORDS

ROOT = Path(__file__).resolve().parents[1]
_PAGES = Path(__file__).parent / "front_pages"
# The panel that moves by itself: from a curve that is too wild to one that is
# too flat, and back to one between.
SHOWN, WAY = ("01_weight_decay_from_scratch", "taste-slider"), "12,5"
_CHECK = re.compile(r"(?:turn-|ex\d).*-check$")
# Rows of tests/benchmarks/README.md: seconds of lesson 01's panel, and of the
# usual way
_RELEASE = re.compile(r"final picture, lesson 01's panel \| ([\d.]+)")
_NAIVE = re.compile(r"the naive panel[^|]*\| ([\d.]+)")


def repository_file(place: Path, about: dict) -> str:
    """Return the address of a file in the repository.

    Parameters
    ----------
    place : Path
    about : dict
        what `pages.describe` returned: its badges name the repository
    """
    colab = about["addresses"].get("colab", "")
    owner, branch = re.search(
        r"github/([^/]+/[^/]+)/blob/(\w+)", colab
    ).groups()
    file = place.relative_to(ROOT).as_posix()
    return f"https://github.com/{owner}/blob/{branch}/{file}"


def pages(language: str, notebooks: list, stored: dict, told: dict) -> dict:
    """Return the text of each page that is no lesson, by file name.

    Parameters
    ----------
    language : str
    notebooks : list of (Path, str)
        each with the name of its page
    stored : dict of Path -> list of dict
    told : dict of str -> dict
        title, minutes and first words of each page's notebook
    """
    words = WORDS[language]
    lessons = [name for name in told if "/" not in name]
    solutions = [name for name in told if "/" in name]
    main = [name for name in lessons if not _is_companion(name)]
    about = told[lessons[0]]
    text = (_PAGES / f"{language}.md").read_text(encoding="utf-8")
    release, naive = read_benchmarks()
    records = [record for path, _ in notebooks for record in stored[path]]
    parts = {
        "panel": _shown_panel(language, notebooks, stored),
        "first": f"{lessons[0]}.html",
        "readme": repository_file(_translated("README.md", language), about),
        "map": _draw_map(lessons, told, words),
        "panels": len(records),
        "runs": f"{sum(len(record['runs']) for record in records):,}",
        "checks": sum(
            _count_checks(path) for path, n in notebooks if n in lessons
        ),
        "release": release,
        "naive": naive,
    }
    text = re.sub(r"\{(\w+)\}", lambda match: str(parts[match[1]]), text)
    curious = [name for name in lessons if _is_companion(name)]
    text += _toctree(words["lessons"], main)
    text += _toctree(words["curious"], curious)
    text += _toctree(words["more"], ["solutions/index", "lecturers"])
    rows = [
        f"- [{told[name]['title']}](../{name}.ipynb)" for name in solutions
    ]
    answers = f"# {words['solutions']}\n\n{words['solutions_told']}\n\n"
    answers += "\n".join(rows) + "\n"
    return {
        "index.md": text,
        "solutions/index.md": answers,
        "lecturers.md": _lecturers(language, about),
    }


def read_benchmarks() -> tuple[str, str]:
    """Return the seconds from release to picture: ours, the usual way's."""
    file = ROOT / "tests" / "benchmarks" / "README.md"
    text = file.read_text(encoding="utf-8")
    found = [pattern.search(text) for pattern in (_RELEASE, _NAIVE)]
    if None in found:
        raise ValueError(f"{file}: no row with {_RELEASE.pattern!r}, or naive")
    return found[0][1], found[1][1]


def _is_companion(name):
    return bool(re.match(r"\d+b_", name))


def _toctree(caption, names):
    if not names:
        return ""
    told = f":caption: {caption}\n" if caption else ""
    return (
        "\n```{toctree}\n:hidden:\n"
        + told
        + "\n"
        + "\n".join(names)
        + "\n```\n"
    )


def _count_checks(path):
    import nbformat

    cells = nbformat.read(path, as_version=4).cells
    return sum(bool(_CHECK.match(cell.id)) for cell in cells)


def _shown_panel(language, notebooks, stored):
    found = [
        (name, record)
        for path, name in notebooks
        for record in stored[path]
        if record["runs"][-1]["charts"]
    ]
    name, record = next(
        (each for each in found if (each[0], each[1]["id"]) == SHOWN), found[0]
    )
    source = f"runs/{name}/{packing.panel_name(record)}.js"
    address = packing.shared_folder(language) + source
    text = packing.panel_html(record, address, language)
    return text.replace(' role="group"', f' data-play="{WAY}" role="group"', 1)


def _draw_map(lessons, told, words):
    """Return the list of lessons; a companion stands below its lesson."""
    lines = []
    for name in lessons:
        about = told[name]
        minutes = ""
        if about["minutes"]:
            read, do = about["minutes"]
            text = words["minutes"].format(read=read, do=do)
            minutes = f' <span class="minutes">{text}</span>'
        indent = "  " if _is_companion(name) else ""
        what = about["about"].split(words["about_ends"])[0]
        what = re.sub(
            r"\[([^]]*)\]\([^)]*\)", r"\1", what
        )  # the text of links
        lines.append(
            f"{indent}- [{about['title']}]({name}.ipynb){minutes}\n"
            f"{indent}  <br>{what}\n"
        )
    return '<div class="map">\n\n' + "\n".join(lines) + "\n</div>"


def _translated(name, language):
    """Return a page of the repository, in `language` if it is there."""
    file = ROOT / name
    other = file.with_suffix(f".{language}{file.suffix}")
    return other if other.exists() else file


def _lecturers(language, about):
    file = _translated("docs/lecturers.md", language)
    text = file.read_text(encoding="utf-8")
    # A translation begins with the hash of its English text.
    text = re.sub(r"\A<!-- english: .* -->\n+", "", text)

    def link(match):
        place = (file.parent / match[1]).resolve()
        if place.suffix == ".ipynb" or not place.exists():
            return match[0].replace("../notebooks/", "")
        return f"]({repository_file(place, about)}{match[2] or ''})"

    return re.sub(r"\]\(([^)#:]+)(#[^)]*)?\)", link, text)
