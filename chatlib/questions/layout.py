"""Where the fields of one frame stand in its bytes, in words for hints."""

from __future__ import annotations

from chatlib.wire.explain import explain
from chatlib.wire.frames import Field, Frame
from chatlib.wire.show import hex_bytes


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
        return explain(self.field(name), self.frame)

    def bits(self, byte: int) -> str:
        """Return one byte in hex and in bits, in a sentence."""
        return f"Byte {byte} is {self.data[byte]:02x}, in bits {self.data[byte]:08b}."

    def place(self, field: Field) -> str:
        """Return where a field stands, and its bytes: "byte 1: 85" or "bytes 2 to 3: 01 2c"."""
        start, stop = field.bytes_span
        where = f"byte {start}" if stop == start + 1 else f"bytes {start} to {stop - 1}"
        return f"{where}: {hex_bytes(self.data[start:stop])}"
