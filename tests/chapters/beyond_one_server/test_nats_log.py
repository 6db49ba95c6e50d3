"""Chat servers that share their rooms over the real NATS."""

import asyncio
import sys
from contextlib import AsyncExitStack, asynccontextmanager

import psutil
import pytest

from chatlib.chapters.beyond_one_server import nats_log
from chatlib.chapters.beyond_one_server.nats_connection import connect_nats
from chatlib.chapters.beyond_one_server.nats_log import NatsLog, stream_of
from chatlib.chat.client import ChatClient, ChatRefused
from chatlib.chat.messages import Error, Event, Left, Notice, Said
from chatlib.chat.server import ChatServer


class Campus:
    """Servers in this process that share one NATS, and clients of them."""

    def __init__(self, nats, stack) -> None:
        self.nats = nats
        self.stack = stack
        self.logs = []
        self.servers = []

    async def serve(self, name: str, **options) -> ChatServer:
        log = await NatsLog.connect(self.nats.urls, name)
        server = await ChatServer.start(log=log, **options)
        self.stack.push_async_callback(log.stop)
        self.stack.push_async_callback(server.stop)
        self.logs.append(log)
        self.servers.append(server)
        return server

    async def join(self, server: ChatServer, name: str, **options) -> ChatClient:
        return await self.stack.enter_async_context(
            await ChatClient.connect(server.url, name, **options)
        )


@pytest.fixture
async def campus(nats):
    async with AsyncExitStack() as stack:
        yield Campus(nats, stack)


async def until(client, kind, holds=lambda message: True):
    """Return the next message of a kind, of which something holds."""
    async with asyncio.timeout(15):
        while True:
            message = await client.receive()
            if isinstance(message, kind) and holds(message):
                return message


def text(wanted: str):
    return lambda said: said.text == wanted


@asynccontextmanager
async def without(nats):
    await nats.nodes[0].kill()
    yield
    await nats.nodes[0].start()


async def test_three_servers_have_one_order(campus):
    servers = [await campus.serve(name) for name in "ABC"]
    clients = [await campus.join(server, f"P{n}") for n, server in enumerate(servers)]

    async def says(client):
        for number in range(50):
            await client.say(f"{client.name} {number}")

    async def reads(client):
        heard = []
        while len(heard) < 150:
            said = await until(client, Said)
            heard.append((said.seq, said.text))
        return heard

    reading = [asyncio.create_task(reads(client)) for client in clients]
    await asyncio.gather(*(says(client) for client in clients))
    first, *others = await asyncio.gather(*reading)
    assert all(other == first for other in others)
    numbers = [number for number, _ in first]
    assert numbers == list(range(numbers[0], numbers[0] + 150))


async def test_members_whispers_and_typing_are_shared(campus):
    a, b = await campus.serve("A"), await campus.serve("B")
    ana = await campus.join(a, "Ana")
    budi = await campus.join(b, "Budi")
    assert budi.welcome.members == ("Ana",)
    await until(ana, object, lambda message: getattr(message, "name", "") == "Budi")
    await ana.whisper("Budi", "psst")
    assert (await until(budi, object, lambda m: hasattr(m, "to"))).text == "psst"
    await ana.typing()
    assert (await until(budi, object, lambda m: hasattr(m, "on"))).name == "Ana"
    with pytest.raises(ChatRefused, match="Somebody called 'ANA'"):
        await ChatClient.connect(b.url, "ANA")
    # A room with a name that would be a wildcard is one like any other.
    strange = await campus.join(b, "Ana", room="a.> *")
    await strange.say("here")
    await until(strange, Said, text("here"))


async def test_one_resumes_on_another_server(campus):
    a, b = await campus.serve("A"), await campus.serve("B")
    ana, budi = await campus.join(a, "Ana"), await campus.join(b, "Budi")
    await ana.say("one")
    seen = await until(budi, Said, text("one"))
    await budi.close()
    await until(ana, Left)
    await ana.say("two")
    await until(ana, Said, text("two"))
    again = await campus.join(a, "Budi", after=seen.seq, epoch=budi.welcome.epoch)
    assert not again.welcome.gone
    assert [event.text for event in again.welcome.events if isinstance(event, Said)] == ["two"]


