"""One run: one way to get the messages, some clients, and what it cost. It draws nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from chatlib.chapters.why_websocket.delay import DelayRelay
from chatlib.chapters.why_websocket.feed_server import Feed, FeedServer
from chatlib.chapters.why_websocket.methods import Access, Got, Load, Method
from chatlib.chapters.why_websocket.traffic import PassedChunk, Traffic, TrafficCounter
from chatlib.kernel.tap import WireTap

GRACE = 2.0  # seconds that a message may take longer than expected before it counts as lost
EMPTY_EXCHANGES = 3  # observed of a way that polls, to learn what one costs
SILENCE = 0.2  # seconds that a way which does not poll is observed without messages
REST = 0.5  # seconds in which a server without clients is observed
SETTLE = 0.05  # seconds until what has begun has passed the tap
LONGEST_START = 10.0  # seconds that a client may take until the server hears of it
SHORT_WAIT = 0.02  # seconds between two empty exchanges then, in place of the real wait


@dataclass(frozen=True, slots=True)
class Sample:
    """One message on its way, drawn from the tap's chunks.

    Attributes:
        said: When the server took it, on the clock of `chunks`.
        got: When the client had it.
        chunks: What passed the tap around this time.
    """

    said: float
    got: float
    chunks: tuple[PassedChunk, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run has measured.

    Attributes:
        latencies: Seconds from said to had, of every delivery.
        expected: How many deliveries there should have been.
        opening: What passed until the first message was said.
        traffic: What passed from then until the last delivery.
        cpu: Seconds of the server's CPU time in this stretch, less what it takes without clients.
        sample: One typical message.
    """

    latencies: tuple[float, ...] = field(repr=False)
    expected: int
    opening: Traffic
    traffic: Traffic
    cpu: float
    sample: Sample | None


@dataclass(frozen=True, slots=True)
class Idle:
    """What a way costs while nobody speaks.

    Attributes:
        exchange: What one empty exchange moves; nothing, if the way is silent.
        per_minute: How many of them one client makes in a minute.
    """

    exchange: Traffic
    per_minute: float

    @property
    def sent(self) -> float:
        """Bytes a minute from one client to the server."""
        return self.exchange.sent * self.per_minute

    @property
    def received(self) -> float:
        """Bytes a minute from the server to one client."""
        return self.exchange.received * self.per_minute


async def measure(
    server: FeedServer, method: Method, load: Load, *, seed: int = 0, resting: float = 0.0
) -> Run:
    """Run `method` under `load` against a running server.

    Latency counts from the moment at which the server takes a message until the client calls
    `got`; both ends are in this process and share one clock.

    Args:
        server: A running server.
        method: What to measure.
        load: What to ask of it.
        seed: Chooses the random moments at which messages are said.
        resting: What `measure_resting` found; it is taken off the CPU time.

    Raises:
        Exception: What a client raised.
    """
    feed = await server.new_feed()
    deliveries = Deliveries(feed, load.messages * load.clients)
    async with _connected(server, method, load, deliveries.got) as counter:
        await _visited(feed, load.clients)
        await asyncio.sleep(SETTLE + load.rtt)
        before, cpu, began = counter.totals, await server.cpu_time(), time.perf_counter()
        await _speak(server, load.moments(seed))
        await deliveries.all_within(2 * (method.every + 2 * load.rtt) + GRACE)
        await asyncio.sleep(SETTLE)
        cpu = await server.cpu_time() - cpu - resting * (time.perf_counter() - began)
        traffic, chunks = counter.totals - before, tuple(counter.chunks)
    return Run(
        tuple(deliveries.latencies),
        deliveries.expected,
        before,
        traffic,
        max(cpu, 0.0),
        deliveries.sample(chunks, asks=traffic.requests > 0),
    )


async def measure_resting(server: FeedServer) -> float:
    """Return the CPU time that a server takes for each second without clients: uvicorn's ticks."""
    cpu, began = await server.cpu_time(), time.perf_counter()
    await asyncio.sleep(REST)
    return (await server.cpu_time() - cpu) / (time.perf_counter() - began)


