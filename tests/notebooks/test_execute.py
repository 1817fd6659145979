"""`make notebooks` saves what a reader needs and nothing that varies."""

import base64
import io

import execute
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

SOURCE = """
import sys
from IPython.display import Image, display
import ipywidgets
print("one", flush=True)
print("two", flush=True)
display(ipywidgets.IntSlider())
Image(data=bytes.fromhex("%s"))
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(picture, "PNG")
    cells = [
        new_markdown_cell("# Title", id="title"),
        new_code_cell(SOURCE % picture.getvalue().hex(), id="show"),
    ]
    path = tmp_path_factory.mktemp("notebooks") / "01_example.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    execute.execute(path)
    return nbformat.read(path, as_version=4)


def test_outputs_are_saved_under_stable_ids(executed):
    assert [cell.id for cell in executed.cells] == ["title", "show"]
    assert executed.cells[1].execution_count == 1


def test_nothing_is_saved_that_varies(executed):
    assert set(executed.metadata) == {"kernelspec", "language_info"}
    assert executed.metadata.language_info == {"name": "python"}
    assert executed.cells[1].metadata == {}


def test_a_stream_is_saved_in_one_piece(executed):
    texts = [o.text for o in executed.cells[1].outputs if "text" in o]
    assert texts == ["one\ntwo\n"]


def test_widgets_without_a_state_are_left_out(executed):
    saved = str(executed.cells[1].outputs)
    assert "IntSlider" in saved
    assert "widget-view" not in saved


def test_pictures_are_saved_with_a_palette(executed):
    png = executed.cells[1].outputs[-1].data["image/png"]
    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    assert (picture.mode, picture.size) == ("P", (300, 200))
    assert execute.smaller(png) == png


def test_a_failing_notebook_is_not_saved(tmp_path):
    path = tmp_path / "01_example.ipynb"
    cells = [new_code_cell("1 / 0", id="fails")]
    nbformat.write(new_notebook(cells=cells), path)
    before = path.read_bytes()
    with pytest.raises(Exception, match="ZeroDivisionError"):
        execute.execute(path)
    assert path.read_bytes() == before


def test_a_name_means_one_notebook_and_a_number_also_its_solutions():
    name = "01_weight_decay_from_scratch"
    assert [p.stem for p in execute.find(name + ".ipynb")] == [name]
    assert [p.stem for p in execute.find("01_")] == [name, name + "_solutions"]
    with pytest.raises(SystemExit, match="no notebook"):
        execute.find("no such lesson")
