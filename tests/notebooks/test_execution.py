"""Every lesson runs, and shows what its saved outputs show."""

import nbformat
from confine import confined
from nbval_run import check_notebook, nbval


def test_the_saved_outputs_are_those_of_a_new_run(lesson_path):
    check_notebook(lesson_path, wrap=confined)


RIGHT = [("print(1 + 1)", "2\n"), ("print(1.5e-07)", "1.4e-07\n")]
WRONG = [("print(1 + 1)", "3\n"), ("print(1.5e-3)", "0.0014\n"), ("1/0", "")]


def test_nbval_tells_right_from_wrong(tmp_path):
    cells = [
        nbformat.v4.new_code_cell(
            source,
            execution_count=1,
            outputs=[nbformat.v4.new_output("stream", text=text)],
        )
        for source, text in [*RIGHT, *WRONG]
    ]
    path = tmp_path / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    status, text = nbval(path, "--rootdir", tmp_path)
    assert status == 1
    assert f"{len(WRONG)} failed, {len(RIGHT)} passed" in text
