import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time

import cloudpickle
import joblib
import numpy as np
import pytest
import torch
from joblib.externals.loky import get_reusable_executor
from threadpoolctl import threadpool_info

from course_utils import Animator, show_images
from course_utils.sweeps import execute as module
from course_utils.sweeps.execute import execute, execute_all
from course_utils.sweeps.packing import PackedFunction


def draws(seed):
    return {
        "torch": torch.rand(()).item(),
        "numpy": np.random.rand(),
        "python": random.random(),
    }


def threads():
    found = [pool["num_threads"] for pool in threadpool_info()]
    found.append(torch.get_num_threads())
    # A new thread begins with what torch has noted for the whole process.
    note = threading.Thread(
        target=lambda: found.append(torch.get_num_threads())
    )
    note.start()
    note.join()
    return found


def test_execute_seeds_all_generators_and_puts_them_back():
    expected = torch.rand(2, generator=torch.Generator().manual_seed(3))
    torch.manual_seed(5)
    first, _ = execute(draws, {}, 3)
    assert first["torch"] == expected[0].item()
    assert execute(draws, {}, 3)[0] == first
    assert execute(draws, {}, 4)[0].keys() == first.keys()
    assert all(execute(draws, {}, 4)[0][name] != first[name] for name in first)
    generator = torch.Generator().manual_seed(5)
    assert torch.rand(()) == torch.rand((), generator=generator)


