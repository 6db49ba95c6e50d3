"""A recorded connection with permessage-deflate, for the tests of what a chosen row shows."""

from chatlib.panels.details import details_of
from chatlib.wire.frames import Frame
from chatlib.wire.trace import Trace

REQUEST = (
    b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)
KEY = bytes.fromhex("37fa213d")
HELLO = Frame(1, b"Hello", masking_key=KEY)


def details(frame, *, sender="server"):
    return last(opened_with(frame, sender=sender))


def opened_with(*frames, sender="server"):
    trace = Trace("Ana", client="127.0.0.1:5000", server="127.0.0.1:8765")
    trace.record("client", REQUEST, time=5.0)
    trace.record("server", RESPONSE, time=5.002)
    for frame in frames:
        trace.record(sender, frame.encode(), time=6.0)
    return trace


def last(trace):
    return details_of(trace, len(trace.events))
