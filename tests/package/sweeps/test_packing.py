import functools
import pickle

import pytest
import torch

from course_utils.sweeps.packing import PackedFunction


def learners(source):
    """Return the names that a notebook with this source would define."""
    names = {"__name__": "__main__"}
    exec(source, names)
    return names


def sent(run):
    return pickle.loads(pickle.dumps(PackedFunction(run)))


def test_packed_function_takes_along_what_it_uses():
    names = learners(
        "import torch\n"
        "w = torch.ones(3)\n"
        "def penalty(w): return w.sum()\n"
        "def run(lambd): return lambd * penalty(w)\n"
    )
    assert sent(names["run"])(lambd=2.0) == 6


def test_packed_function_begins_each_call_with_the_same():
    names = learners("seen = []\ndef run(): seen.append(1); return len(seen)")
    run = sent(names["run"])
    assert (run(), run(), names["seen"]) == (1, 1, [])


@pytest.mark.parametrize("cache", [functools.cache, functools.lru_cache(3)])
def test_packed_function_takes_along_a_cached_function(cache):
    names = learners("def data(): return 5\ndef run(): return data()")
    names["data"] = cache(names["data"])
    run = sent(names["run"])
    del names["data"]
    assert run() == 5


def test_packed_function_may_be_cached_and_call_itself():
    names = learners(
        "import functools\n@functools.cache\n"
        "def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)"
    )
    assert sent(names["fib"])(n=40) == 102334155


def test_packed_function_names_a_function_of_a_module():
    cached = PackedFunction(
        functools.lru_cache
    )  # and its module imports it there
    assert len(pickle.dumps(cached)) < 300


def test_packed_function_takes_the_default_dtype_along():
    names = learners("import torch\ndef run(): return torch.ones(1).dtype")
    try:
        torch.set_default_dtype(torch.float64)
        run = sent(names["run"])
    finally:
        torch.set_default_dtype(torch.float32)
    assert run() == torch.float64
    assert torch.get_default_dtype() == torch.float32


def test_packed_function_refuses_at_once_what_cannot_be_packed():
    names = learners(
        "import threading\nlock = threading.Lock()\n"
        "def run(): return lock.locked()"
    )
    with pytest.raises(TypeError, match="pickle"):
        PackedFunction(names["run"])
