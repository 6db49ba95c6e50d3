"""A client that comes back: nothing is lost, nothing is doubled, whatever becomes of its server."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest

from chatlib.chat.client import ChatClient, ChatClosed, ChatRefused
from chatlib.chat.connections import ChatConnection
from chatlib.chat.messages import Away, Joined, Left, Said, ServerMessage
from chatlib.chat.reconnecting_client import ReconnectingClient, wait_before
from chatlib.chat.server import ChatServer
from chatlib.chat.validation import BadMessage, Limits
from chatlib.kernel.ending import end
from chatlib.kernel.service import QUIET


def test_the_waits_grow_differ_and_have_a_bound():
    samples = {attempt: [wait_before(attempt) for _ in range(300)] for attempt in (1, 3, 99)}
    for attempt, bound in ((1, 0.5), (3, 2.0), (99, 15.0)):
        assert 0 <= min(samples[attempt]) < 0.2 * bound
        assert 0.8 * bound < max(samples[attempt]) <= bound


def at_once(attempt: int) -> float:
    return 0.01


class Ears:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.others: list[ServerMessage] = []
        self._news = asyncio.Event()

    def __call__(self, message: ServerMessage) -> None:
        if isinstance(message, Said):
            self.texts.append(message.text)
        else:
            self.others.append(message)
        self._news.set()

    async def until(self, heard: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not heard():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def living(
    url: str, name: str, *before: str
) -> AsyncIterator[tuple[ReconnectingClient, Ears]]:
    client, ears = ReconnectingClient(url, name, wait=at_once, **QUIET), Ears()
    for text in before:
        await client.say(text)
    life = asyncio.create_task(client.live(ears))
    try:
        async with asyncio.timeout(10):
            await client.connected.wait()
        yield client, ears
    finally:
        await end({life})


async def test_what_is_said_without_a_connection_is_said_once_and_in_order():
    async with (
        await ChatServer.start(**QUIET) as server,
        await ChatClient.connect(server.url, "Budi", **QUIET) as budi,
        living(server.url, "Ana") as (ana, heard),
    ):
        await ana.say("one")
        await heard.until(lambda: heard.texts == ["one"])
        await server.disconnect("Ana", code=1012, reason="a new version")
        while ana.connected.is_set():
            await asyncio.sleep(0)
        for text in ("two", "three"):
            await ana.say(text)
        assert ana.unsent == ("two", "three")
        await budi.say("meanwhile")
        await heard.until(lambda: len(heard.texts) == 4)
        assert ana.unsent == () and heard.texts.index("two") < heard.texts.index("three")
        said = []
        while len(said) < 4:
            message = await budi.receive()
            said += [message.text] if isinstance(message, Said) else []
        assert said == heard.texts
        assert [type(each) for each in heard.others] == [Joined, Left, Joined]


async def test_a_text_whose_answer_was_lost_is_not_said_again():
    async with await ChatServer.start(**QUIET) as server, living(server.url, "Ana") as (ana, heard):
        id = await ana.say("once")
        await heard.until(lambda: heard.texts == ["once"])
        ana._unsent[id] = "once"  # as if nothing had come back
        await server.disconnect("Ana", code=1012, reason="a new version")
        await heard.until(lambda: ana.unsent == ())
        await ana.say("after")
        await heard.until(lambda: "after" in heard.texts)
    assert heard.texts == ["once", "after"]


async def test_what_cannot_be_sent_is_not_kept():
    async with await ChatServer.start(**QUIET) as server, living(server.url, "Ana") as (ana, heard):
        with pytest.raises(BadMessage, match="surrogate"):
            await ana.say("\ud800")
        assert ana.unsent == ()
        await ana.say("good")
        await heard.until(lambda: heard.texts == ["good"])
    unconnected = ReconnectingClient(server.url, "Ana")
    with pytest.raises(BadMessage, match="surrogate"):
        await unconnected.say("\ud800")
    assert unconnected.unsent == ()


async def test_more_kept_texts_than_a_burst_are_said_in_order_and_not_too_fast(monkeypatch):
    limits, texts, sleep = Limits(burst=4, rate=2.0, patience=100), [*"abcdefghijkl"], asyncio.sleep
    async with await ChatServer.start(limits=limits, **QUIET) as server:
        seconds = 0.0
        server._rooms.clock = lambda: seconds

        async def wait(delay: float) -> None:
            """Let the server's clock go on, when the server has heard all that was sent before."""
            nonlocal seconds
            sent = 1 + limits.burst // 2 + seconds * limits.rate  # with the join
            while server.rooms["lobby"].seq < sent:
                await sleep(0)
            seconds += delay

        monkeypatch.setattr(asyncio, "sleep", wait)
        async with living(server.url, "Ana", *texts) as (ana, heard):
            await heard.until(lambda: len(heard.texts) + len(heard.others) == 1 + len(texts))
            assert (heard.texts, ana.unsent) == (texts, ())
            assert [type(each) for each in heard.others] == [Joined]


