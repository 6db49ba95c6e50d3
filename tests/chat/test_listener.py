"""One port: it listens, follows its connections, and ends with all of them."""

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from chatlib.chat.listener import Listener


async def talk(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def start(**options) -> Listener:
    settings = {"on_full": lambda _: None, "on_error": lambda *_: None, **options}
    return await Listener.start(talk, "127.0.0.1", 0, **settings)


async def test_it_knows_its_connections_until_they_are_gone():
    listener = await start()
    assert listener.url == f"ws://127.0.0.1:{listener.port}"
    async with connect(listener.url, proxy=None):
        assert len(listener.connections) == 1
    await listener.close(1001, "done")
    assert listener.connections == set()


async def test_closing_tells_everybody_and_frees_the_port():
    listener = await start()
    peer = await connect(listener.url, proxy=None)
    assert not listener.closing
    await asyncio.gather(listener.close(4000, "enough"), listener.close(1001, "second"))
    assert listener.closing
    with pytest.raises(ConnectionClosed):
        await peer.recv()
    assert (peer.close_code, peer.close_reason) == (4000, "enough")
    again = await Listener.start(
        talk, "127.0.0.1", listener.port, on_full=lambda _: None, on_error=lambda *_: None
    )
    await again.close(1001, "")


async def test_an_error_while_closing_is_reported(monkeypatch):
    errors: list[tuple[BaseException, str]] = []
    listener = await start(on_error=lambda error, where: errors.append((error, where)))
    peer = await connect(listener.url, proxy=None)

    async def fail(connection, code, reason):
        connection.transport.abort()
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr("chatlib.chat.listener.shut", fail)
    await listener.close(1001, "")
    assert [(type(error), where) for error, where in errors] == [
        (ZeroDivisionError, "the chat server, stopping")
    ]
    await peer.wait_closed()


async def test_a_taken_port_is_an_error():
    listener = await start()
    with pytest.raises(OSError):
        await Listener.start(
            talk, "127.0.0.1", listener.port, on_full=lambda _: None, on_error=lambda *_: None
        )
    await listener.close(1001, "")
