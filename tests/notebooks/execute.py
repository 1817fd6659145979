"""Execute notebooks and save their outputs: ``make notebooks``.

With names or paths of notebooks as arguments, only those. Cell ids stay. What
differs from run to run or from machine to machine is left out: timings, the
Python version, and widgets, whose state is not saved (a reader sees the
picture that a panel leaves beside them).
"""

import argparse
import base64
import io
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"
TIMEOUT = 120  # seconds for one cell


def all_notebooks():
    """Return the lessons and their solutions, in the order of reading."""
    return sorted(FOLDER.glob("[0-9]*.ipynb")) + sorted(
        (FOLDER / "solutions").glob("[0-9]*.ipynb")
    )


def find(name):
    """Return the notebooks that `name` means: a path, or part of a name."""
    path = Path(name)
    if path.suffix == ".ipynb" and path.is_file():
        return [path.resolve()]
    notebooks = all_notebooks()
    found = [p for p in notebooks if p.stem == path.stem]
    found = found or [p for p in notebooks if name in p.stem]
    if not found:
        raise SystemExit(f"no notebook in {FOLDER} is called {name!r}")
    return found


def tidy(notebook):
    """Remove from `notebook` what differs from run to run; in place."""
    kernel = {"display_name": "Python 3", "language": "python"}
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {**kernel, "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = join_streams(cell.outputs)
            for output in cell.outputs:
                data = output.get("data", {})
                data.pop(WIDGET, None)
                if "image/png" in data:
                    data["image/png"] = smaller(data["image/png"])


def join_streams(outputs):
    """Return `outputs` with what went to the same stream in one piece.

    How the kernel cuts a stream into pieces is a matter of time.
    """
    joined = []
    for output in outputs:
        same = (
            output.output_type == "stream"
            and joined
            and joined[-1].get("name") == output.name
        )
        if same:
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def smaller(png):
    """Return a base64 PNG with 64 colours, a quarter of the bytes."""
    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    if picture.mode == "P":
        return png  # it has a palette already
    data = io.BytesIO()
    picture.convert("RGB").quantize(64).save(data, "PNG", optimize=True)
    return base64.b64encode(data.getvalue()).decode("ascii")


def execute(path):
    """Run all cells of the notebook at `path`; save it if all went well."""
    notebook = nbformat.read(path, as_version=4)
    ids = [cell.id for cell in notebook.cells]
    NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    tidy(notebook)
    assert ids == [cell.id for cell in notebook.cells]
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


def main():
    """Execute the notebooks that are named on the command line, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NOTEBOOK")
    names = parser.parse_args().names
    paths = [p for name in names for p in find(name)] or all_notebooks()
    for path in dict.fromkeys(paths):
        start = time.perf_counter()
        execute(path)
        print(
            f"{path.relative_to(ROOT)}: {time.perf_counter() - start:.1f} s,"
            f" {path.stat().st_size / 1000:.0f} kB"
        )


if __name__ == "__main__":
    main()
