"""The delay: half a round trip each way, one more for a new connection, and nothing lost."""

import asyncio
import time

import pytest

from chatlib.chapters.why_websocket.delay import DelayRelay

RTT = 0.1


@pytest.fixture
async def echo():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_a_connection_costs_one_round_trip_and_each_exchange_another(echo: int):
    relay = await DelayRelay.start(echo, rtt=RTT)
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    times = []
    for _ in range(2):
        writer.write(b"Hello")
        assert await reader.readexactly(5) == b"Hello"
        times.append(time.perf_counter() - began)
    writer.close()
    await relay.stop()
    # A timer may end one tick of its clock too soon, and on Windows a tick has 16 ms.
    assert times[0] > 2 * RTT - 0.05
    assert times[1] - times[0] > RTT - 0.05


async def test_every_byte_comes_in_order_and_then_the_end(echo: int):
    relay = await DelayRelay.start(echo, rtt=0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    data = bytes(range(256)) * 2000
    writer.write(data)
    writer.write_eof()
    async with asyncio.timeout(30):
        assert await reader.read() == data
    writer.close()
    await relay.stop()


async def test_without_a_server_the_client_learns_it_at_once():
    async with await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0) as server:
        free = server.sockets[0].getsockname()[1]
    relay = await DelayRelay.start(free, rtt=RTT)
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        with pytest.raises(ConnectionError):
            await reader.readexactly(1)
    writer.close()
    await relay.stop()


async def test_stopping_cuts_what_is_open_and_leaves_no_task(echo: int):
    tasks = asyncio.all_tasks()
    relay = await DelayRelay.start(echo, rtt=RTT)
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    writer.write(b"on its way")
    await relay.stop()
    await relay.stop()
    async with asyncio.timeout(10):
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
    writer.close()
    assert not [task for task in asyncio.all_tasks() - tasks if "delayed" in task.get_name()]


async def test_a_round_trip_is_never_negative():
    with pytest.raises(ValueError, match="0 or more"):
        await DelayRelay.start(1, rtt=-1)
