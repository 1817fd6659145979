"""What holds for tests of every kind."""

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread_each():
    """pytest's processes share the cores; with two threads each, all wait."""
    torch.set_num_threads(1)
