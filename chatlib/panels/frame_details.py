"""What the wire panel shows of a frame: its fields, their reasons, and the forms of its payload."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chatlib.panels.wire_rows import one_line
from chatlib.wire.events import Event, FrameItem
from chatlib.wire.explain import explain
from chatlib.wire.frames import Field, Frame, Side
from chatlib.wire.handshake import deflate_parameters
from chatlib.wire.rules import close_code_info
from chatlib.wire.trace import Trace

Details = dict[str, Any]

FORM_LIMIT = 2000  # bytes of one form of a payload
TEXT_LIMIT = 500  # characters of a close reason


def frame_details(trace: Trace, event: Event, item: FrameItem) -> Details:
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
