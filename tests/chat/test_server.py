import asyncio
import json
import logging
import re
import socket
from contextlib import suppress

import pytest
from websockets.asyncio.client import connect as ws_connect
from websockets.asyncio.server import broadcast
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus

from chatlib.chat import connections
from chatlib.chat.broadcaster import JOINED
from chatlib.chat.client import ChatClient, ChatClosed, ChatRefused
from chatlib.chat.messages import Error, Joined, Left, Said, Welcome, parse_server
from chatlib.chat.server import LOCAL_ORIGINS, ChatServer, log_error
from chatlib.chat.validation import Limits
from chatlib.wire.frames import Frame

PATIENT = Limits(burst=1_000_000)
OPENING = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def until(client: ChatClient, kind: type, **fields):
    """Receive messages until one is of this kind and has these fields."""
    async with asyncio.timeout(10):
        while True:
            message = await client.receive()
            if isinstance(message, kind) and all(
                getattr(message, name) == value for name, value in fields.items()
            ):
                return message


async def ask(connection, data) -> object:
    """Send one message on a bare connection and return the answer."""
    await connection.send(data)
    async with asyncio.timeout(5):
        return parse_server(await connection.recv())


async def test_start_on_a_free_port_of_the_loopback_address(start):
    server = await start()
    assert server.url == f"ws://127.0.0.1:{server.port}"
    assert repr(server) == f"<ChatServer {server.url}: listens, 0 connections>"
    assert dict(server.rooms) == {}
    with pytest.raises(TypeError):
        server.rooms["lobby"] = None


async def test_ten_clients_see_one_order(start, connect):
    server = await start(limits=PATIENT)
    clients = [await connect(server, f"P{number}") for number in range(10)]

    async def talk(client: ChatClient) -> list[str]:
        return [await client.say(f"{client.name} says {number}") for number in range(20)]

    async def listen(client: ChatClient) -> list[Said]:
        said = []
        expected = client.welcome.seq
        while len(said) < 200:
            message = await client.receive()
            expected += 1
            assert message.seq == expected
            if isinstance(message, Said):
                said.append(message)
        return said

    async with asyncio.timeout(30):
        results = await asyncio.gather(*map(talk, clients), *map(listen, clients))
    ids, heard = results[:10], results[10:]
    assert all(sequence == heard[0] for sequence in heard)
    assert sorted(said.id for said in heard[0]) == sorted(id for mine in ids for id in mine)
    for client, mine in zip(clients, ids, strict=True):
        assert [said.id for said in heard[0] if said.name == client.name] == mine


async def test_a_class_of_three_hundred_reads_one_sequence(start, connect):
    """Two hundred texts of six people, as fast as they can: what each member gets, byte by byte."""
    server = await start(limits=PATIENT, per_address=None)
    speakers = [await connect(server, f"Speaker {number}") for number in range(6)]
    streams = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(300)]

    async def talk(client: ChatClient) -> None:
        for number in range(34):
            await client.say(f"{client.name} says {number}")
        async for _ in client:
            pass

    async def read(number: int) -> tuple[int, list[int]]:
        """Join, and read until the last text has come; return the first number and all others."""
        reader, writer = streams[number]
        join = json.dumps({"type": "join", "name": f"P{number}"}).encode()
        writer.write(OPENING + Frame(1, join, masking_key=bytes(4)).encode())
        await reader.readuntil(b"\r\n\r\n")
        data = bytearray()
        while data.count(b'"type":"said"') < 6 * 34:
            data += await reader.read(65_536)
        own = data.index(b'"name":"P%d","time"' % number)
        numbers = [
            int(found) for found in re.findall(rb'"seq":(\d+)', data[data.rindex(b"{", 0, own) :])
        ]
        return numbers[0], numbers

    async with asyncio.timeout(60):
        joined = asyncio.gather(*map(read, range(300)))
        while len(server.rooms["lobby"].members) < 306:
            await asyncio.sleep(0)
        talking = [asyncio.create_task(talk(client)) for client in speakers]
        heard = await joined
    last = server.rooms["lobby"].seq
    assert last == 6 + 300 + 6 * 34
    assert all(numbers == [*range(first, last + 1)] for first, numbers in heard)
    for task in talking:
        task.cancel()
    for _, writer in streams:
        writer.transport.abort()


