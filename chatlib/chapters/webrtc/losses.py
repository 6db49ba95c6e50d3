"""The same messages over four kinds of channels, on a bad network.

It loses one packet in ten; or it is well, but for one second in which it loses everything.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any, TypeAlias

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from chatlib.chapters.webrtc.channel_runs import (
    CHANNELS,
    MESSAGES,
    OUTAGE,
    SHARE,
    ChannelRun,
    ChannelRuns,
)
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.lossy_sockets import loses, losing
from chatlib.chapters.webrtc.peer_pair import all_of, peer_pair
from chatlib.kernel.ending import end
from chatlib.kernel.service import QUIET

EVERY = 0.005  # seconds
SILENCE = 1.0  # seconds without a message, after which nothing more comes that is not sent again
RUN_WITHIN = 60.0  # seconds
# Numbers of messages, and the share of the packets that is lost while they are sent.
Spans: TypeAlias = Sequence[tuple[range, float]]
STAMP = struct.Struct("!Id")  # a message begins with its number, and when it was sent
# Bytes of a message. In an outage, so many larger ones fill the window that SCTP may have under way
# without an answer (RFC 9260 §7), so that a channel that repeats nothing waits as well.
SMALL, LARGER = STAMP.size, 250


async def compare_channels(datagrams: Datagrams) -> ChannelRuns:
    """Send the same messages over each channel at the same time, and lose packets of all of them.

    Where the operating system cannot lose TCP segments, the WebSocket is left out.

    Raises:
        TimeoutError: If it does not come to an end.
    """
    return ChannelRuns(await _compare(datagrams, [(range(MESSAGES), SHARE)], SMALL))


async def compare_outage(datagrams: Datagrams) -> ChannelRuns:
    """Do the same with larger messages, on a network that is well but for one second."""
    before, after = range(OUTAGE.start), range(OUTAGE.stop, MESSAGES)
    runs = await _compare(datagrams, [(before, 0.0), (OUTAGE, 1.0), (after, 0.0)], LARGER)
    return ChannelRuns(runs, "one second without any packet")


async def _compare(datagrams: Datagrams, spans: Spans, size: int) -> tuple[ChannelRun, ...]:
    named = iter(CHANNELS.items())
    websocket, _ = next(named)
    runs: list[Coroutine[Any, Any, ChannelRun]] = []
    if loses():
        runs.append(_over_websocket(websocket, spans, size))
    runs += [_over_channel(name, datagrams, options, spans, size) for name, options in named]
    return tuple(await all_of(runs, what="The channels", within=RUN_WITHIN))


async def _over_channel(
    name: str, datagrams: Datagrams, options: dict[str, Any], spans: Spans, size: int
) -> ChannelRun:
    arrivals: list[tuple[int, float]] = []
    async with peer_pair(**options) as pair:
        pair.ends[1].on("message", _note(arrivals))
        await _send_all(
            pair.ends[0].send,
            lambda share: datagrams.losing(share, *pair.peers),
            arrivals,
            spans,
            size,
            sent_once="maxRetransmits" in options,
        )
    return ChannelRun(name, tuple(arrivals))


async def _over_websocket(name: str, spans: Spans, size: int) -> ChannelRun:
    arrivals: list[tuple[int, float]] = []
    note = _note(arrivals)
    here: asyncio.Future[ServerConnection] = asyncio.get_running_loop().create_future()

    async def hear(connection: ServerConnection) -> None:
        here.set_result(connection)
        with suppress(ConnectionClosed):
            async for message in connection:
                note(message)

    options: dict[str, Any] = {**QUIET, "close_timeout": 1}
    async with serve(hear, "127.0.0.1", 0, **options) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        async with connect(url, proxy=None, **options) as client:
            ends = [each.transport.get_extra_info("socket") for each in (client, await here)]
            outgoing: asyncio.Queue[bytes] = asyncio.Queue()
            sending = asyncio.create_task(_drain(outgoing, client.send))
            try:
                await _send_all(
                    outgoing.put_nowait, lambda share: losing(share, *ends), arrivals, spans, size
                )
            finally:
                await end({sending})
    return ChannelRun(name, tuple(arrivals))


async def _drain(
    outgoing: asyncio.Queue[bytes], send: Callable[[bytes], Coroutine[Any, Any, None]]
) -> None:
    """Send what is in a queue: who puts it there need not wait."""
    while True:
        await send(await outgoing.get())


def _note(arrivals: list[tuple[int, float]]) -> Callable[[Any], None]:
    clock = asyncio.get_running_loop().time

    def note(message: bytes) -> None:
        number, sent = STAMP.unpack_from(message)
        arrivals.append((number, clock() - sent))

    return note


async def _send_all(
    send: Callable[[bytes], object],
    losing_share: Callable[[float], AbstractContextManager[None]],
    arrivals: Sequence[object],
    spans: Spans,
    size: int,
    *,
    sent_once: bool = False,
) -> None:
    """Send all messages on time, and wait until all have arrived.

    Those that are sent only once may be lost: then until no more come.
    """
    clock = asyncio.get_running_loop().time
    start = clock()
    for numbers, share in spans:
        with losing_share(share):
            for number in numbers:
                await asyncio.sleep(max(0.0, start + number * EVERY - clock()))
                send(STAMP.pack(number, clock()).ljust(size, b"\0"))
            came = -1
            while numbers.stop == MESSAGES and len(arrivals) < MESSAGES:
                if sent_once and came == len(arrivals):
                    break
                came = len(arrivals)
                await asyncio.sleep(SILENCE)
