"""A real kernel for tests of what a notebook shows, and a lesson's thread."""

import contextlib

import pytest
import torch
from jupyter_client.manager import start_new_kernel


class Kernel:
    """Runs code in a real ipykernel and collects what a cell shows."""

    def __init__(self, manager, client):
        self.client, self.interrupt = client, manager.interrupt_kernel

    def run(self, code, *, person=False, cell="cell-1"):
        """Return the outputs of `code`: a list of messages' contents.

        `person` is what tells JupyterLab from nbclient: whether the kernel
        may ask for input.
        """
        outputs = []

        def collect(message):
            kind = message["header"]["msg_type"]
            if kind not in ("status", "execute_input") and "comm" not in kind:
                outputs.append({"kind": kind, **message["content"]})

        message = self.client.session.msg(
            "execute_request",
            {
                "code": code,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": person,
                "stop_on_error": True,
            },
            metadata={"cellId": cell} if cell else {},
        )
        self.client.shell_channel.send(message)
        ask = message["header"]["msg_id"]
        while True:
            reply = self.client.get_iopub_msg(timeout=60)
            if reply["parent_header"].get("msg_id") != ask:
                continue
            if reply["content"].get("execution_state") == "idle":
                return outputs
            collect(reply)


@contextlib.contextmanager
def started(**options):
    """Start a kernel, with options of Popen such as cwd and env."""
    manager, client = start_new_kernel(kernel_name="python3", **options)
    try:
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


@pytest.fixture(scope="session")
def kernel():
    with started() as running:
        running.run("import torch, course_utils; from course_utils import *")
        yield running


@pytest.fixture(scope="session")
def start_kernel():
    return started


@pytest.fixture(scope="module")
def one_thread():
    """Do as the lessons do: their matrices and batches are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
