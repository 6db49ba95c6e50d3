"""The blanks that every frame has (FIN, opcode, payload length), and the exercise on a frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from websockets.frames import Opcode

from chatlib.questions.blanks import Blank, Sheet, Value, choose
from chatlib.questions.reading import Unreadable, read_number
from chatlib.wire.explain import explain
from chatlib.wire.frames import Field, Frame
from chatlib.wire.show import count, hex_bytes

BYTES_A_LINE = 8
BYTES_SHOWN = 64
# Fields whose value is shown, unless it would give an answer away.
GIVEN = ("FIN", "RSV1", "RSV2", "RSV3", "opcode", "MASK", "payload length")

FIN_HINT = "FIN is the first bit of the first byte: 1 on the last frame of a message."
OPCODE_HINT = "The opcode is the last four bits of the first byte: 1 is text, 8 is close."
LENGTH_HINT = (
    "The payload length counts the bytes of the payload, not the whole frame. "
    "A letter outside of English can take two bytes or more."
)
UNMASK_HINT = "Undo the mask: XOR byte number i with byte number i % 4 of the masking key."
CAPITALS = "The letters are right, but look at the capital letters again: 41 is A, 61 is a."
LETTERS = "Each plain letter is one byte: 41 is A, 61 is a. bytes.fromhex(…).decode() reads them."


class Layout:
    """A frame, its bytes on the wire (`data`), and its fields by name."""

    def __init__(self, frame: Frame) -> None:
        """Take the frame apart."""
        self.frame = frame
        self.data = frame.encode()
        # By their names in RFC 6455 §5.2.
        self.fields = {field.name: field for field in frame.fields()}

    def meaning(self, name: str) -> str:
        """Return what the value of a field means in this frame, in one sentence."""
        return explain(self.fields[name], self.frame).meaning

    def bits(self, byte: int) -> str:
        """Return one byte in hex and in bits, in a sentence."""
        return f"Byte {byte} is {self.data[byte]:02x}, in bits {self.data[byte]:08b}."


def frame_sheet(layout: Layout, names: tuple[str, ...], more: Iterable[Blank] = ()) -> Sheet:
    """Return the exercise on a frame; `more` are further blanks than those that every frame has.

    Raises:
        ValueError: If there is no such field here. Says what there is.
    """
    frame, fin = layout.frame, bit_blank(layout, "fin", "FIN", byte=0, look=FIN_HINT)
    blanks = choose([fin, _opcode(layout), _length(layout), *more], names, "This frame")
    hidden = {blank.given_by for blank in blanks}
    return Sheet(
        title=f"A frame of {count(len(layout.data), 'byte')}, as it was on the wire",
        lines=tuple(_bytes(layout.data)),
        given=tuple((name, str(layout.fields[name].value)) for name in GIVEN if name not in hidden),
        blanks=blanks,
        content=replace(frame, masking_key=frame.masking_key and bytes(4)).encode(),
    )


def _bytes(data: bytes) -> Iterator[tuple[str, str]]:
    for number in (0, 1):
        yield f"byte {number} in bits", f"{data[number] >> 4:04b} {data[number] & 15:04b}"
    for start in range(0, min(len(data), BYTES_SHOWN), BYTES_A_LINE):
        part = data[start : start + BYTES_A_LINE]
        last = start + len(part) - 1
        yield f"bytes {start}–{last}" if last > start else f"byte {start}", part.hex(" ")
    if len(data) > BYTES_SHOWN:
        yield "then", f"{count(len(data) - BYTES_SHOWN, 'more byte')}"


def bit_blank(layout: Layout, name: str, label: str, *, byte: int, look: str) -> Blank:
    """Return the blank of the first bit of a byte; `look` says where to look after a miss."""
    return Blank(
        name=name,
        label=label,
        asks="one bit: 0 or 1",
        expected=layout.data[byte] >> 7,
        read=partial(_read_bit, label),
        mistake=lambda _: look,
        hint=f"{layout.bits(byte)} {label} is the first of these bits.",
        meaning=layout.meaning(label),
        given_by=label,
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
        given_by="opcode",
    )


def _opcode_mistake(layout: Layout, value: Value) -> str:
    look = OPCODE_HINT
    if value == layout.data[0]:
        return f"{value} is the whole first byte. {look}"
    if isinstance(value, int) and value > 15:
        return f"Four bits count only to 15. {look}"
    return look


def _length(layout: Layout) -> Blank:
    field = _length_field(layout)
    start, stop = field.bytes_span
    where = f"byte {start}" if stop == start + 1 else f"bytes {start} to {stop - 1}"
    last = "It is one number." if field.bits > 7 else "Leave the first bit away: it is MASK."
    return Blank(
        name="length",
        label="payload length",
        asks="a number of bytes",
        expected=len(layout.frame.payload),
        read=partial(read_number, bits=field.bits),
        mistake=partial(_length_mistake, layout),
        hint=f"The length stands in {where}: {hex_bytes(layout.data[start:stop])}. {last}",
        meaning=layout.meaning(field.name),
        given_by="payload length",
    )


def _length_field(layout: Layout) -> Field:
    return layout.fields.get("extended payload length", layout.fields["payload length"])


def _length_mistake(layout: Layout, value: Value) -> str:
    look, field = LENGTH_HINT, _length_field(layout)
    start, stop = field.bytes_span
    if value == len(layout.data):
        return f"This is the size of the whole frame. {look}"
    if layout.frame.opcode == Opcode.CLOSE and value == len(layout.frame.payload) - 2:
        return "The two bytes of the close code are a part of the payload, too. Count them."
    if field.bits == 7:
        whole = value == layout.data[1]
        return f"This is the whole byte 1, with MASK in it. {look}" if whole else look
    if value == int.from_bytes(layout.data[start:stop], "little"):
        return "These are the right bytes in the wrong order: the highest byte comes first."
    if value in (126, 127):
        return f"{value} says that the length stands in the bytes after it. Read it there."
    return look


def how_to_read(layout: Layout) -> str:
    """Say how the letters of this payload are read."""
    return LETTERS if layout.frame.masking_key is None else UNMASK_HINT


def first_letter(layout: Layout, index: int) -> str:
    """Show how one byte of the payload is read, in a sentence."""
    start, _ = layout.fields["payload"].bytes_span
    at, key = start + index, layout.frame.masking_key
    value = layout.frame.payload[index]
    sign = f', the letter "{chr(value)}"' if index or layout.frame.opcode == Opcode.TEXT else ""
    if key is None:
        return f"Byte {at} is {value:02x}{sign if value < 128 else ''}."
    return (
        f"Byte {at} is {layout.data[at]:02x}, and byte {index % 4} of the key is "
        f"{key[index % 4]:02x}. Their XOR is {value:02x}{sign if value < 128 else ''}."
    )
