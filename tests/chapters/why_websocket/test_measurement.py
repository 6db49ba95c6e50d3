"""One run of each method of the notebook: what arrives, and bytes to the last one."""

import asyncio
import shutil
import subprocess

import pytest

from chatlib.chapters.why_websocket.feed_server import FeedServer
from chatlib.chapters.why_websocket.measurement import (
    _client,
    measure,
    measure_idle,
    measure_resting,
)
from chatlib.chapters.why_websocket.methods import Load, Method
from chatlib.chapters.why_websocket.traffic import Traffic, TrafficCounter
from chatlib.kernel.tap import WireTap

NAMES = [
    "short polling, 0.1 s",
    "short polling, 0.1 s, no keep-alive",
    "long polling",
    "long polling, no keep-alive",
    "server-sent events",
    "WebSocket",
]
SMALL = Load(rate=20, seconds=0.2, clients=2)


@pytest.mark.parametrize("name", NAMES)
async def test_every_message_arrives_at_every_client(server: FeedServer, methods, name: str):
    run = await measure(server, methods[name], SMALL)
    assert len(run.latencies) == run.expected == 8
    assert all(latency > 0 for latency in run.latencies)
    assert run.opening.connections >= 2
    assert run.traffic.received > 8 * len('{"number": 1}')
    assert run.cpu >= 0
    assert run.sample is not None and run.sample.said < run.sample.got
    assert any(chunk.sender == "server" for chunk in run.sample.chunks)
    if "no keep-alive" in name:
        assert run.traffic.connections >= run.traffic.requests - 2
    else:
        assert run.opening.connections + run.traffic.connections == 2


@pytest.mark.parametrize("name", [name for name in NAMES if "polling" in name])
async def test_the_typical_message_of_a_poll_begins_with_a_question(server, methods, name: str):
    run = await measure(server, methods[name], Load(rate=10, seconds=0.5))
    assert run.sample is not None
    first, *_ = run.sample.chunks
    assert first.sender == "client" and first.time < run.sample.said
    assert run.sample.chunks[-1].sender == "server"
    assert all(chunk.time <= run.sample.got for chunk in run.sample.chunks)


@pytest.mark.parametrize("name", ["server-sent events", "WebSocket"])
async def test_a_message_that_is_pushed_has_no_question(server, methods, name: str):
    run = await measure(server, methods[name], Load(rate=10, seconds=0.5))
    assert run.sample is not None
    assert {chunk.sender for chunk in run.sample.chunks} == {"server"}


@pytest.mark.parametrize("name", ["server-sent events", "WebSocket"])
async def test_an_open_connection_carries_nothing_but_messages(server, methods, name: str):
    run = await measure(server, methods[name], SMALL)
    assert (run.traffic.sent, run.traffic.requests, run.traffic.connections) == (0, 0, 0)
    idle = await measure_idle(server, methods[name])
    assert idle.exchange == Traffic()


async def test_the_bytes_of_web_socket_messages_are_their_frames(server: FeedServer, methods):
    run = await measure(server, methods["WebSocket"], Load(rate=20, seconds=0.2))
    message = '{"number": 1, "name": "Ana", "text": "This is message number 1."}'
    assert run.traffic.received == 4 * (2 + len(message))


@pytest.mark.parametrize(("name", "per_minute"), [("short polling, 1 s", 60), ("long polling", 3)])
async def test_an_idle_minute_is_counted_by_the_exchange(server, methods, name, per_minute):
    idle = await measure_idle(server, methods[name])
    assert idle.exchange.requests == 1 and idle.exchange.connections == 0
    assert idle.per_minute == per_minute
    again = await measure_idle(server, methods[name])
    assert again == idle
    assert server.hold == 20


async def test_no_keep_alive_is_one_connection_an_exchange(server: FeedServer, methods):
    idle = await measure_idle(server, methods["short polling, 0.1 s, no keep-alive"])
    assert (idle.exchange.requests, idle.exchange.connections) == (1, 1)


async def test_a_longer_way_delays_each_message_by_half_a_round_trip(server, methods):
    run = await measure(server, methods["WebSocket"], Load(rate=20, seconds=0.1, rtt=0.2))
    # A timer may end one tick of its clock too soon, and on Windows a tick has 16 ms.
    assert all(latency > 0.08 for latency in run.latencies)


async def test_an_error_of_a_client_is_shown_as_it_was_raised(server: FeedServer):
    async def wrong(server, got):
        raise LookupError("a mistake of the learner")

    with pytest.raises(LookupError, match="a mistake of the learner"):
        await measure(server, Method("wrong", wrong), SMALL)


