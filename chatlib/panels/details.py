"""What the wire panel shows of a chosen row: where it stands, problems, bytes, and their meaning.

Answers are dictionaries of words and numbers, safe to be shown: of a head, only the redacted bytes
are read. How they are drawn is the browser's part. This module knows no widgets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from chatlib.panels.wire_rows import began, is_opened, one_line, shown_bytes
from chatlib.wire.events import Ended, Event, FrameItem, HandshakeItem, Item
from chatlib.wire.explain import explain, explain_header
from chatlib.wire.frames import Field, Frame, Side
from chatlib.wire.handshake import GUID, accept_value, deflate_parameters
from chatlib.wire.heads import Request, Response, redact_target
from chatlib.wire.rules import Problem, close_code_info
from chatlib.wire.show import count
from chatlib.wire.trace import Trace

Details = dict[str, Any]

HEX_LIMIT = 4096  # bytes of one row shown in hex
FORM_LIMIT = 2000  # bytes of one form of a payload
TEXT_LIMIT = 500  # characters of a close reason

_SECTION_4 = {"host", "upgrade", "connection", "origin"}  # headers that it asks for


def details_of(trace: Trace, number: int) -> Details:
    """Return everything that is shown when the row of event `number` is chosen.

    Of an event that the trace does not have, or keeps no longer, it is a sentence in "gone".
    """
    try:
        event = trace.event(number)
    except LookupError as error:
        return {"gone": str(error)}
    item, chunks = event.item, trace.chunks_of(event)
    return {
        "name": event.name,
        "sender": event.sender,
        "ends": [trace.name, trace.client, trace.server],
        "passed": round((event.time - began(trace)) * 1000, 1),
        "start": item.start,
        "size": item.end - item.start,
        "chunks": [[c.number, len(c.data), max(0, c.start - item.start)] for c in chunks],
        "cause": event.cause,
        "note": event.note or "",
        "problems": [_problem(problem, item) for problem in item.problems],
        **_of_item(trace, event),
    }


def _of_item(trace: Trace, event: Event) -> Details:
    match event.item:
        case Ended():
            return {"hex": ""}
        case FrameItem() as item if is_opened(trace):
            return {"hex": item.raw[:HEX_LIMIT].hex(), **_frame_details(trace, event, item)}
        case HandshakeItem() as item:
            shown = _handshake_details(trace, item)
        case _:
            shown = {"hidden": "Secrets, if there are any, are replaced by *."}
    return {"hex": shown_bytes(trace, event, HEX_LIMIT).hex(), **shown}


def _problem(problem: Problem, item: Item | Ended) -> Details:
    at = problem.offset - item.start
    place = f"at byte {at} of this row" if at >= 0 else f"{count(-at, 'byte')} before this row"
    where = f"{problem.section}, {place}"
    if problem.close_code is None:
        return {"rule": problem.rule, "where": where}
    name = close_code_info(problem.close_code).name
    consequence = f"An endpoint that notices closes with {problem.close_code} ({name})."
    return {"rule": f"{problem.rule} {consequence}", "where": where}


def _frame_details(trace: Trace, event: Event, item: FrameItem) -> Details:
    """Return the part of an answer that shows a frame."""
    deflate = bool(trace.response and deflate_parameters(trace.response))
    forms = [[name, len(data), data[:FORM_LIMIT].hex()] for name, data in _forms(item)]
    return {
        "frame": True,
        "fields": [_field(each, item.frame, event.sender, deflate) for each in item.frame.fields()],
        "forms": forms if item.frame.payload else [],
        "tables": _close_table(item),
    }


def _field(field: Field, frame: Frame, sender: Side, deflate: bool) -> Details:
    words = explain(field, frame, sender, deflate=deflate)
    return {
        "name": field.name,
        # The masking key and the payload are bytes, which the answer has already.
        "value": field.value if isinstance(field.value, int) else None,
        "bits": [field.first_bit, field.first_bit + field.bits],
        "meaning": words.meaning,
        "why": words.why,
        "section": field.section,
    }


def _forms(item: FrameItem) -> Iterator[tuple[str, bytes]]:
    """Yield the forms that the payload takes on its way to the application, in that order."""
    frame, last = item.frame, item.frame.payload
    if frame.masking_key is None:
        yield "On the wire, not masked", frame.payload
    else:
        yield "On the wire, masked", frame.masked_payload
        yield "Unmasked, as the receiver reads it", frame.payload
    if item.inflated is not None:
        last = item.inflated
        yield "Inflated (permessage-deflate)", last
    if item.whole is not None and item.whole != last:
        kind = "text" if item.text else "binary"
        yield f"The whole message ({kind}), all its fragments joined", item.whole


def _close_table(item: FrameItem) -> list[Details]:
    code = item.frame.close_code
    if code is None:
        return []
    info = close_code_info(code)
    travels = "may travel in a close frame" if info.may_travel else "must not travel in a frame"
    rows = [
        ("Close code", f"{code} {info.name}: {travels} (RFC 6455 §7.4)"),
        ("Meaning", info.meaning),
        ("Close reason", one_line(item.frame.close_reason or "", TEXT_LIMIT) or "(empty)"),
    ]
    return [{"caption": "Why the connection closes", "heads": ["Part", "Value"], "rows": rows}]


def _handshake_details(trace: Trace, item: HandshakeItem) -> Details:
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
