"""A room in which each member has a channel to each other one, beside a room with a server."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import combinations
from time import perf_counter
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.connection import broadcast
from websockets.asyncio.server import ServerConnection, serve

from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.peer_pair import PeerPair, all_of, peer_pair
from chatlib.kernel.service import QUIET
from chatlib.wire import show
from chatlib.wire.frames import Frame

SIZES = (2, 4, 8)  # members
TEXT = "x" * 64
MEASURED_WITHIN = 60.0  # seconds
HEADS = ("members", "channels", "until all are open", "one says 64 bytes: it sends", "server")


@dataclass(frozen=True, slots=True)
class MeshSize:
    """What a mesh of one size cost, and a room with a server.

    Attributes:
        members: How many.
        channels: Between them.
        opening: Seconds until all channels were open, all of them at the same time.
        sent: Bytes that one member sends for one message to all others.
        server_opening: Seconds until all members were connected to one server.
        server_sent: Bytes that the member sends to the server for the same message.
    """

    members: int
    channels: int
    opening: float
    sent: int
    server_opening: float
    server_sent: int

    @property
    def words(self) -> tuple[str, ...]:
        """The cells of its row in a table."""
        return (
            f"{self.members}",
            f"{self.channels}",
            f"{self.opening * 1000:,.0f} ms",
            f"{self.sent:,} bytes",
            f"{self.members} connections, {self.server_opening * 1000:,.0f} ms,"
            f" {self.server_sent} bytes",
        )


@dataclass(frozen=True, slots=True)
class MeshSizes:
    """All sizes, for the last line of a cell."""

    sizes: tuple[MeshSize, ...]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return show.table("Each with each, and all with one", HEADS, [s.words for s in self.sizes])


async def measure_mesh(datagrams: Datagrams) -> MeshSizes:
    """Open rooms of several sizes, both kinds in turn.

    Raises:
        TimeoutError: If it does not come to an end.
    """
    [sizes] = await all_of([_all_sizes(datagrams)], what="The rooms", within=MEASURED_WITHIN)
    return MeshSizes(sizes)


async def _all_sizes(datagrams: Datagrams) -> tuple[MeshSize, ...]:
    return tuple([await _measure(datagrams, members) for members in SIZES])


async def _measure(datagrams: Datagrams, members: int) -> MeshSize:
    opening, channels, sent = await _mesh(datagrams, members)
    server_opening, server_sent = await _server(members)
    return MeshSize(members, channels, opening, sent, server_opening, server_sent)


async def _mesh(datagrams: Datagrams, members: int) -> tuple[float, int, int]:
    names = list(combinations(range(members), 2))
    async with AsyncExitStack() as stack:
        began = perf_counter()
        entering = (stack.enter_async_context(peer_pair()) for _ in names)
        pairs = await all_of(entering, what="The mesh", within=MEASURED_WITHIN)
        took = perf_counter() - began
        own = [pair for pair, ends in zip(pairs, names, strict=True) if 0 in ends]
        sizes = await asyncio.gather(*(_say(datagrams, pair) for pair in own))
        return took, len(pairs), sum(sizes)


async def _say(datagrams: Datagrams, pair: PeerPair) -> int:
    """Say something over one channel; return the bytes that it took from this side."""
    heard = asyncio.Event()
    pair.ends[1].on("message", lambda _: heard.set())
    before = len(datagrams.of(pair.peers[0]))
    pair.ends[0].send(TEXT)
    await heard.wait()
    return sum(each.size for each in datagrams.of(pair.peers[0])[before:])


async def _server(members: int) -> tuple[float, int]:
    here: set[ServerConnection] = set()

    async def room(connection: ServerConnection) -> None:
        here.add(connection)
        async for message in connection:
            broadcast(here, message)

    options: dict[str, Any] = {**QUIET, "close_timeout": 1}
    async with serve(room, "127.0.0.1", 0, **options) as server, AsyncExitStack() as stack:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        began = perf_counter()
        entering = (
            stack.enter_async_context(connect(url, proxy=None, **options)) for _ in range(members)
        )
        clients = await asyncio.gather(*entering)
        took = perf_counter() - began
        await clients[0].send(TEXT)
        await clients[-1].recv()
    return took, len(Frame(1, TEXT.encode(), masking_key=bytes(4)).encode())
