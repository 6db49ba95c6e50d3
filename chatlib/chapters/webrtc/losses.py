"""The same messages over four kinds of channels, on a bad network.

It loses one packet in ten; or it is well, but for one second in which it loses everything.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.lossy_sockets import loses, losing
from chatlib.chapters.webrtc.peer_pair import all_of, peer_pair
from chatlib.kernel.ending import end
from chatlib.kernel.service import QUIET
from chatlib.wire import show

SHARE = 0.1  # of the packets are lost, in both directions
MESSAGES = 1000  # over each channel
EVERY = 0.005  # seconds
OUTAGE = range(400, 600)  # the messages that are sent while nothing arrives: one second
LATE = 0.010  # seconds; without a loss a message needs far less
SILENCE = 1.0  # seconds without a message, after which nothing more comes that is not sent again
RUN_WITHIN = 30.0  # seconds
# Numbers of messages, and the share of the packets that is lost while they are sent.
Spans: TypeAlias = Sequence[tuple[range, float]]
STAMP = struct.Struct("!Id")  # the number of a message, and when it was sent

# Their names, and the options of their data channels; the last one is not ordered either.
CHANNELS: dict[str, dict[str, Any]] = {
    "WebSocket": {},
    "ordered channel": {"ordered": True},
    "unordered channel": {"ordered": False},
    "no retransmits": {"ordered": False, "maxRetransmits": 0},
}
HEADS = ("channel", "arrived", "late", "latest", "out of order")


@dataclass(frozen=True, slots=True)
class ChannelRun:
    """What became of the messages of one channel.

    Attributes:
        channel: Its name.
        arrivals: The number of each message and the seconds that it took, as they arrived.
    """

    channel: str
    arrivals: tuple[tuple[int, float], ...]

    @property
    def after_outage(self) -> int:
        """How many messages arrived late that were sent when the network was well again."""
        return sum(took > LATE for number, took in self.arrivals if number >= OUTAGE.stop)

    @property
    def late(self) -> float:
        """The share of the messages that took longer than `LATE`."""
        return sum(took > LATE for _, took in self.arrivals) / max(1, len(self.arrivals))

    @property
    def out_of_order(self) -> int:
        """How many messages came after one that was sent later."""
        return sum(after < before for (before, _), (after, _) in pairwise(self.arrivals))

    @property
    def words(self) -> tuple[str, ...]:
        """The cells of its row in a table."""
        latest = max((took for _, took in self.arrivals), default=0.0)
        return (
            self.channel,
            f"{len(self.arrivals)} of {MESSAGES}",
            f"{self.late:.0%}",
            f"{latest * 1000:,.0f} ms",
            f"{self.out_of_order}",
        )


@dataclass(frozen=True, slots=True)
class ChannelRuns:
    """All channels, one below the other.

    Attributes:
        runs: One for each.
        network: What was bad, in words.
    """

    runs: tuple[ChannelRun, ...]
    network: str = f"{SHARE:.0%} of the packets lost"

    def __getitem__(self, channel: str) -> ChannelRun:
        """Return the run of a channel, by its name."""
        return next(run for run in self.runs if run.channel == channel)

    def __contains__(self, channel: object) -> bool:
        """Tell whether a channel was tried here."""
        return any(run.channel == channel for run in self.runs)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        caption = f"{self.network}; late is later than {LATE * 1000:g} ms"
        return show.table(caption, HEADS, [run.words for run in self.runs])


async def compare_channels(datagrams: Datagrams) -> ChannelRuns:
    """Send the same messages over each channel at the same time, and lose packets of all of them.

    Where the operating system cannot lose TCP segments, the WebSocket is left out.

    Raises:
        TimeoutError: If it does not come to an end.
    """
    return ChannelRuns(await _compare(datagrams, [(range(MESSAGES), SHARE)]))


async def compare_outage(datagrams: Datagrams) -> ChannelRuns:
    """Do the same on a network that is well, but for one second; errors as above."""
    before, after = range(OUTAGE.start), range(OUTAGE.stop, MESSAGES)
    runs = await _compare(datagrams, [(before, 0.0), (OUTAGE, 1.0), (after, 0.0)])
    return ChannelRuns(runs, "one second without any packet")


async def _compare(datagrams: Datagrams, spans: Spans) -> tuple[ChannelRun, ...]:
    named = iter(CHANNELS.items())
    websocket, _ = next(named)
    runs: list[Coroutine[Any, Any, ChannelRun]] = []
    if loses():
        runs.append(_over_websocket(websocket, spans))
    runs += [_over_channel(name, datagrams, options, spans) for name, options in named]
    return tuple(await all_of(runs, what="The channels", within=RUN_WITHIN))


async def _over_channel(
    name: str, datagrams: Datagrams, options: dict[str, Any], spans: Spans
) -> ChannelRun:
    arrivals: list[tuple[int, float]] = []
    async with peer_pair(**options) as pair:
        pair.ends[1].on("message", _note(arrivals))
        await _send_all(
            pair.ends[0].send,
            lambda share: datagrams.losing(share, *pair.peers),
            arrivals,
            spans,
            sent_once="maxRetransmits" in options,
        )
    return ChannelRun(name, tuple(arrivals))


async def _over_websocket(name: str, spans: Spans) -> ChannelRun:
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
                    outgoing.put_nowait, lambda share: losing(share, *ends), arrivals, spans
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
        number, sent = STAMP.unpack(message)
        arrivals.append((number, clock() - sent))

    return note


async def _send_all(
    send: Callable[[bytes], object],
    losing_share: Callable[[float], AbstractContextManager[None]],
    arrivals: Sequence[object],
    spans: Spans,
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
                send(STAMP.pack(number, clock()))
            came = -1
            while numbers.stop == MESSAGES and len(arrivals) < MESSAGES:
                if sent_once and came == len(arrivals):
                    break
                came = len(arrivals)
                await asyncio.sleep(SILENCE)
