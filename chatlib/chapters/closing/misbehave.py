"""Does one misbehaviour on a real connection through a wire tap, and waits for what comes of it."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Callable
from contextlib import suppress

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake
from websockets.frames import Opcode

from chatlib.chapters.closing.misbehaviours import GOES_ON, MASKING_KEY, Misbehaviour
from chatlib.chapters.closing.outcome import NO_ANSWER, Outcome, ended, happened
from chatlib.kernel.stream_server import StreamServer
from chatlib.kernel.tap import WireTap
from chatlib.kernel.witness import Witness
from chatlib.wire.frames import Frame
from chatlib.wire.trace import Trace
from chatlib.wire.writer import writing_as

PATIENCE = 5.0  # seconds in which the other side must have done something
GOODBYE = Frame(Opcode.CLOSE, (1000).to_bytes(2, "big"), masking_key=MASKING_KEY).encode()


async def misbehave(
    misbehaviour: Misbehaviour, tap: WireTap, *, patience: float = PATIENCE
) -> Outcome:
    """Break one rule against the server behind a tap, or as a server against a real client.

    No port and no task is left.

    Args:
        misbehaviour: What to do.
        tap: The tap in front of the server.
        patience: Seconds to wait for what comes of it.

    Raises:
        OSError: If the server cannot be reached.
    """
    with writing_as("the bench"):
        if misbehaviour.breaker == "server":
            return await _as_server(misbehaviour, tap.witness, patience)
        return await _as_client(misbehaviour, tap, patience)


async def _as_client(misbehaviour: Misbehaviour, tap: WireTap, patience: float) -> Outcome:
    async with tap.connect_as(misbehaviour.name) as connection:
        reader, writer = await asyncio.open_connection(sock=connection)
    port = writer.get_extra_info("sockname")[1]
    key = base64.b64encode(secrets.token_bytes(16)).decode()

    def trace() -> Trace:
        return tap.trace_of(port) or Trace()

    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                writer.write(misbehaviour.request(f"{tap.host}:{tap.port}", key))
                await _until(tap, lambda: trace().response is not None or trace().closed)
                writer.write(b"".join(frame.encode() for frame in misbehaviour.frames))
                await _until(tap, lambda: happened(trace(), misbehaviour) is not None)
        outcome = _outcome(misbehaviour, trace())
        if outcome.happened == GOES_ON:
            writer.write(GOODBYE)
        with suppress(TimeoutError, OSError):
            await asyncio.wait_for(reader.read(), patience)  # The server ends TCP first.
    finally:
        writer.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            await _until(tap, lambda: ended(trace(), "client") and ended(trace(), "server"))
    return outcome


async def _as_server(
    misbehaviour: Misbehaviour, witness: Witness | None, patience: float
) -> Outcome:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        writer.write(misbehaviour.response(key.decode()))
        await reader.read()
        writer.close()

    listener = await StreamServer.start(answer)
    tap = await WireTap.start(listener.port, name=misbehaviour.name, witness=witness)
    said = ""
    try:
        try:
            async with connect(tap.url, compression=None, proxy=None, open_timeout=patience):
                pass
        except (InvalidHandshake, TimeoutError) as error:
            said = str(error)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await tap.idle()
        return _outcome(misbehaviour, tap.trace, said)
    finally:
        await tap.stop()
        await listener.stop()


async def _until(tap: WireTap, holds: Callable[[], bool]) -> None:
    """Return when `holds()` is true: at once, or after something has passed the tap."""
    passed = asyncio.Event()
    unwatch = tap.watch(lambda trace, events: passed.set())
    try:
        while not holds():
            passed.clear()
            await passed.wait()
    finally:
        unwatch()


def _outcome(misbehaviour: Misbehaviour, trace: Trace, said: str = "") -> Outcome:
    what, detail = happened(trace, misbehaviour) or (NO_ANSWER, "")
    trace.name = misbehaviour.name
    return Outcome(misbehaviour, what, said or detail, trace)
