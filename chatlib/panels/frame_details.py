"""What the wire panel shows of a frame: its fields, their reasons, and the steps of its payload."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chatlib.panels.wire_rows import one_line
from chatlib.wire import show
from chatlib.wire.events import Event, FrameItem
from chatlib.wire.explain import Words, explain
from chatlib.wire.frames import Field, kind_name
from chatlib.wire.handshake import deflate_parameters
from chatlib.wire.rules import close_code_info
from chatlib.wire.trace import Trace

Details = dict[str, Any]

VALUE_LIMIT = 8  # bytes of one field shown beside its name
STEP_LIMIT = 64  # bytes of one form of a payload shown in hex
TEXT_LIMIT = 500  # characters of one form of a payload shown as text
# What a frame has only if another field says so, as RFC 6455 §5.2 draws it.
OPTIONAL_FIELDS = ("extended payload length", "masking key", "payload")


def frame_details(trace: Trace, event: Event, item: FrameItem) -> Details:
    """Return the part of an answer that shows a frame."""
    deflate = bool(trace.response and deflate_parameters(trace.response))
    frame, fields = item.frame, item.frame.fields()
    words = [explain(field, frame, event.sender, deflate=deflate) for field in fields]
    return {
        "frame": True,
        "absent": _absent(fields),
        "fieldHeads": ["The frame's fields", "Field", "Value", "What it means, and why it is so"],
        "fields": list(map(_field, fields, words)),
        "tables": [*_close_table(item), *_payload_table(item)],
    }


def _absent(fields: tuple[Field, ...]) -> str:
    """Say which of the fields that RFC 6455 §5.2 draws this frame does not have."""
    present = {field.name for field in fields}
    absent = [name for name in OPTIONAL_FIELDS if name not in present]
    return f"Not in this frame: {', '.join(absent)}." if absent else ""


def _field(field: Field, words: Words) -> Details:
    return {
        "name": field.name,
        "value": _value(field),
        "short": _short(field),
        "span": span_words(field.first_bit, field.bits),
        "bits": [field.first_bit, field.first_bit + field.bits],
        "meaning": words.meaning,
        "why": words.why,
        "section": field.section,
    }


def _short(field: Field) -> str:
    """Return a value for a small box; empty where the box shows the bytes themselves."""
    if isinstance(field.value, bytes):
        return ""
    return (
        f"{field.value} {kind_name(field.value)}" if field.name == "opcode" else f"{field.value:,}"
    )


def _value(field: Field) -> str:
    if isinstance(field.value, bytes):
        return show.hex_bytes(field.value, VALUE_LIMIT)
    if field.bits in (4, 7):
        return f"{field.value} (binary {field.value:0{field.bits}b})"
    return f"{field.value:,}"


def span_words(first_bit: int, bits: int) -> str:
    """Return where a field stands, such as "byte 1, bits 1–7" or "bytes 2–5"."""
    first, last = divmod(first_bit, 8), divmod(first_bit + bits - 1, 8)
    if first[1] == 0 and last[1] == 7:
        return f"byte {first[0]}" if first[0] == last[0] else f"bytes {first[0]}–{last[0]}"
    numbers = f"bit {first[1]}" if bits == 1 else f"bits {first[1]}–{last[1]}"
    return f"byte {first[0]}, {numbers}"


def _close_table(item: FrameItem) -> list[Details]:
    code = item.frame.close_code
    if code is None:
        return []
    info = close_code_info(code)
    travels = "may travel in a close frame" if info.may_travel else "must not travel in a frame"
    rows = [
        ("Close code", f"{code} {info.name}: {travels} (RFC 6455 §7.4)"),
        ("Meaning", info.meaning),
        ("Close reason", _text(item.frame.close_reason or "") or "(empty)"),
    ]
    return [{"caption": "Why the connection closes", "heads": ["Part", "Value"], "rows": rows}]


def _payload_table(item: FrameItem) -> list[Details]:
    rows = [_step(name, data) for name, data in _steps(item)]
    if not rows:
        return []
    heads = ["Form", "Size", "Bytes in hex", "As text"]
    return [{"caption": "The payload, step by step", "heads": heads, "rows": rows}]


def _steps(item: FrameItem) -> Iterator[tuple[str, bytes]]:
    """Yield the forms that the payload takes on its way to the application, in that order."""
    frame, last = item.frame, item.frame.payload
    if not frame.payload:
        return
    if frame.masking_key is not None:
        yield "On the wire, masked", frame.masked_payload
        yield "Unmasked", frame.payload
    else:
        yield "On the wire, not masked", frame.payload
    if item.inflated is not None:
        last = item.inflated
        yield "Inflated (permessage-deflate)", last
    if item.message is not None and (data := _encoded(item.message)) != last:
        kind = "text" if isinstance(item.message, str) else "binary"
        yield f"The whole message ({kind}), all its fragments joined", data


def _encoded(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message


def _step(name: str, data: bytes) -> tuple[str, str, str, str]:
    # A no-break space keeps number and unit on one line.
    size = show.count(len(data), "byte").replace(" ", "\N{NO-BREAK SPACE}")
    return name, size, show.hex_bytes(data, STEP_LIMIT), _as_text(data)


def _as_text(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "not text: not UTF-8"
    return _text(text)


def _text(text: str) -> str:
    return one_line(text, TEXT_LIMIT)
