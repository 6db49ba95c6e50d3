"""The server: four ways to the same messages; starting and stopping leave nothing behind."""

import asyncio
import json
import signal
import socket
import threading
import time

import httpx
import pytest
from websockets import connect

from chatlib.chapters.why_websocket.feed_server import Feed, FeedServer


@pytest.fixture
async def http(server: FeedServer):
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{server.port}", trust_env=False, verify=False
    ) as client:
        yield client


async def said(server: FeedServer, *texts: str) -> None:
    for text in texts:
        server.say(text)
    await server.cpu_time()  # Comes after them on the server's loop.


async def test_short_polling_gets_what_is_new_or_nothing(server: FeedServer, http):
    empty = []
    server.on_empty = lambda: empty.append(True)
    assert (await http.get("/poll")).json() == []
    await said(server, "one", "two")
    assert [m["text"] for m in (await http.get("/poll")).json()] == ["one", "two"]
    assert [m["text"] for m in (await http.get("/poll", params={"after": 1})).json()] == ["two"]
    assert empty == [True]


async def test_long_polling_is_answered_when_something_is_said(server: FeedServer, http):
    feed = await server.new_feed()
    waiting = asyncio.create_task(http.get("/wait"))
    async with asyncio.timeout(10):
        while not feed.visits:
            await asyncio.sleep(0)
        server.say("news")
        assert [message["text"] for message in (await waiting).json()] == ["news"]


async def test_long_polling_is_not_held_for_ever(server: FeedServer, http):
    server.hold = 0.01
    assert (await http.get("/wait")).json() == []


async def test_server_sent_events_are_one_answer(server: FeedServer, http):
    await said(server, "one", "two\nlines")
    async with asyncio.timeout(10), http.stream("GET", "/events") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        assert [await anext(lines) for _ in range(3)][0::2] == ["id: 1", ""]
        assert await anext(lines) == "id: 2"
        data = (await anext(lines)).removeprefix("data: ")
        assert json.loads(data)["text"] == "two\nlines"


async def test_a_web_socket_gets_the_same(server: FeedServer):
    await said(server, "one")
    async with asyncio.timeout(10), connect(f"ws://127.0.0.1:{server.port}/ws", proxy=None) as ws:
        assert json.loads(await ws.recv())["text"] == "one"
        server.say("two")
        assert json.loads(await ws.recv()) == {"number": 2, "name": "Ana", "text": "two"}
        assert ws.response is not None
        assert "Sec-WebSocket-Extensions" not in ws.response.headers


async def test_a_new_feed_ends_what_still_waits(server: FeedServer, http):
    async with asyncio.timeout(10):
        feed = await server.new_feed()
        waiting = asyncio.create_task(http.get("/wait"))
        while not feed.visits:
            await asyncio.sleep(0)
        await server.new_feed()
        assert (await waiting).json() == []


async def test_its_cpu_time_is_its_own(server: FeedServer, http):
    before = await server.cpu_time()
    for _ in range(20):
        await http.get("/poll")
    assert 0 < await server.cpu_time() - before < 5


async def test_small_answers_do_not_wait_for_an_acknowledgement(server: FeedServer):
    # Accepted connections take this from the listening socket, and asyncio looks at it.
    assert server._socket.proto == socket.IPPROTO_TCP


async def test_starting_and_stopping_leave_nothing_behind():
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    tasks, threads = asyncio.all_tasks(), threading.active_count()
    for _ in range(2):
        server = await FeedServer.start()
        async with connect(f"ws://127.0.0.1:{server.port}/ws", proxy=None) as client:
            async with asyncio.timeout(10):
                await server.stop()
                await client.wait_closed()
        await server.stop()
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", server.port)
        assert "feed server" not in {thread.name for thread in threading.enumerate()}
    assert asyncio.all_tasks() == tasks
    # One more may stay: the loop's own helper that waited for the server's thread.
    assert threading.active_count() <= threads + 1
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


async def test_a_client_that_leaves_is_no_error(server: FeedServer, http, caplog):
    feed = await server.new_feed()
    async with connect(f"ws://127.0.0.1:{server.port}/ws", proxy=None):
        async with asyncio.timeout(10):
            while not feed.visits:
                await asyncio.sleep(0)
    await said(server, "to nobody")
    assert len((await http.get("/poll")).json()) == 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_messages_are_numbered_and_timed():
    feed = Feed()
    before = time.perf_counter()
    feed.say("one")
    feed.say("two")
    assert [(said.number, said.text) for said in feed.messages] == [(1, "one"), (2, "two")]
    assert before <= feed.messages[0].time <= feed.messages[1].time <= time.perf_counter()
    assert feed.messages[1].data == {"number": 2, "name": "Ana", "text": "two"}


async def test_what_is_there_is_returned_at_once():
    feed = Feed()
    feed.say("one")
    feed.say("two")
    assert [said.text for said in await feed.after(1) or []] == ["two"]


async def test_a_wait_ends_with_the_next_message():
    feed = Feed()
    waits = [asyncio.create_task(feed.after(0)) for _ in range(3)]
    await asyncio.sleep(0)
    feed.say("news")
    async with asyncio.timeout(10):
        found = await asyncio.gather(*waits)
    assert [[said.text for said in messages or []] for messages in found] == [["news"]] * 3


async def test_a_wait_ends_after_its_limit():
    assert await Feed().after(0, hold=0.01) == []


async def test_closing_ends_every_wait_and_those_to_come():
    feed = Feed()
    wait = asyncio.create_task(feed.after(0))
    await asyncio.sleep(0)
    feed.close()
    async with asyncio.timeout(10):
        assert await wait is None
        assert await feed.after(0) is None
