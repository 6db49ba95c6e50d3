"""A handler that calculates for one client, while the others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from chatlib.driving.drive_program import Drive
from chatlib.driving.driven_client import DrivenClient
from chatlib.driving.served_handler import Handler, check_handler
from chatlib.questions.report import Report

LONG = "a long text"
SHORT = ""


async def check_others(handler: Handler, slow: Callable[[str], str]) -> Report:
    """Check a handler that answers each message with `slow` of it, and keeps nobody waiting.

    Args:
        handler: The learner's.
        slow: What is calculated; it takes as long as its text is.
    """

    async def answers(drive: Drive) -> None:
        drive.hint = "The answer to a message is slow(message), as before."
        async with drive.client("Ana") as ana:
            for text in (LONG, SHORT):
                right = await asyncio.to_thread(slow, text)
                await ana.send(text)
                got = await ana.recv(f"“{right}”")
                drive.expect(got == right, f"Ana should get “{right}”, and got {got!r}.")

    async def meanwhile(drive: Drive) -> None:
        drive.hint = (
            "await asyncio.to_thread(slow, message) calculates on a thread, and the event loop goes"
            " on."
        )
        served: list[str] = []

        async def listen(client: DrivenClient) -> None:
            await client.recv()
            served.append(client.name)

        async with drive.client("Ana") as ana, drive.client("Budi") as budi:
            await ana.send(LONG)
            await budi.send(SHORT)
            drive.last = "Ana asks with a long text, and then Budi with a short one. "
            await asyncio.gather(listen(ana), listen(budi))
            drive.expect(served[0] == "Budi", "Budi gets his answer only after hers.")

    return await check_handler(handler, {"the answers": answers, "Budi, meanwhile": meanwhile})