async def measure_idle(server: FeedServer, method: Method) -> Idle:
    """Measure what `method` costs while nobody speaks.

    An empty exchange has the same bytes however long the client waits between two of them. So a
    few are made in quick order, one is counted exactly, and the minute is multiplied.
    """
    seen: list[Traffic] = []
    here = asyncio.get_running_loop()
    hold, server.hold = server.hold, SHORT_WAIT
    feed = await server.new_feed()
    quick = replace(method, every=min(method.every, SHORT_WAIT))
    try:
        async with _connected(server, quick, Load(), lambda _: None) as counter:
            # The server is about to answer: every exchange before this one is complete. Its thread
            # may be faster than the tap, which passes on first; so this loop looks when it is done.
            server.on_empty = lambda: here.call_soon_threadsafe(lambda: seen.append(counter.totals))
            await _visited(feed, 1)
            await asyncio.sleep(SETTLE)
            silent_from = counter.totals
            await _until(lambda: bool(seen), within=SILENCE)
            silent = counter.totals - silent_from
            if seen:
                await _until(lambda: len(seen) > EMPTY_EXCHANGES, within=LONGEST_START)
    finally:
        server.hold, server.on_empty = hold, lambda: None
    if len(seen) < 2:
        return Idle(silent, 60 / SILENCE)
    return Idle(seen[-1] - seen[-2], 60 / (method.every or hold))


class Deliveries:
    """Which messages have come, and how long each took."""

    def __init__(self, feed: Feed, expected: int) -> None:
        """Wait for so many deliveries of the messages of `feed`."""
        self.expected = expected
        self.latencies: list[float] = []
        self._feed = feed
        self._times: list[tuple[float, float]] = []
        self._all = asyncio.Event()

    def got(self, message: dict[str, Any]) -> None:
        """Take a message that a client has now."""
        now = time.perf_counter()
        said = self._feed.messages[message["number"] - 1].time
        self._times.append((said, now))
        self.latencies.append(now - said)
        if len(self.latencies) >= self.expected:
            self._all.set()

    async def all_within(self, seconds: float) -> None:
        """Return when all have come, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._all.wait()

    def sample(self, chunks: Sequence[PassedChunk], *, asks: bool) -> Sample | None:
        """Return the delivery with the median latency, and the chunks that belong to it.

        Args:
            chunks: The chunks of the run.
            asks: Whether its clients ask for messages; the last question before it belongs to it.
        """
        if not self._times:
            return None
        by_latency = sorted(self._times, key=lambda pair: pair[1] - pair[0])
        said, got = by_latency[len(by_latency) // 2]
        asked = [each.time for each in chunks if each.sender == "client" and each.time <= said]
        begins = max(asked, default=said) if asks else said
        chunks = tuple(chunk for chunk in chunks if begins <= chunk.time <= got)
        return Sample(said, got, chunks)


@asynccontextmanager
async def _connected(
    server: FeedServer, method: Method, load: Load, got: Got
) -> AsyncIterator[TrafficCounter]:
    """Let the clients of a run come, through the tap and then the delay; end them afterwards."""
    relay = await DelayRelay.start(server.port, rtt=load.rtt) if load.rtt else None
    tap = await WireTap.start(relay.port if relay else server.port, name=method.name)
    counter = TrafficCounter(tap)
    try:
        async with asyncio.TaskGroup() as clients:
            tasks = [
                clients.create_task(_client(method, tap, got, wait=method.every * n / load.clients))
                for n in range(load.clients)
            ]
            yield counter
            for task in tasks:
                task.cancel()
    except ExceptionGroup as group:
        raise group.exceptions[0] from None  # A client's own error, as it was raised.
    finally:
        counter.close()
        await tap.stop()
        if relay is not None:
            await relay.stop()


async def _client(method: Method, tap: WireTap, got: Got, *, wait: float) -> None:
    await asyncio.sleep(wait)  # Clients of the real world do not poll in step.
    async with httpx.AsyncClient(
        base_url=f"http://{tap.host}:{tap.port}",
        headers={} if method.keep_alive else {"Connection": "close"},
        limits=httpx.Limits(keepalive_expiry=None),
        timeout=None,  # A long poll and a stream are silent for longer than httpx would wait.
        trust_env=False,  # No proxy of this computer in between.
        verify=False,  # Nothing is encrypted here, and reading all certificates takes long.
    ) as http:
        await method.client(Access(http, f"{tap.url}/ws", method.every), got)


async def _speak(server: FeedServer, moments: list[float]) -> None:
    began = time.perf_counter()
    for number, moment in enumerate(moments, 1):
        await asyncio.sleep(began + moment - time.perf_counter())
        server.say(f"This is message number {number}.")


async def _visited(feed: Feed, clients: int) -> None:
    """Wait until every client has come."""
    if not await _until(lambda: feed.visits >= clients, within=LONGEST_START):
        raise RuntimeError(
            f"Only {feed.visits} of {clients} clients reached the server. "
            "Does the client use `server.http` or `server.ws_url`?"
        )


async def _until(holds: Callable[[], bool], *, within: float) -> bool:
    """Look again and again, for the server runs on another thread; say whether it came true."""
    end = time.perf_counter() + within
    while not holds() and time.perf_counter() < end:
        await asyncio.sleep(0.005)
    return holds()
