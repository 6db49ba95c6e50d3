"""A WebSocket and a data channel side by side: what it costs to open them, and to send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from aiortc import RTCDataChannel
from psutil import Process
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.peer_pair import all_of, peer_pair
from chatlib.kernel.service import QUIET
from chatlib.wire import show
from chatlib.wire.frames import Frame

OPENINGS = 5  # of each kind, in turn
AT_ONCE = 50  # of each kind, to see how much memory they take
TURNS = 100  # in each opening
SMALL = b"x" * 64
# Bytes of both frames of a turn: the client's, masked, and the server's.
FRAMES = len(Frame(2, SMALL, masking_key=bytes(4)).encode()) + len(Frame(2, SMALL).encode())
BLOCK, BLOCKS = b"x" * 16_384, 64  # together one MiB
WINDOW = 262_144  # bytes that may wait in a data channel; `send` itself never waits
MEASURED_WITHIN = 60.0  # seconds
HEADS = ("medians", "WebSocket", "data channel")


@dataclass(frozen=True, slots=True)
class Opened:
    """An open channel to somebody who sends back what is small, and confirms the last block.

    Attributes:
        send: Sends a message.
        recv: Waits for the next one that comes back.
        setup: Messages or datagrams that it took to open it.
        on_wire: Returns the bytes of small messages that were sent until now, both ways.
    """

    send: Callable[[bytes], Awaitable[None]]
    recv: Callable[[], Awaitable[Any]]
    setup: int
    on_wire: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one opening cost.

    Attributes:
        opening: Seconds until it was open.
        turn: Seconds for a small message there and back.
        throughput: Bytes in a second.
        setup: As in `Opened`.
        around: Bytes for a small message besides its own; the headers of TCP and UDP and what
            TCP says by itself do not count.
    """

    opening: float
    turn: float
    throughput: float
    setup: float
    around: float


@dataclass(frozen=True, slots=True)
class Costs:
    """The medians of both kinds, for the last line of a cell.

    Attributes:
        websocket: Of a WebSocket.
        channel: Of a data channel.
        memory: Bytes of both ends of one of them, WebSocket first.
    """

    websocket: Cost
    channel: Cost
    memory: tuple[float, float]

    @property
    def rows(self) -> list[tuple[str, tuple[float, float], tuple[str, str]]]:
        """What is measured, both values so that less is better, and both in words."""
        both = (self.websocket, self.channel)
        first, second = both
        return [
            _row("until it is open", [each.opening for each in both], 1e3, "{:.1f} ms"),
            _row("messages until then", [each.setup for each in both], 1, "{:.0f}"),
            _row("64 bytes there and back", [each.turn for each in both], 1e3, "{:.2f} ms"),
            _row("bytes around these 64", [each.around for each in both], 1, "{:.0f}"),
            _row("memory of both ends", self.memory, 1e-3, "{:,.0f} kB"),
            (
                "time for each megabyte",
                (1 / first.throughput, 1 / second.throughput),
                (_megabytes(first), _megabytes(second)),
            ),
        ]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [(name, *words) for name, _, words in self.rows]
        return show.table(f"{OPENINGS} of each, in turn", HEADS, rows)


def _row(
    name: str, values: Sequence[float], unit: float, form: str
) -> tuple[str, tuple[float, float], tuple[str, str]]:
    first, second = values
    return name, (first, second), (form.format(first * unit), form.format(second * unit))


def _megabytes(cost: Cost) -> str:
    return f"{1e9 / cost.throughput:,.1f} ms: {cost.throughput / 1e6:,.0f} MB/s"


async def measure_both(datagrams: Datagrams) -> Costs:
    """Open each kind several times, in turn, and send over it.

    Raises:
        TimeoutError: If it does not come to an end.
    """
    [costs] = await all_of([_measure(datagrams)], what="The measurement", within=MEASURED_WITHIN)
    return costs


async def _measure(datagrams: Datagrams) -> Costs:
    websockets, channels = list[Cost](), list[Cost]()
    for _ in range(OPENINGS):
        websockets.append(await _cost(_websocket()))
        channels.append(await _cost(_channel(datagrams)))
    memory = await _memory(_websocket), await _memory(lambda: _channel(datagrams))
    return Costs(_medians(websockets), _medians(channels), memory)


async def _memory(opening: Callable[[], AbstractAsyncContextManager[Opened]]) -> float:
    """Return by how many bytes the process grew for each of several that are open at once."""
    process = Process()
    async with AsyncExitStack() as stack:
        before = int(process.memory_info().rss)
        for _ in range(AT_ONCE):
            await stack.enter_async_context(opening())
        grown = int(process.memory_info().rss) - before
    return max(1.0, grown / AT_ONCE)


async def _cost(opening: AbstractAsyncContextManager[Opened]) -> Cost:
    began = perf_counter()
    async with opening as opened:
        took = perf_counter() - began
        before = opened.on_wire()
        turns = [await _turn(opened) for _ in range(TURNS)]
        around = (opened.on_wire() - before) / (2 * TURNS) - len(SMALL)
        began = perf_counter()
        for _ in range(BLOCKS):
            await opened.send(BLOCK)
        await opened.send(SMALL)  # comes back when all before it has arrived
        await opened.recv()
        throughput = len(BLOCK) * BLOCKS / (perf_counter() - began)
    return Cost(took, median(turns), throughput, opened.setup, around)


async def _turn(opened: Opened) -> float:
    began = perf_counter()
    await opened.send(SMALL)
    await opened.recv()
    return perf_counter() - began


@asynccontextmanager
async def _websocket() -> AsyncIterator[Opened]:
    options: dict[str, Any] = {**QUIET, "close_timeout": 1}
    async with serve(_echo, "127.0.0.1", 0, **options) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        async with connect(url, proxy=None, **options) as client:
            sent = 0

            async def send(message: bytes) -> None:
                nonlocal sent
                sent += FRAMES if len(message) == len(SMALL) else 0
                await client.send(message)

            yield Opened(send, client.recv, 2, lambda: sent)


async def _echo(connection: ServerConnection) -> None:
    try:
        async for message in connection:
            if len(message) == len(SMALL):
                await connection.send(message)
    except ConnectionClosed:
        pass


@asynccontextmanager
async def _channel(datagrams: Datagrams) -> AsyncIterator[Opened]:
    async with peer_pair() as pair:
        here, there = pair.ends
        setup = len(datagrams.of(*pair.peers)) + 2  # the offer and the answer
        came: asyncio.Queue[bytes] = asyncio.Queue()
        here.on("message", came.put_nowait)

        def answer(message: bytes) -> None:
            if len(message) == len(SMALL):
                there.send(message)

        there.on("message", answer)

        def on_wire() -> int:
            return sum(each.size for each in datagrams.of(*pair.peers))

        yield Opened(_waiting_send(here), came.get, setup, on_wire)


def _waiting_send(channel: RTCDataChannel) -> Callable[[bytes], Awaitable[None]]:
    """Return a `send` that waits while too much waits in the channel."""
    room = asyncio.Event()
    channel.bufferedAmountLowThreshold = WINDOW
    channel.on("bufferedamountlow", room.set)

    async def send(message: bytes) -> None:
        if channel.bufferedAmount > WINDOW:
            room.clear()
            await room.wait()
        channel.send(message)

    return send


def _medians(costs: list[Cost]) -> Cost:
    names = ("opening", "turn", "throughput", "setup", "around")
    return Cost(*(median(getattr(cost, name) for cost in costs) for name in names))
