"""A masked frame with fields to fill in: its mask, the form of its length, and its payload too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from websockets.frames import Opcode

from chatlib.panels.blanks_panel import BlanksPanel
from chatlib.questions.blanks import Blank, Value
from chatlib.questions.frame_blanks import (
    CAPITALS,
    UNMASK_HINT,
    Layout,
    bit_blank,
    first_letter,
    frame_sheet,
    how_to_read,
)
from chatlib.questions.reading import bytes_meant, read_bytes, read_number, read_text_or_hex
from chatlib.wire.frames import Frame
from chatlib.wire.show import count

MASK_HINT = "MASK is the first bit of the second byte: 1 in every frame that a client sends."
KEY_HINT = "The masking key is the four bytes right before the payload."


def masked_blanks(frame: Frame, *names: str) -> BlanksPanel:
    """Ask the learner to fill in fields of a frame.

    Args:
        frame: A frame; without a mask it has no masking key.
        *names: The fields to leave out, as with `chatlib.blanks`, or "mask", "length_form",
            "masking_key" and "payload". None of them means all that it has.

    Raises:
        ValueError: If a field does not exist here.
    """
    layout = Layout(frame)
    return BlanksPanel(frame_sheet(layout, names, masked_fields(layout)))


def masked_fields(layout: Layout) -> Iterator[Blank]:
    """Yield the blanks that only this kind of exercise has."""
    frame = layout.frame
    yield bit_blank(layout, "mask", "MASK", byte=1, look=MASK_HINT)
    yield _length_form(layout)
    if frame.masking_key is not None:
        yield _masking_key(layout, frame.masking_key)
    if frame.payload and frame.opcode == Opcode.TEXT and not frame.rsv1:
        yield _text(layout, frame.payload.decode("utf-8", "replace"))
    elif frame.payload:
        yield _data(layout)


def _length_form(layout: Layout) -> Blank:
    seven = layout.data[1] & 127  # without MASK
    return Blank(
        name="length_form",
        label="length form",
        asks="how many further bytes hold the length: 0, 2 or 8",
        expected={126: 2, 127: 8}.get(seven, 0),
        read=read_number,
        mistake=_form_mistake,
        hint=f"{layout.bits(1)} Without the first bit, the number is {seven}.",
        meaning=layout.meaning("payload length"),
        given_by="payload length",
    )


def _form_mistake(value: Value) -> str:
    look = (
        "Look at the last seven bits of byte 1. Up to 125 they are the length itself. "
        "126 means that 2 more bytes hold it, and 127 means 8."
    )
    if value in (126, 127):
        return f"{value} may be what these seven bits say, but how many bytes follow? {look}"
    if value in (7, 16, 64):
        return f"{value} counts bits. Here you count the bytes after byte 1. {look}"
    return look


def _masking_key(layout: Layout, key: bytes) -> Blank:
    start, stop = layout.fields["masking key"].bytes_span
    return Blank(
        name="masking_key",
        label="masking key",
        asks="4 bytes in hex",
        expected=key,
        read=read_bytes,
        mistake=partial(_key_mistake, layout, start),
        hint=f"{count(start, 'byte')} of FIN, opcode, MASK and length come first. "
        f"So the key is bytes {start} to {stop - 1}.",
        meaning=layout.meaning("masking key"),
    )


def _key_mistake(layout: Layout, start: int, value: Value) -> str:
    look = KEY_HINT
    if not isinstance(value, bytes) or len(value) != 4:
        return f"A masking key has 4 bytes. {look}"
    if value == layout.data[start : start + 4][::-1]:
        return "These are the right bytes in the wrong order. Write them as they stand."
    at = layout.data.find(value)
    if at < 0:
        return f"These four bytes do not stand together in the frame. {look}"
    early = "too early" if at < start else "too late"
    return f"These four bytes begin at byte {at}, which is {early}. {look}"


def _text(layout: Layout, text: str) -> Blank:
    return Blank(
        name="payload",
        label="payload",
        asks="the text",
        expected=text,
        read=partial(read_text_or_hex, expected=text),
        mistake=partial(_text_mistake, layout, text),
        hint=first_letter(layout, 0),
        meaning=layout.meaning("payload"),
        given_by="payload length",
    )


def _text_mistake(layout: Layout, text: str, value: Value) -> str:
    if layout.frame.masking_key is not None and bytes_meant(value) == layout.frame.masked_payload:
        return f"These bytes are still masked. {UNMASK_HINT}"
    if str(value).casefold() == text.casefold():
        return CAPITALS
    return how_to_read(layout)


def _data(layout: Layout) -> Blank:
    return Blank(
        name="payload",
        label="payload",
        asks="the bytes in hex, unmasked",
        expected=layout.frame.payload,
        read=read_bytes,
        mistake=partial(_data_mistake, layout),
        hint=first_letter(layout, 0),
        meaning=layout.meaning("payload"),
        given_by="payload length",
    )


def _data_mistake(layout: Layout, value: Value) -> str:
    masked = layout.frame.masking_key is not None
    if masked and value == layout.frame.masked_payload:
        return f"These bytes are still masked. {UNMASK_HINT}"
    return UNMASK_HINT if masked else "The payload is the rest, after the header."
