import asyncio
from functools import partial

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from chatlib.chat.tracked import TrackedConnection


async def test_a_connection_is_known_before_its_handshake_and_until_it_is_lost():
    made, lost = asyncio.Queue(), asyncio.Queue()

    async def handler(connection):
        raise AssertionError("there is no opening handshake in this test")

    create = partial(TrackedConnection, made=made.put_nowait, lost=lost.put_nowait, full=None)
    async with (
        asyncio.timeout(5),
        serve(handler, "127.0.0.1", 0, create_connection=create) as server,
    ):
        port = server.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        connection = await made.get()
        assert lost.empty()
        assert connection.remote_address == writer.get_extra_info("sockname")
        writer.close()
        await writer.wait_closed()
        assert await lost.get() is connection


async def test_it_tells_when_more_waits_than_the_limit():
    full = []

    def ignore(connection):
        """Nothing to do."""

    async def handler(connection):
        # All in one turn of the loop: the kernel takes what fits, the rest waits.
        while not full:
            assert connection.transport.get_write_buffer_size() <= 1_000_000
            connection.transport.write(bytes(100_000))
        assert full == [connection]
        assert 1_000_000 < connection.transport.get_write_buffer_size() <= 1_100_000
        connection.transport.abort()

    create = partial(TrackedConnection, made=ignore, lost=ignore, full=full.append)
    options = {"create_connection": create, "write_limit": 1_000_000}
    async with asyncio.timeout(5), serve(handler, "127.0.0.1", 0, **options) as server:
        port = server.sockets[0].getsockname()[1]
        client = await connect(f"ws://127.0.0.1:{port}", proxy=None)
        client.transport.pause_reading()
        while not full:
            await asyncio.sleep(0)
        client.transport.abort()
        await client.wait_closed()
    assert full