async def test_newcomers_while_others_talk_miss_nothing(start, connect):
    server = await start(limits=PATIENT)
    ana = await connect(server, "Ana")

    async def talk():
        for number in range(300):
            await ana.say(str(number))

    async with asyncio.timeout(30):
        talking = asyncio.create_task(talk())
        newcomers = [await connect(server, f"P{number}") for number in range(10)]
        await talking
        for client in newcomers:
            expected = client.welcome.seq
            while expected < server.rooms["lobby"].seq:
                expected += 1
                assert (await client.receive()).seq == expected


async def test_resume_after_a_connection_that_broke(start, connect):
    server = await start()
    ana, bob = await connect(server, "Ana"), await connect(server, "Bob")
    await until(bob, Joined, name="Bob")
    bob.connection.transport.abort()
    await until(ana, Left, name="Bob", code=1006, reason="")
    await ana.say("you miss this")
    await until(ana, Said)
    again = await connect(server, "Bob", after=bob.last_seq, epoch=bob.welcome.epoch)
    assert [event.seq for event in again.welcome.events] == [3, 4]
    assert again.welcome.events[1].text == "you miss this"
    assert not again.welcome.gone
    assert (await again.receive()).seq == 5


async def test_resume_when_the_server_is_another_one(start, connect):
    server = await start()
    ana = await connect(server, "Ana")
    await ana.receive()
    port, epoch = server.port, ana.welcome.epoch
    await server.stop()
    other = await start(port=port)
    again = await connect(other, "Ana", after=ana.last_seq, epoch=epoch)
    assert again.welcome.gone
    assert again.welcome.epoch != epoch


INVALID = [
    ("{", "not_json"),
    (b"\x00\x01", "not_text"),
    ("[]", "wrong_shape"),
    ('{"type":"shout"}', "unknown_type"),
    ('{"type":"say","text":"early"}', "not_joined"),
    (r'{"type":"say","text":"\ud800"}', "lone_surrogate"),
    ('{"type":"join","name":""}', "bad_name"),
    ('{"type":"join","name":"%s"}' % ("x" * 33), "bad_name"),
    (r'{"type":"join","name":"a\u0007"}', "bad_name"),
    ('{"type":"join","name":"a","room":"%s"}' % ("x" * 33), "bad_room"),
    ('{"type":"join","name":"ANA"}', "name_taken"),
    ('{"type":"say","text":"%s"}' % ("x" * 4001), "bad_text"),
]


async def test_invalid_input_is_answered_and_the_connection_stays(start, connect):
    server = await start()
    ana = await connect(server, "Ana")
    await until(ana, Joined, name="Ana")
    async with ws_connect(server.url, proxy=None) as bare:
        for data, code in INVALID:
            answer = await ask(bare, data)
            assert isinstance(answer, Error)
            assert answer.code == code
        assert isinstance(await ask(bare, '{"type":"join","name":"Bob"}'), Welcome)
    assert await ana.receive() == server.rooms["lobby"].events[1]
    assert (await ana.receive()).code == 1000


async def test_fragmented_text_is_one_message(start):
    server = await start()
    async with ws_connect(server.url, proxy=None) as bare:
        assert isinstance(await ask(bare, ['{"type":"jo', 'in","name":"Ana"}']), Welcome)


async def test_join_again_on_the_same_connection(start):
    server = await start()
    async with ws_connect(server.url, proxy=None) as bare:
        await ask(bare, '{"type":"join","name":"Ana"}')
        assert isinstance(parse_server(await bare.recv()), Joined)
        assert isinstance(await ask(bare, '{"type":"leave"}'), Left)
        welcome = await ask(bare, '{"type":"join","name":"Anna","room":"other"}')
        assert (welcome.name, welcome.room) == ("Anna", "other")


async def test_an_unexpected_error_is_reported_and_ends_that_connection_alone(
    start, connect, errors, monkeypatch
):
    server = await start()
    ana, bob = await connect(server, "Ana"), await connect(server, "Bob")
    receive = server._rooms.receive

    def fail(member, data):
        if "break" in data:
            raise ZeroDivisionError("a fault")
        receive(member, data)

    monkeypatch.setattr(server._rooms, "receive", fail)
    await bob.say("break")
    left = await until(ana, Left, name="Bob", code=1011)
    assert left.reason == "an error in the chat server; it was reported there"
    assert [message async for message in bob][-1].name == "Bob"
    assert (bob.close_code, bob.close_reason) == (1011, left.reason)
    [(error, where)] = errors
    assert (repr(error), where) == ("ZeroDivisionError('a fault')", "the chat server, with Bob")
    errors.clear()
    await ana.say("still here")
    await until(ana, Said, text="still here")


