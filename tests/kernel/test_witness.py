"""The witness on a real event loop: it counts every byte, changes nothing, and leaves nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from chatlib.kernel import witness as witness_module
from chatlib.kernel.causes import OUTSIDE
from chatlib.kernel.witness import Ports, Witness
from chatlib.wire.records import Cause

HOOKED = {"create_connection", "create_server", "create_task"}
HOST = "127.0.0.1"


@pytest.fixture
async def witness() -> AsyncIterator[Witness]:
    loop = asyncio.get_running_loop()
    installed = Witness(loop)
    installed.install()
    assert vars(loop).keys() >= HOOKED
    yield installed
    installed.remove()
    installed.remove()
    assert not HOOKED & vars(loop).keys()


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is found as the cause: its last element."""
    said = ["nobody"]
    monkeypatch.setattr(witness_module, "cause_here", lambda owner: said[-1] + owner)
    return said


class Greeter(asyncio.Protocol):
    """Writes as soon as it can, and gives its transport away."""

    def __init__(self, made: asyncio.Queue[asyncio.Transport]) -> None:
        self.made = made

    def connection_made(self, transport: Any) -> None:
        transport.write(b"at once")
        self.made.put_nowait(transport)


class Slotted(asyncio.Protocol):
    """A protocol without a __dict__: nothing can be put before its methods."""

    __slots__ = ()


@asynccontextmanager
async def greeter() -> AsyncIterator[tuple[int, asyncio.Queue[asyncio.Transport]]]:
    made: asyncio.Queue[asyncio.Transport] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: Greeter(made), HOST, 0) as server:
        yield server.sockets[0].getsockname()[1], made


@asynccontextmanager
async def connected(witness: Witness) -> AsyncIterator[tuple[asyncio.StreamWriter, Ports]]:
    """A client of a port that is of interest."""
    async with greeter() as (port, made):
        witness.expect_clients(port)
        _, writer = await asyncio.open_connection(HOST, port)
        yield writer, (writer.get_extra_info("sockname")[1], port)
        (await made.get()).close()
        writer.close()
        await writer.wait_closed()


async def test_each_write_is_noted_with_its_offset(witness: Witness, says: list[str]):
    async with connected(witness) as (writer, ports):
        for cause, data in (("a", b"12"), ("a", b"3"), ("b", memoryview(b"45"))):
            says.append(cause)
            writer.write(data)
        says.append("c")
        writer.writelines([b"6", b"78"])
        writer.write(b"")
        assert witness.written(ports, 0, 8) == (Cause(0, "a"), Cause(3, "b"), Cause(5, "c"))
        assert witness.written(ports, 1, 4) == (Cause(1, "a"), Cause(3, "b"))
        assert witness.written(ports, 4, 6) == (Cause(4, "b"), Cause(5, "c"))
        assert witness.written(ports, 7, 8) == (Cause(7, "c"),)


async def test_what_was_asked_for_is_forgotten(witness: Witness, says: list[str]):
    async with connected(witness) as (writer, ports):
        for number in range(100):
            says.append(str(number))
            writer.write(b"x")
            assert witness.written(ports, number, number + 1) == (Cause(number, str(number)),)
        assert witness.written(ports, 0, 100) == (Cause(99, "99"),)


async def test_a_write_that_fails_is_not_counted(witness: Witness, says: list[str]):
    async with connected(witness) as (writer, ports):
        with pytest.raises(TypeError):
            writer.write("text")
        says.append("a")
        writer.write(b"bytes")
        assert witness.written(ports, 0, 5) == (Cause(0, "a"),)


async def test_who_asks_is_told_of_each_write_and_of_each_read(witness: Witness):
    told: list[tuple[str, int]] = []
    async with greeter() as (port, made):
        witness.expect_clients(port)
        reader, writer = await asyncio.open_connection(HOST, port)
        ports = writer.get_extra_info("sockname")[1], port
        witness.tell(ports, lambda *note: told.append(note))
        protocol = writer.transport.get_protocol()
        await reader.readexactly(len(b"at once"))
        writer.write(b"12")
        writer.write(b"345")
        assert told == [("read", 7), ("wrote", 0), ("wrote", 2)]
        witness.forget(ports)
        assert "data_received" not in vars(protocol)
        writer.write(b"6")
        assert len(told) == 3
        (await made.get()).close()
        writer.close()
        await writer.wait_closed()


async def test_a_server_may_write_at_once(witness: Witness, says: list[str]):
    async with greeter() as (port, made):
        with socket.socket() as client:
            client.setblocking(False)
            client.bind((HOST, 0))
            ports = port, client.getsockname()[1]
            witness.expect(ports, owner=" for Ana")
            await asyncio.get_running_loop().sock_connect(client, (HOST, port))
            transport = await made.get()
            assert witness.written(ports, 0, 7) == (Cause(0, "nobody for Ana"),)
            assert "connection_made" not in vars(transport.get_protocol())
            transport.close()


async def test_a_transport_is_as_before_when_it_is_forgotten(witness: Witness):
    async with connected(witness) as (writer, ports):
        assert {"write", "writelines"} <= vars(writer.transport).keys()
        witness.forget(ports)
        witness.forget(ports)
        assert not {"write", "writelines"} & vars(writer.transport).keys()
        assert witness.written(ports, 3, 5) == (Cause(3, OUTSIDE),)


async def test_what_nobody_asked_for_is_left_alone(witness: Witness):
    async with greeter() as (port, made):
        _, writer = await asyncio.open_connection(HOST, port)
        assert "write" not in vars(writer.transport)
        (await made.get()).close()
        writer.close()
        await writer.wait_closed()


async def test_a_protocol_without_a_dict_works_unseen(witness: Witness):
    async with greeter() as (port, made):
        witness.expect_clients(port)
        transport, _ = await asyncio.get_running_loop().create_connection(Slotted, HOST, port)
        assert "write" not in vars(transport)
        (await made.get()).close()
        transport.close()


async def test_a_socket_that_is_not_tcp_is_left_alone(witness: Witness):
    ours, theirs = socket.socketpair()
    with theirs:
        _, writer = await asyncio.open_connection(sock=ours)
        assert "write" not in vars(writer.transport)
        writer.close()
        await writer.wait_closed()


async def test_another_hook_put_on_later_stays(witness: Witness):
    loop = asyncio.get_running_loop()

    def mine(*args: Any, **options: Any) -> Any:
        raise NotImplementedError

    vars(loop)["create_server"] = mine
    witness.remove()
    assert vars(loop).pop("create_server") is mine


async def test_nothing_waits_for_an_acknowledgement(
    witness: Witness, monkeypatch: pytest.MonkeyPatch
):
    """Also where asyncio leaves it out: on Windows, for what a server accepts."""
    monkeypatch.setattr(asyncio.base_events, "_set_nodelay", lambda _: None)
    async with greeter() as (port, made):
        _, writer = await asyncio.open_connection(HOST, port)
        accepted = await made.get()
        for each in (accepted, writer.transport):
            one = each.get_extra_info("socket")
            assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        accepted.close()
        writer.close()
        await writer.wait_closed()
