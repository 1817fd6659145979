"""Run the lessons' code at every planned setting and keep what it showed.

Each notebook has a fresh process. Its code cells run in order; after the cell
of a panel the panel itself is run at the other settings, by `Panel.run`, and
last at the start, so that the next cells find all as in the notebook. Runs
are kept in ``build/stored-runs``, a JSON file a panel, until the code of the
cells above or of the package changes.
"""

import base64
import concurrent.futures
import contextlib
import functools
import hashlib
import io
import json
import math
import os
import re
import subprocess
import sys
import time
import traceback
import zlib
from pathlib import Path

import nbformat
from PIL import Image
from tqdm import tqdm

from .planning import (
    MOST_SECONDS,
    count_affordable,
    plan,
    probe,
    read_control,
)

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
BUILD = Path(os.environ.get("WEB_BOOK_BUILD", ROOT / "build")).resolve()
STORE = BUILD / "stored-runs"
PROCESSES = 2
# A cell that makes a panel of its page: not one inside a check
PANEL = re.compile(r"^(?:\w+ = )?retrain\(", re.M)
PICTURE_WIDTH = 720  # pixels, of a stored picture at most
_HERE = Path(__file__).parent


def store(notebooks: list, processes: int = PROCESSES) -> dict:
    """Bring the stored runs of `notebooks` up to date.

    Parameters
    ----------
    notebooks : list of Path
    processes : int
        how many run at a time

    Returns
    -------
    dict of Path -> list of dict
        the records of each notebook's panels, in order

    Raises
    ------
    RuntimeError
        If a cell or a run fails; it names the notebook, the panel and the
        settings.
    """
    old = [path for path in notebooks if load(path) is None]
    with tqdm(total=len(old), unit="notebook", disable=None) as bar:
        bar.set_description("stored runs")
        with concurrent.futures.ThreadPoolExecutor(processes) as pool:
            jobs = [pool.submit(_run_apart, path, bar) for path in old]
            try:
                for job in concurrent.futures.as_completed(jobs):
                    job.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    return {path: load(path) for path in notebooks}


