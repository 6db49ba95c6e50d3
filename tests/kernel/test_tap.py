"""The wire tap in front of real servers: it passes everything on, and writes everything down."""

import asyncio
import socket
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidMessage

from chatlib.kernel import tap as tap_module
from chatlib.kernel.relay import Connection
from chatlib.kernel.tap import WireTap
from chatlib.wire.frames import Side
from chatlib.wire.trace import Trace
from tests.conftest import reset


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@pytest.fixture
async def tap():
    async with serve(echo, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        tap = await WireTap.start(server.sockets[0].getsockname()[1], name="echo")
        yield tap
        await tap.stop()


async def test_messages_pass_and_both_directions_are_recorded(tap: WireTap):
    async with connect(tap.url, compression=None) as client:
        await client.send("Hello")
        assert await client.recv() == "Hello"
        port = client.local_address[1]
    await tap.idle()
    trace = tap.trace_of(port)
    assert trace is tap.traces[0]
    assert trace.messages("client") == trace.messages("server") == ("Hello",)
    assert trace.state == "closed"
    assert [event.sender for event in trace.events][:4] == ["client", "server"] * 2
    times = [event.time for event in trace.events]
    assert times == sorted(times)


async def test_connections_that_come_at_the_same_moment_have_names_of_their_own(tap: WireTap):
    sockets = [socket.create_connection(("127.0.0.1", tap.port)) for _ in range(3)]
    while len(tap.traces) < 3:
        await asyncio.sleep(0.01)
    names = sorted(trace.name for trace in tap.traces)
    for each in sockets:
        each.close()
    assert names == ["connection 1", "connection 2", "connection 3"]


async def test_a_big_message_takes_several_chunks_and_one_frame(tap: WireTap):
    async with connect(tap.url, compression=None) as client:
        await client.send(b"x" * 300_000)
        assert len(await client.recv()) == 300_000
    await tap.idle()
    (event,) = [event for event in tap.traces[0].events if event.name == "binary"][:1]
    assert len(event.chunks) > 1
    assert len(tap.traces[0].frames("client", "binary")) == 1


async def test_a_trace_is_found_by_the_clients_port(tap: WireTap):
    async with connect(tap.url) as first, connect(tap.url) as second:
        assert tap.trace_of(first.local_address[1]) is tap.traces[0]
        assert tap.trace_of(second.local_address[1]) is tap.traces[1]
        assert tap.trace_of(1) is None


async def test_a_trace_has_its_name_from_the_first_byte_on(tap: WireTap):
    for _ in range(20):  # The tap may accept before or after the client knows that it is connected.
        async with tap.connect_as("Ana") as connection, connect(tap.url, sock=connection):
            pass
    assert {trace.name for trace in tap.traces} == {"Ana"}


async def test_with_no_tap_any_more_the_socket_is_closed(tap: WireTap):
    await tap.stop()
    with pytest.raises(ConnectionRefusedError):
        async with tap.connect_as("Ana"):
            pass


async def test_a_watcher_hears_of_everything_until_it_stops_watching(tap: WireTap):
    heard: list[str] = []
    unwatch = tap.watch(lambda trace, events: heard.extend(event.name for event in events))
    async with connect(tap.url, compression=None) as client:
        await client.send("Hello")
        await client.recv()
        assert "text" in heard
        unwatch()
        before = len(heard)
        await client.send("Again")
        await client.recv()
        assert len(heard) == before


async def test_a_chunk_is_passed_on_before_it_is_recorded_and_seen_as_soon_as_received(
    tap: WireTap, monkeypatch: pytest.MonkeyPatch
):
    order: list[str] = []
    pass_on, record = Connection.pass_on, Trace.record

    def record_too(trace: Trace, sender: Side, data: bytes, **options: Any) -> Any:
        order.append(f"record {len(data)} of {sender}")
        return record(trace, sender, data, **options)

    async def pass_on_too(connection: Connection, source: Side, data: bytes) -> None:
        await pass_on(connection, source, data)
        order.append(f"pass on {len(data)} of {source}")

    async with connect(tap.url, compression=None) as client:
        monkeypatch.setattr(Trace, "record", record_too)
        monkeypatch.setattr(Connection, "pass_on", pass_on_too)
        await client.send("Hello")
        await client.recv()
        assert tap.trace.messages("server") == ("Hello",)
    sent, answered = order[:2], order[2:4]
    assert sent == ["pass on 11 of client", "record 11 of client"]
    assert answered == ["pass on 7 of server", "record 7 of server"]


async def test_an_error_in_the_recording_is_reported_and_cuts_nobody(
    tap: WireTap, monkeypatch: pytest.MonkeyPatch
):
    reported: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(str(context["exception"])))

    def fail(*_: object, **options: object) -> None:
        raise ValueError("cannot read this")

    monkeypatch.setattr(Trace, "record", fail)
    async with connect(tap.url) as client:
        await client.send("Hello")
        assert await client.recv() == "Hello"
    assert set(reported) == {"cannot read this"}


