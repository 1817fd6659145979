"""The rules that keep a lesson readable; each holds for every notebook."""

import base64
import re

import pytest
from cells import saved
from execute import FOLDER
from minutes import measure
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

PICTURES = {"image/png", "image/jpeg", "image/svg+xml"}


def lines(cell):
    return cell.source.splitlines()


def code_cells(notebook):
    return [c for c in notebook.cells if c.cell_type == "code"]


def outputs(notebook):
    return [
        (cell, out) for cell in code_cells(notebook) for out in cell.outputs
    ]


def neighbours(notebook, cell):
    """Return the prose before and after a cell, "" where there is none."""
    i = notebook.cells.index(cell)
    around = notebook.cells[max(0, i - 1) : i], notebook.cells[i + 1 : i + 2]
    return [
        " ".join(c.source for c in cells if c.cell_type == "markdown")
        for cells in around
    ]


def unasked_sliders(notebook):
    for cell in code_cells(notebook):
        if re.search(r"^retrain\(", cell.source, re.M):
            before, after = neighbours(notebook, cell)
            if "Predict first." not in before:
                yield f"{cell.id}: no question before the slider"
            if "What we see" not in after:
                yield f"{cell.id}: no answer after the slider"


def no_plain_title(notebook):
    first = notebook.cells[0]
    if first.cell_type != "markdown" or not first.source.startswith("# "):
        yield "the first cell is no title"


def poor_ids(notebook):
    ids = [cell.id for cell in notebook.cells]
    for name in ids:
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
            yield f"{name}: an id is lower-case words and dashes"
        if re.fullmatch(r"[0-9a-f-]{8,}", name) or ids.count(name) > 1:
            yield f"{name}: an id has a meaning, and there is one of it"


def not_executed_once_in_order(notebook):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        yield f"not run once, from top to bottom: {counts}"


def faults_in_outputs(notebook):
    for cell, output in outputs(notebook):
        kind = output.get("name") or output.output_type
        if kind in ("stderr", "error"):
            yield f"{cell.id}: {kind} output"


def pictures_for_nobody(notebook):
    for cell, output in outputs(notebook):
        for kind in PICTURES & output.get("data", {}).keys():
            details = output.metadata.get(kind, {})
            if kind != "image/png":
                yield f"{cell.id}: a picture is a PNG, not {kind}"
            if len(details.get("alt", "")) < 20:
                yield f"{cell.id}: a picture without alternative text"


def widgets_saved(notebook):
    if "widgets" in notebook.metadata:
        yield "metadata.widgets: saved widgets grow stale"
    for cell, output in outputs(notebook):
        if any("widget" in kind for kind in output.get("data", {})):
            yield f"{cell.id}: a widget whose model is not saved"


def slider_without_picture(notebook):
    for cell in code_cells(notebook):
        found = {k for o in cell.outputs for k in o.get("data", {})}
        if re.search(r"^retrain\(", cell.source, re.M) and not (
            found & PICTURES
        ):
            yield f"{cell.id}: a panel left no picture for a reader"


def unfolded_hints(notebook):
    for cell, following in zip(
        notebook.cells, notebook.cells[1:], strict=False
    ):
        if "raise NotImplementedError" in following.source:
            if following.cell_type == "code" and not re.search(
                r"<details><summary>Hint</summary>\n\n.+</details>",
                cell.source,
                re.S,
            ):
                yield f"{cell.id}: no folded hint"


def machine_dependent(notebook):
    for cell, output in outputs(notebook):
        for text in (
            output.get("text", ""),
            output.get("data", {}).get("text/plain", ""),
        ):
            if re.search(r"/(home|root|tmp|work|usr)/| at 0x[0-9a-f]", text):
                yield f"{cell.id}: a path or an address in its output"


RULES = (
    faults_in_outputs,
    machine_dependent,
    no_plain_title,
    not_executed_once_in_order,
    pictures_for_nobody,
    poor_ids,
    slider_without_picture,
    unasked_sliders,
    unfolded_hints,
    widgets_saved,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_notebook_is_free_of(rule, path):
    assert list(rule(saved(path))) == []


def test_a_notebook_has_at_most_400_kb(path):
    assert path.stat().st_size <= 400_000


def test_the_name_has_a_two_digit_number(path):
    assert re.fullmatch(r"\d\db?(_[a-z0-9]+)+", path.stem)
    if path.parent != FOLDER:
        assert (FOLDER / path.name.replace("_solutions", "")).is_file()


# Below: each rule finds what it is there for.
PNG = base64.b64encode(b"a picture").decode()
ALT = {"image/png": {"alt": "Line plot of loss against epoch"}}


def picture(metadata=ALT, kind="image/png"):
    return new_output("display_data", {kind: PNG}, metadata=metadata)


def good():
    """Return a small notebook that breaks no rule."""
    return new_notebook(
        cells=[
            new_markdown_cell("# Title\n**Predict first.** Why?", id="title"),
            new_code_cell(
                "retrain(train)",
                id="slider",
                execution_count=1,
                outputs=[picture()],
            ),
            new_markdown_cell(
                "**What we see.** All.\n"
                "<details><summary>Hint</summary>\n\nThink.\n</details>",
                id="see",
            ),
            new_code_cell(
                "raise NotImplementedError", id="ex1-stub", execution_count=2
            ),
            new_markdown_cell("The end.", id="end"),
        ]
    )


def broken(rule):
    """Return notebooks that break `rule`."""
    notebook = good()
    title, slider, see, stub, _ = notebook.cells

    def with_(cell, **values):
        other = good()
        place = other.cells[notebook.cells.index(cell)]
        for name, value in values.items():
            setattr(place, name, value)
        return other

    def with_output(*args, **values):
        return with_(slider, outputs=[new_output(*args, **values)])

    def with_metadata(**values):
        other = good()
        other.metadata.update(values)
        return other

    return {
        faults_in_outputs: [
            with_output("stream", name="stderr", text="careful"),
            with_output("error", ename="E", evalue="", traceback=[]),
        ],
        machine_dependent: [
            with_output("stream", text="/home/me/course"),
            with_output("execute_result", {"text/plain": "<f at 0x7f>"}),
        ],
        no_plain_title: [with_(title, source="Predict first.")],
        not_executed_once_in_order: [
            with_(slider, execution_count=None),
            with_(slider, execution_count=3),
        ],
        pictures_for_nobody: [
            with_(slider, outputs=[picture(metadata={})]),
            with_(slider, outputs=[picture(kind="image/jpeg")]),
        ],
        poor_ids: [
            with_(title, id="3f2a9c1e"),
            with_(title, id="fe2a9c1e"),
            with_(title, id="Title Cell"),
            with_(title, id="see"),
        ],
        slider_without_picture: [with_(slider, outputs=[])],
        unasked_sliders: [
            with_(title, source="# Title"),
            with_(see, source="Well."),
        ],
        unfolded_hints: [with_(see, source="**What we see.** Hint: no.")],
        widgets_saved: [
            with_metadata(widgets={}),
            with_output(
                "display_data",
                {"application/vnd.jupyter.widget-view+json": {}},
            ),
        ],
    }[rule]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_finds_what_it_is_for(rule):
    assert list(rule(good())) == []
    for notebook in broken(rule):
        assert list(rule(notebook)) != []


def test_the_stated_minutes_are_those_of_the_rule(lesson_path):
    found = measure(lesson_path)
    stated = found["stated"]
    assert stated[0] == pytest.approx(found["read"], rel=0.2)
    assert stated[1] == pytest.approx(found["to do"], rel=0.2)
