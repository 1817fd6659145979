"""A real kernel for tests of what a notebook shows, and a Ctrl-C."""

import signal

import pytest
from notebook_kernel import started


@pytest.fixture(scope="session")
def kernel():
    with started() as running:
        running.run("import torch, course_utils; from course_utils import *")
        yield running


@pytest.fixture(scope="session")
def start_kernel():
    return started


@pytest.fixture(autouse=True)
def no_curves_for_savefig():
    """Take pyplot's number 0 away: the curves of an earlier test."""
    yield
    from matplotlib._pylab_helpers import Gcf

    Gcf.figs.pop(0, None)


@pytest.fixture
def ctrl_c_is_heard():
    """What is started in a shell's background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
