"""A frame's header, read from bytes before its payload is there.

Only the header is looked at: what comes after it may be missing, or be huge.
"""

from __future__ import annotations

from dataclasses import dataclass

from chatlib.wire.frames import Frame, LengthBits, apply_mask, shortest

# RFC 6455 §5.2: the payload lengths that announce a longer form.
_LENGTH_FORMS: dict[int, LengthBits] = {126: 16, 127: 64}


@dataclass(frozen=True, slots=True)
class Header:
    """Everything of a frame before its payload.

    Attributes:
        frame: The frame, still without payload and length.
        size: Its bytes.
        length: The payload length it announces, in bytes.
        length_bits: In how many bits it announces it.
    """

    frame: Frame
    size: int
    length: int
    length_bits: LengthBits

    def complete(self, wire_payload: bytes) -> Frame:
        """Return the frame with this payload, given as it is on the wire."""
        key = self.frame.masking_key
        payload = wire_payload if key is None else apply_mask(wire_payload, key)
        minimal = self.length_bits == shortest(self.length)
        frame = self.frame
        return Frame(
            frame.opcode,
            payload,
            fin=frame.fin,
            rsv1=frame.rsv1,
            rsv2=frame.rsv2,
            rsv3=frame.rsv3,
            masking_key=key,
            length_bits=None if minimal else self.length_bits,
        )


def read_header(data: bytes | bytearray) -> Header | None:
    """Read a frame's header from the start of `data`; None if more bytes are needed.

    At most 14 bytes are looked at, so a header that announces a huge payload costs nothing.
    Source: RFC 6455 §5.2.
    """
    if len(data) < 2:
        return None
    first, second = data[0], data[1]
    length_bits = _LENGTH_FORMS.get(second & 0x7F, 7)
    key_at = 2 + (length_bits // 8 if length_bits > 7 else 0)
    size = key_at + (4 if second & 0x80 else 0)
    if len(data) < size:
        return None
    frame = Frame(
        first & 0x0F,
        fin=bool(first & 0x80),
        rsv1=bool(first & 0x40),
        rsv2=bool(first & 0x20),
        rsv3=bool(first & 0x10),
        masking_key=bytes(data[key_at:size]) if second & 0x80 else None,
    )
    length = second & 0x7F if length_bits == 7 else int.from_bytes(data[2:key_at], "big")
    return Header(frame, size, length, length_bits)
