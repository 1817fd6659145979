"""What holds for tests of every kind."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def one_thread_each():
    """pytest's processes share the cores; with two threads each, all wait."""
    import torch  # not above: the process that only deals out the tests waits

    torch.set_num_threads(1)
