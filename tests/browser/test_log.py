import pytest
from lab import faults

CLOSED = """Task exception was never retrieved
future: <Task finished name='Task-402' coro=<WebSocketProtocol13.write_message\
.<locals>.wrapper() done, defined at websocket.py:1138> \
exception=WebSocketClosedError()>
Traceback (most recent call last):
  File "tornado/websocket.py", line 1140, in wrapper
    await fut
tornado.iostream.StreamClosedError: Stream is closed

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "tornado/websocket.py", line 1142, in wrapper
    raise WebSocketClosedError()
tornado.websocket.WebSocketClosedError
"""
ANSWERED = """[IPKernelApp] ERROR | Exception in message handler:
Traceback (most recent call last):
  File "ipykernel/kernelbase.py", line 508, in dispatch_shell
    await result
  File "ipykernel/kernelbase.py", line 914, in execute_request
    reply_msg: dict[str, t.Any] = self.session.send(
                                  ^^^^^^^^^^^^^^^^^^
  File "zmq/backend/cython/_zmq.py", line 1339, in _check_closed
zmq.error.ZMQError: Socket operation on non-socket
"""
OTHER = """Traceback (most recent call last):
  File "panel.py", line 1, in request
ValueError: no
"""


@pytest.mark.parametrize("record", [CLOSED, ANSWERED])
def test_a_page_or_a_kernel_that_was_closed_is_no_fault(record):
    assert faults(f"[I a] Kernel started\n{record}[W b] not trusted\n") == []


@pytest.mark.parametrize("record", [CLOSED, ANSWERED])
def test_everything_else_is(record):
    first, _, last = OTHER.splitlines()
    assert faults(record + OTHER + record) == [first, last]
    assert faults("[E 12:00 ServerApp] no\n") == ["[E 12:00 ServerApp] no"]


def test_a_record_like_them_is():
    assert len(faults(CLOSED.replace("write_message", "on_message"))) == 6
    for what in ("_request", "session.send", "non-socket", "kernelbase"):
        assert len(faults(ANSWERED.replace(what, "other"))) == 2