def test_execute_takes_one_thread_and_gives_the_others_back():
    before, inside = threads(), []

    def run(seed):
        inside.extend(threads())
        raise ValueError("in the middle")

    torch.set_num_threads(2)
    try:
        expected = threads()
        assert max(expected) > 1
        execute(run, {}, 0)
        assert set(inside) == {1}
        assert threads() == expected
    finally:
        torch.set_num_threads(before[0])


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("too small"), "ValueError: too small"),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (SystemExit(3), "SystemExit: 3"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_execute_returns_what_a_run_raises_as_text(error, words):
    def run(seed):
        raise error

    assert execute(run, {}, 0) == ({}, words)
    error.add_note("at lambd = 3")
    assert execute(run, {}, 0) == ({}, f"{words}\nat lambd = 3")


def test_execute_raises_an_interrupt():
    def run(seed):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(run, {}, 0)


def test_execute_draws_nothing(capsys):
    def run(seed):
        animator = Animator()
        for k in range(3):
            animator.add(k, (k, -k))
        show_images(torch.rand(2, 4, 4), 1, 2)
        return {"points": len(animator.X[1])}

    assert execute(run, {}, 0) == ({"points": 3}, "")
    assert capsys.readouterr() == ("", "")


def test_execute_ends_a_run_that_diverges():
    def run(seed):
        Animator(xlabel="epoch").add(4, float("nan"))

    results, error = execute(run, {}, 0)
    assert results == {} and "Training diverged: " in error


def test_execute_lets_runs_of_one_process_take_turns():
    inside, most = [], []

    def run(seed):
        inside.append(seed)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()
        return draws(seed)

    found = {}
    workers = [
        threading.Thread(
            target=lambda k=k: found.update({k: execute(run, {}, k)})
        )
        for k in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert most == [1] * 4
    assert found == {k: (draws_alone(k), "") for k in range(4)}


def test_execute_tells_that_it_waits_and_that_it_begins():
    begun, told = threading.Event(), []
    may_end = threading.Event()

    def other(seed):
        begun.set()
        return {"told": may_end.wait(60)}

    def waits(waiting):
        told.append(waiting)
        may_end.set()

    results = []
    thread = threading.Thread(
        target=lambda: results.append(execute(other, {}, 0))
    )
    thread.start()
    assert begun.wait(60)
    assert execute(draws, {}, 1, waits) == (draws_alone(1), "")
    thread.join()
    assert results == [({"told": True}, "")]
    assert told[0] is True and told[-1] is False


@pytest.mark.skipif(
    not hasattr(signal, "pthread_sigmask"), reason="Windows has no such mask"
)
def test_execute_all_lets_no_worker_hear_ctrl_c(
    ctrl_c_is_heard,
):
    def run(seed):
        import os
        import signal

        os.kill(os.getpid(), signal.SIGINT)
        return {"pid": os.getpid()}

    # New ones, which the tests below go on with
    get_reusable_executor().shutdown(wait=True)
    cases = {k: ({}, k) for k in range(2)}
    ended = list(execute_all(PackedFunction(run), cases, 2))
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    assert [error for *_, error in ended] == ["", ""]
    assert os.getpid() not in {results["pid"] for _, results, _ in ended}


def starts_processes(kind, seed):
    """Return 3, computed by processes that a run has started."""
    import multiprocessing
    import sys
    from concurrent.futures import ProcessPoolExecutor

    import torch
    from torch.utils.data import DataLoader, TensorDataset

    if kind == "Process":
        process = multiprocessing.Process(target=sys.exit, args=(3,))
        process.start()
        process.join()
        return {"sum": process.exitcode}
    if kind == "Pool":
        with multiprocessing.Pool(1) as pool:
            return {"sum": sum(pool.map(abs, [1, -2]))}
    if kind == "torch":
        with torch.multiprocessing.Pool(1) as pool:
            return {"sum": sum(pool.map(abs, [1, -2]))}
    if kind == "Executor":
        with ProcessPoolExecutor(1) as pool:
            return {"sum": sum(pool.map(abs, [1, -2]))}
    if kind == "subprocess":
        done = subprocess.run([sys.executable, "-c", "exit(3)"])
        return {"sum": done.returncode}
    data = TensorDataset(torch.arange(3.0))
    return {"sum": sum(X.sum() for (X,) in DataLoader(data, num_workers=1))}


KINDS = ["DataLoader", "Process", "Pool", "torch", "Executor", "subprocess"]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_execute_lets_a_run_start_processes(n_jobs):
    cases = {k: ({"kind": kind}, 0) for k, kind in enumerate(KINDS)}
    # A function of this file: a worker would look for the file by its name.
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        run = PackedFunction(starts_processes)
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
    ended = sorted(execute_all(run, cases, n_jobs))
    assert ended == [(k, {"sum": 3}, "") for k in range(len(KINDS))]


@pytest.mark.parametrize("kind", KINDS)
def test_execute_says_what_to_do_where_no_process_may_start(kind, monkeypatch):
    here = multiprocessing.current_process()
    monkeypatch.setitem(here._config, "daemon", True)  # as Dask's workers are
    results, error = execute(starts_processes, {"kind": kind}, 0)
    if kind == "subprocess":
        assert (results, error) == ({"sum": 3}, "")
        return
    assert error.startswith("RuntimeError: run cannot start processes here")
    assert "num_workers=0" in error and "distributed.worker.daemon" in error
    assert "\n" not in error


def test_execute_leaves_other_assertions_alone():
    def run(seed):
        raise AssertionError("loss must fall")

    assert execute(run, {}, 0) == ({}, "AssertionError: loss must fall")


def draws_alone(seed):
    return execute(draws, {}, seed)[0]


def test_execute_all_loses_only_the_run_that_kills_its_worker(tmp_path):
    def run(k, seed):
        import os
        import time

        (tmp_path / f"{k} {time.time_ns()}").touch()
        while k > 1 and not list(tmp_path.glob("1 *")):
            time.sleep(0.01)  # the other worker starts late
        time.sleep(0.1)
        if k == 3 or (k == 1 and len(list(tmp_path.glob("1 *"))) == 1):
            os._exit(9)  # 3 each time, 1 the first time only
        return {"n": k, "pid": os.getpid()}

    cases = {k: ({"k": k}, 0) for k in range(6)}
    ended = {
        k: rest for k, *rest in execute_all(PackedFunction(run), cases, 2)
    }
    assert ended.keys() == cases.keys()
    results, error = ended.pop(3)
    assert results == {}
    assert error.startswith("TerminatedWorkerError: its process died")
    assert [ended[k][0]["n"] for k in sorted(ended)] == [0, 1, 2, 4, 5]
    assert [error for _, error in ended.values()] == [""] * 5
    assert os.getpid() not in {row["pid"] for row, _ in ended.values()}
    # Once beside others, once alone: it must not go on killing workers.
    assert len(list(tmp_path.glob("3 *"))) <= 2


def test_execute_all_yields_each_run_as_it_ends(tmp_path):
    def run(k, seed):
        import time

        end = time.monotonic() + 60
        while k == 0 and time.monotonic() < end:
            if (tmp_path / "7 is told").exists():
                return {"waited": 1}
            time.sleep(0.01)
        return {"waited": 0}

    cases, told = {k: ({"k": k}, 0) for k in range(8)}, []
    for k, results, _ in execute_all(PackedFunction(run), cases, 2):
        (tmp_path / f"{k} is told").touch()
        told.append(k)
        assert results == {"waited": int(k == 0)}
    assert told == [*range(1, 8), 0]


def test_execute_all_starts_no_more_processes_than_runs(monkeypatch):
    most = []

    class Counted(module.Parallel):
        def __init__(self, n_jobs, **options):
            most.append(n_jobs)
            assert options["batch_size"] == 1  # each is told as it ends
            super().__init__(1, **options)

    monkeypatch.setattr(module, "Parallel", Counted)
    for n_jobs, runs in (1, 3), (8, 3), (8, 1):
        cases = {k: ({}, 0) for k in range(runs)}
        assert len(list(execute_all(draws, cases, n_jobs))) == runs
    # One in place of more would put a run that may die into this process.
    assert most == [1, 3, 2]


def test_execute_all_has_a_failure_for_a_task_that_kills_dask_workers(
    monkeypatch,
):
    from distributed.scheduler import KilledWorker

    packed = joblib.parallel.BatchedCalls.__call__

    def call(batch):
        if batch.items[0][1][2] == {"k": 1}:
            raise KilledWorker("run", "worker", 3)
        return packed(batch)

    monkeypatch.setattr(joblib.parallel.BatchedCalls, "__call__", call)
    cases = {k: ({"k": k}, 0) for k in range(3)}
    with joblib.parallel_config(backend="threading"):
        ended = sorted(execute_all(lambda k, seed: {"x": k}, cases, 2))
    assert [results for _, results, _ in ended] == [{"x": 0}, {}, {"x": 2}]
    assert ended[1][2].startswith("KilledWorker: its process died")


def test_mend_dask_leaves_other_backends_alone():
    parallel = joblib.Parallel(2)
    before = dict(vars(parallel._backend))
    module._mend_dask(parallel)
    assert vars(parallel._backend) == before


@pytest.mark.skipif(
    not hasattr(signal, "pthread_sigmask"), reason="Windows has no such mask"
)
def test_ctrl_c_blocked_ends_with_its_block():
    with module._ctrl_c_blocked():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
