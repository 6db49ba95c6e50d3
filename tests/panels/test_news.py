"""Waiting for a change."""

import asyncio
import time

import pytest

from chatlib.panels.news import News


async def test_what_is_so_already_is_not_waited_for():
    await News().until(lambda: True)


async def test_each_change_lets_everybody_look_again():
    news, levels = News(), []
    first = asyncio.create_task(news.until(lambda: len(levels) >= 1))
    second = asyncio.create_task(news.until(lambda: len(levels) >= 2))
    await asyncio.sleep(0)
    levels.append(1)
    news.tell()
    await first
    assert not second.done()
    levels.append(2)
    news.tell()
    await second


async def test_giving_up_leaves_nobody_waiting():
    news = News()
    waiting = asyncio.create_task(news.until(lambda: False))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert news._waiting == 0


async def test_waiting_within_a_time_says_whether_it_came():
    news, levels = News(), []
    assert not await news.within(0.02, lambda: bool(levels), step=0.01)
    waiting = asyncio.create_task(news.within(60, lambda: bool(levels), step=30))
    await asyncio.sleep(0)
    levels.append(1)
    news.tell()
    async with asyncio.timeout(5):
        assert await waiting
    assert news._waiting == 0


async def test_a_cell_that_blocks_the_loop_takes_one_step_only():
    """Whoever answers on the same loop could not answer meanwhile."""
    news, levels = News(), []
    waiting = asyncio.create_task(news.within(0.05, lambda: bool(levels), step=0.01))
    await asyncio.sleep(0)
    blocked_until = time.monotonic() + 0.1
    while time.monotonic() < blocked_until:
        """Block."""
    # The answer comes some turns of the loop later.
    for _ in range(3):
        await asyncio.sleep(0)
    levels.append(1)
    news.tell()
    assert await waiting
