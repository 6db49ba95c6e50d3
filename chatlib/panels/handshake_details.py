"""What the wire panel shows of a handshake row: its lines, and how the accept value is computed.

Only the redacted bytes of a head are read here, so nothing secret can be shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from chatlib.wire.events import HandshakeItem
from chatlib.wire.explain import explain_header
from chatlib.wire.frames import Side
from chatlib.wire.handshake import GUID, accept_value
from chatlib.wire.heads import Request, Response, redact_target
from chatlib.wire.trace import Trace

Details = dict[str, Any]

_SECTION_4 = {"host", "upgrade", "connection", "origin"}  # headers that it asks for


def handshake_details(trace: Trace, item: HandshakeItem) -> Details:
    """Return the part of an answer that shows a request or a response."""
    shown = item.head.redacted
    return {
        "hidden": "Each byte of a secret is replaced by *." if shown != item.head.raw else "",
        "fields": list(_lines(shown, "client" if isinstance(item.head, Request) else "server")),
        "tables": _accept_tables(trace, item),
    }


def _lines(head: bytes, sender: Side) -> Iterator[Details]:
    """Yield what is shown of each line of a head; a line holds its ending."""
    offset = 0
    for line in head.splitlines(keepends=True):
        words = _words(offset, line.rstrip(b"\r\n").decode("latin-1"), sender)
        past = offset + len(line)
        named = zip(("name", "value", "meaning", "why", "section"), words, strict=True)
        yield {**dict(named), "bits": [offset * 8, past * 8]}
        offset = past


def _words(offset: int, line: str, sender: Side) -> tuple[str, str, str, str, str]:
    """Return name, value, meaning, reason and section of a line."""
    if offset == 0:
        return _start_line(line)
    if not line:
        after = "A head does not say how long it is, so an empty line marks its end."
        return "empty line", "CR LF", "Ends the head.", after, "RFC 9112 §2.1"
    name, _, value = line.partition(":")
    known = "RFC 6455 §4" if name.lower() in _SECTION_4 else "RFC 9110 §5"
    section = "RFC 6455 §11.3" if name.lower().startswith("sec-websocket-") else known
    return name, value.strip(), *explain_header(name, value, sender), section


def _start_line(line: str) -> tuple[str, str, str, str, str]:
    if line.startswith("HTTP/"):
        meaning = "Says how the server answers: 101 means that it switches to WebSocket."
        agreed = "The server accepts the client's opening handshake."
        refused = "The server refuses the client's opening handshake, or does not understand it."
        status = line.split(" ")[1:2]
        return "status line", line, meaning, agreed if status == ["101"] else refused, "RFC 9112 §4"
    meaning = "Says what the client asks for: method, target, and version of HTTP."
    why = "An opening handshake is a GET request of HTTP/1.1 or higher (RFC 6455 §4.1)."
    return "request line", line, meaning, why, "RFC 9112 §3"


def _accept_tables(trace: Trace, item: HandshakeItem) -> list[Details]:
    request = item.head if isinstance(item.head, Request) else trace.request
    key = request.headers.get("Sec-WebSocket-Key") if request else None
    if key is None or redact_target(key) != key:
        return []
    rows = list(_accept_rows(key))
    if not isinstance(item.head, Request):
        rows.append(("The server's answer", _answer(item.head, accept_value(key))))
    caption = "How Sec-WebSocket-Accept is computed (RFC 6455 §4.2.2)"
    return [{"caption": caption, "heads": ["Step", "Value"], "rows": rows}]


def _accept_rows(key: str) -> Iterator[tuple[str, str]]:
    joined = key.strip() + GUID
    yield "The client's Sec-WebSocket-Key", key
    yield "The GUID, the same for everybody", GUID
    yield "Both joined", joined
    digest = hashlib.sha1(joined.encode(), usedforsecurity=False).digest()
    yield "SHA-1 of that, 20 bytes", digest.hex(" ")
    yield "In base64: the value expected", accept_value(key)


def _answer(response: Response, expected: str) -> str:
    answer = response.headers.get("Sec-WebSocket-Accept")
    if answer is None:
        return "no Sec-WebSocket-Accept in this response"
    return f"{redact_target(answer)} ({'the same' if answer == expected else 'not the same'})"
