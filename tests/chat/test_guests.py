"""The port for guests: the same rooms, a join code, and refusals in words."""

import asyncio
from contextlib import suppress

import pytest
from websockets.asyncio.client import connect as ws_connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chatlib.chat import connections
from chatlib.chat.access import (
    FULL,
    TOO_MANY_WRONG,
    WAITING_PER_ADDRESS,
    WRONG_CODE,
    WRONG_CODES,
    Guests,
)
from chatlib.chat.client import ChatClient, ChatClosed
from chatlib.chat.limits import Limits
from chatlib.chat.messages import Error, Joined, Said

CODE = "482913"


async def closed_with(url: str) -> tuple[int, str]:
    """Connect, and return how the server closed the connection."""
    async with asyncio.timeout(5), ws_connect(url, proxy=None) as connection:
        with pytest.raises(ConnectionClosed):
            await connection.recv()
        return connection.close_code, connection.close_reason


async def test_guests_and_members_are_in_one_room(start, connect):
    server = await start()
    ana = await connect(server, "Ana")
    door = await server.listen_for_guests("127.0.0.1", Guests(code=CODE))
    async with await ChatClient.connect(f"{door.url}/ws?code={CODE}", "Budi") as budi:
        assert budi.welcome.members == ("Ana",)
        await ana.say("Hello outside")
        async with asyncio.timeout(5):
            heard = [message async for message in first(budi, Said)]
        assert heard[0].text == "Hello outside"


async def first(client: ChatClient, kind: type):
    """Yield the first message of this kind."""
    async for message in client:
        if isinstance(message, kind):
            yield message
            return


async def test_a_wrong_code_is_refused_in_words_and_guessing_ends(start):
    server = await start()
    door = await server.listen_for_guests("127.0.0.1", Guests(code=CODE))
    assert await closed_with(f"{door.url}/ws") == (
        WRONG_CODE,
        "wrong join code: type the one that is shown in the classroom",
    )
    for _ in range(WRONG_CODES):
        assert (await closed_with(f"{door.url}/ws?code=000000"))[0] == WRONG_CODE
    code, reason = await closed_with(f"{door.url}/ws?code={CODE}")
    assert (code, reason.partition(":")[0]) == (TOO_MANY_WRONG, "too many wrong join codes")
    assert dict(server.rooms) == {}


async def test_a_full_room_is_refused_in_words_until_somebody_goes(start):
    server = await start()
    door = await server.listen_for_guests("127.0.0.1", Guests(code=CODE, most=1))
    url = f"{door.url}/ws?code={CODE}"
    async with await ChatClient.connect(url, "Ana"):
        code, reason = await closed_with(url)
        assert code == FULL
        assert reason == "the room is full (limit 1): try again later"
    async with await come_in(url, "Budi") as budi:
        assert budi.state == "open"


async def come_in(url: str, name: str) -> ChatClient:
    """Connect as soon as there is room: the server may still be seeing the last guest off."""
    async with asyncio.timeout(5):
        while True:
            with suppress(ChatClosed):
                return await ChatClient.connect(url, name)


async def test_a_guest_has_its_own_limits(start):
    server = await start()
    limits = Limits(burst=2, rate=0.001, patience=2, text=5)
    door = await server.listen_for_guests("127.0.0.1", Guests(code=CODE, limits=limits))
    async with await ChatClient.connect(f"{door.url}/ws?code={CODE}", "Budi") as budi:
        assert budi.welcome.limits == limits
        for _ in range(5):
            await budi.say("too long")
        async with asyncio.timeout(5):
            messages = [message async for message in budi]
    assert isinstance(messages[0], Joined)
    errors = [message.code for message in messages if isinstance(message, Error)]
    assert errors == ["bad_text", "too_fast", "too_fast"]
    assert budi.close_code == 1008
    assert budi.close_reason == "too many messages: more than 0.001 a second"


async def test_only_the_pages_of_its_own_port_may_come(start):
    server = await start()
    door = await server.listen_for_guests("127.0.0.1", Guests(code=CODE))
    url = f"{door.url}/ws?code={CODE}"
    own = door.url.replace("ws", "http")
    async with ws_connect(url, proxy=None, origin=own):
        pass
    for origin in ("https://evil.example", "http://localhost:8888", own + "0", "null"):
        with pytest.raises(InvalidStatus) as caught:
            await ws_connect(url, proxy=None, origin=origin)
        assert caught.value.response.status_code == 403
        assert b"invalid Origin header" in caught.value.response.body


async def test_closing_the_door_leaves_the_members_inside(start, connect):
    server = await start()
    ana = await connect(server, "Ana")
    door = await server.listen_for_guests("127.0.0.1", Guests(code=CODE))
    budi = await ChatClient.connect(f"{door.url}/ws?code={CODE}", "Budi")
    await door.close(1001, "the classroom was closed")
    await door.close(1001, "again")
    assert [message async for message in budi]
    assert (budi.close_code, budi.close_reason) == (1001, "the classroom was closed")
    assert ana.state == "open"
    with pytest.raises(ConnectionRefusedError):
        await ChatClient.connect(door.url, "Citra")


async def test_stopping_the_server_closes_the_door(start):
    server = await start()
    door = await server.listen_for_guests("127.0.0.1", Guests(code=CODE))
    budi = await ChatClient.connect(f"{door.url}/ws?code={CODE}", "Budi")
    await server.stop()
    assert [message async for message in budi]
    assert budi.close_code == 1001
    assert door.closing


async def test_a_target_that_is_no_url_is_refused_in_words_and_leaves_no_traceback(start, caplog):
    server = await start()
    door = await server.listen_for_guests("127.0.0.1", Guests(code=CODE))
    assert (await closed_with(f"{door.url}//[x?code=1"))[0] == WRONG_CODE
    assert caplog.records == []


async def test_connections_without_a_code_are_cut_above_their_bound(start):
    """Nobody holds more of them than one address may, and a guest from elsewhere still comes in."""
    server = await start()
    door = await server.listen_for_guests("127.0.0.1", Guests(code=CODE, most=2))
    held = [await asyncio.open_connection("127.0.0.1", door.number) for _ in range(150)]
    async with asyncio.timeout(10):
        while len(door.connections) > WAITING_PER_ADDRESS:
            await asyncio.sleep(0)
        cut = [reader for reader, _ in held[WAITING_PER_ADDRESS:]]
        for reader in cut:
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
    assert len(door.connections) == WAITING_PER_ADDRESS
    # Cut for nothing else: when one of them goes, there is place for a guest.
    for _, writer in held:
        writer.close()
    async with asyncio.timeout(5):
        while door.connections:
            await asyncio.sleep(0)
    async with await ChatClient.connect(f"{door.url}/ws?code={CODE}", "Budi") as budi:
        assert budi.state == "open"


async def test_the_process_keeps_descriptors_for_itself(start, connect, monkeypatch):
    """A connection whose descriptor is among the last quarter is cut at once, on every port."""
    server = await start()
    ana = await connect(server, "Ana")
    monkeypatch.setattr(connections, "descriptors_run_out", lambda number: number > 2)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    # websockets ends an opening handshake that is not made after 10 seconds: that is too late.
    with suppress(ConnectionResetError):
        async with asyncio.timeout(5):
            assert await reader.read() == b""
    writer.close()
    assert ana.state == "open"
