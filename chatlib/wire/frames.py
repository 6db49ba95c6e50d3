"""One frame of RFC 6455 §5.2, as its fields and as its bytes.

A frame here may break the protocol's rules: `chatlib.wire.rules` says which ones.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Literal

from websockets.frames import Opcode

from chatlib.wire import show

Side = Literal["client", "server"]

KINDS = {opcode: opcode.name.lower() for opcode in Opcode} | {Opcode.CONT: "continuation"}
# RFC 6455 §5.2: the payload lengths that announce a longer form.
_LENGTH_FORMS = {126: 16, 127: 64}
CONTROL = 0x8  # RFC 6455 §5.5: "opcodes where the most significant bit of the opcode is 1"


def apply_mask(data: bytes, masking_key: bytes) -> bytes:
    """XOR byte i of `data` with byte i mod 4 of the masking key; twice gives the data back.

    Source: RFC 6455 §5.3.

    Raises:
        ValueError: If the masking key does not have 4 bytes.
    """
    if len(masking_key) != 4:
        raise ValueError(f"A masking key has 4 bytes; this one has {len(masking_key)}.")
    # One XOR of two long numbers does the same as a loop over the bytes, much faster.
    repeated = masking_key * (len(data) // 4) + masking_key[: len(data) % 4]
    masked = int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")
    return masked.to_bytes(len(data), "big")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a frame and where it stands."""

    name: str  # as in RFC 6455 §5.2
    first_bit: int  # counted from the frame's first bit, which is 0
    bits: int
    value: int | bytes  # the masking key and the payload: bytes as they are on the wire
    section: str = "RFC 6455 §5.2"

    @property
    def bytes_span(self) -> tuple[int, int]:
        """The bytes that hold the field: the first one, and the one after the last."""
        return self.first_bit // 8, (self.first_bit + self.bits + 7) // 8