async def test_a_client_that_never_asks_is_told_so(server: FeedServer, monkeypatch):
    async def idle(server, got):
        await asyncio.Event().wait()

    monkeypatch.setattr("chatlib.chapters.why_websocket.measurement.LONGEST_START", 0.05)
    with pytest.raises(RuntimeError, match="Only 0 of 2 clients"):
        await measure(server, Method("idle", idle), SMALL)


async def test_lost_messages_are_counted_as_missing(server: FeedServer, monkeypatch):
    async def deaf(server, got):
        await server.http.get("/poll")
        await asyncio.Event().wait()

    monkeypatch.setattr("chatlib.chapters.why_websocket.measurement.GRACE", 0.05)
    run = await measure(server, Method("deaf", deaf), SMALL)
    assert (run.latencies, run.expected, run.sample) == ((), 8, None)


async def test_a_run_leaves_no_task(server: FeedServer, methods):
    before = asyncio.all_tasks()
    await measure(server, methods["WebSocket"], Load(rate=20, seconds=0.1, rtt=0.01))
    assert asyncio.all_tasks() == before


async def test_a_resting_server_takes_little(server: FeedServer):
    assert 0 <= await measure_resting(server) < 0.5


# The same bytes, counted by the system


class Capture:
    """tshark on the loopback interface, for one port of the server."""

    def __init__(self, port: int, process: asyncio.subprocess.Process) -> None:
        self.port = port
        self.process = process
        self.ours: set[int] = set()
        self.packets: list[tuple[int, int, bytes]] = []

    @classmethod
    async def start(cls, port: int) -> "Capture":
        """Return when the first packet was captured; skip where that is not allowed."""
        if shutil.which("tshark") is None:
            pytest.skip("tshark is not installed")
        process = await asyncio.create_subprocess_exec(
            *("tshark", "-i", "lo", "-f", f"tcp port {port}", "-l", "-n"),
            *("-T", "fields", "-e", "tcp.srcport", "-e", "tcp.dstport", "-e", "tcp.payload"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        capture = cls(port, process)
        reading = asyncio.create_task(capture.until("start"))
        while not reading.done():
            await capture.mark("start")
            await asyncio.wait({reading}, timeout=0.2)
        if not reading.result():
            await process.wait()
            pytest.skip("tshark may not capture on the loopback interface here")
        return capture

    async def mark(self, name: str) -> None:
        """Send a request that can be recognised; its bytes do not count."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.ours.add(writer.get_extra_info("sockname")[1])
        writer.write(f"GET /{name} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        await reader.read()
        writer.close()
        await writer.wait_closed()

    async def until(self, name: str) -> bool:
        """Read packets until the mark; say whether it came."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            source, target, payload = line.decode().rstrip("\n").split("\t")
            self.packets.append((int(source), int(target), bytes.fromhex(payload)))
            if self.packets[-1][2].startswith(f"GET /{name} ".encode()):
                return True
        return False

    async def stop(self) -> tuple[int, int]:
        """Return the bytes of TCP payload to the port and from it."""
        await self.mark("end")
        assert await self.until("end")
        self.process.terminate()
        await self.process.communicate()
        counted = [packet for packet in self.packets if not self.ours & set(packet[:2])]
        sent = sum(len(payload) for _, target, payload in counted if target == self.port)
        return sent, sum(len(payload) for *_, payload in counted) - sent


async def counted_by_tap(server: FeedServer, method: Method) -> Traffic:
    """Let one client get three messages; return what the tap has counted until all is closed."""
    tap = await WireTap.start(server.port)
    counter = TrafficCounter(tap)
    three = asyncio.Event()
    feed = await server.new_feed()
    client = asyncio.create_task(
        _client(method, tap, lambda message: message["number"] == 3 and three.set(), wait=0)
    )
    while not feed.visits:
        await asyncio.sleep(0)
    for text in ("one", "two", "three"):
        server.say(text)
    await three.wait()
    client.cancel()
    await asyncio.wait({client})
    await server.new_feed()
    await tap.idle()
    await tap.stop()
    return counter.totals


async def test_bytes_equal_what_a_capture_counts(server: FeedServer, methods):
    async with asyncio.timeout(60):
        capture = await Capture.start(server.port)
        found = [await counted_by_tap(server, methods[name]) for name in NAMES]
        sent, received = await capture.stop()
    assert len(found) == 6 and all(min(totals.sent, totals.received) > 100 for totals in found)
    assert sum(totals.sent for totals in found) == sent
    assert sum(totals.received for totals in found) == received
