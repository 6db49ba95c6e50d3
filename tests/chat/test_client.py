import asyncio

import pytest
from websockets.asyncio.server import serve
from websockets.exceptions import InvalidMessage, InvalidStatus

from chatlib.chat.client import ChatClient, ChatClosed, ChatRefused, NoAnswer
from chatlib.chat.messages import (
    Error,
    History,
    Joined,
    Left,
    Said,
    TypingNow,
    Welcome,
    encode,
)
from chatlib.chat.validation import BadMessage, Limits

WELCOME = Welcome(
    room="lobby", name="Ana", epoch="e", seq=7, members=(), events=(), gone=False, limits=Limits()
)


async def receive(client: ChatClient, count: int) -> list[object]:
    async with asyncio.timeout(5):
        return [await client.receive() for _ in range(count)]


def fake(*answers: str | bytes):
    """Serve connections that answer the first message with some texts and then close."""

    async def handler(connection):
        await connection.recv()
        for answer in answers:
            await connection.send(answer)

    return serve(handler, "127.0.0.1", 0)


def url(server) -> str:
    return f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_client_that_joined(start, connect):
    server = await start()
    client = await connect(server, " Ana ", room="other")
    assert (client.name, client.room, client.state) == ("Ana", "other", "open")
    assert (client.close_code, client.close_reason) == (None, None)
    assert (client.queued, client.last_seq, client.welcome.seq) == (0, 0, 0)
    assert client.local_port == client.connection.local_address[1]
    assert repr(client) == "<ChatClient 'Ana' in 'other': open, event 0>"


async def test_say_comes_back_with_its_id(start, connect):
    client = await connect(await start(), "Ana")
    ids = [await client.say("one"), await client.say("two")]
    joined, *said = await receive(client, 3)
    assert isinstance(joined, Joined)
    assert [(message.id, message.text) for message in said] == [(ids[0], "one"), (ids[1], "two")]
    assert client.last_seq == 3


async def test_ids_of_two_clients_differ(start, connect):
    server = await start()
    ana, bob = await connect(server, "Ana"), await connect(server, "Bob")
    assert await ana.say("x") != await bob.say("x")


async def test_typing_history_leave(start, connect):
    server = await start()
    ana, bob = await connect(server, "Ana"), await connect(server, "Bob")
    await receive(ana, 2)
    await bob.typing()
    await bob.typing(False)
    assert await receive(ana, 2) == [
        TypingNow(name="Bob", on=True),
        TypingNow(name="Bob", on=False),
    ]
    await ana.history(1)
    [history] = await receive(ana, 1)
    assert isinstance(history, History)
    assert [event.seq for event in history.events] == [2]
    assert ana.last_seq == 2
    await bob.leave()
    assert isinstance((await receive(bob, 2))[1], Left)
    assert bob.state == "open"
    await bob.say("to nobody")
    [error] = await receive(bob, 1)
    assert isinstance(error, Error)
    assert error.code == "not_joined"


async def test_no_message_is_lost_between_connecting_and_reading(start, connect):
    server = await start()
    bob = await connect(server, "Bob")
    ana = await connect(server, "Ana")
    for number in range(200):
        await ana.say(str(number))
    await receive(ana, 201)
    texts = [message.text for message in await receive(bob, 202) if isinstance(message, Said)]
    assert texts == [str(number) for number in range(200)]


async def test_reading_ends_when_the_connection_is_closed(start, connect):
    client = await connect(await start(), "Ana")
    await client.say("last words")
    await receive(client, 1)
    await client.close(4000, "bye")
    assert (client.state, client.close_code, client.close_reason) == ("closed", 4000, "bye")
    assert [message async for message in client if not isinstance(message, Said)] == []
    with pytest.raises(ChatClosed) as caught:
        await client.receive()
    assert (caught.value.code, caught.value.reason) == (4000, "bye")
    await client.close()
    assert client.close_code == 4000


async def test_reading_ends_without_an_error_when_the_connection_breaks(start, connect):
    client = await connect(await start(), "Ana")
    await receive(client, 1)
    client.connection.transport.abort()
    assert [message async for message in client] == []
    assert (client.close_code, client.close_reason) == (1006, "")


async def test_say_on_a_closed_client_keeps_the_text(start, connect):
    client = await connect(await start(), "Ana")
    await client.close()
    with pytest.raises(ChatClosed, match="code 1000.*This was not sent: 'hello'"):
        await client.say("hello")
    for attempt in (client.typing, client.history, client.leave):
        with pytest.raises(ChatClosed):
            await attempt()


async def test_a_lone_surrogate_cannot_be_said_and_the_connection_stays(start, connect):
    client = await connect(await start(), "Ana")
    with pytest.raises(BadMessage) as caught:
        await client.say("a\ud800")
    assert caught.value.code == "lone_surrogate"
    assert client.state == "open"
    with pytest.raises(BadMessage):
        await ChatClient.connect(client.connection.protocol.uri.resource_name, "\ud800")


async def test_close_checks_its_code(start, connect):
    client = await connect(await start(), "Ana")
    with pytest.raises(ValueError, match="1006"):
        await client.close(1006)
    assert client.state == "open"


async def test_a_refused_join_is_an_exception_and_leaves_nothing(start, connect):
    server = await start()
    await connect(server, "Ana")
    before = asyncio.all_tasks()
    with pytest.raises(ChatRefused) as caught:
        await ChatClient.connect(server.url, "Ana")
    assert caught.value.code == "name_taken"
    assert "Choose another name" in caught.value.sentence
    # The server's own task for that connection ends a moment later.
    async with asyncio.timeout(5):
        while not asyncio.all_tasks() <= before:
            await asyncio.sleep(0)
    assert len(server._ports[0].connections) == 1


