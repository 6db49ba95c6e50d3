"""The relay between real TCP connections: nothing is changed, lost, or left open."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from chatlib.chapters.why_websocket.delay import DelayRelay
from chatlib.kernel import relay as module
from chatlib.kernel.relay import Connection, Relay, connected
from chatlib.kernel.tap import WireTap
from tests.conftest import reset

HOST = "127.0.0.1"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A server whose connections the test holds in its hands."""

    def __init__(self) -> None:
        self.accepted: asyncio.Queue[Streams] = asyncio.Queue()
        self.writers: list[asyncio.StreamWriter] = []

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        self.accepted.put_nowait((reader, writer))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    async with await asyncio.start_server(made.accept, HOST, 0) as listening:
        made.port = listening.sockets[0].getsockname()[1]
        yield made
        for writer in made.writers:
            writer.transport.abort()


@pytest.fixture
async def relay(server: Server) -> AsyncIterator[Relay]:
    running = await Relay.start(server.port, name="test")
    yield running
    await running.stop()
    await running.idle()


async def connect(relay: Relay, server: Server) -> tuple[Streams, Streams]:
    """Return the client's streams and the server's."""
    client = await asyncio.open_connection(HOST, relay.port)
    return client, await server.accepted.get()


async def test_bytes_pass_both_ways_and_a_half_closed_connection_goes_on(
    relay: Relay, server: Server
):
    client, served = await connect(relay, server)
    client[1].write(b"question")
    client[1].write_eof()
    assert await served[0].read() == b"question"
    data = bytes(range(256)) * 4000
    served[1].write(data)
    served[1].close()
    assert await client[0].read() == data
    await relay.idle()
    client[1].close()


@pytest.mark.parametrize("sender", [0, 1])
async def test_a_reset_goes_on_as_a_reset(relay: Relay, server: Server, sender: int):
    ends = await connect(relay, server)
    ends[sender][1].write(b"x")
    assert await ends[1 - sender][0].read(1) == b"x"
    reset(ends[sender][1])
    with pytest.raises(ConnectionResetError):
        await ends[1 - sender][0].read()
    ends[1 - sender][1].close()
    await relay.idle()


async def test_without_a_server_the_client_is_reset():
    with socket.create_server((HOST, 0)) as unused:
        port = unused.getsockname()[1]
    relay = await Relay.start(port)
    reader, writer = await asyncio.open_connection(HOST, relay.port)
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    await relay.idle()
    await relay.stop()


async def test_without_a_server_it_does_not_connect_with_itself(monkeypatch: pytest.MonkeyPatch):
    with socket.create_server((HOST, 0)) as unused:
        port = unused.getsockname()[1]

    class Unlucky(socket.socket):
        def bind(self, address: tuple[str, int]) -> None:
            super().bind((address[0], port))

    monkeypatch.setattr(module.socket, "socket", Unlucky)
    announced: list[int] = []
    with pytest.raises(ConnectionRefusedError, match=f"nobody listens on port {port}"):
        async with connected(HOST, port, announce=announced.append):
            pass
    assert announced == []


async def test_a_failure_on_the_way_to_the_server_is_reported_and_the_client_reset(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
):
    reported: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(str(context["exception"])))

    def reaching(*_: object) -> None:
        raise OSError("no port is left")

    monkeypatch.setattr(Connection, "reaching", reaching)
    reader, writer = await asyncio.open_connection(HOST, relay.port)
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    assert reported == ["no port is left"]


async def test_it_reads_only_as_fast_as_the_other_side_takes_it(
    relay: Relay, server: Server, monkeypatch: pytest.MonkeyPatch
):
    client, served = await connect(relay, server)
    held, pass_on = asyncio.Event(), Connection.pass_on

    async def pass_on_or_tell(*args: Any) -> None:
        passing = asyncio.create_task(pass_on(*args))
        if (await asyncio.wait({passing}, timeout=0))[1]:
            held.set()
        await passing

    monkeypatch.setattr(Connection, "pass_on", pass_on_or_tell)
    served[1].transport.pause_reading()
    client[1].write(b"x" * 20_000_000)
    client[1].write_eof()
    await held.wait()
    assert client[1].transport.get_write_buffer_size() > 0
    served[1].transport.resume_reading()
    assert len(await served[0].read()) == 20_000_000
    client[1].close()


RELAYS: dict[str, Callable[[int], Awaitable[Relay]]] = {
    "relay": lambda port: Relay.start(port),
    "tap": lambda port: WireTap.start(port),
    "delay": lambda port: DelayRelay.start(port, rtt=0),
}


@pytest.mark.parametrize("turns", range(8))
@pytest.mark.parametrize("kind", RELAYS)
async def test_what_was_accepted_just_before_the_stop_is_cut(
    server: Server, kind: str, turns: int, caplog: pytest.LogCaptureFixture
):
    relay = await RELAYS[kind](server.port)
    with socket.socket() as client:
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, (HOST, relay.port))
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(2):
            await relay.stop()
            await relay.stop()
            await relay.idle()
            try:
                rest = await asyncio.get_running_loop().sock_recv(client, 1)
            except ConnectionResetError:
                rest = b""
    assert rest == b""
    gc.collect()  # A connection that nobody has closed would complain now.
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("kind", RELAYS)
async def test_a_reader_that_never_reads_does_not_keep_it_from_stopping(server: Server, kind: str):
    relay = await RELAYS[kind](server.port)
    client, served = await connect(relay, server)
    served[1].transport.pause_reading()
    client[1].write(b"x" * 10_000_000)
    assert not client[1].transport.is_closing()
    async with asyncio.timeout(2):
        await relay.stop()
        await relay.idle()
    client[1].transport.abort()
