"""A small chat with one planted fault, and the recording of a conversation in it."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from chatlib.driving.served_handler import QUIET as SILENT
from chatlib.kernel.service import QUIET
from chatlib.kernel.tap import WireTap
from chatlib.wire.trace import Trace

RECORDED_WITHIN = 10.0  # seconds
LOST = 5  # the number of the event that one member does not get
LINES = (
    ("Ana", "Halo!"),
    ("Budi", "Halo, Ana!"),
    ("Ana", ""),  # too short: an error is the answer
    ("Ana", "Sudah makan?"),
    ("Budi", "Belum."),
    ("Ana", "Ayo!"),
)


class FaultyChat:
    """A room that numbers what it tells everybody: `n` is 1, 2, 3 and so on."""

    def __init__(self, fault: str) -> None:
        """Open a room with a fault of `mystery.SUSPECTS`."""
        self._fault = fault
        self._members: dict[ServerConnection, str] = {}
        self._number = 0

    async def handle(self, connection: ServerConnection) -> None:
        """Serve one member."""
        try:
            async for text in connection:
                await self._act(connection, json.loads(text))
        except ConnectionClosed:
            pass  # the member has left
        finally:
            name = self._members.pop(connection, None)
            await self._tell({"type": "left", "name": name})

    async def _act(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        match message:
            case {"type": "join", "name": name}:
                self._members[connection] = name
                await self._tell({"type": "joined", "name": name})
            case {"type": "say", "text": ""}:
                if self._fault == "error":
                    raise ValueError("nobody thought of this")
                await self._send(connection, {"type": "error", "text": "Say something."})
            case {"type": "say", "text": text}:
                name = self._members[connection]
                await self._tell({"type": "said", "name": name, "text": text})
            case {"type": "leave"} if self._fault == "goodbye":
                connection.transport.close()
            case {"type": "leave"}:
                await connection.close()

    async def _tell(self, event: dict[str, Any]) -> None:
        self._number += 1
        for connection, name in [*self._members.items()]:
            if self._fault == "lost" and name == "Budi" and self._number == LOST:
                continue
            await self._send(connection, {**event, "n": self._number})
            if self._fault == "twice" and name == "Budi" and event["type"] == "said":
                await self._send(connection, {**event, "n": self._number})

    async def _send(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        data = json.dumps(message)
        with suppress(ConnectionClosed):
            await connection.send(data.encode() if self._fault == "binary" else data)


async def recorded(fault: str) -> list[Trace]:
    """Let Ana and Budi talk in a chat with this fault; return what was on the wire of each.

    Raises:
        TimeoutError: If they do not come to an end.
    """
    room = FaultyChat(fault)
    async with serve(room.handle, "127.0.0.1", 0, logger=SILENT, **QUIET) as server:
        tap = await WireTap.start(next(iter(server.sockets)).getsockname()[1])
        try:
            await asyncio.wait_for(_talk(tap), RECORDED_WITHIN)
        except TimeoutError:
            raise TimeoutError(
                f"The conversation took more than {RECORDED_WITHIN:g} seconds: this computer is"
                " busy. Run the cell again."
            ) from None
        finally:
            await tap.stop()
    return list(tap.traces)


async def _talk(tap: WireTap) -> None:
    clients: dict[str, ClientConnection] = {}
    for name in ("Ana", "Budi"):
        async with tap.connect_as(name) as connection:
            clients[name] = await connect(tap.url, sock=connection, **QUIET)
        await _ask(clients[name], {"type": "join", "name": name}, {"type": "joined", "name": name})
    for name, text in LINES:
        answer = {"type": "said", "text": text} if text else {"type": "error"}
        await _ask(clients[name], {"type": "say", "text": text}, answer)
    for name in ("Budi", "Ana"):
        await _ask(clients[name], {"type": "leave"}, {"type": "the end of the connection"})


async def _ask(client: ClientConnection, message: dict[str, str], answer: dict[str, str]) -> None:
    """Send a message, and read up to an answer that has these fields, or to the end."""
    with suppress(ConnectionClosed):  # a fault has ended it
        await client.send(json.dumps(message))
        async for data in client:
            if answer.items() <= json.loads(data).items():
                break