async def test_a_late_server_knows_the_room(campus):
    a = await campus.serve("A")
    ana = await campus.join(a, "Ana")
    await ana.say("early")
    await until(ana, Said)
    c = await campus.serve("C")
    citra = await campus.join(c, "Citra")
    assert citra.welcome.members == ("Ana",)
    assert "early" in [getattr(event, "text", "") for event in citra.welcome.events]
    assert citra.welcome.epoch == ana.welcome.epoch


async def test_a_late_server_reads_all_before_it_says_who_is_here(campus):
    a = await campus.serve("A")
    for _ in range(3):
        async with await ChatClient.connect(a.url, "Ana"):
            pass
    assert (await campus.join(await campus.serve("B"), "Ana")).welcome.members == ()


async def test_who_leaves_may_come_again_at_once(campus):
    a = await campus.serve("A")
    for _ in range(20):
        async with await ChatClient.connect(a.url, "Ana"):
            pass


async def test_without_nats_one_talks_on_and_it_arrives_later(campus):
    a, b = await campus.serve("A"), await campus.serve("B")
    ana, ani = await campus.join(a, "Ana"), await campus.join(a, "Ani")
    budi = await campus.join(b, "Budi")
    async with without(campus.nats):
        assert "not reached" in (await until(ana, Notice)).sentence
        id = await ana.say("alone")
        early = await until(ani, Said)
        assert (early.seq, early.text, early.id) == (0, "alone", id)
        with pytest.raises(ChatRefused, match="nobody can join now"):
            await ChatClient.connect(a.url, "Dewi")
        await ana.whisper("Budi", "psst")
        assert (await until(ana, Error)).code == "not_reached"
    later = await until(budi, Said, text("alone"))
    assert (await until(ani, Said)).seq == later.seq > 0
    assert "reached again" in (await until(ana, Notice)).sentence


@asynccontextmanager
async def paused(nats):
    """Pause NATS itself; its parent only watches it."""
    if sys.platform == "win32":
        pytest.skip("NOT TESTED: Windows cannot pause a program")
    [server] = psutil.Process(nats.nodes[0]._program.pid).children()
    server.suspend()
    try:
        async with asyncio.timeout(15):
            # The signal is only sent: until it arrives, NATS may still answer.
            while server.status() != psutil.STATUS_STOPPED:
                await asyncio.sleep(0.01)
        yield
    finally:
        server.resume()


async def test_a_nats_that_answers_too_slowly_is_told_and_nothing_is_lost(campus):
    a, b = await campus.serve("A"), await campus.serve("B")
    ana, budi = await campus.join(a, "Ana"), await campus.join(b, "Budi")
    async with paused(campus.nats):
        await ana.say("slowly")
        assert "not reached" in (await until(ana, Notice)).sentence
        assert (await until(ana, Said)).seq == 0
    later = await until(budi, Said, text("slowly"))
    assert (await until(ana, Said)).seq == later.seq > 0
    await ana.say("end")
    assert (await until(budi, Said)).text == "end"


async def test_nobody_leaves_a_quiet_room_when_nats_pauses(campus):
    a, b = await campus.serve("A"), await campus.serve("B")
    ana, budi = await campus.join(a, "Ana"), await campus.join(b, "Budi")
    async with paused(campus.nats):
        for client in (ana, budi):
            assert "not reached" in (await until(client, Notice)).sentence
        first, second = campus.logs
        async with asyncio.timeout(15):
            while not (first._is_gone(second.server) and second._is_gone(first.server)):
                await asyncio.sleep(0.05)
    for client in (ana, budi):
        assert "reached again" in (await until(client, Notice)).sentence
    await ana.say("still here")
    after_both_joined = await until(budi, Event, lambda event: event.seq > 2)
    assert isinstance(after_both_joined, Said)


