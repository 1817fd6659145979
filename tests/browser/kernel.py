"""A kernel without a browser, and a client that plays the front end."""

import ast
import os
import queue
import time

from jupyter_client.manager import KernelManager
from lab import kernel_env


class Kernel:
    """A kernel, and a client that sends what sliders in JupyterLab send."""

    def __init__(self, version, folder):
        self._log = open(folder / "kernel.log", "w+")
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(
            cwd=str(folder),
            env=os.environ | kernel_env(version),
            stdout=self._log,
            stderr=self._log,
        )
        self.client = self._manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        info = self.client.kernel_info(reply=True, timeout=10)["content"]
        self._subshell = None
        if "kernel subshells" in info.get("supported_features", ()):
            control = self.client.control_channel
            request = self.client.session.msg("create_subshell_request", {})
            control.send(request)
            reply = control.get_msg(timeout=10)
            self._subshell = reply["content"]["subshell_id"]
        self.noise, self.status = [], ""

    def run(self, code, expression="None"):
        """Run code; return the value of an expression afterwards."""
        asked = self.client.execute(
            code, user_expressions={"value": expression}
        )
        while True:  # widgets speak up in between: no message may be lost
            message = self.hear()
            mine = message["parent_header"].get("msg_id") == asked
            if mine and message["content"].get("execution_state") == "idle":
                break
        reply = self.client.get_shell_msg(timeout=60)["content"]
        assert reply["status"] == "ok", reply
        value = reply["user_expressions"]["value"]
        return ast.literal_eval(value["data"]["text/plain"])

    def move(self, slider, value):
        """Send what a slider sends that has been moved."""
        state = {"value": value}
        data = {"method": "update", "state": state, "buffer_paths": []}
        content = {"comm_id": slider, "data": data}
        message = self.client.session.msg("comm_msg", content)
        if self._subshell:
            message["header"]["subshell_id"] = self._subshell
        self.client.shell_channel.send(message)

    def listen(self, seconds):
        """Hear what the kernel tells the widgets for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self.hear(left)
            except queue.Empty:
                return

    def hear(self, timeout=60):
        """Wait for the kernel's next message and return it.

        Raise `queue.Empty` if none comes in `timeout` seconds.
        """
        message = self.client.iopub_channel.get_msg(timeout=timeout)
        content = message["content"]
        if message["msg_type"] in ("error", "stream"):
            self.noise.append(content)
        value = content.get("data", {}).get("state", {}).get("value")
        if isinstance(value, str) and "role=" in value:
            self.status = value
        return message

    def log(self):
        """Return what the kernel has written past its client."""
        self._log.seek(0)
        return self._log.read()

    def end(self):
        """Ask the kernel to end, as JupyterLab does; wait until it has."""
        self._manager.shutdown_kernel()

    def stop(self):
        """End the kernel, whatever it does."""
        self.client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._log.close()
