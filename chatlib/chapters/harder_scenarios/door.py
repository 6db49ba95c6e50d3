"""A handler that lets in who has a valid token, and closes when the token has ended."""

from __future__ import annotations

from collections.abc import Callable

from chatlib.driving.drive_program import Case, Drive
from chatlib.driving.driven_client import DrivenClient
from chatlib.driving.served_handler import Handler, ServedHandler, check_handler
from chatlib.questions.report import Report

NewToken = Callable[[str, float], str]

SHORT = 1.0  # seconds that the token lives which ends during the check
# First messages without a valid token.
WRONG = (
    '{"type": "hello", "token": "guessed"}',
    '{"type": "hello"}',
    '{"type": "hello", "token": ["a"]}',
    "[1, 2]",
    "Let me in!",
    b"\x00\xff",
)


async def check_door(handler: Handler, new_token: NewToken) -> Report:
    """Check a handler that asks for a token first.

    Args:
        handler: The learner's.
        new_token: Makes a token for a name, valid for so many seconds; "Eve" may not come in.
    """
    return await check_handler(handler, _Door(new_token).cases)


class _Door:
    """The cases, with the way to new tokens."""

    def __init__(self, new_token: NewToken) -> None:
        self._new_token = new_token
        self.cases: dict[str, Case] = {
            "a valid token": self._valid,
            "a wrong token": self._wrong,
            "no token at all": self._silent,
            "a token that has ended": self._ended,
            "a name that may not come in": self._forbidden,
            "a token that ends meanwhile": self._ends,
        }

    async def _valid(self, drive: Drive) -> None:
        drive.hint = "Look at the welcome, and at what your loop sends for a say."
        async with drive.client("Ana") as ana, drive.client("Budi") as budi:
            for each in (ana, budi):
                await self._welcome(each)
            for each in (budi, ana):
                await _says(each)

    async def _wrong(self, drive: Drive) -> None:
        drive.hint = (
            "Every first message that does not hold a valid token ends the same way: look at what"
            " json.loads and TOKENS[…] can raise."
        )
        for message in WRONG:
            async with drive.client("Mallory") as mallory:
                await mallory.send(message)
                await mallory.is_closed_with(4401)

    async def _silent(self, drive: Drive) -> None:
        drive.hint = "asyncio.wait_for(connection.recv(), 1) raises TimeoutError after a second."
        async with drive.client("Mallory") as mallory:
            drive.last = "Mallory connects and says nothing. "
            await mallory.is_closed_with(4401)
        async with drive.client("Citra") as citra:
            drive.last = "Citra connects and leaves without a word. "
            await citra.close()
        assert isinstance(drive.program, ServedHandler)
        await drive.program.ends()
        drive.expect(not await drive.program.trouble(), "Your handler should end in peace.")

    async def _ended(self, drive: Drive) -> None:
        drive.hint = (
            "A token that has ended is as good as none: compare its end with time.monotonic()."
        )
        async with drive.client("Ana") as ana:
            await self._hello(ana, seconds=-1)
            before = await ana.is_closed_with(4401)
            drive.expect(not before, "It should be closed at once, and Ana was welcomed first.")

    async def _forbidden(self, drive: Drive) -> None:
        drive.hint = "Her token is right, so 4401 would be wrong: it is the name that is BANNED."
        async with drive.client("Eve") as eve:
            await self._hello(eve)
            await eve.is_closed_with(4403)

    async def _ends(self, drive: Drive) -> None:
        drive.hint = (
            "Look at asyncio.timeout(…) around the welcome and the loop. The time that is left is"
            " the token's end less time.monotonic()."
        )
        async with drive.client("Ana") as ana, drive.client("Budi") as budi:
            await self._welcome(budi)
            await self._welcome(ana, seconds=SHORT)
            drive.last = f"Ana came in with a token for {SHORT:g} second, and says nothing more. "
            await ana.is_closed_with(4401)
            await _says(budi)

    async def _hello(self, client: DrivenClient, seconds: float = 60) -> None:
        await client.send({"type": "hello", "token": self._new_token(client.name, seconds)})

    async def _welcome(self, client: DrivenClient, seconds: float = 60) -> None:
        await self._hello(client, seconds)
        await client.receives({"type": "welcome", "name": client.name})


async def _says(client: DrivenClient) -> None:
    await client.send({"type": "say", "text": "Halo!"})
    await client.receives({"type": "said", "name": client.name, "text": "Halo!"})
