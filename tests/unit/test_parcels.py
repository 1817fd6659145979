import functools
import pickle
import subprocess
import sys

import pytest
import torch

from course_utils.parcels import Parcel


def learners(source):
    """Return the names that a notebook with this source would define."""
    names = {"__name__": "__main__"}
    exec(source, names)
    return names


def sent(run):
    return pickle.loads(pickle.dumps(Parcel(run)))


def test_a_function_takes_along_what_it_uses():
    names = learners(
        "import torch\n"
        "w = torch.ones(3)\n"
        "def penalty(w): return w.sum()\n"
        "def run(lambd): return lambd * penalty(w)\n"
    )
    assert sent(names["run"])(lambd=2.0) == 6


def test_every_call_begins_with_the_same():
    names = learners("seen = []\ndef run(): seen.append(1); return len(seen)")
    run = sent(names["run"])
    assert (run(), run(), names["seen"]) == (1, 1, [])


@pytest.mark.parametrize("cache", [functools.cache, functools.lru_cache(3)])
def test_a_cached_function_is_sent_as_what_it_is(cache):
    names = learners("def data(): return 5\ndef run(): return data()")
    names["data"] = cache(names["data"])
    run = sent(names["run"])
    del names["data"]
    assert run() == 5


def test_a_cached_function_may_call_itself():
    names = learners(
        "import functools\n@functools.cache\n"
        "def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)"
    )
    assert sent(names["fib"])(n=40) == 102334155


def test_a_function_of_a_module_is_sent_by_its_name():
    cached = Parcel(functools.lru_cache)  # and its module imports it there
    assert len(pickle.dumps(cached)) < 300


def test_the_default_dtype_goes_along_and_comes_back():
    names = learners("import torch\ndef run(): return torch.ones(1).dtype")
    try:
        torch.set_default_dtype(torch.float64)
        run = sent(names["run"])
    finally:
        torch.set_default_dtype(torch.float32)
    assert run() == torch.float64
    assert torch.get_default_dtype() == torch.float32


def test_what_cannot_be_sent_is_told_at_once():
    names = learners(
        "import threading\nlock = threading.Lock()\n"
        "def run(): return lock.locked()"
    )
    with pytest.raises(TypeError, match="pickle"):
        Parcel(names["run"])


FRESH = """
import pickle, sys
run = pickle.loads(bytes.fromhex(sys.argv[1]))
print(run())
"""


def test_a_class_of_the_book_s_kind_works_elsewhere():
    pytest.importorskip("d2l", reason="d2l is not installed")
    names = learners(
        "from course_utils import d2l\n"
        "class Model(d2l.Module):\n"
        "    def answer(self): return 42\n"
        "def run(): return Model().answer()\n"
    )
    packed = pickle.dumps(Parcel(names["run"])).hex()
    done = subprocess.run(
        [sys.executable, "-c", FRESH, packed], capture_output=True, text=True
    )
    assert done.stdout == "42\n", done.stderr