@dataclass(frozen=True, slots=True, repr=False)
class Frame:
    """One frame.

    Args:
        opcode: 0 to 15; what kind of frame it is.
        payload: The payload, always unmasked.
        fin: True on the final fragment of a message.
        rsv1: Reserved bit 1, set by permessage-deflate on the first frame of a message; no known
            extension sets `rsv2` and `rsv3`.
        masking_key: 4 bytes, or None if the payload is not masked.
        length_bits: 7, 16 or 64: in how many bits the payload length is written. Left out, it is
            the shortest form, the only one that RFC 6455 §5.2 allows.

    Raises:
        ValueError: If a value does not fit into its field.
        TypeError: If the payload is no bytes.
    """

    opcode: int
    payload: bytes = b""
    _: KW_ONLY
    fin: bool = True
    rsv1: bool = False
    rsv2: bool = False
    rsv3: bool = False
    masking_key: bytes | None = None
    length_bits: int = 0

    def __post_init__(self) -> None:
        """Refuse what has no place in the bytes of a frame."""
        if not isinstance(self.payload, bytes):
            kind = type(self.payload).__name__
            raise TypeError(f"A payload is bytes, not {kind}. Text becomes bytes with .encode().")
        if self.length_bits not in (0, 7, 16, 64):
            raise ValueError(f"A length is written in 7, 16 or 64 bits, not {self.length_bits}.")
        if not 0 <= self.opcode <= 15:
            raise ValueError(f"An opcode has 4 bits: 0 to 15, not {self.opcode}.")
        if self.masking_key is not None and len(self.masking_key) != 4:
            raise ValueError(f"A masking key has 4 bytes; this one has {len(self.masking_key)}.")
        if not self.length_bits:
            object.__setattr__(self, "length_bits", shortest(len(self.payload)))
        if self.length_bits < shortest(len(self.payload)):
            size = show.count(len(self.payload), "byte")
            raise ValueError(f"{self.length_bits} bits are too few for a length of {size}.")

    @property
    def kind(self) -> str:
        """The opcode's name, such as "text"; "opcode 0x3" for one that RFC 6455 does not define."""
        return kind_name(self.opcode)

    @property
    def is_control(self) -> bool:
        """Whether it is a control frame: close, ping, pong, or opcode 0xB to 0xF."""
        return bool(self.opcode & CONTROL)

    @property
    def header_size(self) -> int:
        """How many bytes stand before the payload: 2 to 14."""
        return len(self._header())

    @property
    def masked_payload(self) -> bytes:
        """The payload as it is on the wire."""
        if self.masking_key is None:
            return self.payload
        return apply_mask(self.payload, self.masking_key)

    @property
    def close_code(self) -> int | None:
        """The close code in a close frame, if there is one (RFC 6455 §5.5.1)."""
        if self.opcode != Opcode.CLOSE or len(self.payload) < 2:
            return None
        return int.from_bytes(self.payload[:2], "big")

    @property
    def close_reason(self) -> str | None:
        """The close reason in a close frame with a close code; � stands for bytes not UTF-8."""
        if self.close_code is None:
            return None
        return self.payload[2:].decode("utf-8", "replace")

    def encode(self) -> bytes:
        """Return the frame as it travels (RFC 6455 §5.2)."""
        return self._header() + self.masked_payload

    def fields(self) -> list[Field]:
        """Return the fields in the order in which they travel."""
        found = [Field(name, bit, 1, int(on)) for bit, (name, on) in enumerate(self._flags())]
        found.append(Field("opcode", 4, 4, self.opcode))
        found.append(Field("MASK", 8, 1, int(self.masking_key is not None)))
        found.append(Field("payload length", 9, 7, self._length7()))
        at, bits = 16, self.length_bits
        if bits > 7:
            found.append(Field("extended payload length", at, bits, len(self.payload)))
            at += bits
        if self.masking_key is not None:
            found.append(Field("masking key", at, 32, self.masking_key, "RFC 6455 §5.3"))
            at += 32
        if self.payload:
            section = "RFC 6455 §5.5" if self.is_control else "RFC 6455 §5.6"
            data = self.masked_payload
            found.append(Field("payload", at, 8 * len(data), data, section))
        return found

    def _header(self) -> bytes:
        first = self.fin << 7 | self.rsv1 << 6 | self.rsv2 << 5 | self.rsv3 << 4 | self.opcode
        second = (self.masking_key is not None) << 7 | self._length7()
        size = self.length_bits // 8
        extended = len(self.payload).to_bytes(size, "big") if size else b""
        return bytes([first, second]) + extended + (self.masking_key or b"")

    def _length7(self) -> int:
        return {7: len(self.payload), 16: 126, 64: 127}[self.length_bits]

    def _flags(self) -> list[tuple[str, bool]]:
        return [("FIN", self.fin), ("RSV1", self.rsv1), ("RSV2", self.rsv2), ("RSV3", self.rsv3)]

    def __repr__(self) -> str:
        """Return one short line, such as `<text frame: FIN, masked, 5 bytes 'Hello'>`."""
        said = [name for name, is_set in self._flags() if is_set]
        if self.masking_key is not None:
            said.append("masked")
        size = "" if self.close_code is not None else show.count(len(self.payload), "byte")
        return f"<{self.kind} frame: {', '.join([*said, f'{size} {self._content()}'.strip()])}>"

    def _content(self) -> str:
        """Return a close frame's code and reason, text in quotes, or the first bytes in hex."""
        if self.close_code is not None:
            return f"{self.close_code} {show.shortened(self.close_reason or '')}"
        if self.opcode == Opcode.TEXT and not self.rsv1:
            return show.shortened(self.payload[:256].decode("utf-8", "replace"))
        return show.hex_bytes(self.payload, 16)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        head, wire = ("field", "bits", "bytes on the wire", "value"), self.encode()
        rows = [self._row(field, wire) for field in self.fields()]
        return show.table(repr(self)[1:-1], head, rows, code=(2, 3))

    def _row(self, field: Field, wire: bytes) -> tuple[str, ...]:
        start, stop = field.bytes_span
        last = field.first_bit + field.bits - 1
        bits = f"{field.first_bit}–{last}" if field.bits > 1 else str(last)
        return field.name, bits, show.hex_bytes(wire[start:stop], 16), self._value(field)

    def _value(self, field: Field) -> str:
        if field.name == "opcode":
            return f"{self.opcode} ({self.kind})"
        if field.name == "payload":
            return self._content()
        return f"{field.value:,}" if isinstance(field.value, int) else field.value.hex(" ")


@dataclass(frozen=True, slots=True)
class Header:
    """Everything of a frame before its payload."""

    frame: Frame  # still without payload and length
    size: int  # bytes of the header
    length: int  # bytes of the payload, as it announces them
    length_bits: int  # how it announces them

    def complete(self, wire_payload: bytes) -> Frame:
        """Return the frame with this payload, given as it is on the wire."""
        key = self.frame.masking_key
        payload = wire_payload if key is None else apply_mask(wire_payload, key)
        return replace(self.frame, payload=payload, length_bits=self.length_bits)


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


def kind_name(opcode: int) -> str:
    """Return "text", "ping", …, or "opcode 0x3" for an opcode that RFC 6455 does not define."""
    return KINDS[Opcode(opcode)] if opcode in KINDS else f"opcode {opcode:#x}"


def shortest(length: int) -> int:
    """Return in how many bits a payload length is written, at least (RFC 6455 §5.2)."""
    return 7 if length < 126 else 16 if length < 65_536 else 64
