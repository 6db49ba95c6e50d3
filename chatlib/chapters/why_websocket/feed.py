"""What was said, and when: the one source behind all four ways to get it."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """One message.

    Attributes:
        number: 1 for the first message of a feed.
        text: What was said.
        time: When the server took it: seconds of `time.perf_counter`.
    """

    number: int
    text: str
    time: float

    @property
    def data(self) -> dict[str, int | str]:
        """What travels, as JSON."""
        return {"number": self.number, "name": "Ana", "text": self.text}


class Feed:
    """The messages of one run. It belongs to one event loop."""

    def __init__(self) -> None:
        """Start without messages."""
        self.messages: list[Said] = []
        # How many times a client has come: HTTP requests, and WebSocket connections.
        self.visits = 0
        self._closed = False
        # Set and replaced at each message.
        self._news = asyncio.Event()

    def say(self, text: str) -> None:
        """Take a message; its time starts now."""
        self.messages.append(Said(len(self.messages) + 1, text, time.perf_counter()))
        self._wake()

    async def after(self, number: int, *, hold: float | None = None) -> list[Said] | None:
        """Wait until there is a message after `number`, and return all of these.

        Args:
            number: The last message that is known already.
            hold: The longest wait in seconds; without it there is no limit.

        Returns:
            The messages, none if the wait was too long; None when the feed was closed.
        """
        if len(self.messages) <= number and not self._closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(hold):
                    await self._news.wait()
        return None if self._closed else self.messages[number:]

    def close(self) -> None:
        """End every wait."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
