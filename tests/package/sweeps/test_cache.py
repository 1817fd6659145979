import functools
import importlib
import math
import os
import subprocess
import sys
from collections import OrderedDict
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from course_utils.sweeps.cache import Cache, digest, make_folder

RUN = """
import functools, math, torch
from torch import nn

RATE = 0.1
W = torch.arange(6.0).reshape(2, 3)

class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layer = nn.Linear(3, width)

    @property
    def width(self):
        return len(self.layer.weight)

    def forward(self, X):
        return self.layer(X) * RATE

class Wide(Net):
    pass

def penalty(w):
    return (w**2).sum() / 2

def make(lambd):
    def loss(w, p=2):
        return lambd * penalty(w)
    return loss

losses = {"L2": make(3), "zero": lambda w: 0}

@functools.cache
def data():
    return W

def run(lambd, seed):
    if lambd in {"a set's order", "in", "another", "process", "differs"}:
        return [math.pi for _ in range(3)]
    return {"loss": losses["L2"](Wide(2).layer.weight), "X": data()}
"""


def learners(source=RUN, **changed):
    names = {"__name__": "__main__"}
    exec(source, names)
    names.update(changed)
    return names


ANY_HASH = """
import dataclasses, enum, pathlib, typing, numpy as np, torch
from torch import nn

NAMES = {"alpha", "beta", "gamma", "delta", "epsilon"}
MIXED = {1, "a", None, (2, "b"), frozenset({"c", "d", "e"})}
T = typing.TypeVar("T")

class Words(set):
    pass

WORDS = Words(["six", "seven", "eight"])

def relu(x): return x.clamp(min=0)
def tanh(x): return x.tanh() if x in RATES else None

RATES = {relu: 1, tanh: 2, None: 3, 4: {"x", "y", "z"}, torch.relu: 5}

class Layer(typing.Generic[T]):
    words = frozenset({"one", "two", "three"})
    def __init__(self): self.a, self.b = {"p", "q"}, pathlib.Path("c")
    def set(self): self.b = self.c = self.d = 1

class Kind(enum.Enum):
    SMALL = 1
    LARGE = 2

@dataclasses.dataclass(frozen=True)
class Setup:
    kinds: frozenset = frozenset({"left", "right"})

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
SET_OF_CLASSES = {Layer, Setup}

def make(words):
    def run(seed, order={"u": 1, "v": 2}, kinds=frozenset({"k", "l", "m"})):
        return (NAMES, MIXED, WORDS, RATES, words, Layer(), Kind.SMALL,
                Setup(), net, optimizer, SET_OF_CLASSES, np.mean,
                nn.functional.relu)
    return run

run = make({"closed", "over", "these"})
"""


@pytest.fixture(scope="module")
def elsewhere():
    """Return the digests of RUN and ANY_HASH in three other processes.

    With the seeds 1 and 5 of Python's hashes {"left", "right"} has two orders.
    """
    code = (
        "from course_utils.sweeps.cache import digest\n"
        f"for source in {[RUN, ANY_HASH]}:\n"
        "    names = {'__name__': '__main__'}\n"
        "    exec(source, names)\n"
        "    print(digest(names['run']))"
    )
    return [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.split()
        for seed in "125"
    ]


def test_digest_is_the_same_for_each_seed_of_pythons_hashes(elsewhere):
    found = {any_hash for _, any_hash in elsewhere}
    assert len(found) == 1 and len(found.pop()) == 64


def grown(text):
    """Return an equal string that is another object."""
    return "".join(list(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["relu", "relu"], ["relu", grown("relu")]),
        ([b"relu"] * 2, [b"relu", bytes(bytearray(b"relu"))]),
        ([(1, "a")] * 2, [(1, "a"), (1, grown("a"))]),
        ([Path("a")] * 2, [Path("a"), Path("a")]),
        ([Fraction(1, 3)] * 2, [Fraction(1, 3), Fraction(2, 6)]),
        ([np.float32(2)] * 2, [np.float32(2), np.float32(2)]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({1: "a", None: 2}, {None: 2, 1: "a"}),
        ({"c": {"a": 1, "b": 2}}, {"c": {"b": 2, "a": 1}}),
        (np.arange(6.0).reshape(2, 3).T, np.array([[0, 3], [1, 4], [2, 5.0]])),
        (np.arange(6.0)[::2], np.array([0, 2, 4.0])),
        ([torch.zeros(2)] * 2, [torch.zeros(2), torch.zeros(2)]),
    ],
)
def test_digest_is_equal_for_equal_values(one, other):
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        ("1", 1),
        ("a", b"a"),
        ([1, 2], (1, 2)),
        ([1, 2], [2, 1]),
        ({1, 2}, frozenset({1, 2})),
        ({"a", "b"}, ["a", "b"]),
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}),
        (np.zeros(2), np.zeros((2, 1))),
        (np.zeros(2), np.zeros(2, dtype=int)),
        (OrderedDict(a=1, b=2), OrderedDict(b=2, a=1)),
        (  # called in the order in which they are there
            nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh())),
            nn.Sequential(OrderedDict(b=nn.Tanh(), a=nn.ReLU())),
        ),
    ],
)
def test_digest_differs_where_values_do(one, other):
    assert digest(one) != digest(other)