async def test_who_is_closed_before_the_welcome_is_told_at_once():
    came = 0

    async def admit(connection: ChatConnection) -> tuple[int, str]:
        nonlocal came
        came += 1
        return 4403, "wrong join code"

    async with await ChatServer.start(admit=admit, **QUIET) as server:
        with pytest.raises(ChatClosed, match="code 4403, reason 'wrong join code'"):
            await ReconnectingClient(server.url, "Ana", wait=at_once, **QUIET).live(print)
    assert came == 1


async def test_who_is_sent_away_does_not_come_back():
    async with await ChatServer.start(**QUIET) as server:
        client = ReconnectingClient(server.url, "Ana", wait=at_once, **QUIET)
        life = asyncio.create_task(client.live(lambda message: None))
        await client.connected.wait()
        await server.disconnect("Ana", code=4000, reason="enough")
        async with asyncio.timeout(10):
            await life
        assert not client.connected.is_set()


async def test_a_name_of_somebody_else_is_refused_at_once():
    async with await ChatServer.start(**QUIET) as server, living(server.url, "Ana"):
        with pytest.raises(ChatRefused, match="name_taken"):
            await ReconnectingClient(server.url, "Ana", **QUIET).live(lambda message: None)


async def test_many_attempts_that_fail_end_it():
    async with await ChatServer.start(**QUIET) as server:
        url = server.url
    attempts = []

    def count(attempt: int) -> float:
        attempts.append(attempt)
        return 0

    with pytest.raises(ConnectionError, match="not reached in 40 attempts"):
        await ReconnectingClient(url, "Ana", wait=count, **QUIET).live(lambda message: None)
    assert attempts == [*range(1, 40)]


async def test_a_short_drop_is_no_leaving():
    async with (
        await ChatServer.start(place_kept=10, **QUIET) as server,
        await ChatClient.connect(server.url, "Budi", **QUIET) as budi,
        living(server.url, "Ana") as (ana, heard),
    ):
        assert ana.client is not None
        ana.client.connection.transport.abort()
        await ana.say("I was away")
        await heard.until(lambda: heard.texts == ["I was away"])
        told: list[ServerMessage] = []
        while not any(isinstance(each, Said) for each in told):
            told.append(await budi.receive())
        kinds = [type(each) for each in told]
        assert kinds == [Joined, Joined, Away, Away, Said]
        assert server.rooms["lobby"].members == ("Budi", "Ana")


async def test_who_stays_away_has_left_and_a_stop_waits_for_nobody():
    async with await ChatServer.start(place_kept=0.05, **QUIET) as server:
        budi = await ChatClient.connect(server.url, "Budi", **QUIET)
        for name in ("Ana", "Citra"):
            lost = await ChatClient.connect(server.url, name, **QUIET)
            lost.connection.transport.abort()
        async with asyncio.timeout(10):
            left = set()
            while left != {"Ana", "Citra"}:
                message = await budi.receive()
                left |= {message.name} if isinstance(message, Left) else set()
    server = await ChatServer.start(place_kept=3600, **QUIET)
    lost = await ChatClient.connect(server.url, "Ana", **QUIET)
    lost.connection.transport.abort()
    async with asyncio.timeout(10):
        while not server.rooms["lobby"].present[0].away:
            await asyncio.sleep(0.01)
    await server.stop()
    assert not server._timers


async def test_a_connection_nobody_misses_yet_is_replaced():
    async with await ChatServer.start(place_kept=10, **QUIET) as server:
        before = await ChatClient.connect(server.url, "Ana", **QUIET)
        again = await ChatClient.connect(server.url, "Ana", **before.resume, **QUIET)
        async with asyncio.timeout(10):
            assert [each async for each in before if not isinstance(each, Joined)] == []
        assert before.close_code == 1008 and "connected again" in str(before.close_reason)
        await again.say("here")
        assert isinstance(await again.receive(), Said)
        await again.close()


@pytest.mark.parametrize("seed", range(6))
async def test_any_schedule_of_drops_loses_doubles_and_disorders_nothing(seed: int):
    chance, said = random.Random(seed), dict[str, list[str]]()
    async with AsyncExitStack() as stack:
        options = {"limits": Limits(history=1000), "place_kept": 5 * (seed % 2)}
        server = await stack.enter_async_context(await ChatServer.start(**options, **QUIET))
        people = {
            name: await stack.enter_async_context(living(server.url, name)) for name in "ABCDE"
        }
        for number in range(80):
            name, (client, _) = chance.choice([*people.items()])
            match chance.choice(["say", "say", "say", "drop", "send away", "wait"]):
                case "say":
                    said.setdefault(name, []).append(f"{name} {number}")
                    await client.say(f"{name} {number}")
                case "drop" if client.client is not None:
                    client.client.connection.transport.abort()
                case "send away" if client.connected.is_set():
                    with suppress(LookupError):
                        await server.disconnect(name, code=1012, reason="a new version")
                case "wait":
                    await asyncio.sleep(chance.random() / 50)
        total = sum(map(len, said.values()))
        for _, ears in people.values():
            await ears.until(lambda ears=ears: len(ears.texts) >= total)
        orders = {tuple(ears.texts) for _, ears in people.values()}
        assert len(orders) == 1
        [order] = orders
        assert {name: [text for text in order if text[0] == name] for name in said} == said
        assert [client.unsent for client, _ in people.values()] == [()] * 5
