"""The feed: messages in order, and waits that end."""

import asyncio
import time

from chatlib.chapters.why_websocket.feed import Feed


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
