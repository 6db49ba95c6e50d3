"""A handler of a cell behind a port of its own: the whole check has a bound, and leaves nothing."""

import asyncio
from typing import Any

import pytest

from chatlib.driving import drive_program
from chatlib.driving.drive_program import Drive
from chatlib.driving.served_handler import check_handler


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