async def test_an_error_while_a_member_leaves_is_reported_too(start, connect, errors, monkeypatch):
    server = await start()
    ana = await connect(server, "Ana")
    other = await ws_connect(server.url, proxy=None)

    def fail(*arguments):
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(server._rooms, "leave", fail)
    await ana.close()
    await other.close()
    await server.stop()
    places = {where for _, where in errors}
    assert places == {
        "the chat server, with Ana",
        "the chat server, with somebody in no room",
        "the chat server, closing the connection of a member",
    }
    errors.clear()


def test_an_error_that_nobody_asked_for_is_logged(caplog):
    log_error(ZeroDivisionError("a fault"), "some place")
    [record] = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "error in some place")
    assert record.exc_info[0] is ZeroDivisionError


async def test_a_message_that_is_too_long_ends_with_1009(start, connect):
    server = await start()
    ana, bob = await connect(server, "Ana"), await connect(server, "Bob")
    await bob.say("x" * 70_000)
    left = await until(ana, Left, name="Bob")
    assert left.code == 1009
    assert "65536" in left.reason
    assert [message async for message in bob]
    assert bob.close_code == 1009


async def test_a_compression_bomb_ends_with_1009(start, connect):
    server = await start(compression="deflate")
    bob = await connect(server, "Bob", compression="deflate")
    await bob.connection.send(json.dumps({"type": "say", "text": "x" * 20_000_000}))
    await bob.connection.wait_closed()
    assert bob.close_code == 1009


async def test_text_that_is_no_utf8_ends_with_1007(start, connect):
    server = await start()
    bob = await connect(server, "Bob")
    await bob.connection.send(b"\xff", text=True)
    await bob.connection.wait_closed()
    assert bob.close_code == 1007


async def test_a_flood_is_told_and_then_closed_with_1008(start, connect):
    time = 0.0
    server = await start(limits=Limits(burst=5, rate=1, patience=2))
    server._rooms.clock = lambda: time
    ana, bob = await connect(server, "Ana"), await connect(server, "Bob")
    for number in range(6):
        await bob.say(str(number))
    await until(bob, Error, code="too_fast")
    time = 10.0
    await bob.say("after a pause")
    await until(bob, Said, text="after a pause")
    for _ in range(7):
        await bob.say("again")
    await until(ana, Left, name="Bob", code=1008)
    assert isinstance([message async for message in bob][-1], Error)
    assert (bob.close_code, bob.close_reason) == (1008, "too many messages: more than 1 a second")


async def test_what_comes_after_the_flood_limit_is_ignored(start):
    limits = Limits(burst=2, rate=1, patience=3)
    server = await start(limits=limits)
    server._rooms.clock = lambda: 0.0
    async with ws_connect(server.url, proxy=None) as bare:
        # Written in one turn of the loop, so the server reads all of them in one turn too.
        for _ in range(20):
            broadcast([bare], "nonsense")
        with pytest.raises(ConnectionClosedError):
            answers = []
            while True:
                answers.append(parse_server(await bare.recv()).code)
    assert answers == ["not_json"] * 2 + ["too_fast"] * 3
    assert bare.close_code == 1008


async def test_a_member_that_reads_nothing_is_closed_and_the_others_lose_nothing(
    start, connect, mute
):
    limits = Limits(burst=1_000_000, queue=64 * 1024)
    server = await start(limits=limits)
    ana, bob = await connect(server, "Ana"), await connect(server, "Bob")
    silent = await mute(server, "Mute")
    texts = 0
    largest = 0

    async def talk():
        nonlocal texts, largest
        while "Mute" in server.rooms["lobby"].members:
            await ana.say("x" * 4000)
            texts += 1
            waiting = [c.transport.get_write_buffer_size() for c in server._ports[0].connections]
            largest = max(largest, *waiting)
            assert texts < 10_000

    async def listen(client: ChatClient) -> Left:
        expected = client.welcome.seq
        async for message in client:
            expected += 1
            assert message.seq == expected
            if isinstance(message, Left):
                return message
        raise AssertionError("closed")

    async with asyncio.timeout(30):
        _, *lefts = await asyncio.gather(talk(), listen(ana), listen(bob))
    assert {(left.name, left.code, left.reason) for left in lefts} == {
        ("Mute", 1013, "too slow: more than 65536 bytes wait to be read")
    }
    assert largest < limits.queue + 2 * JOINED + 5000
    # It is told why, if it reads in the end.
    silent.connection.transport.resume_reading()
    assert [message async for message in silent]
    assert (silent.close_code, silent.close_reason) == (1013, lefts[0].reason)


