"""The blanks of a frame's payload: its text, or the code and the reason of a close frame."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from websockets.frames import Opcode

from chatlib.questions.blanks import NONE, Blank, Value
from chatlib.questions.checks import FRAME_HINTS
from chatlib.questions.header_blanks import Layout
from chatlib.questions.reading import Unreadable, read_bytes, read_number, read_text
from chatlib.wire.explain import explain_close

FIRST_TWO = "The code is the first two bytes of the payload, read as one number."
AFTER_CODE = "The reason is the rest of the payload, after the two bytes of the code."
LETTERS = "Each plain letter is one byte: 41 is A, 61 is a. bytes.fromhex(…).decode() reads them."


def payload_blanks(layout: Layout) -> Iterator[Blank]:
    """Yield the blanks that the payload of this frame can have."""
    frame = layout.frame
    if frame.close_code is not None and frame.close_reason is not None:
        yield _close_code(layout, frame.close_code)
        yield _close_reason(layout, frame.close_reason)
    elif frame.payload and frame.opcode == Opcode.TEXT and not frame.rsv1:
        yield _text(layout, frame.payload.decode("utf-8", "replace"))
    elif frame.payload:
        yield _data(layout)


def _text(layout: Layout, text: str) -> Blank:
    return Blank(
        name="payload",
        label="payload",
        asks="the text",
        expected=text,
        read=partial(_read_text_or_hex, text),
        mistake=partial(_text_mistake, layout, text),
        hint=_first_letter(layout, 0),
        meaning=layout.meaning("payload"),
    )


def _text_mistake(layout: Layout, text: str, value: Value) -> str:
    if layout.frame.masking_key is not None and _bytes_of(value) == layout.frame.masked_payload:
        return f"These bytes are still masked. {FRAME_HINTS['payload']}"
    if str(value).casefold() == text.casefold():
        return "The letters are right, but look at the capital letters again: 41 is A, 61 is a."
    return _how_to_read(layout)


def _data(layout: Layout) -> Blank:
    return Blank(
        name="payload",
        label="payload",
        asks="the bytes in hex, unmasked",
        expected=layout.frame.payload,
        read=read_bytes,
        mistake=partial(_data_mistake, layout),
        hint=_first_letter(layout, 0),
        meaning=layout.meaning("payload"),
    )


def _data_mistake(layout: Layout, value: Value) -> str:
    masked = layout.frame.masking_key is not None
    if masked and value == layout.frame.masked_payload:
        return f"These bytes are still masked. {FRAME_HINTS['payload']}"
    return FRAME_HINTS["payload"] if masked else "The payload is the rest, after the header."


def _close_code(layout: Layout, code: int) -> Blank:
    return Blank(
        name="close_code",
        label="close code",
        asks="a number",
        expected=code,
        read=partial(read_number, bits=16),
        mistake=partial(_code_mistake, layout),
        hint=f"{_first_letter(layout, 0)} The first byte counts 256 times, the second once.",
        meaning=explain_close(code),
    )


def _code_mistake(layout: Layout, value: Value) -> str:
    unmasked, masked = layout.frame.payload[:2], layout.frame.masked_payload[:2]
    if value == int.from_bytes(unmasked, "little"):
        return "These are the right bytes in the wrong order: the higher byte comes first."
    if value == int.from_bytes(masked, "big"):
        return f"These two bytes are still masked. {FRAME_HINTS['payload']}"
    if value in (len(layout.frame.payload), layout.frame.opcode):
        return f"{value} stands in the header. {FIRST_TWO}"
    return FIRST_TWO


def _close_reason(layout: Layout, reason: str) -> Blank:
    return Blank(
        name="close_reason",
        label="close reason",
        asks=f"the text, or the word {NONE}",
        expected=reason,
        read=partial(_read_reason, reason),
        mistake=partial(_reason_mistake, layout),
        hint=_first_letter(layout, 2) if reason else "The payload has only two bytes.",
        meaning="The reason is for people who look for a mistake. Programs read the code.",
    )


def _read_reason(reason: str, text: str) -> str:
    typed = _read_text_or_hex(reason, text)
    return "" if typed.lower() == NONE and reason.lower() != NONE else typed


def _reason_mistake(layout: Layout, value: Value) -> str:
    data = _bytes_of(value)
    if data == layout.frame.payload:
        return f"The code is in it too. {AFTER_CODE}"
    if data == layout.frame.masked_payload[2:]:
        return f"These bytes are still masked. {FRAME_HINTS['payload']}"
    return f"{AFTER_CODE} {_how_to_read(layout)}"


def _read_text_or_hex(expected: str, text: str) -> str:
    typed = read_text(text)
    return expected if _bytes_of(typed) == expected.encode() else typed


def _bytes_of(value: Value) -> bytes:
    """Return the bytes that an answer means: those of its hex, or else of its text."""
    try:
        return read_bytes(str(value))
    except Unreadable:
        return str(value).encode()


def _how_to_read(layout: Layout) -> str:
    return LETTERS if layout.frame.masking_key is None else FRAME_HINTS["payload"]


def _first_letter(layout: Layout, index: int) -> str:
    """Show how one byte of the payload is read, in a sentence."""
    start, _ = layout.field("payload").bytes_span
    at, key = start + index, layout.frame.masking_key
    value = layout.frame.payload[index]
    sign = f', the letter "{chr(value)}"' if index or layout.frame.opcode == Opcode.TEXT else ""
    if key is None:
        return f"Byte {at} is {value:02x}{sign if value < 128 else ''}."
    return (
        f"Byte {at} is {layout.data[at]:02x}, and byte {index % 4} of the key is "
        f"{key[index % 4]:02x}. Their XOR is {value:02x}{sign if value < 128 else ''}."
    )
