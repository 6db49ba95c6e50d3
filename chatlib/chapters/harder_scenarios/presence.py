"""A handler that tells who is here, and waits a while for somebody whose network is gone."""

from __future__ import annotations

import asyncio
from typing import Any

from chatlib.driving.drive_program import Case, Drive
from chatlib.driving.driven_client import DrivenClient
from chatlib.driving.served_handler import Handler, check_handler
from chatlib.questions.report import Report


async def check_presence(handler: Handler, *, grace: float) -> Report:
    """Check a handler that keeps the place of somebody who was cut off.

    Args:
        handler: The learner's.
        grace: Seconds for which it keeps a place.
    """
    return await check_handler(handler, _Presence(grace).cases)


class _Presence:
    """The cases. Ana is there in each of them, and hears of the others."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self.cases: dict[str, Case] = {
            "who joins": self._joins,
            "who leaves with a close frame": self._leaves,
            "who is cut off, and comes back": self._back,
            "who is cut off for too long": self._gone,
            "who takes another's name": self._taken,
        }

    async def _joins(self, drive: Drive) -> None:
        drive.hint = "Look at the welcome, and at what tell sends to whom."
        async with drive.client("Ana") as ana, drive.client("Budi") as budi:
            first = await _join(ana)
            second = await _join(budi, told=ana)
            drive.expect(first != second, "Both got the same token: take secrets.token_urlsafe.")

    async def _leaves(self, drive: Drive) -> None:
        drive.hint = "After connection.wait_closed(), look at connection.close_code."
        async with drive.client("Ana") as ana, drive.client("Budi") as budi:
            await _join(ana)
            await _join(budi, told=ana)
            await budi.close()
            await ana.receives({"type": "left", "name": "Budi"})
            await _nothing_more(drive, ana)

    async def _back(self, drive: Drive) -> None:
        drive.hint = "Cancel the task that will say left, and go on with the same token."
        async with drive.client("Ana") as ana:
            await _join(ana)
            token = await self._cut_off(drive, ana)
            async with drive.client("Budi") as budi:
                await _join(budi, token=token)
                await ana.receives({"type": "back", "name": "Budi"})
                await asyncio.sleep(2 * self._grace)
                drive.last = f"Budi has been back for {2 * self._grace:g} seconds. "
                await _nothing_more(drive, ana)
                await budi.close()
                await ana.receives({"type": "left", "name": "Budi"})

    async def _gone(self, drive: Drive) -> None:
        drive.hint = (
            "asyncio.create_task runs a coroutine that sleeps, and then says left. Who was told of"
            " as left is new when he comes again: forget his token."
        )
        async with drive.client("Ana") as ana:
            await _join(ana)
            token = await self._cut_off(drive, ana)
            began = asyncio.get_running_loop().time()
            await ana.receives({"type": "left", "name": "Budi"})
            waited = asyncio.get_running_loop().time() - began
            drive.expect(waited > self._grace / 2, f"Ana is told left after {waited:.1f} seconds.")
            async with drive.client("Budi") as budi:
                await _join(budi, token=token, told=ana)

    async def _taken(self, drive: Drive) -> None:
        drive.hint = (
            "A name in members is taken, also while its owner is away: only the right token brings"
            " him back. Everybody else is closed with 4409."
        )
        async with drive.client("Ana") as ana:
            hers = await _join(ana)
            await _refused(drive, {"name": "Ana"})
            token = await self._cut_off(drive, ana)
            # A valid token is not enough: it must be the one of this name.
            for join in ({}, {"token": "guessed"}, {"token": hers}):
                await _refused(drive, {"name": "Budi", **join})
            await _refused(drive, {"name": "Ana", "token": token})
            await ana.receives({"type": "left", "name": "Budi"})

    async def _cut_off(self, drive: Drive, ana: DrivenClient) -> str:
        """Let Budi join and lose his network; return his token."""
        async with drive.client("Budi") as budi:
            token = await _join(budi, told=ana)
            await budi.cut_off()
            await ana.receives({"type": "away", "name": "Budi"})
        drive.last = "Budi was cut off. "
        return token


async def _join(
    client: DrivenClient, *, token: str | None = None, told: DrivenClient | None = None
) -> str:
    """Join, and return the token of the welcome; somebody may have to be told."""
    message: dict[str, Any] = {"type": "join", "name": client.name}
    await client.send(message if token is None else {**message, "token": token})
    welcome = await client.receives({"type": "welcome", "token": str})
    if told is not None:
        await told.receives({"type": "joined", "name": client.name})
    return str(welcome["token"])


async def _refused(drive: Drive, join: dict[str, str]) -> None:
    async with drive.client("Mallory") as mallory:
        await mallory.send({"type": "join", **join})
        await mallory.is_closed_with(4409)


async def _nothing_more(drive: Drive, ana: DrivenClient) -> None:
    """See that the next thing that Ana is told is that Citra joins."""
    async with drive.client("Citra") as citra:
        await _join(citra, told=ana)
        await citra.close()
        await ana.receives({"type": "left", "name": "Citra"})
