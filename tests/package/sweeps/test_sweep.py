import contextlib
import io
import math
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import types

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from grid_run import GRID, calls, make_run

from course_utils import retrain, sweep
from course_utils.runs.run import Run
from course_utils.sweeps.cache import Cache


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_sweep_returns_a_row_for_each_run(serial):
    columns = ["lambd", "p", "seed", "loss", "w", "dot", "threads", "error"]
    assert list(serial.columns) == columns
    settings = serial[["lambd", "p", "seed"]].itertuples(index=False)
    assert list(map(tuple, settings)) == [
        (lambd, p, seed)
        for lambd in GRID["lambd"] for p in GRID["p"] for seed in range(2)
    ]  # fmt: skip
    assert (serial.threads == 1).all() and (serial.error == "").all()
    assert serial.loss.nunique() == 8 and serial.w.nunique() == 2


def test_sweep_gives_the_same_bit_for_bit_in_two_processes(
    serial, tmp_path, two_threads
):
    before = torch.get_rng_state()
    table = sweep(make_run(tmp_path), GRID, seeds=2, n_jobs=2)
    pd.testing.assert_frame_equal(table, serial, check_exact=True)
    assert torch.equal(torch.get_rng_state(), before)
    seen, processes = calls(tmp_path)
    assert len(seen) == 8 and os.getpid() not in processes


def test_sweep_runs_do_not_depend_on_each_other(serial, tmp_path):
    run = make_run(tmp_path)
    row = sweep(run, {"lambd": [0.1], "p": [0.5]}, seeds=[1], n_jobs=1)
    expected = serial.tail(1).reset_index(drop=True)
    pd.testing.assert_frame_equal(row, expected, check_exact=True)


def test_sweep_takes_the_default_dtype_along():
    def run(seed):
        return {"sum": torch.rand(9).sum()}

    try:
        torch.set_default_dtype(torch.float64)
        tables = [sweep(run, {}, n_jobs=n) for n in (1, 2)]
    finally:
        torch.set_default_dtype(torch.float32)
    pd.testing.assert_frame_equal(*tables, check_exact=True)
    assert (tables[0]["sum"] != tables[0]["sum"].astype("float32")).any()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_sweep_lets_a_run_write_into_its_settings(n_jobs):
    def run(w, seed):
        import numpy as np

        w += 1
        return {"sum": w.sum(), "plain": type(w) is np.ndarray}

    w = np.zeros(200_000)  # joblib would map it to a file, above a megabyte
    table = sweep(run, {"w": [w]}, n_jobs=n_jobs)
    assert list(table["sum"]) == [200_000] * 3 and not w.any()
    assert table.plain.all()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_sweep_has_a_row_for_a_run_that_raises(n_jobs):
    def run(lambd, seed):
        if lambd == 1:
            raise ValueError(f"not {lambd}, with seed {seed}")
        return {"square": lambd**2} if lambd else None

    table = sweep(run, {"lambd": [2, 1, 0]}, seeds=2, n_jobs=n_jobs)
    assert list(table.error) == [
        "", "", "ValueError: not 1, with seed 0",
        "ValueError: not 1, with seed 1",
        *["TypeError: run must return a dict of numbers, got None"] * 2,
    ]  # fmt: skip
    assert list(table.square[:2]) == [4, 4] and table.square[2:].isna().all()


@pytest.mark.parametrize(
    "values", [[0.5, None], [3, None], ["relu", None], [None], [None, True]]
)
def test_sweep_keeps_none_in_a_column_of_settings(values):
    table = sweep(lambda p, seed: {"x": 1}, {"p": values}, seeds=1, n_jobs=1)
    found = list(table["p"])
    assert found == values and list(map(type, found)) == [*map(type, values)]
    assert table["x"].dtype == int and table["seed"].dtype == int


def test_sweep_returns_a_list_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)

    def run(a, seed):
        return {"sum": a + seed} if a else {}

    rows = sweep(run, {"a": [3, 0]}, seeds=1, n_jobs=1)
    assert rows[0] == {"a": 3, "seed": 0, "sum": 3, "error": ""}
    assert list(rows[1]) == list(rows[0]) and math.isnan(rows[1]["sum"])


