"""A real kernel, for the cell that Colab runs."""

import pytest
from notebook_kernel import started


@pytest.fixture(scope="session")
def start_kernel():
    return started
