"""A handler of a cell behind a port of its own: the whole check has a bound, and leaves nothing."""

import asyncio
import time
from typing import Any

import pytest

from chatlib.driving import drive_program, driven_client
from chatlib.driving.drive_program import Drive
from chatlib.driving.served_handler import check_handler
from chatlib.kernel import watchdog


async def echo(connection: Any) -> None:
    async for message in connection:
        await connection.send(message)


async def answers(drive: Drive) -> None:
    async with drive.client("Ana") as ana:
        await ana.send({"type": "hi"})
        await ana.receives({"type": "hi"})


async def never(drive: Drive) -> None:
    await asyncio.Event().wait()


async def test_the_whole_check_has_a_bound(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(drive_program, "WHOLE_CHECK", 0.5)
    report = await check_handler(echo, {"it echoes": answers, "it waits": never, "more": answers})
    assert [finding.right for finding in report.findings] == [True, False]
    assert "it waits: The whole check took more than 0.5 seconds" in str(report)


async def test_a_forgotten_await_is_named_with_its_line(monkeypatch: pytest.MonkeyPatch):
    async def forgets(connection: Any) -> None:
        async for message in connection:
            connection.send(message)

    monkeypatch.setattr(driven_client, "ANSWERS_WITHIN", 0.1)
    last = (await check_handler(forgets, {"it echoes": answers})).findings[-1]
    assert not last.right and last.name == "await"
    assert last.feedback.startswith("send(…) was called without await, in forgets, line ")
    assert "“connection.send(message)”. Write await before it: " in last.feedback


async def test_what_a_task_raised_is_told_when_something_is_not_right(
    monkeypatch: pytest.MonkeyPatch,
):
    async def answer(connection: Any, message: str) -> None:
        await connection.sent(message)  # the mistake

    async def starts(connection: Any) -> None:
        async for message in connection:
            task = asyncio.create_task(answer(connection, message))
            await asyncio.wait({task})

    monkeypatch.setattr(driven_client, "ANSWERS_WITHIN", 0.1)
    last = (await check_handler(starts, {"it echoes": answers})).findings[-1]
    assert not last.right and "A task failed meanwhile. Your code raised Attribute" in last.feedback
    assert ", in answer, line " in last.feedback
    assert asyncio.get_running_loop().get_task_factory() is None


async def test_tasks_that_fail_do_no_harm_if_everything_is_right():
    async def fails() -> None:
        raise KeyError

    async def starts(connection: Any) -> None:
        task = asyncio.create_task(fails())
        await asyncio.wait({task})
        await echo(connection)

    def makes(loop: Any, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **options)

    made: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_task_factory(makes)
    try:
        assert (await check_handler(starts, {"it echoes": answers})).passed
        assert made and loop.get_task_factory() is makes
    finally:
        loop.set_task_factory(None)


async def test_a_handler_of_an_older_version_is_told_how_it_begins_now():
    async def old(websocket: Any, path: str) -> None:
        await echo(websocket)

    async def newer(websocket: Any, path: str = "/") -> None:
        await echo(websocket)

    (finding,) = (await check_handler(old, {"it echoes": answers})).findings
    assert finding.right is False
    assert "with the connection alone: write async def old(connection)." in finding.feedback
    assert (await check_handler(newer, {"it echoes": answers})).passed


async def test_a_call_that_blocks_is_named_with_its_line_once(monkeypatch: pytest.MonkeyPatch):
    async def blocks(connection: Any) -> None:
        time.sleep(3600)  # the mistake; a signal ends it

    monkeypatch.setattr(watchdog, "PATIENCE", 0.2)
    said = (await check_handler(blocks, {"it echoes": answers})).findings[-1].feedback
    assert "blocks kept everything else waiting for " in said
    assert "Nothing else could go on meanwhile." in said
    assert said.count("time.sleep(3600)") == 1


async def test_what_is_raised_when_all_clients_have_left_is_told():
    async def fails(connection: Any) -> None:
        await echo(connection)
        raise ValueError("out of chalk")

    report = await check_handler(fails, {"it echoes": answers})
    assert [finding.right for finding in report.findings] == [True, False]
    assert "it ends in peace: Your code raised ValueError: out of chalk, in fails, line" in str(
        report
    )


async def test_who_closes_where_nothing_should_come_is_told_so():
    async def closes(connection: Any) -> None:
        await connection.close(4000, "enough")

    async def listens(drive: Drive) -> None:
        async with drive.client("Ana") as ana:
            await ana.connection.wait_closed()
            await ana.hears_nothing()

    (finding,) = (await check_handler(closes, {"it is silent": listens})).findings
    assert not finding.right
    assert "closed Ana's connection with 4000 (a code of your own, “enough”)." in finding.feedback