async def test_a_watcher_that_fails_is_reported_and_disturbs_nobody(tap: WireTap):
    errors: list[BaseException] = []

    def fail(*_: object) -> None:
        raise ValueError("cannot show this")

    tap.watch(fail, on_error=errors.append)
    async with connect(tap.url) as client:
        await client.send("Hello")
        assert await client.recv() == "Hello"
    assert {str(error) for error in errors} == {"cannot show this"}


async def test_a_reset_of_the_client_reaches_the_server_as_a_reset(tap: WireTap):
    ended: asyncio.Queue[str] = asyncio.Queue()

    async def bare(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(100):
                pass
            ended.put_nowait("fin")
        except ConnectionResetError:
            ended.put_nowait("reset")
        finally:
            writer.close()

    async with await asyncio.start_server(bare, "127.0.0.1", 0) as server:
        bare_tap = await WireTap.start(server.sockets[0].getsockname()[1])
        _, writer = await asyncio.open_connection("127.0.0.1", bare_tap.port)
        seen = asyncio.Event()
        bare_tap.watch(lambda *_: seen.set())
        writer.write(b"x")
        async with asyncio.timeout(5):
            await seen.wait()
            reset(writer)
            assert await ended.get() == "reset"
            await bare_tap.idle()
        names = [event.name for event in bare_tap.traces[0].events]
        assert any("reset" in name for name in names)
        await bare_tap.stop()


async def test_with_no_server_behind_it_the_client_learns_it_at_once():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    tap = await WireTap.start(port)
    with pytest.raises((InvalidMessage, OSError, EOFError)):
        await connect(tap.url)
    async with asyncio.timeout(5):
        await tap.idle()
    await tap.stop()


async def test_stop_cuts_connections_frees_the_port_and_keeps_the_traces(tap: WireTap):
    client = await connect(tap.url)
    await tap.stop()
    await tap.stop()
    with pytest.raises(ConnectionClosed):
        async with asyncio.timeout(5):
            await client.recv()
    with pytest.raises(OSError, match="refused|Connect call failed"):
        await asyncio.open_connection("127.0.0.1", tap.port)
    assert len(tap.traces) == 1
    assert not [task for task in asyncio.all_tasks() if "relay" in task.get_name()]


async def test_stop_does_not_wait_for_a_reader_that_never_reads(tap: WireTap):
    client = await connect(tap.url, compression=None, max_queue=1)
    client.transport.pause_reading()
    for _ in range(20):
        await client.send(b"x" * 1_000_000)
        if tap.traces[0].bytes_from("server") > 2_000_000:
            break
    async with asyncio.timeout(5):
        await tap.stop()
    client.transport.abort()
    await client.wait_closed()


async def test_only_so_many_traces_are_kept(tap: WireTap, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tap_module, "TRACES_KEPT", 3)
    for _ in range(5):
        async with connect(tap.url):
            pass
        await tap.idle()
    assert [trace.name for trace in tap.traces] == [f"connection {n}" for n in (3, 4, 5)]


async def test_its_clock_does_not_stand_still(tap: WireTap, monkeypatch: pytest.MonkeyPatch):
    """The clock of the event loop does, on Windows: for 16 ms at a time."""
    with monkeypatch.context() as coarse:
        coarse.setattr(asyncio.get_running_loop(), "time", lambda: 0.0)
        assert tap.now < tap.now
