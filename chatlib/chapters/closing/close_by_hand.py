"""The close frame of a server, built by the learner's own function (RFC 6455 §5.5.1)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from websockets.frames import Opcode

from chatlib.driving.by_hand import Exercise, Mistake
from chatlib.wire.frames import Frame

# Reasons of a close frame; one has letters that take more than one byte.
REASONS = ("bye", "", "the server restarts", "sampai jumpa, señor")


def _closes() -> list[tuple[Any, ...]]:
    return [(1000, "bye"), *((4000 + secrets.randbelow(1000), reason) for reason in REASONS)]


def _close_frame(code: int, reason: str) -> bytes:
    return Frame(Opcode.CLOSE, code.to_bytes(2, "big") + reason.encode()).encode()


def _close_mistakes(code: int, reason: str) -> Iterator[Mistake]:
    right, text = _close_frame(code, reason), reason.encode()
    yield right[2:], "This is the payload alone. FIN with the opcode, and the length, come first."
    yield bytes([8]) + right[1:], "FIN is 0 in yours. A control frame is never cut: FIN is 1."
    masked = "You set the MASK bit. A server does not mask, so the first bit of byte 1 is 0."
    yield right[:1] + bytes([right[1] | 0x80]) + right[2:], masked
    yield b"\x81" + right[1:], "The opcode is that of a text. Close is 8, so byte 0 is 0x88."
    little = code.to_bytes(2, "little")
    yield right[:2] + little + text, 'The highest byte of the code comes first: use "big".'
    written = str(code).encode()
    yield (
        Frame(Opcode.CLOSE, written + text).encode(),
        f'The code is a number in two bytes, not the text "{code}".',
    )
    yield right[:1] + bytes([len(text)]) + right[2:], "The length counts the two bytes of the code."
    yield (
        right[:1] + bytes([2 + len(reason)]) + right[2:],
        "The length counts bytes, not letters: some letters take two bytes.",
    )
    yield Frame(Opcode.CLOSE, text).encode(), "The code is missing: it stands before the reason."


CLOSE_FRAME = Exercise(
    "close_frame",
    _closes,
    _close_frame,
    _close_mistakes,
    hint="Byte 0 holds FIN and the opcode, byte 1 the length; then the code in two bytes, and the "
    "reason in UTF-8.",
    type_hint="Put the parts together with +: each of them is bytes.",
)
check_close_frame = CLOSE_FRAME.check
