"""The payloads in a stream of short frames without a mask, found by the learner's own function."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from websockets.frames import Opcode

from chatlib.driving.by_hand import Exercise, Mistake
from chatlib.wire.frames import Frame, read_header

WORDS = (b"satu", b"dua", b"tiga")
TEXT = bytes([0x80 | Opcode.TEXT])  # byte 0 of a whole text: FIN and opcode


def _streams() -> list[tuple[Any, ...]]:
    # Payloads that hold what begins a frame, one without a byte, and the longest of this form.
    sizes = (0, 125, 1 + secrets.randbelow(125))
    fresh = [
        [TEXT * 2, secrets.token_bytes(size), secrets.token_bytes(1 + secrets.randbelow(20))]
        for size in sizes
    ]
    return [
        (_stream(Opcode.TEXT, WORDS),),
        (_stream(Opcode.TEXT, [secrets.token_hex(3).encode()]),),
        *((_stream(Opcode.BINARY, payloads),) for payloads in fresh),
    ]


def _stream(opcode: Opcode, payloads: list[bytes] | tuple[bytes, ...]) -> bytes:
    return b"".join(Frame(opcode, payload).encode() for payload in payloads)


def _frames(stream: bytes) -> Iterator[bytes]:
    while header := read_header(stream):
        size = header.size + header.length
        yield stream[:size]
        stream = stream[size:]


def _payloads(stream: bytes) -> list[bytes]:
    return [frame[2:] for frame in _frames(stream)]


def _payload_mistakes(stream: bytes) -> Iterator[Mistake]:
    right = _payloads(stream)
    yield list(_frames(stream)), "These are whole frames. The payload begins at byte 2 of each."
    yield [frame[1:] for frame in _frames(stream)], "Byte 1 is the length. Begin at byte 2."
    yield right[:1], "This is the first one only: go on until nothing is left of the stream."
    yield (
        [part[1:] for part in stream.split(TEXT)[1:]],
        "You cut at the byte 0x81. It may stand in a payload too, and other frames begin with "
        "another byte: go by the length.",
    )
    yield (
        [payload.decode("latin-1") for payload in right],
        "This is text, and a payload is bytes: leave .decode() out.",
    )
    yield b"".join(right), "These are all payloads in one piece. Put each of them into a list."


PAYLOADS = Exercise(
    "payloads",
    _streams,
    _payloads,
    _payload_mistakes,
    hint="A frame is 2 + length bytes long. The next one begins right after it.",
    type_hint="Put the payloads into a list, and return it.",
)
check_payloads = PAYLOADS.check
