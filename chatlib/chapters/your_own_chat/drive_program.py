"""A learner's program, driven by real clients: a report that stops at the first mistake.

It knows nothing of what the messages mean; each check does.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from chatlib.chapters.your_own_chat.learner_program import LearnerProgram, Mistake
from chatlib.questions.report import Finding, Report
from chatlib.wire.close_codes import CLOSE_CODES

ANSWERS_WITHIN = 4.0  # seconds in which a message must have been answered
WHOLE_CHECK = 60.0  # seconds that a check may take
OUTPUT_WITHIN = 0.3  # seconds in which what a program wrote must have come here
SHOWN = 120  # characters of a message that a sentence shows

Case = Callable[["Drive"], Awaitable[None]]


class DrivenClient:
    """A real client of the check; what it should get and does not get becomes a `Mistake`.

    Attributes:
        name: What sentences call it, such as "Ana".
        connection: The connection, for what has no method here.
    """

    def __init__(self, name: str, connection: ClientConnection, drive: Drive) -> None:
        """Belong to one drive; `Drive.client` makes one."""
        self.name = name
        self.connection = connection
        self._drive = drive

    async def send(self, message: object) -> None:
        """Send text or bytes as they are, and anything else as JSON."""
        data = message if isinstance(message, str | bytes) else json.dumps(message)
        self._drive.last = f"{self.name} sent {shown(data)}. "
        try:
            await self.connection.send(data)
        except ConnectionClosed as closed:
            raise Mistake(self._closed(closed)) from None

    async def recv(self, wanted: str = "an answer") -> str | bytes:
        """Return the next message.

        Raises:
            Mistake: If none comes, or the connection is closed.
        """
        try:
            return await asyncio.wait_for(self.connection.recv(), ANSWERS_WITHIN)
        except TimeoutError:
            raise Mistake(
                f"{self._drive.last}{self.name} waited {ANSWERS_WITHIN:g} seconds for"
                f" {wanted}, and nothing came."
            ) from None
        except ConnectionClosed as closed:
            raise Mistake(self._closed(closed)) from None

    async def receives(self, expected: Mapping[str, object] | bytes) -> dict[str, Any]:
        """Return the next message, which must be this one.

        Args:
            expected: Bytes for a binary message. Otherwise the fields of a JSON object, each with
                its value, or with a type if any value of that type will do; more fields may be in
                the message.

        Raises:
            Mistake: If it is another message, or none comes.
        """
        wanted = shown(expected)
        got = await self.recv(wanted)
        if difference := differs(got, expected):
            raise Mistake(
                f"{self._drive.last}{self.name} should get {wanted}, and got {shown(got)}."
                f" {difference}"
            )
        return {} if isinstance(got, bytes) else dict(json.loads(got))

    def leave(self) -> None:
        """Cut the connection without a close frame, as a lost network does."""
        self._drive.last = f"{self.name} was cut off. "
        self.connection.transport.abort()

    def _closed(self, closed: ConnectionClosed) -> str:
        code = closed.rcvd.code if closed.rcvd else 1006
        reason = f", “{closed.rcvd.reason}”" if closed.rcvd and closed.rcvd.reason else ""
        words = CLOSE_CODES[code].name if code in CLOSE_CODES else "a code of your own"
        return (
            f"{self._drive.last}Your program closed {self.name}'s connection with"
            f" {code} ({words}{reason})."
        )


class Drive:
    """A running program, and the clients that a check connects to it.

    Attributes:
        program: The learner's program.
        last: What happened last, as the beginning of a sentence.
    """

    def __init__(self, program: LearnerProgram) -> None:
        """Drive a program that listens."""
        self.program = program
        self.last = ""
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
            connection = await connect(url, open_timeout=ANSWERS_WITHIN, **(settings | options))
        except (OSError, TimeoutError, InvalidStatus, InvalidMessage) as error:
            raise Mistake(f"{self.last}{name} cannot connect: {_not_open(error)}") from None
        try:
            yield DrivenClient(name, connection, self)
        except Mistake:
            await self.explain()  # before the program meets the end of its clients
            raise
        finally:
            await connection.close()

    async def explain(self) -> str:
        """Return what the program itself said, when asked for the first time."""
        if self._trouble is None:
            await asyncio.sleep(OUTPUT_WITHIN)
            self._trouble = self.program.trouble()
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
        async with asyncio.timeout(WHOLE_CHECK), program:
            findings.append(Finding(name, True, f"It listens on port {program.port}."))
            for name, case in cases.items():
                findings.append(Finding(name, *await _outcome(case, Drive(program))))
                if not findings[-1].right:
                    break
    except Mistake as mistake:
        findings.append(Finding(name, False, str(mistake)))
    except TimeoutError:
        slow = f"The whole check took more than {WHOLE_CHECK:g} seconds: answers come too slowly."
        findings.append(Finding(name, False, slow))
    return Report.of(findings)


async def _outcome(case: Case, drive: Drive) -> tuple[bool, str]:
    try:
        await case(drive)
    except Mistake as mistake:
        return False, f"{mistake} {await drive.explain()}".strip()
    return True, "Yes."


def shown(message: object) -> str:
    """Return a message as a sentence shows it: JSON text as it is, of a type only its name."""
    if isinstance(message, Mapping):
        parts = (f'"{key}": {_word(value)}' for key, value in message.items())
        return f"{{{', '.join(parts)}}}"
    text = message if isinstance(message, str) else repr(message)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def differs(got: str | bytes, expected: Mapping[str, object] | bytes) -> str:
    """Say how a message differs from the expected one; "" if it does not."""
    if isinstance(expected, bytes):
        kind = "This is text, and a binary message was expected: send bytes."
        return kind if isinstance(got, str) else "" if got == expected else "The bytes differ."
    if isinstance(got, bytes):
        return "This is binary, and text was expected: send json.dumps(…), without encode()."
    try:
        fields = json.loads(got)
    except ValueError:
        return "This is not JSON: send json.dumps(…) of a dict."
    if not isinstance(fields, dict):
        return f"This is JSON, but no object: {_word(type(fields))}. Send json.dumps(…) of a dict."
    for key, value in expected.items():
        if key not in fields:
            return f'The field "{key}" is missing.'
        if not _fits(fields[key], value):
            return f'The field "{key}" is {json.dumps(fields[key])}, not {_word(value)}.'
    return ""


def _fits(got: object, wanted: object) -> bool:
    if isinstance(wanted, type):
        return type(got) is wanted or (wanted is float and type(got) is int)
    return got == wanted and isinstance(got, bool) == isinstance(wanted, bool)


def _word(value: object) -> str:
    names = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    if isinstance(value, type):
        return names.get(value, value.__name__)
    return json.dumps(value, ensure_ascii=False)


def _not_open(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return (
            f"the opening handshake was not answered within {ANSWERS_WITHIN:g} seconds. Does"
            " time.sleep, input() or a loop without await hold your program up?"
        )
    if isinstance(error, InvalidStatus):
        return f"your program answered with HTTP status {error.response.status_code}, not 101."
    if isinstance(error, InvalidMessage):
        return "what your program answered is no HTTP. Is it a server of websockets?"
    return "your program did not take the connection. Does it listen on 127.0.0.1?"
