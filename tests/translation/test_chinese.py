"""The Chinese edition fits the English one, and the gates find faults.

A translation that is older than its English text is printed, not refused:
``translations/translate.py check --release`` refuses it.
"""

import json
import re
import shutil

import catalogue
import gates
import pytest
import translate
from catalogue import (
    STALE,
    Entry,
    chinese_of,
    english_notebooks,
    read_catalogue,
    sha256,
    write_catalogue,
)

ENGLISH = (
    "Weight decay adds `lambd` times $\\|w\\|^2/2$ to the objective; with"
    " λ = 0.03 the test error is 1.25. See [lesson 3](03_x.ipynb)."
)
CHINESE = (
    "权重衰减把 `lambd` 乘以 $\\|w\\|^2/2$ 加到目标函数上；λ = 0.03 时"
    "测试误差为 1.25。见[第 3 课](03_x.ipynb)。"
)


def faults(chinese, english=ENGLISH):
    return gates.faults(english, chinese, catalogue.read_glossary())


def test_the_chinese_edition_is_whole(capsys):
    wrong, stale = gates.all_problems()
    with capsys.disabled():
        for line in stale:
            print(f"\nstale translation: {line}", end="")
    assert not wrong, "\n".join(wrong)


def test_a_right_translation_has_no_fault():
    assert faults(CHINESE) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("^2/2", "^2/3", "formula missing"),
        ("1.25", "1.52", "number missing: 1.25"),
        ("0.03", "0.03（3%）", "number that is not in the English: 3"),
        ("`lambd` ", "", "code span missing: `lambd`"),
        ("`lambd`", "`lambda`", "code span that is not in the English"),
        ("(03_x.ipynb)", "(04_x.ipynb)", "link missing: 03_x.ipynb"),
        ("权重衰减", "权值衰减", "权值衰减 is 权重衰减 in the glossary"),
        ("测试误差", "测验误差", "“test error” is here, and none of"),
        ("；", ";", "half-width punctuation after 上"),
    ],
)
def test_a_planted_fault_is_found(old, new, said):
    assert old in CHINESE
    told = faults(CHINESE.replace(old, new))
    assert any(said in line for line in told), told


def test_an_untranslated_cell_is_found():
    assert faults(ENGLISH, ENGLISH)[-1] == "is the English text"
    assert gates.faults("$x$", "$x$", catalogue.read_glossary(), True) == []


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A copy of one lesson with its translation, to be broken."""
    path = english_notebooks()[0]
    english, texts = tmp_path / "notebooks", tmp_path / "texts"
    english.mkdir()
    shutil.copy(path, english)
    shutil.copytree(catalogue.CATALOGUES, texts)
    for module in (catalogue, gates, translate):
        for name, value in {
            "ROOT": tmp_path,
            "ENGLISH": english,
            "CHINESE": english / "zh",
            "CATALOGUES": texts,
            "PAGES": {},
        }.items():
            monkeypatch.setattr(module, name, value, raising=False)
    for other in texts.glob("*.md"):
        if other.stem != path.stem:
            other.unlink()
    translate.render_all()
    assert gates.all_problems() == ([], [])
    return english / path.name


def change(path, cell, text):
    """Put `text` at the end of a cell of the notebook at `path`."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for each in notebook["cells"]:
        if each["id"] == cell:
            each["source"] = ["".join(each["source"]) + text]
    path.write_text(
        json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False)
        + "\n",
        encoding="utf-8",
    )


def first_cell(path):
    return next(iter(read_catalogue(catalogue.catalogue_of(path))))


def test_a_link_to_a_heading_leads_to_the_chinese_heading(course):
    text = chinese_of(course).read_text(encoding="utf-8")
    assert "](#一切就绪了吗？)" in text and "## 一切就绪了吗？" in text
    assert "](#Is-everything" not in text


