"""Sweeps on a Dask cluster; each test finds it as the one before leaves it."""

import os
import signal
import subprocess
import sys
import threading
import time

import joblib
import pandas as pd
import pytest
from grid_run import GRID, calls, make_run

from course_utils import sweep
from course_utils.sweeps import execute


@pytest.fixture(scope="module")
def cluster():
    """A Dask cluster of two worker processes, on this machine."""
    import distributed

    with (
        distributed.LocalCluster(
            n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as here,
        distributed.Client(here) as client,
    ):
        workers = [dask_worker(here) for _ in range(2)]
        try:
            client.wait_for_workers(2, timeout=60)
            yield client, workers
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()


def dask_worker(cluster):
    command = [sys.executable, "-m", "distributed.cli.dask_worker"]
    options = ["--no-nanny", "--nthreads=1", "--no-dashboard"]
    return subprocess.Popen(
        [*command, cluster.scheduler_address, *options],
        stderr=subprocess.DEVNULL,
    )


class NotHere:
    """What a process without the course makes of a task."""

    def __reduce__(self):
        return _fail, ()


def _fail():
    raise ModuleNotFoundError("No module named 'course_utils'")


@pytest.mark.filterwarnings("ignore")  # Dask's, about the task that failed
def test_execute_all_raises_on_a_cluster_without_the_course(cluster):
    def run(what, seed):
        return {"x": 1}

    cases = {0: ({"what": NotHere()}, 0)}
    with joblib.parallel_config(backend="dask"):
        with pytest.raises(RuntimeError, match="different environments"):
            list(execute.execute_all(run, cases, -1))


def test_mend_dask_mends_a_shared_backend_once(cluster):
    with joblib.parallel_config(backend="dask"):
        one, two = joblib.Parallel(-1), joblib.Parallel(-1)
    execute._mend_dask(one)
    before = dict(vars(one._backend))
    execute._mend_dask(two)
    assert vars(two._backend) == before


def test_mend_dask_counts_one_place_as_two(cluster, monkeypatch):
    with joblib.parallel_config(backend="dask"):
        parallel = joblib.Parallel(-1)
    backend = parallel._backend
    monkeypatch.setattr(
        type(backend), "effective_n_jobs", lambda backend, n_jobs: n_jobs
    )
    execute._mend_dask(parallel)
    assert [backend.effective_n_jobs(n) for n in (1, 2, 5)] == [2, 2, 5]


def test_sweep_gives_the_same_table_on_a_dask_cluster(
    serial, cluster, tmp_path
):
    with joblib.parallel_config(backend="dask"):
        table = sweep(make_run(tmp_path), GRID, seeds=2)
    pd.testing.assert_frame_equal(table, serial, check_exact=True)
    seen, processes = calls(tmp_path)
    assert len(seen) == 8
    assert processes <= {worker.pid for worker in cluster[1]}


def test_sweep_loses_nothing_with_a_dask_worker_that_is_killed(
    serial, cluster, tmp_path
):
    victim, over = cluster[1][0], threading.Event()

    def kill_it_half_way():
        while not over.wait(0.01):
            began = [int(path.name.split()[3]) for path in tmp_path.iterdir()]
            if began.count(victim.pid) >= 2:
                return victim.kill()  # its second run has just begun

    killer = threading.Thread(target=kill_it_half_way)
    killer.start()
    with joblib.parallel_config(backend="dask"):
        table = sweep(make_run(tmp_path, pause=0.3), GRID, seeds=2)
    over.set()
    killer.join()
    assert victim.wait(timeout=10) == -signal.SIGKILL
    pd.testing.assert_frame_equal(table, serial, check_exact=True)
    seen, _ = calls(tmp_path)
    assert len(set(seen)) == 8 < len(seen)  # the run in its hands began again


def test_sweep_has_a_row_for_a_run_that_kills_dask_workers(
    cluster, monkeypatch
):
    mine = os.getpid()

    def run(k, seed):
        if k == 1 and os.getpid() != mine:
            os._exit(9)
        return {"square": k**2, "here": os.getpid() == mine}

    client, workers = cluster
    scheduler = client.cluster.scheduler
    monkeypatch.setattr(scheduler, "allowed_failures", 0)  # in place of 3
    workers += [dask_worker(client.cluster), dask_worker(client.cluster)]
    client.wait_for_workers(3, timeout=60)
    with joblib.parallel_config(backend="dask"):
        table = sweep(run, {"k": [0, 1, 2]}, seeds=1)
    assert list(table.square.fillna(-1)) == [0, -1, 4]
    died = "KilledWorker: its process died, out of memory perhaps"
    assert list(table.error) == ["", died, ""]
    assert not table.here.dropna().any()


def test_sweep_runs_on_one_dask_worker(cluster):
    client, workers = cluster
    # Of those that the tests before have left, one is enough.
    last, *others = [w for w in workers if w.poll() is None]
    for worker in others:
        worker.kill()
        worker.wait()
    end = time.monotonic() + 60
    known = client.cluster.scheduler.workers
    while len(known) > 1 and time.monotonic() < end:
        time.sleep(0.01)
    assert len(known) == 1
    run, lock = (lambda seed: {"pid": os.getpid()}), threading.Lock()
    with joblib.parallel_config(backend="dask"):
        with pytest.raises(TypeError, match="sent to another process"):
            sweep(lambda seed: {"locked": lock.locked()}, {})
        table = sweep(run, {})
    assert set(table.pid) == {last.pid}
