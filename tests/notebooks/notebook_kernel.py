"""A real kernel, as a notebook starts and asks it."""

import contextlib

from jupyter_client.manager import start_new_kernel


class Kernel:
    """Runs code in a real ipykernel and collects what a cell shows."""

    patience = 60  # seconds from one message to the next

    def __init__(self, manager, client):
        self.manager, self.client = manager, client

    def run(self, code, *, person=False, cell="cell-1"):
        """Return the outputs of `code`: a list of messages' contents.

        What is printed in a row is one output, however the kernel cut it.
        `person` is what tells JupyterLab from nbclient: whether the kernel
        may ask for input.
        """
        outputs = []

        def collect(message):
            kind = message["header"]["msg_type"]
            if kind in ("status", "execute_input") or "comm" in kind:
                return
            output = {"kind": kind, **message["content"]}
            last = outputs[-1] if outputs else {}
            if kind == "stream" and last.get("name") == output["name"]:
                last["text"] += output["text"]
            else:
                outputs.append(output)

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
            reply = self.client.get_iopub_msg(timeout=self.patience)
            if reply["parent_header"].get("msg_id") != ask:
                continue
            if reply["content"].get("execution_state") == "idle":
                return outputs
            collect(reply)


@contextlib.contextmanager
def started(kind=Kernel, **options):
    """Start a kernel, with options of Popen such as cwd and env."""
    manager, client = start_new_kernel(kernel_name="python3", **options)
    try:
        yield kind(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
