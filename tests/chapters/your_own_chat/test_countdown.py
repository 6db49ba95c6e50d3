"""The handler of step 1, right and wrong; with it, handlers of cells that never end or block."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from websockets import ConnectionClosed

from chatlib.chapters.your_own_chat.countdown import check_countdown
from chatlib.driving import served_handler
from chatlib.kernel import watchdog


async def right(connection: Any) -> None:
    with suppress(ConnectionClosed):
        await crashing(connection)


async def crashing(connection: Any) -> None:
    async for message in connection:
        for number in range(int(message), 0, -1):
            await connection.send(str(number))
            await asyncio.sleep(0.01)
        await connection.send("go!")


async def without_await(connection: Any) -> None:
    async for message in connection:
        connection.send(message).close()


async def upwards(connection: Any) -> None:
    async for message in connection:
        for number in range(int(message)):
            await connection.send(str(number))


async def only_once(connection: Any) -> None:
    for number in range(int(await connection.recv()), 0, -1):
        await connection.send(str(number))
    await connection.send("go!")


async def for_ever(connection: Any) -> None:
    try:
        await crashing(connection)
    except ConnectionClosed:
        await asyncio.Event().wait()


async def blocks(connection: Any) -> None:
    while True:
        pass


async def not_a_number(connection: Any) -> None:
    async for message in connection:
        await connection.send(message + 1)


WRONG: list[tuple[Callable[[Any], Awaitable[None]], list[str]]] = [
    (
        crashing,
        [
            "the middle: Budi was cut off in the middle of a countdown. Your handler does not end",
            "raised ConnectionClosedError: no close frame received or sent",
            "await connection.send",
        ],
    ),
    (without_await, ["it counts down: Ana sent “3”. Ana waited", "for “3”, and nothing came."]),
    (upwards, ["it counts down: ", "Ana should get “3”, and got '0'."]),
    (only_once, ["it counts down: ", "closed Ana's connection with 1000"]),
    (
        for_ever,
        ["Budi was cut off in the middle of a countdown. for_ever goes on in for_ever, line"],
    ),
    (blocks, ["it counts down: ", "blocks kept everything else waiting for", "while True"]),
    (not_a_number, ["it counts down: ", "with 1011", "raised TypeError: can only concatenate"]),
]


@pytest.fixture(autouse=True)
def less_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served_handler, "ENDS_WITHIN", 0.5)
    monkeypatch.setattr(watchdog, "PATIENCE", 0.3)


async def test_the_right_one_passes_and_may_be_checked_again():
    for _ in range(2):
        report = await check_countdown(right)
        assert report.passed and len(report.findings) == 2, str(report)


@pytest.mark.parametrize("handler, parts", WRONG, ids=lambda value: getattr(value, "__name__", ""))
async def test_each_wrong_one_gets_its_sentence(
    handler: Callable[[Any], Awaitable[None]], parts: list[str]
):
    last = (await check_countdown(handler)).findings[-1]
    said = f"{last.name}: {last.feedback}"
    assert not last.right and [part for part in parts if part not in said] == [], said
