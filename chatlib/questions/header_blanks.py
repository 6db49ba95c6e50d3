"""The blanks of a frame's header: where each field stands, and what a wrong answer has mixed up."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from chatlib.questions.blanks import Blank, Value
from chatlib.questions.checks import FRAME_HINTS
from chatlib.questions.reading import Unreadable, read_bytes, read_number
from chatlib.wire.explain import explain
from chatlib.wire.frames import Field, Frame
from chatlib.wire.show import count, hex_bytes


class Layout:
    """A frame, its bytes, and its fields by name.

    Attributes:
        frame: The frame.
        data: Its bytes on the wire.
    """

    def __init__(self, frame: Frame) -> None:
        """Take the frame apart."""
        self.frame = frame
        self.data = frame.encode()
        self._fields = {field.name: field for field in frame.fields()}

    def field(self, name: str) -> Field:
        """Return the field with this name of RFC 6455 §5.2."""
        return self._fields[name]

    @property
    def length_field(self) -> Field:
        """The field that holds the real payload length: the extended one, if there is one."""
        return self._fields.get("extended payload length", self._fields["payload length"])

    def meaning(self, name: str) -> str:
        """Return what the value of a field means in this frame, in one sentence."""
        return explain(self.field(name), self.frame).meaning

    def bits(self, byte: int) -> str:
        """Return one byte in hex and in bits, in a sentence."""
        return f"Byte {byte} is {self.data[byte]:02x}, in bits {self.data[byte]:08b}."

    def place(self, field: Field) -> str:
        """Return where a field stands, and its bytes: "byte 1: 85" or "bytes 2 to 3: 01 2c"."""
        start, stop = field.bytes_span
        where = f"byte {start}" if stop == start + 1 else f"bytes {start} to {stop - 1}"
        return f"{where}: {hex_bytes(self.data[start:stop])}"


def header_blanks(layout: Layout) -> Iterator[Blank]:
    """Yield the blanks of the header; a frame without a mask has no masking key to ask for."""
    yield _bit(layout, "fin", "FIN", byte=0)
    yield _opcode(layout)
    yield _bit(layout, "mask", "MASK", byte=1)
    yield _length_form(layout)
    yield _length(layout)
    if layout.frame.masking_key is not None:
        yield _masking_key(layout, layout.frame.masking_key)


def _bit(layout: Layout, name: str, label: str, *, byte: int) -> Blank:
    return Blank(
        name=name,
        label=label,
        asks="one bit: 0 or 1",
        expected=layout.data[byte] >> 7,
        read=partial(_read_bit, label),
        mistake=lambda _: FRAME_HINTS[name],
        hint=f"{layout.bits(byte)} {label} is the first of these bits.",
        meaning=layout.meaning(label),
    )


def _read_bit(label: str, text: str) -> int:
    words = {"true": 1, "false": 0, "yes": 1, "no": 0}
    known = words.get(text.strip().lower())
    value = read_number(text) if known is None else known
    if value not in (0, 1):
        raise Unreadable(f"{label} is one bit, so it is 0 or 1.")
    return value


def _opcode(layout: Layout) -> Blank:
    return Blank(
        name="opcode",
        label="opcode",
        asks="a number from 0 to 15",
        expected=layout.frame.opcode,
        read=partial(read_number, bits=4),
        mistake=partial(_opcode_mistake, layout),
        hint=f"{layout.bits(0)} The opcode is the number in the last four bits. "
        "Their values are 8, 4, 2 and 1.",
        meaning=layout.meaning("opcode"),
    )


def _opcode_mistake(layout: Layout, value: Value) -> str:
    look = FRAME_HINTS["opcode"]
    if value == layout.data[0]:
        return f"{value} is the whole first byte. {look}"
    if isinstance(value, int) and value > 15:
        return f"Four bits count only to 15. {look}"
    return look


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


def _length(layout: Layout) -> Blank:
    field = layout.length_field
    last = "It is one number." if field.bits > 7 else "Leave the first bit away: it is MASK."
    return Blank(
        name="length",
        label="payload length",
        asks="a number of bytes",
        expected=len(layout.frame.payload),
        read=partial(read_number, bits=field.bits),
        mistake=partial(_length_mistake, layout),
        hint=f"The length stands in {layout.place(field)}. {last}",
        meaning=layout.meaning(field.name),
    )


def _length_mistake(layout: Layout, value: Value) -> str:
    look = FRAME_HINTS["length"]
    field = layout.length_field
    start, stop = field.bytes_span
    if value == len(layout.data):
        return f"This is the size of the whole frame. {look}"
    if field.bits == 7:
        whole = value == layout.data[1]
        return f"This is the whole byte 1, with MASK in it. {look}" if whole else look
    if value == int.from_bytes(layout.data[start:stop], "little"):
        return "These are the right bytes in the wrong order: the highest byte comes first."
    if value in (126, 127):
        return f"{value} says that the length stands in the bytes after it. Read it there."
    return look


def _masking_key(layout: Layout, key: bytes) -> Blank:
    start, stop = layout.field("masking key").bytes_span
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
    look = FRAME_HINTS["masking_key"]
    if not isinstance(value, bytes) or len(value) != 4:
        return f"A masking key has 4 bytes. {look}"
    if value == layout.data[start : start + 4][::-1]:
        return "These are the right bytes in the wrong order. Write them as they stand."
    at = layout.data.find(value)
    if at < 0:
        return f"These four bytes do not stand together in the frame. {look}"
    early = "too early" if at < start else "too late"
    return f"These four bytes begin at byte {at}, which is {early}. {look}"
