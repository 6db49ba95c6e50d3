"""Which answer belongs to which text."""

import asyncio

import pytest

from chatlib.chat.client import NoAnswer
from chatlib.kernel.loop import News
from chatlib.panels import server_answers as module
from chatlib.panels.server_answers import Answers


@pytest.fixture
def answers() -> Answers:
    return Answers(News())


async def test_an_answer_may_come_before_anybody_waits(answers: Answers):
    with answers.expected("hi"):
        assert answers.came("1")
        assert answers.came("2", KeyError("refused"))
        await answers.wait("1", "hi", lost=lambda: None)
        with pytest.raises(KeyError, match="refused"):
            await answers.wait("2", "hi", lost=lambda: None)


async def test_nothing_is_kept_while_nobody_waits(answers: Answers):
    assert not answers.came("1")
    assert not answers.came_without_id("hi")
    with answers.expected("hi"):
        assert not answers.came(None)
        assert not answers.came_without_id("another")
        answers.came("1")
    assert answers._by_id == {}


async def test_each_text_without_an_id_answers_one_say(answers: Answers, monkeypatch):
    monkeypatch.setattr(module, "ANSWER_TIMEOUT", 0.02)
    with answers.expected("hi"), answers.expected("hi"):
        assert answers.came_without_id("hi")
        await answers.wait("1", "hi", lost=lambda: None)
        with pytest.raises(NoAnswer):
            await answers.wait("2", "hi", lost=lambda: None)


async def test_what_is_lost_is_raised_unless_the_answer_came_first(answers: Answers):
    with answers.expected("hi"), answers.expected("hi"):
        answers.came("1")
        await answers.wait("1", "hi", lost=lambda: EOFError("closed"))
        async with asyncio.timeout(5):
            with pytest.raises(EOFError):
                await answers.wait("2", "hi", lost=lambda: EOFError("closed"))
