"""Drives the functions that read a head, shake hands, read or make one frame, or read a message.

Each driver yields one finding for each case, over a TCP connection of its own.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from chatlib.chapters.build_a_server import given
from chatlib.chapters.build_a_server.drive import PATIENCE, Driven, exchange
from chatlib.chapters.build_a_server.server_frames import (
    FRAME_CASES,
    MADE_CASES,
    judge_frames,
    judge_made,
)
from chatlib.chapters.build_a_server.server_heads import (
    HANDSHAKE_CASES,
    HEAD_CASES,
    judge_handshake,
    judge_head,
)
from chatlib.chapters.build_a_server.server_messages import MESSAGE_CASES, judge_message
from chatlib.questions.report import Finding

Findings = AsyncIterator[Finding]
# A client that asks for nothing but the protocol, and for nothing of this computer's set-up.
CLIENT: dict[str, Any] = {
    "compression": None,
    "ping_interval": None,
    "proxy": None,
    "open_timeout": PATIENCE,
    "close_timeout": 1,
}


async def heads(read_head: Callable[..., Any]) -> Findings:
    """Send whole heads, heads in pieces, and a head with a frame right behind it."""

    async def call(reader: StreamReader, writer: StreamWriter) -> object:
        return await read_head(reader)

    for case in HEAD_CASES:
        yield judge_head(case, await exchange(call, case.chunks, read_head))


async def handshakes(handshake: Callable[..., Any]) -> Findings:
    """Send requests that are right and wrong; then let a real client open a connection."""
    for case in HANDSHAKE_CASES:
        yield judge_handshake(case, await exchange(handshake, [case.request], handshake))
    async with Driven(handshake, handshake) as driven:
        name = "the library websockets as the client"
        try:
            client = await connect(f"ws://127.0.0.1:{driven.port}", **CLIENT)
        except (WebSocketException, OSError, TimeoutError) as error:
            yield Finding(name, False, f"{driven.trouble()} The client says: {error}.".strip())
            return
        client.transport.abort()
        await client.wait_closed()
        yield Finding(name, True, "The connection is open.")


async def frames_in(read_frame: Callable[..., Any]) -> Findings:
    """Send frames of every length form, whole, in pieces, and two at once."""
    for case in FRAME_CASES:
        number = len(case.frames)

        async def call(reader: StreamReader, writer: StreamWriter, n: int = number) -> object:
            return [await read_frame(reader) for _ in range(n)]

        yield judge_frames(case, await exchange(call, case.chunks, read_frame))


async def frames_out(frame: Callable[..., Any]) -> Findings:
    """Have frames of every length form made; then let a real client read one."""
    for name, opcode, payload in MADE_CASES:

        async def make(
            reader: StreamReader, writer: StreamWriter, o: int = opcode, p: bytes = payload
        ) -> object:
            return frame(o, p)

        yield judge_made(name, opcode, payload, await exchange(make, [], frame))

    async def greet(reader: StreamReader, writer: StreamWriter) -> None:
        await given.handshake(reader, writer)
        writer.write(frame(given.TEXT, b"Halo"))

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


async def messages(receive: Callable[..., Any]) -> Findings:
    """Send messages whole and in fragments, control frames, and frames that break a rule."""
    for case in MESSAGE_CASES:
        chunks = [frame.encode() for frame in case.frames]
        yield judge_message(case, await exchange(receive, chunks, receive))
