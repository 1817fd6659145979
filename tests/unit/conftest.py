"""A real kernel for tests of what a notebook shows."""

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
