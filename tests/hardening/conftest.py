"""A real kernel in which a person runs cells."""

import contextlib

import pytest
from notebook_kernel import Kernel, started


class Person(Kernel):
    """Runs cells, and reads what they print."""

    patience = 120

    def run(self, source):
        """Run a cell; return what it printed, or raise what it raised."""
        outputs = super().run(source, person=True, cell=None)
        for output in outputs:
            if output["kind"] == "error":
                raise RuntimeError("\n".join(output["traceback"]))
        return "".join(o["text"] for o in outputs if o["kind"] == "stream")


@pytest.fixture(scope="module")
def start():
    """Return a function that starts kernels; they end with the module."""
    with contextlib.ExitStack() as kernels:
        yield lambda: kernels.enter_context(started(Person))
