"""Tasks that end, and tasks that do not want to."""

import asyncio
from contextlib import suppress

import pytest

from chatlib.kernel.ending import end, finish
from chatlib.kernel.watchdog import watched


@pytest.fixture
async def said() -> list[str]:
    """Collect what the event loop is told."""
    told: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context["message"]))
    return told


async def stubborn(leave: asyncio.Event) -> None:
    while not leave.is_set():
        with suppress(BaseException):
            await leave.wait()


async def begun(coroutine, name: str = "a task") -> asyncio.Task[None]:
    task = asyncio.create_task(coroutine, name=name)
    await asyncio.sleep(0)
    return task


async def test_what_ends_says_nothing(said: list[str]):
    task = await begun(asyncio.Event().wait())
    await end({task})
    await end({task})
    assert task.cancelled() and said == []


async def test_a_task_that_swallows_its_end_is_named_and_given_up(said: list[str]):
    leave = asyncio.Event()
    task = await begun(stubborn(leave), "the stubborn one")
    await end({task}, within=0.05)
    assert not task.done()
    assert said[0].startswith("the stubborn one did not end within 0.05 seconds. It stands in")
    assert "in stubborn, line" in said[0] and "test_ending.py: “await leave.wait()”" in said[0]
    leave.set()
    await task


async def test_a_watched_call_is_left_where_it_stands(said: list[str]):
    task = await begun(watched(stubborn)(asyncio.Event()))
    await end({task}, within=0.05)
    assert task.cancelled()
    assert said[0].startswith("stubborn did not end") and "“await leave.wait()”" in said[0]


async def test_the_task_that_ends_others_is_left_out():
    current = asyncio.current_task()
    assert current is not None
    await end({current})
    assert not current.cancelling()


async def test_what_finishes_in_time_may_fail(said: list[str]):
    async def fail() -> None:
        raise ValueError("out of chalk")

    with pytest.raises(ValueError, match="chalk"):
        await finish(fail(), name="the failing one")
    await finish(asyncio.sleep(0), name="the quick one")
    assert said == []


async def test_what_does_not_finish_is_named_and_ended(said: list[str]):
    ended: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    await finish(wait(), name="The stop of something", within=0.05)
    assert ended == [True]
    assert said[0].startswith("The stop of something took longer than 0.05 seconds. It stands in w")


async def test_an_interrupt_ends_what_is_waited_for(said: list[str]):
    inner = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            inner.set()

    waiting = await begun(finish(wait(), name="The stop of something"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    await inner.wait()
    assert waiting.cancelled() and said == []
