"""A handler that lets nobody talk too fast."""

from __future__ import annotations

import asyncio
import json

from chatlib.driving.drive_program import Case, Drive
from chatlib.driving.driven_client import ERROR, DrivenClient, differs, shown
from chatlib.driving.served_handler import Handler, check_handler
from chatlib.questions.report import Report

REST = 1.2  # seconds in which a client may be heard again


async def check_flood(handler: Handler, *, rate: int, patience: int) -> Report:
    """Check a handler that says each text back, and refuses what is too much.

    Args:
        handler: The learner's.
        rate: Messages a second that one client may send.
        patience: How many of its messages are refused with an error before it is closed.
    """
    return await check_handler(handler, _Flood(rate, patience).cases)


class _Flood:
    """The cases, for one rate."""

    def __init__(self, rate: int, patience: int) -> None:
        self._rate = rate
        self._patience = patience
        self.cases: dict[str, Case] = {
            "somebody who talks": self._talks,
            "somebody who floods": self._floods,
            "the others, meanwhile": self._others,
            "after a rest": self._rests,
            "who goes on and on": self._goes_on,
        }

    async def _talks(self, drive: Drive) -> None:
        drive.hint = "A few messages at once are no flood."
        async with drive.client("Ana") as ana:
            for text in "Halo", "apa", "kabar?":
                await ana.send(text)
            for text in "Halo", "apa", "kabar?":
                await ana.receives({"type": "said", "text": text})

    async def _floods(self, drive: Drive) -> None:
        drive.hint = (
            "Keep a number: how many messages this client may still send. It grows with the time,"
            " up to RATE, and each message takes one."
        )
        async with drive.client("Ana") as ana:
            said, refused = await self._flood(drive, ana)
            drive.expect(
                said <= 2 * self._rate,
                f"{said} of them were said, and {self._rate} a second may be.",
            )
            drive.expect(refused > 0, "None was answered with an error.")

    async def _rests(self, drive: Drive) -> None:
        drive.hint = "What a client may send grows again while it waits."
        async with drive.client("Ana") as ana:
            await self._flood(drive, ana)
            await asyncio.sleep(REST)
            drive.last = f"Ana sent too much, and then nothing for {REST:g} seconds. "
            await ana.connection.send("May I?")
            got = await ana.recv("her own text")
            drive.expect(_kind(drive, got) == "said", f"“May I?” was answered with {got!r}.")

    async def _others(self, drive: Drive) -> None:
        drive.hint = "Each client has a number of its own: a variable in the handler, not outside."
        async with drive.client("Ana") as ana, drive.client("Budi") as budi:
            await self._flood(drive, ana)
            await budi.send("Halo")
            await budi.receives({"type": "said", "text": "Halo"})

    async def _goes_on(self, drive: Drive) -> None:
        drive.hint = f"Count what you refuse. After {self._patience}, close with 1008."
        async with drive.client("Ana") as ana:
            for number in range(self._rate + 3 * self._patience):
                await ana.connection.send(f"message {number}")
            drive.last = f"Ana sent {self._rate + 3 * self._patience} messages at once. "
            before = await ana.is_closed_with(1008)
            errors = [_kind(drive, each) for each in before].count("error")
            # The one after the last may be answered too, before the connection is closed.
            drive.expect(
                errors in (self._patience, self._patience + 1),
                f"She was closed with 1008 after {errors} errors. {self._patience} of her messages"
                " are refused with an error, and the next one ends it.",
            )

    async def _flood(self, drive: Drive, client: DrivenClient) -> tuple[int, int]:
        """Send more than is allowed, and less than ends it; return what was said, what refused."""
        many = self._rate + self._patience // 2
        for number in range(many):
            await client.connection.send(f"message {number}")
        drive.last = f"{client.name} sent {many} messages at once. "
        kinds = []
        for _ in range(many):
            kinds.append(_kind(drive, await client.recv("an answer to each of them")))
        drive.last = f"{client.name} sent {many} messages at once. "
        others = {kind for kind in kinds if kind not in ("said", ERROR["type"])}
        drive.expect(not others, f"An answer has the type {others}: not said, and not error.")
        return kinds.count("said"), kinds.count("error")


def _kind(drive: Drive, got: str | bytes) -> str:
    """Return the type of an answer.

    Raises:
        Mistake: If it has none.
    """
    problem = differs(got, {"type": str})
    drive.expect(not problem, f"An answer was {shown(got)}. {problem}")
    return str(json.loads(got)["type"])
