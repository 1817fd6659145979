"""Keep a process and its children from talking to other machines.

Python imports a module of this name by itself, if its folder is in
PYTHONPATH. What was tried is written into the file COURSE_NETWORK_LOG, so
that it is seen even where the program swallows the error.
"""

import ipaddress
import os
import sys
import traceback

ASKS = {  # event -> the place of the address or the name in its arguments
    "socket.bind": 1,
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
}


def is_local(address):
    """Tell whether an address, or a host's name, is of this machine."""
    if isinstance(address, tuple):  # (host, port, ...)
        address = address[0] if address else None
    if address is None or address in ("localhost", b"localhost"):
        return True
    if isinstance(address, bytes):
        address = os.fsdecode(address)
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address[:1] in ("/", "\0")  # a socket file; else a name


def refuse(event, args):
    """Raise if `event` asks for another machine."""
    if event in ASKS and not is_local(args[ASKS[event]]):
        what = f"{event} {args[ASKS[event]]!r}"
        with open(os.environ["COURSE_NETWORK_LOG"], "a") as log:
            log.write(what + "\n" + "".join(traceback.format_stack(limit=5)))
        raise ConnectionRefusedError(f"no network in tests: {what}")


if "COURSE_NETWORK_LOG" in os.environ:
    sys.addaudithook(refuse)