def test_sweep_shows_what_is_done_and_the_time_left(capsys):
    pauses = {1: 0.6, 2: 0.11}

    def run(a, seed):
        time.sleep(pauses.get(a, 0))
        return {"x": 1 / a}

    sweep(run, {"a": [1, 2, 0]}, seeds=1, n_jobs=1)
    pauses.clear()
    bar = capsys.readouterr().err
    told = r" 2/3 \[\d\d:\d\d<\d\d:\d\d, +([\d.]+)(run/s|s/run)\]"
    rate, unit = re.search(told, bar).groups()
    # The mean of both, at most (a busy machine has fewer): the last had 9.
    assert unit == "s/run" or float(rate) <= 2.82
    assert "3/3" in bar and "failed=1" in bar
    sweep(run, {"a": [0]}, seeds=2, n_jobs=1)
    assert "failed=2" in capsys.readouterr().err
    sweep(run, {"a": [1, 2, 0]}, seeds=1, n_jobs=1, progress=False)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"run": 3}, TypeError, "run must be a function"),
        ({"run": lambda seed: {}}, TypeError, "run must take lambd, p, seed"),
        ({"grid": {"lambd": 3}}, TypeError, "grid['lambd'] must be a list"),
        ({"seeds": 0}, ValueError, "seeds must be an integer >= 1"),
        ({"n_jobs": 0}, ValueError, "n_jobs must be an integer other than 0"),
        ({"progress": 1}, TypeError, "progress must be True or False"),
        ({"cache": 3}, TypeError, "cache must be a folder or None"),
        ({"cache": __file__}, ValueError, "cache must be a folder to write"),
    ],
)
def test_sweep_names_bad_arguments_before_anything_runs(
    arguments, error, words, tmp_path
):
    good = {"run": make_run(tmp_path), "grid": GRID, "n_jobs": 1}
    with pytest.raises(error, match=f"^{words}".replace("[", r"\[")):
        sweep(**{**good, **arguments})
    assert calls(tmp_path) == ([], set())