async def test_a_refused_handshake_passes_through(start):
    server = await start()
    with pytest.raises(InvalidStatus):
        await ChatClient.connect(server.url, "Ana", origin="https://example.org")


async def test_something_that_is_no_websocket_server():
    async def answer(reader, writer):
        await reader.readline()
        writer.write(b"hello\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        with pytest.raises(InvalidMessage):
            await ChatClient.connect(url(server), "Ana")


@pytest.mark.parametrize("moment", ["handshake", "welcome"])
async def test_a_cancelled_connect_leaves_nothing(moment: str):
    before = asyncio.all_tasks()
    reached, ended = asyncio.Event(), asyncio.Event()

    async def silent_tcp(reader, writer):
        reached.set()
        await reader.read()
        ended.set()
        writer.close()

    async def silent_chat(connection):
        await connection.recv()
        reached.set()
        await connection.wait_closed()
        ended.set()

    server = await (
        asyncio.start_server(silent_tcp, "127.0.0.1", 0)
        if moment == "handshake"
        else serve(silent_chat, "127.0.0.1", 0)
    )
    async with server, asyncio.timeout(5):
        connecting = asyncio.create_task(ChatClient.connect(url(server), "Ana"))
        await reached.wait()
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
        if moment == "welcome":
            await ended.wait()
    async with asyncio.timeout(5):
        while asyncio.all_tasks() != before:
            await asyncio.sleep(0)


async def test_a_server_that_closes_instead_of_answering():
    async with fake() as server:
        with pytest.raises(ChatClosed) as caught:
            await ChatClient.connect(url(server), "Ana")
    assert caught.value.code == 1000


async def test_a_server_that_never_answers_the_join_is_not_waited_for():
    ended = asyncio.Event()

    async def silent(connection):
        await connection.wait_closed()
        ended.set()

    async with serve(silent, "127.0.0.1", 0) as server, asyncio.timeout(5):
        with pytest.raises(NoAnswer, match="is open, but the server did not answer `join` within"):
            await ChatClient.connect(url(server), "Ana", welcome_timeout=0.05)
        await ended.wait()


async def test_a_server_that_closes_before_the_join_is_sent(monkeypatch):
    async with fake() as server:
        send = ChatClient._join

        async def closed_first(client, *said, **options):
            client.connection.transport.abort()
            await client.connection.wait_closed()
            await send(client, *said, **options)

        monkeypatch.setattr(ChatClient, "_join", closed_first)
        with pytest.raises(ChatClosed) as caught:
            await ChatClient.connect(url(server), "Ana")
    assert caught.value.code == 1006


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("hello", "not_json"),
        (b"\x00", "not_text"),
        (encode(Joined(seq=1, name="Ana", time=0.0)), "wrong_shape"),
    ],
)
async def test_a_server_that_is_no_chat(answer: str | bytes, code: str):
    async with fake(answer) as server:
        with pytest.raises(BadMessage) as caught:
            await ChatClient.connect(url(server), "Ana")
    assert caught.value.code == code


async def test_messages_of_an_unknown_type_are_skipped():
    new = '{"type":"fireworks","colour":"red"}'
    answers = (new, encode(WELCOME), new, encode(Joined(seq=8, name="Ana", time=0.0)))
    async with fake(*answers) as server, await ChatClient.connect(url(server), "Ana") as client:
        assert client.last_seq == 7
        assert [message.seq async for message in client] == [8]
        assert client.last_seq == 8


async def test_cancelling_receive_loses_no_message(start, connect):
    client = await connect(await start(), "Ana")
    await receive(client, 1)
    receiving = asyncio.create_task(client.receive())
    await asyncio.sleep(0)
    receiving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await receiving
    await client.say("still there")
    [said] = await receive(client, 1)
    assert said.text == "still there"


async def test_async_with_closes(start):
    server = await start()
    async with await ChatClient.connect(server.url, "Ana") as client:
        assert client.state == "open"
    assert (client.state, client.close_code) == ("closed", 1000)


async def test_queued_counts_what_a_server_has_not_read(start, connect):
    server = await start(limits=Limits(burst=1_000_000))
    client = await connect(server, "Ana", compression=None)
    [connection] = server._ports[0].connections
    connection.transport.pause_reading()
    sending = asyncio.create_task(flood(client))
    async with asyncio.timeout(10):
        while client.queued == 0:
            await asyncio.sleep(0)
        connection.transport.resume_reading()
        await sending
        while client.queued:
            await client.receive()


async def flood(client: ChatClient) -> None:
    while client.queued == 0:
        await client.say("x" * 4000)


def test_refused():
    refused = ChatRefused("name_taken", "Somebody is called Ana. Choose another name.")
    assert (refused.code, refused.sentence[:8]) == ("name_taken", "Somebody")
    assert str(refused) == "Somebody is called Ana. Choose another name. (name_taken)"


def test_closed_with_a_reason():
    closed = ChatClosed(1001, "stopping")
    assert (closed.code, closed.reason) == (1001, "stopping")
    assert str(closed) == (
        "The connection is closed (code 1001, reason 'stopping'). Connect again to go on."
    )


def test_closed_shows_the_start_of_the_text():
    closed = ChatClosed(1006, "", text="x" * 100)
    assert str(closed) == (
        "The connection is closed (code 1006, no reason)."
        f" This was not sent: '{'x' * 60}'. Connect again to go on."
    )
