"""A check of a signalling server: it passes each message to the one whom it is for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from chatlib.driving.drive_program import Case, Drive
from chatlib.driving.driven_client import ERROR, DrivenClient
from chatlib.driving.served_handler import Handler, check_handler
from chatlib.questions.report import Report

OFFER = {"type": "offer", "sdp": "v=0"}
ANSWER = {"type": "answer", "sdp": "v=0"}
ONE = 'Each message goes to one member, with its sender in it: {**message, "from": name}.'
KEEP = 'Keep each connection under its name. message.pop("to") takes the receiver out.'


async def check_signalling(handler: Handler) -> Report:
    """Check a handler that gets `{"name": …}` first, and then messages with a `to`.

    Args:
        handler: The learner's.
    """
    return await check_handler(handler, CASES)


@asynccontextmanager
async def _joined(drive: Drive, *names: str) -> AsyncIterator[list[DrivenClient]]:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(drive.client(name)) for name in names]
        hint, drive.hint = drive.hint, KEEP
        for client in clients:
            await client.send({"name": client.name})
            # What one sends to oneself comes back: so the name is known now.
            await client.send({"to": client.name, "type": "test"})
            await client.receives({"from": client.name, "type": "test"})
        drive.hint = hint
        yield clients


async def _calls(drive: Drive) -> None:
    drive.hint = ONE
    async with _joined(drive, "Ana", "Budi") as (ana, budi):
        await ana.send({"to": "Budi", **OFFER})
        await budi.receives({"from": "Ana", **OFFER})
        await budi.send({"to": "Ana", **ANSWER})
        await ana.receives({"from": "Budi", **ANSWER})


async def _unknown(drive: Drive) -> None:
    drive.hint = "members.get(name) is None if nobody of this name is here."
    async with _joined(drive, "Ana") as (ana,):
        await ana.send({"to": "Dewi", **OFFER})
        await ana.receives(ERROR)


async def _others(drive: Drive) -> None:
    drive.hint = ONE
    async with _joined(drive, "Ana", "Budi", "Citra") as (ana, budi, citra):
        await ana.send({"to": "Budi", **OFFER})
        await budi.receives({"from": "Ana", **OFFER})
        await citra.send({"to": "Dewi", **OFFER})
        await citra.receives(ERROR)  # and nothing before it


async def _left(drive: Drive) -> None:
    drive.hint = "Take a member out when the connection has ended, in finally."
    async with _joined(drive, "Ana", "Budi") as (ana, budi):
        await ana.send({"to": "Budi", **OFFER})
        await budi.receives({"from": "Ana", **OFFER})
        await budi.close()
        await ana.send({"to": "Budi", **OFFER})
        await ana.receives(ERROR)


CASES: dict[str, Case] = {
    "an offer and an answer": _calls,
    "somebody who is not here": _unknown,
    "the others hear nothing": _others,
    "somebody who has left": _left,
}