@pytest.mark.parametrize("more", [{"n_jobs": 2}, {"n_jobs": 1, "cache": "c"}])
def test_sweep_names_what_cannot_be_sent_before_anything_runs(
    more, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    lock = threading.Lock()

    def run(seed):
        (tmp_path / "ran").touch()
        return {"locked": lock.locked()}

    told = "run must use only what .*TypeError: .*lock"
    with pytest.raises(TypeError, match=told):
        sweep(run, {}, **more)
    assert not (tmp_path / "ran").exists()
    assert list(sweep(run, {}, n_jobs=1).locked) == [False] * 3


def test_sweep_cannot_be_called_by_a_run():
    def run(seed):
        return {"n": len(sweep(run, {}, n_jobs=1))}

    (error,) = set(sweep(run, {}, n_jobs=1).error)
    assert error == "RuntimeError: a run cannot call sweep"
    with pytest.raises(RuntimeError, match="a run cannot call sweep"):
        retrain(lambda lambd=1: sweep(run, {}), lambd=(0, 3))


def test_sweep_with_a_cache_computes_only_what_is_missing(
    serial, tmp_path, capsys
):
    files, cache = tmp_path / "files", tmp_path / "new" / "cache"
    files.mkdir()
    options = {"n_jobs": 1, "cache": cache}
    part = {"lambd": [0.1], "p": [0.5]}
    sweep(make_run(files), part, seeds=2, **options)
    table = sweep(make_run(files), GRID, seeds=2, **options)
    pd.testing.assert_frame_equal(table, serial, check_exact=True)
    seen, _ = calls(files)
    assert len(seen) == len(set(seen)) == 8
    assert "25%|" in capsys.readouterr().err  # the bar begins where it was
    table = sweep(make_run(files), GRID, seeds=2, **options)
    pd.testing.assert_frame_equal(table, serial, check_exact=True)
    assert calls(files)[0] == seen
    sweep(make_run(files, pause=1e-9), part, seeds=2, **options)
    assert len(calls(files)[0]) == 10  # another function


def test_sweep_says_that_it_waits_for_a_panels_training(monkeypatch):
    bar, begun = io.StringIO(), threading.Event()
    monkeypatch.setattr(sys, "stderr", bar)

    def train(lambd=1):
        begun.set()
        end = time.monotonic() + 60
        while "waits for" not in bar.getvalue() and time.monotonic() < end:
            time.sleep(0.01)

    view = types.SimpleNamespace(changed=lambda run: None)
    panel = Run(train, {}, 0, view)
    thread = threading.Thread(target=panel.execute)
    thread.start()
    assert begun.wait(60)
    table = sweep(lambda seed: {"x": seed}, {}, n_jobs=1)
    thread.join()
    assert list(table.x) == [0, 1, 2] and panel.state == "done"
    waited, *later = bar.getvalue().split("1/3")
    assert "waits for a panel's training to end:   0%" in waited
    assert later and "waits" not in later[-1]


def test_sweep_with_a_cache_keeps_no_error(tmp_path):
    def run(seed):
        if not (tmp_path / "data").exists():
            raise FileNotFoundError("data")
        return {"seed squared": seed**2}

    options = {"n_jobs": 1, "cache": tmp_path / "cache"}
    assert (sweep(run, {}, **options).error != "").all()
    (tmp_path / "data").touch()
    assert list(sweep(run, {}, **options)["seed squared"]) == [0, 1, 4]


SCRIPT = """
import pathlib, signal, sys, time, warnings
from course_utils import sweep

# As in a terminal: what is started in a shell's background ignores Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
folder, enough = pathlib.Path(sys.argv[1]), int(sys.argv[2])

def name(a, seed):
    return f"{a} {seed}"

def run(a, seed):
    time.sleep(0.05)
    while (  # however slow the machine is: not all end before the Ctrl-C
        len(list(folder.glob("* *"))) > enough
        and not (folder / "interrupted").exists()
    ):
        time.sleep(0.01)
    (folder / f"{name(a, seed)} {time.time_ns()}").touch()
    return {"x": a + seed}

for n_jobs in (2, 1):
    table = sweep(run, {"a": range(10)}, seeds=2, n_jobs=n_jobs,
                  progress=False, cache=folder / "cache")
    print(*(name(*row) for row in zip(table.a, table.seed)), sep=",")
"""


def test_sweep_goes_on_where_it_was_interrupted(tmp_path):
    """In a script, with the Ctrl-C of a terminal, at a random point."""
    script, enough = tmp_path / "script.py", random.Random(6).randint(6, 12)
    script.write_text(SCRIPT)
    files = tmp_path / "files"
    files.mkdir()
    process = subprocess.Popen(
        [sys.executable, script, files, str(enough)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a group of its own, as a terminal gives it
    )
    try:
        while process.poll() is None and len(list(files.glob("* *"))) < enough:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        (files / "interrupted").touch()
        out, err = process.communicate(timeout=60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, err
    first, second = (line.split(",") for line in out.splitlines())
    assert f"Interrupted: {len(first)} of 20 runs have ended." in err
    assert "Traceback" not in err
    expected = [f"{a} {seed}" for a in range(10) for seed in range(2)]
    assert enough - 4 <= len(first) < 20 and second == expected
    seen = [" ".join(path.name.split()[:2]) for path in files.glob("* *")]
    again = [name for name in expected if seen.count(name) > 1]
    assert set(seen) == set(expected)
    # What the processes were at may have been computed, but not returned.
    assert not set(again) & set(first) and len(again) <= 4


def test_sweep_shows_no_row_that_an_interrupt_kept_from_the_cache(
    tmp_path, monkeypatch
):
    put, kept = Cache.put, []

    def interrupted(cache, *args):
        if len(kept) == 3:
            raise KeyboardInterrupt
        kept.append(args)
        put(cache, *args)

    files, options = tmp_path / "files", {"n_jobs": 1, "seeds": 2}
    files.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(Cache, "put", interrupted)
        with pytest.warns(UserWarning, match="Interrupted: 3 of 8") as told:
            sweep(make_run(files), GRID, cache=tmp_path / "cache", **options)
    assert " ended. With this cache, the same" in str(told[0].message)
    assert told[0].filename == __file__  # the learner's line
    table = sweep(make_run(files), GRID, cache=tmp_path / "cache", **options)
    seen, _ = calls(files)
    assert (len(table), len(set(seen)), len(seen)) == (8, 8, 9)


def test_sweep_tells_at_an_interrupt_what_a_cache_is_for():
    def run(a, seed):
        if a == 2:
            raise KeyboardInterrupt
        return {"x": a}

    with pytest.warns(UserWarning, match="With a folder as cache, the same"):
        table = sweep(run, {"a": [1, 2, 3]}, seeds=1, n_jobs=1)
    assert list(table.x) == [1]


def test_sweep_raises_an_interrupt_before_the_first_row():
    def run(seed):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(run, {}, n_jobs=1)


CELL = """
import os, time, torch
from torch import nn
from course_utils import sweep
WIDTH = {width}

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(4, WIDTH), nn.ReLU(), nn.Linear(WIDTH, 1))

def penalty(net):
    return sum(w.square().sum() for w in net.parameters())

def run(lambd, seed):
    open("{folder}/%s %s %s" % (lambd, seed, time.time_ns()), "w").close()
    net = Net()
    time.sleep({pause})
    return dict(x=lambd * penalty(net), here=os.getpid() == {pid})
"""


def test_sweep_runs_a_function_from_a_notebooks_cell(kernel, tmp_path):
    (pid,) = kernel.run("import os; os.getpid()")
    pid = int(pid["data"]["text/plain"])

    def cell(code, width=3, pause=0, person=False):
        define = CELL.format(folder=files, width=width, pause=pause, pid=pid)
        assert kernel.run(define) == []
        return kernel.run(code, person=person)

    files = tmp_path / "files"
    files.mkdir()
    go = f"t = sweep(run, {{'lambd': [1, 3]}}, cache={str(tmp_path)!r}"
    # A person sees a bar, a program that saves the notebook does not.
    bar = cell(f"{go}, n_jobs=2)", person=True)
    assert [each["kind"] for each in bar] == ["display_data"], bar
    assert "application/vnd.jupyter.widget-view+json" in bar[0]["data"]
    (shown,) = cell(f"{go}, n_jobs=1); t.shape, int(t.here.sum())")
    assert shown["data"]["text/plain"] == "((6, 5), 0)"
    assert len(os.listdir(files)) == 6  # the cell has run again: the same
    (shown,) = cell(f"{go}, n_jobs=1); t.shape, int(t.here.sum())", width=4)
    assert shown["data"]["text/plain"] == "((6, 5), 6)"
    # And ■: Jupyter sends this signal to the kernel and its processes.
    stop = threading.Thread(target=interrupt, args=(pid, files, 20))
    stop.start()
    told = cell(f"{go}, n_jobs=2, seeds=50); len(t)", pause=0.05)
    stop.join()
    kinds = [each["kind"] for each in told]
    assert kinds == ["stream", "execute_result"], (told, os.listdir(files))
    warned, shown = told
    assert "Interrupted: " in warned["text"]
    assert 0 < int(shown["data"]["text/plain"]) < 100
    kernel.run(
        "from joblib.externals.loky import get_reusable_executor\n"
        "get_reusable_executor().shutdown(wait=True)"
    )


def interrupt(pid, files, enough):
    end = time.monotonic() + 60
    while len(os.listdir(files)) < enough and time.monotonic() < end:
        time.sleep(0.01)
    os.killpg(pid, signal.SIGINT)


def test_sweep_in_threads_needs_no_pickle():
    lock = threading.Lock()
    with joblib.parallel_config(backend="threading"):
        table = sweep(lambda seed: {"locked": lock.locked()}, {}, n_jobs=2)
    assert list(table.locked) == [False] * 3


def test_sweep_runs_begin_with_the_same_in_this_process_too():
    names = {"__name__": "__main__"}
    exec(
        "w = [1.0]\ndef run(seed):\n    w[0] /= 2\n    return {'w': w[0]}",
        names,
    )
    assert list(sweep(names["run"], {}, n_jobs=1).w) == [0.5] * 3
    assert names["w"] == [1.0]
