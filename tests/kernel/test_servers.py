"""The servers of a notebook: started, found behind their taps, replaced, stopped."""

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection

from chatlib.kernel.servers import Servers

pytestmark = pytest.mark.usefixtures("nothing_is_left_behind")


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def test_stopping_twice_is_harmless():
    lab = await Servers.start()
    await lab.serve(echo)
    await lab.stop()
    await lab.stop()


async def test_serving_the_learners_own_handler():
    async with await Servers.start() as lab:
        service = await lab.serve(echo)
        async with connect(service.url, compression=None) as client:
            await client.send("Hello")
            assert await client.recv() == "Hello"
        await service.tap.idle()
        assert service.trace.messages("server") == ("Hello",)
        for event in service.trace.events:  # Both ends live here: their own times are known too.
            wrote, read = service.trace.moments(event)
            if event.item.end > event.item.start:
                assert wrote <= event.time <= read
        async with connect(service.direct_url):
            assert len(service.traces) == 1
        again = await lab.serve(echo)
        with pytest.raises(OSError):
            await connect(service.url)
        assert again.url in repr(again)


async def test_two_services_of_one_handler_have_names_of_their_own():
    async with await Servers.start() as lab:
        service = await lab.serve(echo)
        strict = await lab.serve(echo, name="strict", max_size=3)
        assert "'strict'" in repr(strict)
        async with connect(service.url) as client:
            await client.send("Hello")
            assert await client.recv() == "Hello"


async def test_the_wire_is_quiet_unless_asked():
    async with await Servers.start() as lab, connect(lab.url):
        assert lab.trace.response.headers.get("Sec-WebSocket-Extensions") is None
    async with await Servers.start(compression="deflate") as lab, connect(lab.url):
        assert "permessage-deflate" in lab.trace.response.headers.get("Sec-WebSocket-Extensions")


async def test_a_trace_before_anybody_connected_says_what_to_do():
    async with await Servers.start() as lab:
        with pytest.raises(LookupError, match="Run the cells above"):
            lab.trace  # noqa: B018  # a property that raises


async def test_a_failed_start_leaves_nothing():
    with pytest.raises(TypeError):
        await Servers.start(no_such_option=True)


async def test_relay_in_front_of_a_bare_server():
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    bare = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with bare, await Servers.start() as lab:
        tap = await lab.relay(bare.sockets[0].getsockname()[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", tap.port)
        assert await reader.read() == b"hello"
        writer.close()
        await writer.wait_closed()
        await tap.idle()
        assert tap.traces[0].bytes_from("server") == 5
