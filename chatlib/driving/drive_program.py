"""A learner's program, driven by real clients: a report that stops at the first mistake.

It knows nothing of what the messages mean; each check does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from chatlib.driving import driven_client
from chatlib.driving.driven_client import DrivenClient
from chatlib.driving.learner_program import LearnerProgram, Mistake, interruptible
from chatlib.questions.report import Finding, Report

WHOLE_CHECK = 60.0  # seconds that a check may take

Case = Callable[["Drive"], Awaitable[None]]


class DrivenServer(Protocol):
    """What a check connects to: the learner's program, or a handler of a cell."""

    @property
    def url(self) -> str:
        """The WebSocket address."""

    async def trouble(self) -> str:
        """Say what it reports of itself; "" if nothing."""


class Drive:
    """Something that runs, and the clients that a check connects to it.

    Attributes:
        program: The learner's program, or a handler.
        last: What happened last, as the beginning of a sentence.
        hint: What to look at if something is not right; a case sets it.
    """

    def __init__(self, program: DrivenServer) -> None:
        """Drive something that listens."""
        self.program = program
        self.last = self.hint = ""
        self._trouble: str | None = None

    @asynccontextmanager
    async def client(
        self, name: str, path: str = "/", **options: Any
    ) -> AsyncIterator[DrivenClient]:
        """Connect a client; the connection is closed at the end of the block.

        Raises:
            Mistake: If the opening handshake does not succeed.
        """
        settings = {"compression": None, "ping_interval": None, "proxy": None, "close_timeout": 1}
        url = self.program.url + path
        try:
            connection = await connect(
                url, open_timeout=driven_client.ANSWERS_WITHIN, **(settings | options)
            )
        except (OSError, TimeoutError, InvalidStatus, InvalidMessage) as error:
            raise Mistake(f"{self.last}{name} cannot connect: {_not_open(error)}") from None
        try:
            yield DrivenClient(name, connection, self)
        except Mistake:
            await self.explain()  # before the program meets the end of its clients
            raise
        finally:
            self.last = f"{name} has left. "
            await connection.close()

    async def get(self, path: str) -> tuple[int, str, str]:
        """Ask for a page as a browser does; return the status, its type and its text.

        Raises:
            Mistake: If there is no answer.
        """
        opener = build_opener(ProxyHandler({}))
        address = self.program.url.replace("ws", "http", 1) + path

        def ask() -> tuple[int, str, str]:
            with opener.open(address, timeout=driven_client.ANSWERS_WITHIN) as answer:
                return answer.status, answer.headers.get_content_type(), answer.read().decode()

        try:
            return await asyncio.to_thread(ask)
        except HTTPError as error:
            with error:
                return error.code, error.headers.get_content_type(), ""
        except (OSError, HTTPException) as error:
            raise Mistake(f"A browser that asks for {path} gets no answer ({error}).") from None

    def expect(self, holds: bool, sentence: str) -> None:
        """Raise a `Mistake` with this sentence if something does not hold."""
        if not holds:
            raise Mistake(self.last + sentence)

    async def explain(self) -> str:
        """Return what the program itself said, when asked for the first time."""
        if self._trouble is None:
            self._trouble = await self.program.trouble()
        return self._trouble


async def check_program(
    file: str | Path, cases: Mapping[str, Case], *, command: Sequence[str] = ()
) -> Report:
    """Start a learner's program, and drive it through cases up to the first mistake.

    The check ends within a bound, may be run again, and leaves no process and no port.

    Args:
        file: The learner's file.
        cases: What is checked, in the words of the report; each raises `Mistake`.
        command: Starts the file, such as the path of Node.js; Python when not given.
    """
    findings: list[Finding] = []
    program = LearnerProgram(file, command=command)
    name = "it starts"
    try:
        with interruptible():
            async with asyncio.timeout(WHOLE_CHECK), program:
                findings.append(Finding(name, True, f"It listens on port {program.port}."))
                await drive_through(program, cases, findings)
    except Mistake as mistake:
        findings.append(Finding(name, False, str(mistake)))
    except TimeoutError:
        findings.append(too_slow(findings, cases))
    return Report.of(findings)


async def drive_through(
    program: DrivenServer, cases: Mapping[str, Case], findings: list[Finding]
) -> None:
    """Try cases up to the first mistake, and add what was found to `findings`."""
    for name, case in cases.items():
        findings.append(Finding(name, *await _outcome(case, Drive(program))))
        if not findings[-1].right:
            break


def too_slow(findings: Sequence[Finding], cases: Mapping[str, Case]) -> Finding:
    """Say in which case the time of the whole check was over."""
    named = {finding.name for finding in findings}
    name = next((name for name in cases if name not in named), "it ends")
    slow = f"The whole check took more than {WHOLE_CHECK:g} seconds: answers come too slowly."
    return Finding(name, False, slow)


async def _outcome(case: Case, drive: Drive) -> tuple[bool, str]:
    try:
        await case(drive)
    except Mistake as mistake:
        return False, " ".join(filter(None, (str(mistake), await drive.explain(), drive.hint)))
    return True, "Yes."


def _not_open(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return (
            f"the opening handshake was not answered within {driven_client.ANSWERS_WITHIN:g}"
            " seconds. Does time.sleep, input() or a loop without await hold your program up?"
        )
    if isinstance(error, InvalidStatus):
        return f"your program answered with HTTP status {error.response.status_code}, not 101."
    if isinstance(error, InvalidMessage):
        return "what your program answered is no HTTP. Is it a server of websockets?"
    return "your program did not take the connection. Does it listen on 127.0.0.1?"
