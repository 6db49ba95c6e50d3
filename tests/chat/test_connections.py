"""One port: it listens, tracks its connections, and ends with all of them."""

import asyncio
import logging
import socket
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK

from chatlib.chat.broadcaster import Broadcaster
from chatlib.chat.connections import (
    RECORDS_A_MINUTE,
    WAITING,
    ChatConnection,
    Places,
    Port,
    RateFilter,
    descriptors_run_out,
)
from chatlib.chat.validation import Limits


async def talk(connection: ChatConnection) -> None:
    await connection.wait_closed()


async def start(talk=talk, *, number: int = 0, **options) -> Port:
    settings = {"on_full": lambda _: None, "on_error": lambda *_: None, **options}
    port = Port(
        broadcaster=Broadcaster(lambda *_: None),
        on_full=settings.pop("on_full"),
        on_error=settings.pop("on_error"),
    )
    await port.open(talk, "127.0.0.1", number, **settings)
    return port


async def test_it_knows_its_connections_until_they_are_gone():
    port = await start()
    assert port.url == f"ws://127.0.0.1:{port.number}"
    async with connect(port.url, proxy=None):
        assert len(port.connections) == 1
    await port.close(1001, "done")
    assert port.connections == set()


async def test_closing_tells_everybody_and_frees_the_port():
    port = await start()
    peer = await connect(port.url, proxy=None)
    assert not port.closing
    await asyncio.gather(port.close(4000, "enough"), port.close(1001, "second"))
    assert port.closing
    with pytest.raises(ConnectionClosed):
        await peer.recv()
    assert (peer.close_code, peer.close_reason) == (4000, "enough")
    again = await start(number=port.number)
    await again.close(1001, "")


async def test_an_error_while_closing_is_reported(monkeypatch):
    errors: list[tuple[BaseException, str]] = []
    port = await start(on_error=lambda error, where: errors.append((error, where)))
    peer = await connect(port.url, proxy=None)

    async def fail(connection, code, reason):
        connection.transport.abort()
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr("chatlib.chat.connections.shut", fail)
    await port.close(1001, "")
    assert [(type(error), where) for error, where in errors] == [
        (ZeroDivisionError, "the chat server, stopping")
    ]
    await peer.wait_closed()


async def test_a_taken_port_is_an_error():
    port = await start()
    with pytest.raises(OSError):
        await start(number=port.number)
    await port.close(1001, "")


async def test_a_connection_is_known_before_its_handshake_and_until_it_is_lost():
    async def handler(connection):
        raise AssertionError("there is no opening handshake in this test")

    port = await start(handler)
    _, writer = await asyncio.open_connection("127.0.0.1", port.number)
    async with asyncio.timeout(5):
        while not port.connections:
            await asyncio.sleep(0)
        [connection] = port.connections
        assert connection.remote_address == writer.get_extra_info("sockname")
        assert not connection.admitted
        writer.close()
        await writer.wait_closed()
        while port.connections:
            await asyncio.sleep(0)
    await port.close(1001, "")


async def test_it_tells_when_more_waits_than_the_limit():
    full = []

    async def handler(connection):
        # All in one turn of the loop: the kernel takes what fits, the rest waits.
        while not full:
            assert connection.transport.get_write_buffer_size() <= 1_000_000
            connection.transport.write(bytes(100_000))
        assert full == [connection]
        assert 1_000_000 < connection.transport.get_write_buffer_size() <= 1_100_000
        connection.transport.abort()

    port = await start(handler, on_full=full.append, write_limit=1_000_000)
    client = await connect(port.url, proxy=None)
    client.transport.pause_reading()
    async with asyncio.timeout(5):
        while not full:
            await asyncio.sleep(0)
    client.transport.abort()
    await client.wait_closed()
    await port.close(1001, "")


