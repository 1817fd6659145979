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
OTHER = """Traceback (most recent call last):
  File "panel.py", line 1, in request
ValueError: no
"""


def test_a_page_that_was_closed_is_no_fault_of_the_server():
    assert faults(f"[I a] Kernel started\n{CLOSED}[W b] not trusted\n") == []


def test_everything_else_is():
    first, _, last = OTHER.splitlines()
    assert faults(CLOSED + OTHER + CLOSED) == [first, last]
    assert faults("[E 12:00 ServerApp] no\n") == ["[E 12:00 ServerApp] no"]
    other = CLOSED.replace("write_message", "on_message")
    assert len(faults(other)) == 6
