"""Outcomes are read from traces, and say how they stand to RFC 6455."""

import pytest
from websockets.frames import Opcode

from chatlib.chapters.closing.misbehaviours import GOES_ON, LEAVES, MISBEHAVIOURS
from chatlib.chapters.closing.outcome import CUT, Outcome, ended, happened
from chatlib.wire.frames import Frame
from chatlib.wire.trace import Trace

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
UNMASKED = MISBEHAVIOURS["a frame without a mask"]
LIAR = MISBEHAVIOURS["a server that sends a wrong accept value"]
CLOSE = Frame(Opcode.CLOSE, (1002).to_bytes(2, "big") + b"no").encode()
OPENED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def trace_of(*server: bytes, client: bytes = b"") -> Trace:
    trace = Trace()
    trace.record("client", UNMASKED.request("127.0.0.1:80", KEY), time=0)
    for data in server:
        trace.record("server", data, time=1)
    trace.record("client", client, time=2)
    return trace


@pytest.mark.parametrize(
    ("trace", "outcome"),
    [
        (trace_of(), None),
        (trace_of(OPENED), None),
        (trace_of(OPENED, CLOSE), ("close 1002", "no")),
        (trace_of(OPENED, Frame(Opcode.CLOSE).encode()), ("close without a code", "")),
        (trace_of(OPENED, Frame(Opcode.TEXT, b"hi").encode()), (GOES_ON, "")),
        (trace_of(OPENED, Frame(Opcode.PING).encode()), None),
        (trace_of(b"HTTP/1.1 426 Upgrade Required\r\n\r\n"), ("status 426", "Upgrade Required")),
    ],
)
def test_what_a_server_did(trace: Trace, outcome: tuple[str, str] | None):
    assert happened(trace, UNMASKED) == outcome


def test_a_server_that_only_ends_the_connection():
    trace = trace_of(OPENED)
    trace.end("server", "fin", time=3)
    assert happened(trace, UNMASKED) == (CUT, "")
    assert ended(trace, "server")
    assert not ended(trace, "client")


def test_what_a_client_did():
    lie = LIAR.response(KEY)
    assert happened(trace_of(), LIAR) is None
    assert happened(trace_of(lie), LIAR) is None
    frame = Frame(Opcode.TEXT, b"hi", masking_key=b"abcd").encode()
    assert happened(trace_of(OPENED, client=frame), LIAR) == (GOES_ON, "")
    left = trace_of(lie)
    left.end("client", "fin", time=3)
    assert happened(left, LIAR) == (LEAVES, "")


def test_a_client_may_close_what_a_wrong_head_has_opened():
    close = Frame(Opcode.CLOSE, (1002).to_bytes(2, "big"), masking_key=b"abcd").encode()
    assert happened(trace_of(OPENED, client=close), LIAR) == ("close 1002", "")


def test_a_server_that_takes_a_wrong_request_goes_on():
    version = MISBEHAVIOURS["a request for version 12"]
    assert happened(trace_of(), version) is None
    assert happened(trace_of(OPENED), version) == (GOES_ON, "")


@pytest.mark.parametrize("reason", [b"", b" "])
def test_a_status_without_a_reason_has_none(reason: bytes):
    trace = trace_of(b"HTTP/1.1 400 " + reason + b"\r\n\r\n")
    assert happened(trace, UNMASKED) == ("status 400", "")


def test_an_outcome_says_how_it_stands_to_the_rfc():
    strict = Outcome(UNMASKED, "close 1002", "incorrect masking", Trace())
    assert strict.remark == "So a strict program does it."
    lax = Outcome(UNMASKED, GOES_ON, "", Trace())
    assert lax.remark == "A strict program answers otherwise: close 1002."
    version = MISBEHAVIOURS["a request for version 12"]
    free = Outcome(version, "status 400", "Bad Request", Trace())
    assert "status 426. The status is free" in free.remark


def test_what_the_other_side_says_is_shown_as_text():
    shown = Outcome(UNMASKED, "close 1002", "<b>no</b>", Trace())._repr_mimebundle_()
    assert "&lt;b&gt;no&lt;/b&gt;" in shown["text/html"]
    assert "The wire said: close 1002\nIts reason: <b>no</b>\n" in shown["text/plain"]
    silent = Outcome(UNMASKED, "status 400", "", Trace())._repr_mimebundle_()
    assert "The wire said: status 400\nThe rule" in silent["text/plain"]
    assert "RFC 6455 §5.1" in shown["text/plain"]
