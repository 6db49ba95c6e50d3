"""The rule for guests, and the port for them: a join code, refusals in words, the same rooms."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.asyncio.client import connect as ws_connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chatlib.chapters.one_room import guests as module
from chatlib.chapters.one_room.guests import (
    ADDRESSES_KEPT,
    FULL,
    MINUTE,
    TOO_MANY_WRONG,
    WAITING_PER_ADDRESS,
    WRONG_CODE,
    WRONG_CODES,
    Guests,
    code_in,
    new_code,
    open_for_guests,
    origin_of,
    source_of,
)
from chatlib.chat.client import ChatClient, ChatClosed
from chatlib.chat.messages import Enter, Error, Join, Joined, Message, Said, encode
from chatlib.chat.server import ChatServer
from chatlib.chat.validation import Limits
from chatlib.wire.frames import Frame

PHONE = "192.168.1.20"
TYPE_IT = "wrong join code: type the one that is shown in the classroom"
FIRST = 'the join code comes first, as {"type": "enter", "code": "…"}'


class Time:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    async with await ChatServer.start() as running:
        yield running


def refusal(guests: Guests, code: str, *, address: str = PHONE, inside: int = 0):
    answer = guests.refusal(code, address=address, inside=inside)
    return answer and answer[0]


def test_a_code_is_six_random_digits():
    codes = {new_code() for _ in range(50)}
    assert len(codes) > 40
    assert all(re.fullmatch(r"\d{6}", code) for code in codes)
    assert re.fullmatch(r"\d{6}", Guests().code)


@pytest.mark.parametrize("code", ["482913", "482 913", " 482913\n"])
def test_the_right_code_opens(code: str):
    assert refusal(Guests(code="482913"), code_in(encode(Enter(code=code)))) is None


@pytest.mark.parametrize(
    ("code", "words"), [("482914", TYPE_IT), ("é", TYPE_IT), ("48291", TYPE_IT), ("", FIRST)]
)
def test_another_one_does_not(code: str, words: str):
    refused, reason = Guests(code="482913").refusal(code, address=PHONE, inside=0)
    assert (refused, reason) == (WRONG_CODE, words)
    assert len(reason.encode()) <= 123


def test_the_room_can_be_full():
    guests = Guests(code="482913", most=2)
    assert refusal(guests, "482913", inside=1) is None
    assert refusal(guests, "482913", inside=2) == FULL


def test_guessing_must_wait_a_minute_and_harms_nobody_else():
    time = Time()
    guests = Guests(code="482913", clock=time)
    for _ in range(WRONG_CODES):
        assert refusal(guests, "000000") == WRONG_CODE
    time.now = 1.0
    assert refusal(guests, "482913") == TOO_MANY_WRONG
    assert refusal(guests, "482913", address="192.168.1.21") is None
    time.now = MINUTE
    assert refusal(guests, "482913") is None


def test_a_page_that_has_no_code_yet_is_no_guess():
    guests = Guests(code="482913")
    for _ in range(WRONG_CODES + 1):
        assert refusal(guests, "") == WRONG_CODE
    assert refusal(guests, "482913") is None


def test_the_memory_of_wrong_codes_is_bounded():
    guests = Guests(code="482913")
    for number in range(ADDRESSES_KEPT + 10):
        refusal(guests, "000000", address=f"10.0.{number // 256}.{number % 256}")
    assert len(guests._wrong) == ADDRESSES_KEPT


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("ws://192.168.1.5:51234", "http://192.168.1.5:51234"),
        ("ws://192.168.1.5:80", "http://192.168.1.5"),
        ("wss://192.168.1.5:443", "https://192.168.1.5"),
        ("wss://192.168.1.5:80", "https://192.168.1.5:80"),
    ],
)
def test_origin_of(url: str, origin: str):
    assert origin_of(url) == origin


@given(
    st.text()
    | st.binary()
    | st.text().map(lambda code: json.dumps({"type": "enter", "code": code}))
)
@example('{"type": "enter", "code": "\\ud800"}')
@example('{"type": "enter", "code": 482913}')
@example('{"type": "join", "name": "Budi"}')
@example("[" * 10000)
def test_no_first_message_raises(data: str | bytes):
    given = code_in(data)
    refusal = Guests(code="482913").refusal(given, address=PHONE, inside=0)
    assert refusal is None or refusal[0] == WRONG_CODE


def test_connections_without_a_code_are_bounded_per_address_and_in_all():
    guests = Guests(most=2)
    for bound, others in [
        (WAITING_PER_ADDRESS, lambda _: PHONE),
        (WAITING_PER_ADDRESS + 4, lambda number: f"10.0.0.{number}"),
    ]:
        waiting: list[str] = []
        for number in range(200):
            if guests.has_place(others(number), waiting):
                waiting.append(others(number))
        assert len(waiting) == bound
    assert guests.has_place("192.168.1.21", [PHONE] * WAITING_PER_ADDRESS)


def connections(*addresses: str, first: Message | None = None) -> Any:
    """Return the last of some connections of one port, none of which has shown the join code."""
    port = SimpleNamespace(connections=[])
    for address in addresses:

        async def recv() -> str:
            return encode(first)

        place = SimpleNamespace(remote_address=(address, 5), admitted=False, port=port, recv=recv)
        port.connections.append(place)
    return port.connections[-1]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::5", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::5", "2001:db8:1:3::5", False),
        ("192.168.1.20", "192.168.1.21", False),
        ("fe80::1%lo", "fe80::2%lo", True),
    ],
)
def test_a_network_of_ipv6_counts_as_one_and_an_address_of_ipv4_too(
    one: str, other: str, same: bool
):
    assert (source_of(connections(one)) == source_of(connections(other))) is same


def test_who_waits_is_counted_by_network():
    def may_connect(format: str) -> bool:
        waiting = [format.format(number) for number in range(WAITING_PER_ADDRESS + 1)]
        return Guests().may_connect(connections(*waiting))

    assert not may_connect("2001:db8:1:2::{:x}")
    assert may_connect("2001:db8:1:{:x}::5")
    assert may_connect("192.168.1.{}")


async def test_guessing_from_many_addresses_of_one_network_must_wait():
    guests = Guests(code="482913")
    for number in range(WRONG_CODES):
        guest = connections(f"2001:db8:1:2::{number:x}", first=Enter(code="000000"))
        assert await guests.admit(guest) == (WRONG_CODE, TYPE_IT)
    right = Enter(code="482913")
    refused, _ = await guests.admit(connections("2001:db8:1:2::ffff", first=right))
    assert refused == TOO_MANY_WRONG
    assert await guests.admit(connections("2001:db8:1:3::1", first=right)) == guests.limits


CODE = "482913"


async def closed_with(url: str, *said: Message) -> tuple[int, str]:
    """Connect, say this, and return how the server closed the connection."""
    async with asyncio.timeout(5), ws_connect(url, proxy=None) as connection:
        with pytest.raises(ConnectionClosed):
            for message in said:
                await connection.send(encode(message))
            await connection.recv()
        return connection.close_code, connection.close_reason


async def test_guests_and_members_are_in_one_room(server):
    ana = await ChatClient.connect(server.url, "Ana")
    door = await open_for_guests(server, "127.0.0.1", Guests(code=CODE))
    async with await ChatClient.connect(door.url, "Budi", code=CODE) as budi:
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


async def test_a_wrong_code_is_refused_in_words_and_guessing_ends(server):
    door = await open_for_guests(server, "127.0.0.1", Guests(code=CODE))
    join = Join(name="Budi")
    assert await closed_with(door.url, join) == (WRONG_CODE, FIRST)
    assert await closed_with(f"{door.url}/ws?code={CODE}", join) == (WRONG_CODE, FIRST)
    for _ in range(WRONG_CODES):
        assert await closed_with(door.url, Enter(code="000000"), join) == (WRONG_CODE, TYPE_IT)
    code, reason = await closed_with(door.url, Enter(code=CODE), join)
    assert (code, reason.partition(":")[0]) == (TOO_MANY_WRONG, "too many wrong join codes")
    assert dict(server.rooms) == {}


async def test_a_full_room_is_refused_in_words_until_somebody_goes(server):
    door = await open_for_guests(server, "127.0.0.1", Guests(code=CODE, most=1))
    async with await ChatClient.connect(door.url, "Ana", code=CODE):
        code, reason = await closed_with(door.url, Enter(code=CODE))
        assert code == FULL
        assert reason == "the room is full (limit 1): try again later"
    async with await come_in(door.url, "Budi") as budi:
        assert budi.state == "open"


async def come_in(url: str, name: str) -> ChatClient:
    """Connect as soon as there is room: the server may still be seeing the last guest off."""
    async with asyncio.timeout(5):
        while True:
            with suppress(ChatClosed):
                return await ChatClient.connect(url, name, code=CODE)


async def test_a_guest_has_its_own_limits(server):
    limits = Limits(burst=2, rate=0.001, patience=2, text=5)
    door = await open_for_guests(server, "127.0.0.1", Guests(code=CODE, limits=limits))
    async with await ChatClient.connect(door.url, "Budi", code=CODE) as budi:
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


async def test_only_the_pages_of_its_own_port_may_come(server):
    door = await open_for_guests(server, "127.0.0.1", Guests(code=CODE))
    own = door.url.replace("ws", "http")
    async with ws_connect(door.url, proxy=None, origin=own):
        pass
    for origin in ("https://evil.example", "http://localhost:8888", own + "0", "null"):
        with pytest.raises(InvalidStatus) as caught:
            await ws_connect(door.url, proxy=None, origin=origin)
        assert caught.value.response.status_code == 403
        assert b"invalid Origin header" in caught.value.response.body


async def test_closing_the_door_leaves_the_members_inside(server):
    ana = await ChatClient.connect(server.url, "Ana")
    door = await open_for_guests(server, "127.0.0.1", Guests(code=CODE))
    budi = await ChatClient.connect(door.url, "Budi", code=CODE)
    await door.close(1001, "the classroom was closed")
    await door.close(1001, "again")
    assert [message async for message in budi]
    assert (budi.close_code, budi.close_reason) == (1001, "the classroom was closed")
    assert ana.state == "open"
    with pytest.raises(ConnectionRefusedError):
        await ChatClient.connect(door.url, "Citra")


async def test_stopping_the_server_closes_the_door(server):
    door = await open_for_guests(server, "127.0.0.1", Guests(code=CODE))
    budi = await ChatClient.connect(door.url, "Budi", code=CODE)
    await server.stop()
    assert [message async for message in budi]
    assert budi.close_code == 1001
    assert door.closing


async def test_who_says_nothing_or_goes_leaves_no_traceback(server, caplog, monkeypatch):
    monkeypatch.setattr(module, "CODE_WITHIN", 0.05)
    door = await open_for_guests(server, "127.0.0.1", Guests(code=CODE))
    assert await closed_with(door.url) == (WRONG_CODE, "no join code came within 0.05 seconds")
    async with ws_connect(door.url, proxy=None) as connection:
        connection.transport.abort()
    async with asyncio.timeout(5):
        while door.connections:
            await asyncio.sleep(0)
    # asyncio warns where a busy machine is slow; that is no traceback.
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_program_with_a_code_may_talk_where_none_is_asked_for(server):
    async with await ChatClient.connect(server.url, "Ana", code=CODE) as ana:
        assert ana.welcome.members == ()


async def test_connections_without_a_code_are_cut_above_their_bound(server):
    """Nobody holds more of them than one address may, and a guest from elsewhere still comes in."""
    door = await open_for_guests(server, "127.0.0.1", Guests(code=CODE, most=2))
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
    async with await ChatClient.connect(door.url, "Budi", code=CODE) as budi:
        assert budi.state == "open"


async def test_who_shows_no_code_sends_pings_and_reads_no_pong_is_cut(monkeypatch):
    monkeypatch.setattr(module, "CODE_WITHIN", 3600)
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    pings = Frame(9, bytes(125), masking_key=b"mask").encode() * 1000
    async with await ChatServer.start(limits=Limits(queue=64 * 1024)) as server:
        door = await open_for_guests(server, "127.0.0.1", Guests(code=CODE))
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", door.number))
        silent = await ws_connect(door.url, proxy=None, sock=sock, compression=None)
        silent.transport.pause_reading()
        async with asyncio.timeout(5):
            while door.connections:
                if silent.transport.get_write_buffer_size() == 0:
                    silent.transport.write(pings)
                await asyncio.sleep(0)
        silent.transport.abort()
        await silent.wait_closed()
