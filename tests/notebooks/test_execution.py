"""Every lesson runs, and shows what its saved outputs show."""

import nbformat
from confine import confined
from nbval_run import check_notebook, nbval


def test_the_saved_outputs_are_those_of_a_new_run(lesson_path):
    check_notebook(lesson_path, wrap=confined)


RIGHT = [("print(1 + 1)", "2\n"), ("print(1.5e-07)", "1.4e-07\n")]
WRONG = [("print(1 + 1)", "3\n"), ("print(1.5e-3)", "0.0014\n"), ("1/0", "")]
NEAR = [("print('loss', 0.51)", "loss 0.44\n"), ("1.25 + 0", "1.33")]
FAR = [
    ("print('loss', 0.51)", "loss 0.40\n"),
    ("print('loss', 0.51)", "gain 0.51\n"),
    ("print(0.51, 0.52)", "0.51\n"),
    ("1.25 + 0", "1.36"),
]


def printed(source, text, *tags):
    """Return a cell that has shown `text`."""
    output = nbformat.v4.new_output("stream", text=text)
    if not text.endswith("\n"):
        data = {"text/plain": text}
        output = nbformat.v4.new_output("execute_result", data)
    return nbformat.v4.new_code_cell(
        source,
        execution_count=1,
        outputs=[output],
        metadata={"tags": list(tags)},
    )


def test_nbval_tells_right_from_wrong(tmp_path):
    tags = "nbval-ignore-output", "close-numbers"
    passed = [printed(*each) for each in RIGHT]
    passed += [printed(*each, *tags) for each in [*RIGHT, *NEAR]]
    failed = [printed(*each) for each in [*WRONG, *NEAR]]
    failed += [printed(*each, *tags) for each in FAR]
    cells = [*failed, *passed]
    path = tmp_path / "notebook.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    status, text = nbval(path, "--rootdir", tmp_path)
    assert status == 1
    assert f"{len(failed)} failed, {len(passed)} passed" in text
