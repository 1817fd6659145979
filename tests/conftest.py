"""What holds for tests of every kind, a real kernel, and a Ctrl-C."""

import signal

import pytest

# Of all tests with a browser: a process can start Playwright only once.
from fixtures import browser

__all__ = ["browser"]


@pytest.fixture(scope="session", autouse=True)
def one_thread_each():
    """pytest's processes share the cores; with two threads each, all wait."""
    import torch  # not above: the process that only deals out the tests waits

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def start_kernel():
    """Start a kernel: what a notebook shows is seen in a real one."""
    from notebook_kernel import started

    return started


@pytest.fixture(scope="session")
def kernel(start_kernel):
    with start_kernel() as running:
        running.run("import torch, course_utils; from course_utils import *")
        yield running


@pytest.fixture
def ctrl_c_is_heard():
    """What is started in a shell's background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
