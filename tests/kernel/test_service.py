"""A handler of the learner's own, served and stopped whatever its clients do."""

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed

from chatlib.kernel.service import Service


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def test_it_serves_through_the_tap_and_directly():
    service = await Service.start(echo)
    with pytest.raises(LookupError, match="Run the cells above"):
        _ = service.trace
    for url in (service.url, service.direct_url):
        async with connect(url) as client:
            await client.send("Hello")
            assert await client.recv() == "Hello"
    assert [trace.messages("server") for trace in service.traces] == [("Hello",)]
    assert repr(service) == f"<Service 'echo' at {service.url}, 1 connections so far>"
    await service.stop()


async def test_stop_says_going_away_and_may_be_called_twice():
    service = await Service.start(echo)
    client = await connect(service.url)
    await service.stop()
    await service.stop()
    with pytest.raises(ConnectionClosed):
        await client.recv()
    assert client.close_code == 1001


async def test_stop_cuts_a_client_that_reads_nothing():
    full = asyncio.Event()

    async def talk_without_end(connection: ServerConnection) -> None:
        for _ in range(30):  # megabytes: more than the buffers of any system hold
            broadcast([connection], b"x" * 1_000_000)
        full.set()
        await connection.wait_closed()

    service = await Service.start(talk_without_end)
    client = await connect(service.direct_url, max_queue=1, compression=None, max_size=None)
    client.transport.pause_reading()
    async with asyncio.timeout(30):
        await full.wait()
        await service.stop()
    client.transport.abort()
    await client.wait_closed()


async def test_an_option_that_websockets_does_not_know_leaves_nothing():
    with pytest.raises(TypeError):
        await Service.start(echo, no_such_option=True)
