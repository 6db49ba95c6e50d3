"""A real client of a check: what it should get and does not get becomes a sentence.

It knows nothing of what the messages mean; each check does.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from chatlib.driving.learner_program import Mistake
from chatlib.questions.report import difference
from chatlib.wire.rules import CLOSE_CODES

ANSWERS_WITHIN = 4.0  # seconds in which a message must have been answered
SHOWN = 120  # characters of a message that a sentence shows
TO_JSON = "json.dumps(…) of a dict (in JavaScript: JSON.stringify(…) of an object)."
ERROR = {"type": "error", "text": str}  # the answer to a message that is not understood


class Story(Protocol):
    """What happened last, as the beginning of a sentence."""

    last: str


class DrivenClient:
    """A real client of the check; what it should get and does not get becomes a `Mistake`.

    Attributes:
        name: What sentences call it, such as "Ana".
        connection: The connection, for what has no method here.
    """

    def __init__(self, name: str, connection: ClientConnection, story: Story) -> None:
        """Tell what it does to `story`; `Drive.client` makes one."""
        self.name = name
        self.connection = connection
        self._story = story

    async def send(self, message: object) -> None:
        """Send text or bytes as they are, and anything else as JSON."""
        data = message if isinstance(message, str | bytes) else json.dumps(message)
        self._story.last = f"{self.name} sent {shown(data)}. "
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
                f"{self._story.last}{self.name} waited {ANSWERS_WITHIN:g} seconds for"
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
        if problem := differs(got, expected):
            raise Mistake(
                f"{self._story.last}{self.name} should get {wanted}, and got {shown(got)}."
                f" {problem}"
            )
        return {} if isinstance(got, bytes) else dict(json.loads(got))

    async def gets(self, text: str) -> None:
        """Check that the next message is this text.

        Raises:
            Mistake: If it is another message, or none comes.
        """
        got = await self.recv(f"“{text}”")
        if got != text:
            raise Mistake(f"{self._story.last}{self.name} should get “{text}”, and got “{got!s}”.")

    async def hears_nothing(self) -> None:
        """Check that no message waits for this client.

        It sends text that is not JSON: the next message must be the error for that.

        Raises:
            Mistake: If another message comes, or none.
        """
        before = self._story.last
        try:
            await self.connection.send("nonsense")
        except ConnectionClosed as closed:
            raise Mistake(self._closed(closed)) from None
        got = await self.recv(f"an error ({shown(ERROR)}), because it sent “nonsense”")
        if differs(got, ERROR):
            raise Mistake(f"{before}{self.name} should get nothing more, and got {shown(got)}.")

    async def is_closed_with(self, code: int) -> list[str | bytes]:
        """Check that the server closes this connection with a code; return what it said before.

        Raises:
            Mistake: If it closes it with another code, or not in time.
        """
        before: list[str | bytes] = []
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                async for message in self.connection:  # unread, it would hold up the close frame
                    before.append(message)
        except ConnectionClosed:
            pass  # the code says more
        except TimeoutError:
            raise Mistake(
                f"{self._story.last}{self.name}'s connection should be closed with {code}, and is"
                f" open after {ANSWERS_WITHIN:g} seconds."
            ) from None
        if (got := self.connection.close_code) != code:
            raise Mistake(
                f"{self._story.last}{self.name}'s connection should be closed with {code}, and was"
                f" closed with {got}."
            )
        return before

    async def close(self) -> None:
        """Leave with a closing handshake: then the program knows of it."""
        self._story.last = f"{self.name} has left. "
        await self.connection.close()

    async def cut_off(self) -> None:
        """Leave without a close frame, as when the network is lost."""
        self._story.last = f"{self.name} was cut off. "
        self.connection.transport.abort()

    def _closed(self, closed: ConnectionClosed) -> str:
        code = closed.rcvd.code if closed.rcvd else 1006
        reason = f", “{closed.rcvd.reason}”" if closed.rcvd and closed.rcvd.reason else ""
        words = CLOSE_CODES[code][0] if code in CLOSE_CODES else "a code of your own"
        return (
            f"{self._story.last}Your program closed {self.name}'s connection with"
            f" {code} ({words}{reason})."
        )


def shown(message: object) -> str:
    """Return a message as a sentence shows it: JSON text as it is, of a type only its name."""
    if isinstance(message, Mapping):
        parts = (f'"{key}": {_word(value)}' for key, value in message.items())
        return f"{{{', '.join(parts)}}}"
    text = f"bytes [{message.hex(' ')}]" if isinstance(message, bytes) else str(message)
    if len(text) > SHOWN:
        text = f"{text[:SHOWN]}… ({len(text)} characters)"
    return text if text.startswith(("{", "[", "bytes [")) else f"“{text}”"


def differs(got: str | bytes, expected: Mapping[str, object] | bytes) -> str:
    """Say how a message differs from the expected one; "" if it does not."""
    if isinstance(expected, bytes):
        kind = "This is text, and a binary message was expected: send bytes."
        return (
            kind if isinstance(got, str) else "" if got == expected else difference(got, expected)
        )
    if isinstance(got, bytes):
        return "This is binary, and text was expected: send json.dumps(…), without encode()."
    try:
        fields = json.loads(got)
    except ValueError:
        return f"This is not JSON: send {TO_JSON}"
    if not isinstance(fields, dict):
        return f"This is JSON, but no object: {_word(type(fields))}. Send {TO_JSON}"
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