async def test_a_member_sends_text_and_is_in_no_room():
    async def handler(member):
        member.admit(Limits(), now=0.0)
        assert (member.room, member.name, member.expelled) == (None, "", False)
        member.port.broadcaster.send([member], "hé".encode())

    port = await start(handler)
    async with connect(port.url, proxy=None) as client:
        assert await client.recv() == "hé"
    await port.close(1001, "")


async def test_sending_to_a_closed_connection_does_nothing():
    seen = []

    async def handler(member):
        await member.wait_closed()
        member.port.broadcaster.send([member], b"late")
        seen.append("sent")

    port = await start(handler)
    async with connect(port.url, proxy=None) as client:
        await client.close()
        with pytest.raises(ConnectionClosedOK):
            await client.recv()
    await port.close(1001, "")
    assert seen == ["sent"]


async def test_an_address_of_ipv6_stands_in_brackets():
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    port = Port(
        broadcaster=Broadcaster(lambda *_: None), on_full=lambda _: None, on_error=lambda *_: None
    )
    try:
        await port.open(talk, "::1", 0)
    except OSError:
        pytest.skip("IPv6 is switched off")
    assert port.url == f"ws://[::1]:{port.number}"
    await port.close(1001, "")


@pytest.mark.skipif("sys.platform == 'win32'")
def test_the_last_quarter_of_the_descriptors_is_kept(monkeypatch):
    monkeypatch.setattr("resource.getrlimit", lambda _: (256, 4096))
    assert [descriptors_run_out(number) for number in (9, 191, 192)] == [False, False, True]


def shown(records: RateFilter, *messages: tuple[str, float]) -> list[str]:
    """Return what a filter lets through of messages that come at these seconds."""
    made = [logging.makeLogRecord({"msg": text, "created": at}) for text, at in messages]
    return [record.getMessage() for record in made if records.filter(record)]


def test_a_message_has_a_rate_and_what_was_kept_back_is_counted():
    again = [("again", 0.0)] * (RECORDS_A_MINUTE + 8)
    assert shown(RateFilter(), *again, ("another", 0.0), ("again", 61.0)) == [
        *["again"] * RECORDS_A_MINUTE,
        "another",
        "again (8 more like it were not shown)",
    ]


def test_a_filter_for_one_message_leaves_the_others_alone():
    messages = shown(RateFilter("only this"), *[("only this", 0.0), ("not this", 0.0)] * 9)
    assert (messages.count("only this"), messages.count("not this")) == (RECORDS_A_MINUTE, 9)


def connections(*addresses: str, admitted: bool = True) -> Any:
    """Return the last of some connections of one port, by their addresses."""
    port = SimpleNamespace(connections=[])
    for address in addresses:
        connection = SimpleNamespace(remote_address=(address, 5), admitted=admitted, port=port)
        port.connections.append(connection)
    return port.connections[-1]


def test_who_waits_takes_no_place_but_not_too_many_may_wait():
    places = Places(2)
    assert places.refusal(connections("a", "b", "c", admitted=False)) is None
    assert places.may_connect(connections(*["a"] * (1 + WAITING), admitted=False))
    assert not places.may_connect(connections(*["a"] * (2 + WAITING), admitted=False))


def test_an_address_has_fewer_places_than_the_port():
    places = Places(3, per_address=2)
    assert places.refusal(connections("a", "b")) is None
    assert places.refusal(connections("b", "a", "a")) == (
        1013,
        "the server is full (limit 3): try again later",
    )
    assert places.refusal(connections("a", "a")) == (
        1013,
        "too many connections from your address (limit 2)",
    )


async def test_no_frame_waits_for_an_acknowledgement(monkeypatch):
    """Also where asyncio leaves it out: on Windows, for what a server accepts."""
    monkeypatch.setattr(asyncio.base_events, "_set_nodelay", lambda _: None)
    port = await start()
    async with connect(port.url, proxy=None):
        [connection] = port.connections
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    await port.close(1001, "")
