"""What is changed in a notebook on its way to a page."""

import importlib
import re
import sys
import types

import nbformat
import pytest

from web_book import front, pages
from web_book.words import WORDS

NAME = "01_weight_decay_from_scratch"


@pytest.fixture
def page(tmp_path):
    path = pages.NOTEBOOKS / f"{NAME}.ipynb"
    return pages.Page(path, "en", [], tmp_path, {NAME, "06_dropout"})


def rewritten(page, text):
    cell = nbformat.v4.new_markdown_cell(text)
    page._rewrite_text(cell)
    return cell.source


def test_badges_give_way_to_the_pages_own_buttons(page):
    text = rewritten(page, "# T\n\n[![a](b.svg)](c) [![d](e.svg)](f)\n\nText")
    assert text.split() == ["#", "T", "Text"]


def test_folded_answers_are_read_as_markdown(page):
    text = rewritten(
        page, "Ask. <details><summary>Hint</summary>\n*a*\n</details>"
    )
    assert "Ask.\n\n<details>" in text and "*a*\n\n</details>\n" in text


@pytest.mark.parametrize(
    "link, leads",
    [
        (f"{NAME}.ipynb", f"{NAME}.ipynb"),
        ("00_start_here.ipynb", "/blob/main/notebooks/00_start_here.ipynb"),
        ("../docs/lecturers.md", "lecturers.md"),
        ("../README.md#start", "/blob/main/README.md#start"),
        ("https://example.org/a", "https://example.org/a"),
        ("#Is-everything-in-place?", "#is-everything-in-place"),
    ],
)
def test_links_lead_to_pages_or_to_the_repository(page, link, leads):
    text = rewritten(page, f"[a]({link})")
    assert text.startswith("[a](") and text.endswith(f"{leads})")


@pytest.mark.parametrize(
    "folder, link, leads",
    [
        ("", f"[a]({NAME}.ipynb)", f"[a]({NAME}.ipynb)"),
        ("", f"[a](../{NAME}.ipynb)", f'<a href="../{NAME}.html">a</a>'),
        (
            "solutions/",
            f"[a](../../{NAME}.ipynb)",
            f'<a href="../../{NAME}.html">a</a>',
        ),
        (
            "",
            "[a](../00_start_here.ipynb)",
            "/blob/main/notebooks/00_start_here.ipynb)",
        ),
        ("", "[a](../../docs/lecturers.zh.md)", "[a](lecturers.md)"),
        ("", "[a](../../README.zh.md)", "/blob/main/README.zh.md)"),
    ],
)
def test_a_translations_links_lead_to_its_book_or_to_the_english_one(
    tmp_path, folder, link, leads
):
    name = f"{folder}{NAME}{'_solutions' if folder else ''}"
    path = pages.NOTEBOOKS / "zh" / f"{name}.ipynb"
    page = pages.Page(path, "zh", [], tmp_path, {NAME})
    assert rewritten(page, link).endswith(leads)


def test_folded_code_says_what_it_is(page):
    def told(source, name="a"):
        cell = nbformat.v4.new_code_cell(source, id=name)
        cell.metadata["tags"] = []
        page._rewrite_code(cell)
        return cell.metadata.get("mystnb", {}).get("code_prompt_show")

    assert told("x = 1") is None
    assert told("check(f)", "turn-a-check") == "The check"
    cell = nbformat.v4.new_code_cell("# Folded: imports.\nimport a")
    cell.metadata["tags"] = []
    cell.metadata["jupyter"] = {"source_hidden": True}
    page._rewrite_code(cell)
    assert "hide-input" in cell.metadata.tags
    assert cell.metadata.mystnb["code_prompt_show"] == "Show the code: imports"


def test_what_the_reader_should_do_links_to_a_notebook(page):
    cell = nbformat.v4.new_code_cell("check(f)", id="turn-a-check")
    assert "mybinder.org" in page._note_on(cell)
    cell.id = "ex1-check"
    assert "write your answer there" in page._note_on(cell)
    cell.id = "other"
    assert not page._note_on(cell)


def test_a_panel_without_a_place_is_an_error(page, tmp_path):
    page.records = {"nowhere-slider": {}}
    with pytest.raises(RuntimeError, match="no place for {'nowhere-slider'}"):
        page.write()


def test_minutes_and_words_come_from_the_notebook():
    about = pages.describe(pages.NOTEBOOKS / f"{NAME}.ipynb")
    assert about["title"].startswith("1 · Weight decay")
    assert all(20 < minutes < 60 for minutes in about["minutes"])
    told = {NAME: about}
    shown = front._draw_map([NAME], told, pages.WORDS["en"])
    assert "{} + {} min".format(*about["minutes"]) in shown
    assert about["about"].split(".")[0] in shown


@pytest.mark.parametrize(
    "here, page, address",
    [
        ("en", "01_a", "zh/01_a.html"),
        ("en", "solutions/01_a", "../zh/solutions/01_a.html"),
        ("zh", "01_a", "../01_a.html"),
        ("zh", "solutions/01_a", "../../solutions/01_a.html"),
        ("en", "only_here", None),
    ],
)
def test_each_page_has_a_switch_to_its_other_language(
    monkeypatch, here, page, address
):
    words = WORDS["en"] | {"language": "中文", "sphinx": "zh_CN"}
    monkeypatch.setitem(WORDS, "zh", words)
    monkeypatch.setenv("BOOK_LANGUAGE", here)
    monkeypatch.setenv("BOOK_LANGUAGES", "en,zh")
    for name in ("en", "zh"):
        monkeypatch.setenv(f"BOOK_PAGES_{name}", "01_a,solutions/01_a")
    sys.modules.pop("web_book.conf", None)
    conf = importlib.import_module("web_book.conf")
    connected = {}

    class App:
        config = types.SimpleNamespace(mathjax_path="mathjax/tex-chtml.js")
        connect = staticmethod(connected.__setitem__)

    conf.setup(App)
    context = {}
    connected["html-page-context"](App, page, "page.html", context, None)
    found = [other["address"] for other in context["other_languages"]]
    assert found == ([address] if address else [])


def test_the_front_pages_seconds_are_those_of_the_benchmarks():
    ours, naive = map(float, front.read_benchmarks())
    assert 0.05 < ours < 2 < naive


@pytest.mark.parametrize("language", WORDS)
def test_each_language_has_all_words_and_their_fields(language):
    words, english = WORDS[language], WORDS["en"]
    assert words.keys() == english.keys()

    def fields(text):
        return sorted(re.findall(r"\{\w+\}|</?\w+>", text))

    for name in english:
        assert words[name]
        assert fields(words[name]) == fields(english[name]), name
    here, there = front._PAGES / f"{language}.md", front._PAGES / "en.md"
    assert fields(here.read_text(encoding="utf-8")) == fields(
        there.read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("language", WORDS)
def test_each_first_cell_states_minutes_that_are_found(language):
    found = [
        pages.describe(path, language)
        for path in pages.find_notebooks(language)
        if path.parent.name != "solutions"
    ]
    assert found and all(about["minutes"] for about in found)
    assert all(about["about"] for about in found)
    ends = WORDS[language]["about_ends"]
    assert any(ends in about["about"] for about in found)


@pytest.mark.parametrize("language", WORDS)
def test_the_page_for_lecturers_begins_with_its_heading(language):
    about = {"addresses": {"colab": "github/a/b/blob/main/"}}
    text = front._lecturers(language, about)
    assert text.startswith("# ")
    readme = "README.md" if language == "en" else f"README.{language}.md"
    assert f"](https://github.com/a/b/blob/main/{readme}#" in text
