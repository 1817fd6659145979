"""A real kernel, as JupyterLab starts and asks it."""

import pytest
from jupyter_client.manager import start_new_kernel


class Kernel:
    """A kernel in which a person runs cells."""

    def __init__(self, **options):
        self.manager, self.client = start_new_kernel(
            kernel_name="python3", **options
        )

    def run(self, source):
        """Run a cell; return what it printed, or raise what it raised."""
        printed = []

        def collect(message):
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        reply = self.client.execute_interactive(
            source, allow_stdin=True, output_hook=collect, timeout=120
        )["content"]
        if reply["status"] == "error":
            raise RuntimeError("\n".join(reply["traceback"]))
        return "".join(printed)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def start():
    """Return a function that starts kernels; they end with the module."""
    kernels = []

    def start(**options):
        kernels.append(Kernel(**options))
        return kernels[-1]

    yield start
    for kernel in kernels:
        kernel.close()
