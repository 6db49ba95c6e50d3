"""Secrets outside a valid head: hidden wherever the item's bytes begin."""

from chatlib.panels.secrets import is_opened, shown_bytes
from chatlib.wire.trace import Trace

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_a_secret_line_that_begins_in_the_item_before_is_hidden():
    trace = Trace()
    trace.record("client", b"GET / HTTP/1.1\r\nCookie: a\x01SECRET\r\n", time=1.0)
    trace.end("client", "fin", time=1.1)
    assert [event.name for event in trace.events] == ["undecoded", "undecoded", "end"]
    assert shown_bytes(trace, trace.events[1], 100) == b"******\r\n"


def test_at_most_so_many_bytes_are_shown():
    trace = Trace()
    trace.record("client", b"nonsense\r\n", time=1.0)
    assert shown_bytes(trace, trace.events[0], 3) == b"non"


def test_a_connection_is_opened_by_status_101_only():
    trace = Trace()
    assert not is_opened(trace)
    trace.record("client", HEAD, time=1.0)
    trace.record("server", b"HTTP/1.1 403 Forbidden\r\n\r\n", time=1.0)
    assert not is_opened(trace)
    trace = Trace()
    trace.record("server", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", time=1.0)
    assert is_opened(trace)
