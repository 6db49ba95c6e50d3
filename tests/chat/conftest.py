"""Chat servers and clients that are closed after each test, with nothing left behind."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from chatlib.chat.client import ChatClient
from chatlib.chat.server import ChatServer

Start = Callable[..., Awaitable[ChatServer]]
Connect = Callable[..., Awaitable[ChatClient]]


def other_tasks() -> set[asyncio.Task[Any]]:
    """Return all tasks but the current one: each step of a fixture has a task of its own."""
    return asyncio.all_tasks() - {asyncio.current_task()}


@pytest.fixture
def errors() -> list[tuple[BaseException, str]]:
    """What servers reported to `on_error`."""
    return []


@pytest.fixture
async def start(errors: list[tuple[BaseException, str]]) -> AsyncIterator[Start]:
    """Start a server; it must stop without an error that the test did not expect."""
    before = other_tasks()
    servers: list[ChatServer] = []

    async def start_one(**options: Any) -> ChatServer:
        def report(error: BaseException, where: str) -> None:
            errors.append((error, where))

        servers.append(await ChatServer.start(**{"on_error": report, **options}))
        return servers[-1]

    yield start_one
    async with asyncio.timeout(10):
        for server in servers:
            await server.stop()
    assert errors == []
    # Client connections were closed by `connect` before this runs.
    assert other_tasks() <= before


@pytest.fixture
async def connect(start: Start) -> AsyncIterator[Connect]:
    """Connect a client by name to a server."""
    clients: list[ChatClient] = []

    async def connect_one(server: ChatServer, name: str, **options: Any) -> ChatClient:
        clients.append(await ChatClient.connect(server.url, name, **options))
        return clients[-1]

    yield connect_one
    for client in clients:
        client.connection.transport.abort()
        await client.connection.wait_closed()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for less than `CLOSE_TIMEOUT`, where its length is not what is tested."""
    monkeypatch.setattr("chatlib.chat.closing.CLOSE_TIMEOUT", 0.2)


@pytest.fixture
async def mute(connect: Connect) -> Connect:
    """Connect a client that joins and then reads nothing more from its TCP connection."""

    async def connect_mute(server: ChatServer, name: str) -> ChatClient:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", server.port))
        client = await connect(server, name, sock=sock, compression=None)
        client.connection.transport.pause_reading()
        return client

    return connect_mute