def test_a_stale_cell_is_named_and_marked(course, capsys):
    cell = first_cell(course)
    change(course, cell, " One sentence more.")
    translate.render_all()
    wrong, stale = gates.all_problems()
    assert wrong == []
    assert stale == [f"{course.stem}: cell {cell}: its English text has"
                     " changed"]  # fmt: skip
    assert STALE.strip() in chinese_of(course).read_text(encoding="utf-8")
    assert translate.check() == 0
    assert translate.check(release=True) == 1


def test_a_hash_renewed_alone_is_refused(course, monkeypatch):
    path, cell = catalogue.catalogue_of(course), first_cell(course)
    committed = path.read_text(encoding="utf-8")
    monkeypatch.setattr(translate, "_committed", lambda _: committed)
    change(course, cell, " One sentence more.")
    with pytest.raises(SystemExit, match="add --same-text"):
        translate.renew(course.stem, cell, same_text=False)
    assert path.read_text(encoding="utf-8") == committed
    translate.renew(course.stem, cell, same_text=True)
    assert read_catalogue(path)[cell].sha256 != sha256("")
    translate.render_all()
    assert gates.all_problems() == ([], [])


def test_a_changed_text_renews_its_hash(course, monkeypatch):
    path, cell = catalogue.catalogue_of(course), first_cell(course)
    committed = path.read_text(encoding="utf-8")
    monkeypatch.setattr(translate, "_committed", lambda _: committed)
    change(course, cell, " One sentence more.")
    entries = read_catalogue(path)
    text = entries[cell].text + "又一句。"
    write_catalogue(path, entries | {cell: Entry(entries[cell].sha256, text)})
    translate.renew(course.stem, cell, same_text=False)
    translate.render_all()
    assert gates.all_problems() == ([], [])


def test_a_new_cell_and_an_edited_file_are_found(course):
    path = catalogue.catalogue_of(course)
    entries = read_catalogue(path)
    gone = entries.pop(list(entries)[1])
    write_catalogue(path, entries)
    edition = chinese_of(course)
    wrong, _ = gates.all_problems()
    assert any("has no entry" in line for line in wrong), gone
    assert any("is not what translate.py renders" in line for line in wrong)
    translate.draft(course.stem)
    assert any("is to be translated" in line for line in
               gates.all_problems()[0])  # fmt: skip
    assert edition.exists()


def test_code_and_outputs_are_the_english_ones():
    for path in english_notebooks():
        pair = [
            json.loads(p.read_text(encoding="utf-8"))
            for p in (path, chinese_of(path))
        ]
        code = [
            [c for c in notebook["cells"] if c["cell_type"] == "code"]
            for notebook in pair
        ]
        assert code[0] == code[1]
        assert pair[0]["metadata"] == pair[1]["metadata"]


def test_every_link_of_the_chinese_edition_leads_somewhere():
    for path in map(chinese_of, english_notebooks()):
        for text in catalogue.read_cells(
            catalogue.read_notebook(path)
        ).values():
            for link in re.findall(r"\]\(([^)#\s]+)", text):
                if not link.startswith(("http", "mailto:")):
                    assert (path.parent / link).exists(), (path.name, link)


def test_a_chinese_notebook_finds_the_tables_that_its_cells_read():
    tables = catalogue.CHINESE / "long_runs"
    for path in english_notebooks():
        for cell in catalogue.read_notebook(path)["cells"]:
            code = "".join(cell["source"])
            for name in re.findall(r"\w+\.csv", code):
                if cell["cell_type"] == "code":
                    assert (tables / name).exists(), (path.name, name)


def test_an_edited_table_is_found():
    copied = next(iter(catalogue.tables().values()))
    kept = copied.read_bytes()
    try:
        copied.write_bytes(kept + b"1\n")
        wrong, _ = gates.all_problems()
    finally:
        copied.write_bytes(kept)
    assert wrong == [f"zh/long_runs/{copied.name} is no copy of {copied.name}"]
