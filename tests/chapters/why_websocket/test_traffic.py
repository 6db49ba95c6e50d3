"""The counter adds up what the tap saw, also of connections that the tap has forgotten."""

import asyncio

import pytest

from chatlib.chapters.why_websocket.traffic import Traffic, TrafficCounter
from chatlib.kernel import tap as tap_module
from chatlib.kernel.tap import WireTap

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"


@pytest.fixture
async def tap():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            writer.write(ANSWER)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        tap = await WireTap.start(server.sockets[0].getsockname()[1])
        yield tap
        await tap.stop()


async def exchange(tap: WireTap, times: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", tap.port)
    for _ in range(times):
        writer.write(REQUEST)
        await reader.readexactly(len(ANSWER))
    writer.close()
    await writer.wait_closed()
    await tap.idle()


async def test_bytes_connections_and_requests_are_counted(tap: WireTap, monkeypatch):
    monkeypatch.setattr(tap_module, "TRACES_KEPT", 1)
    counter = TrafficCounter(tap)
    for times in (1, 3, 2):
        await exchange(tap, times)
    assert len(tap.traces) < 3
    assert counter.totals == Traffic(6 * len(REQUEST), 6 * len(ANSWER), 3, 6)


async def test_each_chunk_is_noted_with_its_time(tap: WireTap):
    counter = TrafficCounter(tap)
    await exchange(tap, 2)
    found = [(chunk.sender, chunk.size) for chunk in counter.chunks]
    question, answer = ("client", len(REQUEST)), ("server", len(ANSWER))
    assert found == [question, answer, question, answer]
    assert sorted(chunk.time for chunk in counter.chunks) == [s.time for s in counter.chunks]


async def test_a_closed_counter_counts_no_more(tap: WireTap):
    counter = TrafficCounter(tap)
    await exchange(tap, 1)
    before = counter.totals
    counter.close()
    await exchange(tap, 1)
    assert counter.totals == before


def test_totals_between_two_moments():
    assert Traffic(5, 7, 2, 3) - Traffic(1, 2, 1, 1) == Traffic(4, 5, 1, 2)
