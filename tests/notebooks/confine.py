"""Run a command as on a machine that is small and not connected.

``confined(command)`` gives what to run in its place: without a network, the
package's folder read-only (root is kept out, too), 64 MB of /dev/shm and 1 GB
for each process's data. That needs Linux and its ``unshare``, from root or
with user namespaces; elsewhere the command runs as it is.

The limit is on what a process may write (RLIMIT_DATA). One on its addresses
(RLIMIT_AS) would count torch's libraries, 0.4 GB that all processes share.
"""

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "course_utils"
MEGABYTE = 2**20
SHARED, DATA = 64 * MEGABYTE, 1024 * MEGABYTE


def confined(command):
    """Return the command that runs `command` so, or `command` itself."""
    return [*(wrapper() or ()), *command]


@functools.cache
def wrapper():
    """Return what to put before a command, or None if it is not permitted."""
    spaces = ["unshare", "--mount", "--net"]
    for begin in (spaces, [*spaces, "--map-root-user"]):
        before = [*begin, sys.executable, str(Path(__file__).resolve())]
        try:
            done = subprocess.run(
                [*before, "true"], capture_output=True, text=True,
                env=os.environ | {"LC_ALL": "C"},
            )  # fmt: skip
        except OSError:
            return None  # not Linux
        if done.returncode == 0:
            return before
        if not re.search("unshare failed|not permitted|denied", done.stderr):
            raise RuntimeError(f"cannot confine a process: {done.stderr}")
    return None


def confine():
    """Do to this process, in its new namespaces, what the module says."""
    import fcntl
    import resource
    import socket
    import struct

    def mount(*args):
        subprocess.run(["mount", *args], check=True)

    mount("-t", "tmpfs", "-o", f"size={SHARED}", "none", "/dev/shm")
    mount("--bind", str(PACKAGE), str(PACKAGE))
    mount("-o", "remount,bind,ro", str(PACKAGE))
    with socket.socket() as any_socket:  # bring up this machine's own "lo"
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # UP, RUNNING
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS
    resource.setrlimit(resource.RLIMIT_DATA, (DATA, DATA))


if __name__ == "__main__":
    confine()
    os.execvp(sys.argv[1], sys.argv[1:])