def test_digest_ends_where_a_dicts_keys_use_the_dict():
    source = "table = {}\n" + "".join(
        f"def f{k}(x):\n    return table[f{k}] + {k}\ntable[f{k}] = {k}\n"
        for k in range(12)
    )
    found = {digest(learners(source)["f0"]) for _ in range(2)}
    assert len(found) == 1
    assert digest(learners(source.replace("+ 7", "+ 8"))["f0"]) not in found


def test_digest_is_the_same_in_any_process(elsewhere):
    found = {run for run, _ in elsewhere}
    assert found == {digest(learners()["run"])}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("RATE = 0.1", "RATE = 0.2"),  # a value
        ("arange(6.0)", "arange(1, 7.0)"),  # a tensor
        ("(2, 3)", "(3, 2)"),  # its shape
        ("/ 2", "/ 3"),  # a function that it calls through others
        ("make(3)", "make(4)"),  # a closure
        ("lambda w: 0", "lambda w: 1"),
        ("p=2", "p=1"),  # a default
        ("nn.Linear(3, width)", "nn.Linear(3, width, bias=False)"),  # a class
        ("class Wide(Net)", "class Wide(nn.Module)"),
        ("return len(", "return 2 * len("),  # a property
        ("return W", "return W.clone()"),  # under functools.cache
        ("range(3)", "range(4)"),  # a comprehension
        ("another", "other"),  # a constant in a set
        ("math.pi", "math.e"),  # a name
    ],
)
def test_digest_changes_with_an_edit_of_anything_that_run_uses(old, new):
    edited = RUN.replace(old, new)
    assert edited != RUN
    assert digest(learners(edited)["run"]) != digest(learners()["run"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\nRATE", "\n\n# its place\nRATE"),
        ("/ 2", "/ 2  # a comment"),
        ("def run", "unused = [1, 2]\n\ndef run"),
    ],
)
def test_digest_does_not_change_with_other_edits(old, new):
    edited = RUN.replace(old, new)
    assert edited != RUN
    assert digest(learners(edited)["run"]) == digest(learners()["run"])


def test_digest_takes_a_function_that_names_itself_and_its_class():
    names = learners(
        "class A:\n    def f(self):\n        return run(A)\n"
        "def run(n):\n    return run(n - 1) if n else A()"
    )
    assert digest(names["run"]) == digest(names["run"])
    assert digest(names["A"]()) == digest(names["A"]())


def test_digest_does_not_see_what_else_is_imported(tmp_path, monkeypatch):
    (tmp_path / "a_package").mkdir()
    for name in "__init__", "part":
        (tmp_path / "a_package" / f"{name}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    run = learners("import a_package\ndef run(): return a_package.part")["run"]
    before = digest(run)
    importlib.import_module("a_package.part")  # by another cell, say
    assert digest(run) == before


def test_digest_takes_what_is_imported_by_its_name():
    assert digest(functools.partial(torch.relu)) != digest(torch.relu)
    assert digest(learners) == digest(learners)
    assert digest(np.mean) != digest(np.median)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.randn(3, 4)[:, :1],
        torch.randn(3, 4)[:1, :1],
        torch.tensor(2.0),
        torch.zeros(0),
        torch.ones(2, dtype=torch.bfloat16),
        torch.tensor([True]),
        torch.ones(2, requires_grad=True),
    ],
)
def test_digest_of_a_tensor_is_that_of_its_copy(tensor):
    copy = tensor.detach().clone().requires_grad_(tensor.requires_grad)
    assert digest(tensor) == digest(copy)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (torch.zeros(2), torch.zeros(2, dtype=torch.int32)),  # equal bytes
        (torch.ones(1).double(), torch.ones(1).double() + 1e-12),
        (torch.ones(1), torch.ones(1, requires_grad=True)),
    ],
)
def test_digest_tells_tensors_that_differ_a_little(one, other):
    assert digest(one) != digest(other)


def test_digest_takes_a_set_that_cannot_be_sorted():
    source = "def run(x):\n    return x in {1, 'a', None}"
    run, same = learners(source)["run"], learners(source)["run"]
    other = learners(source.replace("1", "2"))["run"]
    assert digest(run) == digest(same) != digest(other)


def test_digest_sees_a_global_of_a_class_inside_a_function():
    source = "def run():\n    class A:\n        rate = RATE\n    return A"
    found = {digest(learners(source, RATE=r)["run"]) for r in (1, 1, 2)}
    assert len(found) == 2


