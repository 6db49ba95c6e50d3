"""Step 4: make a frame. The course's function, what it is asked for, and what is said."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import connect
from websockets.frames import Opcode

from chatlib.chapters.build_a_server.drive import (
    CLIENT,
    PATIENCE,
    Driven,
    Findings,
    Outcome,
    ServerStep,
    exchange,
)
from chatlib.chapters.build_a_server.step2_handshake import handshake
from chatlib.chapters.build_a_server.step3_read_frame import TEXT
from chatlib.questions.report import Finding, difference
from chatlib.wire import show
from chatlib.wire.frames import Frame, read_header, shortest


def frame(opcode: int, payload: bytes) -> bytes:
    """Return the bytes of one frame of a server: FIN is 1, and nothing is masked (§5.1, §5.2)."""
    length = len(payload)
    if length < 126:
        return bytes([128 | opcode, length]) + payload
    if length < 65_536:
        return bytes([128 | opcode, 126]) + length.to_bytes(2, "big") + payload
    return bytes([128 | opcode, 127]) + length.to_bytes(8, "big") + payload


MADE_CASES: tuple[tuple[str, Opcode, bytes], ...] = (
    ("a text of 5 bytes", Opcode.TEXT, b"Hello"),
    ("a pong without a payload", Opcode.PONG, b""),
    ("125 bytes: the length in 7 bits", Opcode.BINARY, b"a" * 125),
    ("126 bytes: the length in 7+16 bits", Opcode.BINARY, b"b" * 126),
    ("65,535 bytes: still 7+16 bits", Opcode.BINARY, b"c" * 65_535),
    ("65,536 bytes: the length in 7+64 bits", Opcode.BINARY, b"d" * 65_536),
)


async def check(frame: Callable[..., Any]) -> Findings:
    """Have frames of every length form made; then let a real client read one."""
    for name, opcode, payload in MADE_CASES:

        async def make(
            reader: StreamReader, writer: StreamWriter, o: int = opcode, p: bytes = payload
        ) -> object:
            return frame(o, p)

        yield judge_made(name, opcode, payload, await exchange(make, [], frame))

    async def greet(reader: StreamReader, writer: StreamWriter) -> None:
        await handshake(reader, writer)
        writer.write(frame(TEXT, b"Halo"))

    async with (
        Driven(greet, frame) as driven,
        connect(f"ws://127.0.0.1:{driven.port}", **CLIENT) as client,
        asyncio.timeout(PATIENCE),
    ):
        heard = await client.recv()
        client.transport.abort()
    yield Finding(
        "the library websockets as the client", heard == "Halo", f"The client received {heard!r}."
    )


def judge_made(name: str, opcode: Opcode, payload: bytes, outcome: Outcome) -> Finding:
    """Say whether `frame` made the bytes of this frame as a server must send them."""
    wanted = Frame(opcode, payload)
    mistake = outcome.trouble or _made_mistake(wanted, outcome.returned)
    return Finding(name, not mistake, mistake or f"Yes: {show.hex_bytes(wanted.encode(), 8)}")


def _made_mistake(wanted: Frame, made: object) -> str:
    if not isinstance(made, bytes | bytearray):
        return f"Return bytes. Yours is {type(made).__name__}."
    if made == wanted.encode():
        return ""
    header = read_header(made)
    if header is None:
        return (
            f"Yours has {show.count(len(made), 'byte')}: not even a whole header (RFC 6455 §5.2)."
        )
    if header.frame.masking_key is not None:
        return "The MASK bit is 1. A server must not mask what it sends (RFC 6455 §5.1)."
    if not header.frame.fin:
        return "FIN is 0, so the client waits for more fragments. Set the first bit: 128 | opcode."
    if header.frame.opcode != wanted.opcode:
        return f"The opcode is {header.frame.opcode}, {int(wanted.opcode)} was asked for."
    return _length_mistake(wanted, header.length, header.length_bits) or difference(
        bytes(made), wanted.encode()
    )


def _length_mistake(wanted: Frame, length: int, bits: int) -> str:
    size, form = len(wanted.payload), shortest(len(wanted.payload))
    if bits != form:
        return (
            f"{size:,} bytes need the form with {form} bits, yours has {bits}. 7 bits reach to 125,"
            " 16 bits to 65,535 (RFC 6455 §5.2)."
        )
    if bits > 7 and length == int.from_bytes(size.to_bytes(bits // 8, "big"), "little"):
        return 'The bytes of the length are in the wrong order: use "big" (RFC 6455 §5.2).'
    if length != size:
        return (
            f"Your header says {length:,} bytes, but the payload has {size:,}. 126 or 127 in byte 1"
            " say that the length follows (RFC 6455 §5.2)."
        )
    return ""


STEP = ServerStep(frame, check)