def _run_apart(path, bar):
    """Run one notebook in a process of its own."""
    folder = folder_of(path)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    environment = {**os.environ, "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    with log.open("w", encoding="utf-8") as file:
        child = subprocess.Popen(
            [sys.executable, "-m", "web_book.stored_runs", str(path)],
            cwd=path.parent, env=environment, stdout=subprocess.PIPE,
            stderr=file, text=True,
        )  # fmt: skip
        for line in child.stdout:
            bar.set_postfix_str(line.strip())
    if child.wait():
        told = log.read_text(encoding="utf-8")[-3000:]
        raise RuntimeError(f"{path.name}: {told}")
    bar.update()


def folder_of(path: Path) -> Path:
    """Return where the stored runs of a notebook are."""
    return STORE / path.resolve().relative_to(NOTEBOOKS).with_suffix("")


def load(path: Path) -> list | None:
    """Return the records of a notebook's panels, or None if out of date."""
    cells = code_cells(path)
    panels = [k for k, cell in enumerate(cells) if PANEL.search(cell.source)]
    records = []
    for k in panels:
        record = _load_panel(path, cells[: k + 1])
        if record is None:
            return None
        records.append(record)
    return records


def _load_panel(path, cells):
    file = folder_of(path) / f"{cells[-1].id}.json"
    if file.exists():
        record = json.loads(file.read_text(encoding="utf-8"))
        if record["key"] == key_of(cells):
            return record
    return None


def code_cells(path: Path) -> list:
    """Return the code cells of a notebook."""
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def key_of(cells: list) -> str:
    """Return a digest of all code that a panel's runs depend on."""
    digest = hashlib.sha256(_package_digest(MOST_SECONDS))
    for cell in cells:
        digest.update(cell.source.encode())
    return digest.hexdigest()


@functools.cache
def _package_digest(seconds):
    import torch

    digest = hashlib.sha256(f"{torch.__version__} {seconds}".encode())
    package = sorted((ROOT / "course_utils").rglob("*.py"))
    mine = [_HERE / "planning.py", _HERE / "stored_runs.py"]
    for file in [*package, *mine]:
        digest.update(file.read_bytes())
    return digest.digest()


# --- In the process of one notebook ----------------------------------------
def run_notebook(path: Path, use) -> None:
    """Run a notebook's cells up to its last panel.

    Parameters
    ----------
    path : Path
    use : callable
        takes each panel when its cell has run, and the cells up to that;
        no more cells run if it returns True
    """
    from IPython.core.interactiveshell import InteractiveShell

    import course_utils

    made, retrain = [], course_utils.retrain

    def retrain_and_note(*args, **sliders):
        made.append(retrain(*args, **sliders))
        return made[-1]

    course_utils.retrain = retrain_and_note
    shell = InteractiveShell.instance()
    cells = code_cells(path)
    is_panel = [bool(PANEL.search(cell.source)) for cell in cells]
    last = max((k for k, panel in enumerate(is_panel) if panel), default=-1)
    for k, cell in enumerate(cells[: last + 1]):
        made.clear()
        done = shell.run_cell(cell.source, store_history=True)
        if not done.success:
            raise RuntimeError(
                f"cell {cell.id} fails: "
                f"{done.error_before_exec or done.error_in_exec!r}"
            )
        if is_panel[k]:
            panels = [panel for panel in made if not panel.closed]
            if len(panels) != 1:
                raise RuntimeError(f"cell {cell.id} has {len(panels)} panels")
            if use(panels[0], cells[: k + 1]):
                return


def _write(file, record):
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    part = file.with_suffix(".part")  # a build may be interrupted
    part.write_text(text, encoding="utf-8")
    part.replace(file)


def record_panel(panel, name: str, tell=lambda line: None) -> dict:
    """Run a panel at every planned setting and return what it showed.

    Parameters
    ----------
    panel : course_utils.panel.panel.Panel
        has run at the start already
    name : str
        the id of its cell
    tell : callable
        takes a line about the progress

    Raises
    ------
    RuntimeError
        If a run fails, with the panel's name and the settings.
    """
    controls = [read_control(k, w) for k, w in panel.controls.items()]
    controls = [control for control in controls if control is not None]
    known, seconds = {}, []

    def run(at):
        if at not in known:
            values = {
                control.name: control.values[k]
                for control, k in zip(controls, at, strict=True)
            }
            # Not by the clock: a busy machine stores as many runs.
            began = time.process_time()
            run = run_at(panel, values, name)
            seconds.append(time.process_time() - began)
            known[at] = {"at": at} | record_run(panel, run)
        return known[at]

    sizes = [_size_on_the_wire(run(at)) for at in probe(controls)]
    budget = count_affordable(
        sum(seconds) / len(seconds), sum(sizes) / len(sizes)
    )
    chosen, runs = plan(controls, budget), []
    for number, at in enumerate(chosen.settings, 1):
        tell(f"{name} {number}/{len(chosen.settings)}")
        runs.append(run(at))
    # The next cells find all as the start has left it.
    del known[chosen.settings[-1]]
    run(chosen.settings[-1])
    return {
        "id": name,
        "function": getattr(panel.train, "__name__", "train"),
        "seed": panel.seed,
        "seconds": sum(seconds),
        "crossed": chosen.crossed,
        "alone": chosen.alone,
        "controls": [
            control._asdict() | {"kept": kept, "values": _plain(control)}
            for control, kept in zip(controls, chosen.kept, strict=True)
        ],
        "runs": runs,
    }


def _size_on_the_wire(run):
    """Return how many bytes a run has when a server has packed it."""
    return len(zlib.compress(json.dumps(run).encode()))


def run_at(panel, values: dict, name: str):
    """Run a panel at `values`; return the run, which may have diverged."""
    from course_utils.runs.errors import DivergedError
    from course_utils.runs.printing import Printed

    printed = Printed()
    try:
        with contextlib.redirect_stdout(printed):
            panel.run(**values)
    except DivergedError:
        pass  # the panel shows how far it came, and says so
    except Exception as error:
        raise RuntimeError(
            f"panel {name} fails at {values}: {error!r}"
        ) from error
    panel.newest.printed = printed
    return panel.newest


def _plain(control):
    return [
        value if isinstance(value, (bool, int, float, str)) else text
        for value, text in zip(control.values, control.texts, strict=True)
    ]


def record_run(panel, run) -> dict:
    """Return what a finished run shows, as JSON can hold it."""
    from course_utils.panel import words

    status = words.describe_run(run)
    # How long a run took here says nothing about the reader's machine.
    status = status.replace(f" · {run.seconds:.2f} s", "")
    pictures = [
        shrink(picture.png()) | {"alt": picture.alt}
        for picture in panel.screen.pictures
        if picture.widget.value.startswith("<img")
    ]
    return {
        "words": {k: words.describe_value(v) for k, v in run.words.items()},
        "status": status,
        "code": words.settings_as_code(run, panel.screen.name),
        "printed": run.printed.text,
        "charts": [
            {
                "spec": animator.spec,
                "alt": animator.describe(),
                "curves": [
                    [_round(xs), _round(ys)] for xs, ys in animator.curves
                ],
            }
            for animator in run.animators
            if animator.curves
        ],
        "pictures": pictures,
    }


def _round(numbers):
    """Return six digits of each number; None is a gap."""
    return [
        float(f"{number:.6g}") if math.isfinite(number) else None
        for number in numbers
    ]


def shrink(png: bytes) -> dict:
    """Return a picture as WebP of at most 720 pixels, and its width."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    width, height = image.width // 2, image.height // 2  # in CSS pixels
    if image.width > PICTURE_WIDTH:
        size = PICTURE_WIDTH, round(image.height * PICTURE_WIDTH / image.width)
        image = image.resize(size, Image.Resampling.LANCZOS)
    data = io.BytesIO()
    image.save(data, "WEBP", quality=45, method=6)
    text = base64.b64encode(data.getvalue()).decode("ascii")
    return {"webp": text, "width": width, "height": height}


def main(path: Path) -> int:
    """Store the runs of one notebook; what its cells print goes to stderr."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def use(panel, cells):
        if _load_panel(path, cells) is None:
            name = cells[-1].id
            record = record_panel(panel, name, lambda t: print(t, file=out))
            record["key"] = key_of(cells)
            _write(folder_of(path) / f"{name}.json", record)

    try:
        run_notebook(path, use)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
