"""permessage-deflate (RFC 7692): what was agreed, and how one direction's messages inflate."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields
from typing import Any

from chatlib.wire.frames import Side
from chatlib.wire.rules import ERROR

INFLATED_LIMIT = 1024 * 1024  # bytes of one message that are inflated for showing
# RFC 7692 §7.2.2: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload".
TAIL = b"\x00\x00\xff\xff"


class InflateError(ValueError):
    """A message that is not inflated; says why, and with which code an endpoint closes, if so."""

    def __init__(self, reason: str, close_code: int | None = None) -> None:
        """Say why in one sentence, `reason`; without a code no rule is broken."""
        super().__init__(reason)
        self.close_code = close_code


@dataclass(frozen=True, slots=True)
class DeflateParameters:
    """What both sides agreed in the opening handshake (RFC 7692 §7.1).

    Without context takeover a side starts each message with an empty window. The window has at
    most two to the power of 8 to 15 bytes.
    """

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = 15
    client_max_window_bits: int = 15

    def inflater(self, sender: Side) -> Inflater:
        """Return an inflater for the messages of this side."""
        if sender == "server":
            return Inflater(self.server_max_window_bits, fresh=self.server_no_context_takeover)
        return Inflater(self.client_max_window_bits, fresh=self.client_no_context_takeover)


class Inflater:
    """Inflates the compressed messages of one direction, in order, fragment by fragment."""

    def __init__(self, window_bits: int = 15, *, fresh: bool = False) -> None:
        """Start with an empty window; with `fresh`, do so again at each message."""
        self._bits = window_bits
        self._fresh = fresh
        self._lost = False
        self._size = 0  # bytes of this message that are inflated already
        self._window = b""  # the last bytes that were inflated, to which others may refer
        self._decoder = zlib.decompressobj(-window_bits)

    def start_message(self) -> None:
        """Prepare for the first fragment of a compressed message."""
        self._size = 0
        if self._fresh:
            self._lost, self._window = False, b""
        # RFC 7692 §7.2.3.4: the stream may end with any message. The window stays.
        if self._fresh or self._decoder.eof:
            self._decoder = zlib.decompressobj(-self._bits, self._window)

    def lose(self) -> None:
        """Take it that messages were left out: what refers to them cannot be inflated."""
        self._lost = True

    def inflate(self, payload: bytes, *, final: bool) -> bytes:
        """Return the inflated payload of the message's next fragment.

        Raises:
            InflateError: If this is not DEFLATE data, if the message grows over
                `INFLATED_LIMIT` bytes, or if either happened to an earlier message whose content
                this one refers to.
        """
        if self._lost:
            lost = "An earlier part of this stream was not inflated, and this message needs it."
            raise InflateError(lost)
        try:
            return self._inflate(payload + TAIL if final else payload)
        except InflateError:
            self._lost = True
            raise

    def _inflate(self, data: bytes) -> bytes:
        try:
            inflated = self._decoder.decompress(data, INFLATED_LIMIT + 1 - self._size)
        except zlib.error as error:
            reason = f"The payload is not valid DEFLATE data ({error})."
            raise InflateError(reason, ERROR) from None
        self._size += len(inflated)
        if self._size > INFLATED_LIMIT:
            rule = f"The message inflates to more than {INFLATED_LIMIT:,} bytes, the limit here."
            raise InflateError(rule)
        self._window = (self._window + inflated)[-(1 << self._bits) :]
        return inflated


def parse_parameters(extensions: str) -> DeflateParameters | None:
    """Read a `Sec-WebSocket-Extensions` value of a response; None if it has no permessage-deflate.

    Raises:
        ValueError: If a parameter is unknown, doubled, or has a wrong value (RFC 7692 §7.1).
    """
    agreed = [pairs for name, pairs in split_extensions(extensions) if name == "permessage-deflate"]
    if len(agreed) > 1:
        raise ValueError("permessage-deflate is agreed twice.")
    return _parameters(agreed[0]) if agreed else None


def split_extensions(extensions: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """Return the names of an extension list with their parameters (RFC 6455 §9.1)."""
    return [_split_extension(element) for element in extensions.split(",") if element.strip()]


def _split_extension(element: str) -> tuple[str, list[tuple[str, str | None]]]:
    name, *parameters = (part.strip() for part in element.split(";"))
    pairs = (parameter.partition("=") for parameter in parameters)
    return name, [
        (key.strip(), value.strip().strip('"') if equals else None) for key, equals, value in pairs
    ]


def _parameters(pairs: list[tuple[str, str | None]]) -> DeflateParameters:
    known = {field.name: _values(field.name) for field in fields(DeflateParameters)}
    agreed: dict[str, Any] = {}
    for name, value in pairs:
        if name not in known:
            raise ValueError(f"permessage-deflate has no parameter {name[:40]!r}.")
        if name in agreed:
            raise ValueError(f"The parameter {name} stands twice.")
        if value not in known[name]:
            takes = "no value" if None in known[name] else "a value from 8 to 15"
            raise ValueError(f"{name} takes {takes}.")
        agreed[name] = known[name][value]
    return DeflateParameters(**agreed)


def _values(name: str) -> dict[str | None, int]:
    """Return what may stand behind a parameter's name, and what it means."""
    return {str(bits): bits for bits in range(8, 16)} if name.endswith("bits") else {None: True}