async def test_a_member_that_sends_pings_and_reads_no_pong_is_closed(start, connect, mute):
    server = await start(limits=Limits(queue=64 * 1024))
    ana = await connect(server, "Ana")
    silent = await mute(server, "Mute")
    protocol = silent.connection.protocol
    async with asyncio.timeout(30):
        while "Mute" in server.rooms["lobby"].members:
            for number in range(1000):
                protocol.send_ping(b"%0125d" % number)
            silent.connection.transport.write(b"".join(protocol.data_to_send()))
            await asyncio.sleep(0)
    left = await until(ana, Left, name="Mute")
    assert (left.code, left.reason) == (1013, "too slow: more than 65536 bytes wait to be read")


@pytest.mark.parametrize("waiting", [0, 8_000_000])
async def test_a_dead_peer_is_noticed(start, connect, mute, impatient, waiting):
    limits = Limits(queue=16_000_000)
    server = await start(limits=limits, ping_interval=0.1, ping_timeout=0.3, close_timeout=0.2)
    ana = await connect(server, "Ana")
    await mute(server, "Mute")
    server._rooms.find("Mute", "lobby").transport.write(bytes(waiting))
    left = await until(ana, Left, name="Mute")
    assert (left.code, left.reason) == (1011, "keepalive ping timeout")


async def test_pings_can_be_switched_off(start, connect):
    server = await start(ping_interval=None)
    await connect(server, "Ana")
    [connection] = server._ports[0].connections
    assert connection.keepalive_task is None


@pytest.mark.parametrize(
    ("options", "used"), [({"compression": "deflate"}, ["PerMessageDeflate"]), ({}, [])]
)
async def test_compression_on_request_only(start, connect, options, used):
    server = await start(**options)
    client = await connect(server, "Ana")
    assert [type(extension).__name__ for extension in client.connection.protocol.extensions] == used


async def test_a_page_of_another_site_is_refused(start, connect):
    server = await start()
    for origin in ("https://example.org", "null"):
        with pytest.raises(InvalidStatus) as caught:
            await ChatClient.connect(server.url, "Ana", origin=origin)
        assert caught.value.response.status_code == 403
    ana = await connect(server, "Ana", origin="http://localhost:8888")
    assert ana.state == "open"


async def test_other_origins_on_request(start, connect):
    server = await start(origins=["https://example.org"])
    await connect(server, "Ana", origin="https://example.org")
    with pytest.raises(InvalidStatus):
        await ChatClient.connect(server.url, "Bob")
    everybody = await start(origins=None)
    await connect(everybody, "Ana", origin="https://anywhere.example")


async def test_a_page_on_the_same_port(start, connect):
    def page(connection, request):
        return connection.respond(200, "a page\n") if request.path == "/" else None

    server = await start(process_request=page)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
    async with asyncio.timeout(5):
        assert (await reader.read()).endswith(b"a page\n")
    writer.close()
    await writer.wait_closed()
    client = await ChatClient.connect(f"{server.url}/chat", "Ana")
    await client.close()