async def test_a_server_that_is_silent_is_gone_and_so_are_its_members(campus, monkeypatch):
    monkeypatch.setattr(nats_log, "SILENCE", 0.6)
    a, b = await campus.serve("A"), await campus.serve("B")
    ana = await campus.join(a, "Ana")
    budi = await campus.join(b, "Budi")
    for task in list(campus.logs[1]._tasks):
        if not task.get_name().endswith("reads lobby"):
            task.cancel()  # it gives no sign of life and writes nothing: as when it hangs
    left = await until(ana, Left)
    assert (left.name, left.code, left.reason) == ("Budi", 1006, "its server is gone")
    # It was only slow: whoever is still connected there must come again.
    async with asyncio.timeout(5):
        async for _ in budi:
            pass
    assert (budi.close_code, budi.ended_by) == (1012, "server")
    assert await campus.join(a, "Budi")


async def test_a_text_with_an_id_that_was_used_is_refused_not_lost(campus):
    ana = await campus.join(await campus.serve("A"), "Ana")
    await ana.say("one", id="1")
    await until(ana, Said)
    await ana.say("two", id="1")
    error = await until(ana, Error)
    assert (error.code, error.about) == ("said_before", "1")


async def test_who_sends_again_on_another_server_is_heard_once(campus):
    a, b = await campus.serve("A"), await campus.serve("B")
    ana, budi = await campus.join(a, "Ana"), await campus.join(b, "Budi")
    await ana.say("once", id="x1")
    await until(budi, Said)
    await ana.close()
    await until(budi, Left)
    again = await campus.join(b, "Ana")
    await again.say("once", id="x1")
    await again.say("end")
    assert (await until(budi, Said)).text == "end"


async def test_a_room_whose_stream_is_lost_begins_anew(campus):
    a = await campus.serve("A")
    ana = await campus.join(a, "Ana")
    connection = await connect_nats(campus.nats.urls, "test")
    await connection.jetstream().delete_stream(stream_of("lobby"))
    await connection.close()
    campus.logs[0]._losses += 1  # as after a lost connection: it looks anew
    async with asyncio.timeout(10):
        async for _ in ana:
            pass
    assert ana.close_code == 1012
    again = await campus.join(a, "Ana", after=ana.last_seq, epoch=ana.welcome.epoch)
    assert again.welcome.gone and again.welcome.seq == 0


async def test_what_is_no_message_of_the_chat_is_told_and_left_out(campus):
    told = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    ana = await campus.join(await campus.serve("A"), "Ana")
    connection = await connect_nats(campus.nats.urls, "somebody else")
    for subject in (stream_of("lobby"), f"{nats_log.PASSING}.{stream_of('lobby')}"):
        await connection.publish(subject, b"\xff not JSON")
    await connection.flush()
    await ana.say("goes on")
    await until(ana, Said, text("goes on"))
    async with asyncio.timeout(5):
        while len(told) < 2:
            await asyncio.sleep(0.01)
    await connection.close()
    assert all("Somebody else publishes" in context["message"] for context in told)
    asyncio.get_running_loop().set_exception_handler(None)


async def test_what_waits_is_bounded(campus, monkeypatch):
    monkeypatch.setattr(nats_log, "MEANWHILE", 3)
    ana = await campus.join(await campus.serve("A"), "Ana")
    async with without(campus.nats):
        await until(ana, Notice)
        for number in range(4):
            await ana.say(f"{number}")
        assert (await until(ana, Error)).code == "not_reached"
    await until(ana, Said, lambda said: said.seq and said.text == "2")


async def test_a_server_that_stops_says_who_left(campus):
    a, b = await campus.serve("A"), await campus.serve("B")
    ana = await campus.join(a, "Ana")
    await campus.join(b, "Budi")
    await b.stop()
    left = await until(ana, Left)
    assert (left.name, left.code) == ("Budi", 1001)
