"""Waiting for a change."""

import asyncio

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