async def test_a_handshake_that_does_not_end_is_cut(start):
    server = await start(open_timeout=0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HTTP/1.1\r\n")
    async with asyncio.timeout(5):
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
    writer.close()
    with suppress(ConnectionResetError):
        await writer.wait_closed()


async def test_a_full_server_says_so_and_has_place_again(start, connect):
    server = await start(connections=2, per_address=None)
    ana, _ = await connect(server, "Ana"), await connect(server, "Bob")
    with pytest.raises(ChatClosed, match=r"code 1013, reason 'the server is full \(limit 2\)"):
        await connect(server, "Cem")
    await ana.close()
    await connect(server, "Cem")


async def test_one_address_has_so_many_places(start, connect):
    server = await start(per_address=1)
    await connect(server, "Ana")
    with pytest.raises(ChatClosed, match=r"too many connections from your address \(limit 1\)"):
        await connect(server, "Bob")


async def test_connections_that_say_nothing_are_cut_above_the_limit(start, monkeypatch):
    monkeypatch.setattr(connections, "WAITING", 1)
    server = await start(connections=1)
    silent = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(3)]
    async with asyncio.timeout(10):
        with suppress(ConnectionResetError):  # this, or the end of the stream
            assert await silent[-1][0].read() == b""
    assert not silent[0][0].at_eof()
    for _, writer in silent:
        writer.transport.abort()


async def test_a_room_has_so_many_places(start, connect):
    server = await start(members=1)
    await connect(server, "Ana")
    with pytest.raises(ChatRefused, match="There are 1 people in the room 'lobby'"):
        await connect(server, "Bob")


async def test_disconnect(start, connect):
    server = await start()
    ana, bob = await connect(server, "Ana"), await connect(server, "Bob")
    async with asyncio.timeout(5):
        await server.disconnect("Bob", code=4001, reason="enough")
    await until(ana, Left, name="Bob", code=4001, reason="enough")
    assert isinstance([message async for message in bob][-1], Joined)
    assert (bob.close_code, bob.close_reason) == (4001, "enough")
    with pytest.raises(LookupError, match="Nobody called 'Bob'"):
        await server.disconnect("Bob")
    with pytest.raises(ValueError, match="1006 may not travel"):
        await server.disconnect("Ana", code=1006)


async def test_disconnecting_twice_at_once_is_harmless(start, connect):
    server = await start()
    await connect(server, "Ana")
    async with asyncio.timeout(5):
        await asyncio.gather(*(server.disconnect("Ana") for _ in range(2)))
    assert [event.seq for event in server.rooms["lobby"].events] == [1, 2]


async def test_stop_tells_everybody(start, connect):
    server = await start()
    clients = [await connect(server, name) for name in ("Ana", "Bob")]
    await server.stop()
    for client in clients:
        assert not [message async for message in client if isinstance(message, Left)]
        assert client.close_code == 1001
        assert client.close_reason == "the chat server is stopping"
    with pytest.raises(ConnectionRefusedError):
        await ChatClient.connect(server.url, "Cem")
    assert repr(server) == f"<ChatServer {server.url}: stopped, 0 connections>"


async def test_stop_with_another_code_and_reason(start, connect):
    server = await start()
    ana = await connect(server, "Ana")
    with pytest.raises(ValueError, match="1006 may not travel"):
        await server.stop(code=1006)
    assert ana.state == "open"
    await server.stop(code=1012, reason="back soon")
    await ana.connection.wait_closed()
    assert (ana.close_code, ana.close_reason) == (1012, "back soon")


async def test_stop_leaves_no_task_and_may_be_called_again():
    before = asyncio.all_tasks()
    async with await ChatServer.start() as server:
        client = await ChatClient.connect(server.url, "Ana")
        await asyncio.gather(server.stop(), server.stop())
        await server.stop()
        await client.connection.wait_closed()
        assert asyncio.all_tasks() == before
    assert asyncio.all_tasks() == before


async def test_stop_within_two_seconds_whatever_the_peers_do(start, connect, mute):
    server = await start(limits=PATIENT)
    ana = await connect(server, "Ana")
    silent, full = await mute(server, "Mute"), await mute(server, "Full")
    [stuck] = [
        connection
        for connection in server._ports[0].connections
        if connection.remote_address[1] == full.local_port
    ]
    # One says nothing at all, and one stops in the middle of its opening handshake.
    bare = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(2)]
    bare[1][1].write(b"GET / HTTP/1.1\r\nHost: x\r\n")
    await ana.say("hello")
    await until(ana, Said)
    # More than the kernel takes: its close frame can never be written.
    stuck.transport.write(bytes(20_000_000))
    loop = asyncio.get_running_loop()
    before = loop.time()
    await server.stop()
    assert loop.time() - before < 2
    assert server._ports[0].connections == set()
    # The full one was closed for that; nobody else is reported as leaving.
    assert [(message.name, message.code) async for message in ana] == [("Full", 1013)]
    assert ana.close_code == 1001
    assert silent.state == full.state == "open"
    for _, writer in bare:
        writer.close()
        with suppress(ConnectionResetError):
            await writer.wait_closed()


