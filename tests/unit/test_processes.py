import signal
import threading

import joblib
import pytest

from course_utils.jobs import execute_all
from course_utils.processes import (
    ctrl_c_afterwards,
    deaf_to_ctrl_c,
    mend_dask,
)


class NotHere:
    """What a process without the course makes of a task."""

    def __reduce__(self):
        return _fail, ()


def _fail():
    raise ModuleNotFoundError("No module named 'course_utils'")


@pytest.fixture(scope="module")
def cluster():
    """A Dask cluster whose one worker is this process."""
    import distributed

    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False,
            dashboard_address=None, protocol="tcp", host="127.0.0.1",
        ) as here,
        distributed.Client(here) as client,
    ):  # fmt: skip
        yield client


@pytest.mark.filterwarnings("ignore")  # Dask's, about the task that failed
def test_a_cluster_without_the_course_is_an_error_not_a_wait(cluster):
    def run(what, seed):
        return {"x": 1}

    cases = {0: ({"what": NotHere()}, 0)}
    with joblib.parallel_config(backend="dask"):
        with pytest.raises(RuntimeError, match="different environments"):
            list(execute_all(run, cases, -1))


def test_a_task_that_kills_every_worker_has_failed_and_no_other(
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


def test_other_backends_are_left_alone():
    parallel = joblib.Parallel(2)
    before = dict(vars(parallel._backend))
    mend_dask(parallel)
    assert vars(parallel._backend) == before


def test_a_backend_that_many_calls_share_is_mended_once(cluster):
    with joblib.parallel_config(backend="dask"):
        one, two = joblib.Parallel(-1), joblib.Parallel(-1)
    mend_dask(one)
    before = dict(vars(one._backend))
    mend_dask(two)
    assert vars(two._backend) == before


def test_one_place_on_a_cluster_is_told_as_two(cluster, monkeypatch):
    with joblib.parallel_config(backend="dask"):
        parallel = joblib.Parallel(-1)
    backend = parallel._backend
    monkeypatch.setattr(
        type(backend), "effective_n_jobs", lambda backend, n_jobs: n_jobs
    )
    mend_dask(parallel)
    assert [backend.effective_n_jobs(n) for n in (1, 2, 5)] == [2, 2, 5]


@pytest.mark.skipif(
    not hasattr(signal, "pthread_sigmask"), reason="Windows has no such mask"
)
def test_ctrl_c_is_heard_again_at_the_end():
    with deaf_to_ctrl_c():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_who_does_not_hear_ctrl_c_waits_for_none(ctrl_c_is_heard):
    """A thread other than the main one may not even ask."""
    found = []

    def look():
        with ctrl_c_afterwards():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    look()
    assert found == [signal.default_int_handler, signal.SIG_IGN]
