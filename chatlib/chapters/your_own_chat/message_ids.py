"""A check of a chat server that tells each message once, however often it is sent."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from chatlib.driving.drive_program import Case, Drive, check_program
from chatlib.driving.driven_client import DrivenClient
from chatlib.driving.learner_program import Mistake
from chatlib.driving.start_files import not_begun
from chatlib.questions.report import Finding, Report

SKIPPED = 20  # messages that are passed over while a client waits for what is said


async def check_ids(file: str | Path, *, command: Sequence[str] = ()) -> Report:
    """Check that a chat server remembers the ids of what was said, up to the first mistake.

    Args:
        file: The learner's server.
        command: Starts the file; Python when not given.
    """
    path = Path(file)
    open_ = not_begun(path)
    if open_ or not path.is_file():
        missing = f"There is no file {path.name} in the folder {path.parent.name} yet."
        return Report.of([Finding(path.name, None, open_ or missing)])
    return await check_program(path, CASES, command=command)


@asynccontextmanager
async def _joined(drive: Drive, name: str) -> AsyncIterator[DrivenClient]:
    async with drive.client(name, path="/ws") as client:
        await client.send({"type": "join", "name": name})
        yield client


async def _say(client: DrivenClient, text: str, id: object = None) -> None:
    more = {} if id is None else {"id": id}
    await client.send({"type": "say", "text": text, **more})


async def _said(client: DrivenClient, text: str) -> dict[str, Any]:
    """Return the next message of type said, which must have this text."""
    for _ in range(SKIPPED):
        message = _parsed(await client.recv(f'"{text}"'))
        if message.get("type") == "said":
            if message.get("text") != text:
                heard = f"and heard “{message.get('text')}”."
                raise Mistake(f"{client.name} should hear “{text}” next, {heard}")
            return message
    raise Mistake(f"{client.name} waits for “{text}”, and hears nothing that is said.")


def _parsed(data: str | bytes) -> dict[str, Any]:
    try:
        message = json.loads(data)
    except ValueError:
        message = None
    return message if isinstance(message, dict) else {}


async def _carries(drive: Drive) -> None:
    async with _joined(drive, "Ana") as ana:
        await _say(ana, "Halo", "a1")
        message = await _said(ana, "Halo")
        if message.get("id") != "a1":
            raise Mistake(
                'Ana said “Halo” with the id "a1", and it came without. The server must send the '
                "id on: by it, Ana's client learns that her message arrived."
            )


async def _once(drive: Drive) -> None:
    async with _joined(drive, "Budi") as budi:
        async with _joined(drive, "Ana") as ana:
            await _say(ana, "one", "b1")
            await _said(budi, "one")
            await ana.cut_off()
        async with _joined(drive, "Ana") as ana:
            await _say(ana, "one", "b1")
            await _say(ana, "two", "b2")
            await _said(budi, "two")


async def _told_again(drive: Drive) -> None:
    async with _joined(drive, "Ana") as ana:
        await _say(ana, "one", "c1")
        await _said(ana, "one")
        await _say(ana, "one", "c1")
        await _say(ana, "two", "c2")
        try:
            await _said(ana, "one")
        except Mistake as mistake:
            raise Mistake(
                f"{mistake} She sent “one” again because she had not heard it, so tell it to her "
                "alone: else her client sends it after every return."
            ) from None


async def _same_text(drive: Drive) -> None:
    async with _joined(drive, "Budi") as budi, _joined(drive, "Ana") as ana:
        for id in ("d1", "d2"):
            await _say(ana, "Halo", id)
            await _said(budi, "Halo")


async def _without(drive: Drive) -> None:
    async with _joined(drive, "Budi") as budi, _joined(drive, "Ana") as ana:
        try:
            for _ in range(2):
                await _say(ana, "Halo")
                await _said(budi, "Halo")
        except Mistake as mistake:
            raise Mistake(f"{mistake} A message without an id was never seen before.") from None


async def _no_text(drive: Drive) -> None:
    async with _joined(drive, "Ana") as ana:
        for odd in ("[]", "{}", "7"):
            await ana.send(f'{{"type": "say", "text": "odd", "id": {odd}}}')
        await _say(ana, "still here", "e1")
        while _parsed(await ana.recv("“still here”")).get("text") != "still here":
            pass


CASES: dict[str, Case] = {
    "an id comes with what was said": _carries,
    "what comes again is not told again": _once,
    "but its sender hears it": _told_again,
    "the same words may be said twice": _same_text,
    "a message may have no id": _without,
    "an id that is no text does no harm": _no_text,
}