async def test_a_connection_that_arrives_while_the_server_stops_is_dropped(start, mute, impatient):
    server = await start()
    await mute(server, "Mute")
    stopping = asyncio.create_task(server.stop())
    # The kernel has accepted it already, and the server takes it in the loop's next turn.
    with socket.create_connection(("127.0.0.1", server.port)) as late:
        async with asyncio.timeout(5):  # its opening handshake may take 10 seconds
            await stopping
        with suppress(ConnectionResetError):
            assert late.recv(1) == b""


async def test_stop_goes_on_when_its_caller_is_cancelled(start, mute, impatient):
    server = await start()
    await mute(server, "Mute")
    caller = asyncio.create_task(server.stop())
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await server.stop()
    with pytest.raises(ConnectionRefusedError):
        await ChatClient.connect(server.url, "Ana")


async def test_an_error_while_stopping_is_reported(start, connect, errors, monkeypatch):
    server = await start()
    ana = await connect(server, "Ana")

    async def fail(connection, code, reason):
        connection.transport.abort()
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr("chatlib.chat.connections.shut", fail)
    await server.stop()
    assert [(type(error), where) for error, where in errors] == [
        (ZeroDivisionError, "the chat server, stopping")
    ]
    errors.clear()
    await ana.connection.wait_closed()


async def test_start_again_on_the_same_port(start, connect):
    first = await start()
    await connect(first, "Ana")
    await first.stop()
    second = await start(port=first.port)
    ana = await connect(second, "Ana")
    assert ana.welcome.seq == 0
    with pytest.raises(OSError, match="(?i)address already in use"):
        await ChatServer.start(port=second.port)


async def test_a_client_that_only_closes_its_tcp_connection(start, connect):
    server = await start()
    ana = await connect(server, "Ana")
    bare = await ws_connect(server.url, proxy=None)
    await ask(bare, '{"type":"join","name":"Bob"}')
    bare.transport.write_eof()
    await until(ana, Left, name="Bob", code=1006)
    with pytest.raises(ConnectionClosed):
        while True:
            await bare.recv()


async def test_nothing_is_written_to_a_connection_that_was_reset(start, connect, caplog):
    """In the turn of the loop before asyncio says that a connection is lost, it counts as open."""
    server = await start(limits=PATIENT)
    ana, bob = await connect(server, "Ana"), await connect(server, "Bob")
    member = server._rooms.find("Bob", "lobby")
    member.transport.abort()
    for _ in range(20):
        server._rooms.receive(server._rooms.find("Ana", "lobby"), '{"type":"say","text":"x"}')
    await until(ana, Left, name="Bob", code=1006)
    assert bob.name == "Bob"
    assert "socket.send() raised exception." not in caplog.text


def accepted(origin: str) -> bool:
    patterns = [entry for entry in LOCAL_ORIGINS if isinstance(entry, re.Pattern)]
    assert len(patterns) == 1
    return patterns[0].fullmatch(origin) is not None


@pytest.mark.parametrize(
    "origin",
    [
        "http://127.0.0.1",
        "http://127.0.0.1:8888",
        "https://localhost:8888",
        "http://[::1]:8888",
    ],
)
def test_local_pages_are_accepted(origin: str):
    assert accepted(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://example.org",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org:80",
        "http://example.org/http://localhost",
        "http://127x0x0x1",
        "file://",
        "http://localhost:",
        "http://localhost:80/",
    ],
)
def test_other_pages_are_not(origin: str):
    assert not accepted(origin)


async def test_the_process_keeps_descriptors_for_itself(start, connect, monkeypatch):
    """A connection whose descriptor is among the last quarter is cut at once, on every port."""
    server = await start()
    ana = await connect(server, "Ana")
    monkeypatch.setattr("chatlib.chat.connections.descriptors_run_out", lambda number: number > 2)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    # websockets ends an opening handshake that is not made after 10 seconds: that is too late.
    with suppress(ConnectionResetError):
        async with asyncio.timeout(5):
            assert await reader.read() == b""
    writer.close()
    assert ana.state == "open"