def test_digest_takes_an_abstract_class():
    source = "import abc\nclass A(abc.ABC):\n    n = 1"
    found = {digest(learners(source)["A"]) for _ in range(2)}
    assert len(found) == 1
    assert digest(learners(source.replace("1", "2"))["A"]) not in found


def test_cache_keeps_results_of_another_torch_apart(tmp_path, monkeypatch):
    Cache(tmp_path, learners()["run"]).put({}, 0, {"loss": 1})
    monkeypatch.setattr(torch, "__version__", "1.0")
    assert Cache(tmp_path, learners()["run"]).get({}, 0) is None


def test_cache_get_writes_and_prints_nothing(tmp_path, capsys):
    cache = Cache(tmp_path, learners()["run"])
    before = sorted(tmp_path.rglob("*"))
    assert cache.get({}, 0) is None
    assert sorted(tmp_path.rglob("*")) == before
    cache.put({}, 0, {"loss": 1})
    assert cache.get({}, 0) == {"loss": 1}
    assert capsys.readouterr() == ("", "")


def test_cache_keeps_results_by_function_settings_and_seed(tmp_path):
    run, other = (learners(c)["run"] for c in (RUN, RUN.replace("/ 2", "")))
    results = {"loss": 0.1 + 0.2, "n": 3, "‖w‖": math.inf, "ok": True}
    Cache(tmp_path, run).put({"a": 1, "b": None}, 0, results)
    cache = Cache(tmp_path, learners()["run"])  # another kernel, say
    found = cache.get({"b": None, "a": 1}, 0)
    assert found == results and list(found) == list(results)
    assert [*map(type, found.values())] == [float, int, float, bool]
    assert cache.get({"a": 1, "b": None}, 1) is None
    assert cache.get({"a": 1.5, "b": None}, 0) is None
    assert Cache(tmp_path, other).get({"a": 1, "b": None}, 0) is None
    # and the trial of another function has not wiped them
    assert cache.get({"a": 1, "b": None}, 0) == results


def test_cache_does_not_know_a_damaged_result(tmp_path):
    cache = Cache(tmp_path, learners()["run"])
    cache.put({}, 0, {"loss": 1})
    (file,) = tmp_path.rglob("*.json")
    file.write_bytes(file.read_bytes()[:5])
    assert cache.get({}, 0) is None
    file.write_bytes(b"\xff")
    assert cache.get({}, 0) is None
    cache.put({}, 0, {"loss": 1})
    assert cache.get({}, 0) == {"loss": 1}


def test_cache_warns_if_the_folder_is_gone(tmp_path):
    cache = Cache(tmp_path / "cache", learners()["run"])
    with pytest.warns(UserWarning, match="^cache keeps no results: "):
        cache.put({}, 0, {"loss": 1})  # it must not end the sweep
    assert cache.get({}, 0) is None


def test_cache_has_no_half_written_result(tmp_path, monkeypatch):
    def interrupted(part, file):
        raise KeyboardInterrupt

    cache = Cache(tmp_path, learners()["run"])
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cache.put({}, 0, {"loss": 1})
    assert cache.get({}, 0) is None
    cache.put({}, 0, {"loss": 1})
    assert cache.get({}, 0) == {"loss": 1}


def test_make_folder_makes_one(tmp_path):
    assert make_folder(None) is None
    path = make_folder(tmp_path / "a" / "b")
    assert path == tmp_path / "a" / "b" and os.listdir(path) == []
    assert make_folder(path) == path


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_make_folder_refuses_one_that_cannot_be_written_in():
    with pytest.raises(ValueError, match="to write in, got '/proc/self' "):
        make_folder("/proc/self")


@pytest.mark.parametrize("value", [True, 3, ["x"], b"x", {}])
def test_make_folder_refuses_what_is_no_path(value):
    with pytest.raises(TypeError, match="^cache must be a folder or None"):
        make_folder(value)


def test_make_folder_refuses_a_file(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="cache must be .* got '.*file' "):
        make_folder(tmp_path / "file")


INSIDE = """
def run(x, seed):
    try:
        y = g(x)
        z = h(y)
    except ValueError:
        z = 0
    return {"z": z}
"""
OUTSIDE = """
def run(x, seed):
    try:
        y = g(x)
    except ValueError:
        z = 0
    else:
        z = h(y)
    return {"z": z}
"""


def test_digest_sees_what_a_try_covers():
    digests = set()
    for source in (INSIDE, OUTSIDE):
        names = {"__name__": "__main__"}
        exec(source, names)
        digests.add(digest(names["run"]))
    assert len(digests) == 2


DATACLASS = """
import dataclasses
@dataclasses.dataclass
class Config:
    lr: float = {lr}
def run(seed):
    return {{"x": Config().lr}}
"""


def test_digest_sees_the_fields_of_a_dataclass():
    def made(lr):
        names = {"__name__": "__main__"}
        exec(DATACLASS.format(lr=lr), names)
        return digest(names["run"])

    assert made(0.1) == made(0.1) != made(0.2)
