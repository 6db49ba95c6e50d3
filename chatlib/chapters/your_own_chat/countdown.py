"""Step 1: a handler that counts down, also when its client leaves in the middle."""

from __future__ import annotations

from chatlib.driving.drive_program import Case, Drive
from chatlib.driving.driven_client import DrivenClient
from chatlib.driving.learner_program import Mistake
from chatlib.driving.served_handler import Handler, ServedHandler, check_handler
from chatlib.questions.report import Report


async def check_countdown(handler: Handler) -> Report:
    """Check a handler that answers "3" with "3", "2", "1", "go!"."""
    return await check_handler(handler, CASES)


async def _counts(drive: Drive) -> None:
    async with drive.client("Ana") as ana:
        for start in (3, 1):
            await ana.send(str(start))
            for wanted in [*map(str, range(start, 0, -1)), "go!"]:
                got = await ana.recv(f"“{wanted}”")
                drive.expect(got == wanted, f"Ana should get “{wanted}”, and got {got!r}.")


async def _survives(drive: Drive) -> None:
    assert isinstance(drive.program, ServedHandler)
    drive.hint = "send raises ConnectionClosed when the client has left: catch it, and end."
    for leave, words in ((DrivenClient.cut_off, "was cut off"), (DrivenClient.close, "has left")):
        async with drive.client("Budi") as budi:
            await budi.send("50")
            await budi.recv("“50”")
            await leave(budi)
        drive.last = f"Budi {words} in the middle of a countdown. "
        try:
            await drive.program.ends()
        except Mistake as mistake:
            drive.expect(False, str(mistake))
        drive.expect(not await drive.program.trouble(), "Your handler does not end in peace.")


CASES: dict[str, Case] = {"it counts down": _counts, "a client leaves in the middle": _survives}
