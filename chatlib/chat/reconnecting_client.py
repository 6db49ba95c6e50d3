"""A chat client that comes back by itself: it keeps what is said meanwhile, and says it once."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

from websockets.exceptions import InvalidHandshake

from chatlib.chat.client import ChatClient, ChatClosed, ChatRefused
from chatlib.chat.messages import Error, Said, Say, ServerMessage, encode

FIRST = 0.5  # seconds, at most, before the first attempt
MOST = 15.0  # seconds, at most, before any
MOST_ATTEMPTS = 40  # in a row
# Codes after which the same connection may work again soon. Not 1000 and 1008: somebody meant it.
PASSING = frozenset({1001, 1006, 1011, 1012, 1013, 1014})
UNREACHED = (ChatClosed, InvalidHandshake, OSError)  # a TimeoutError is an OSError
# Why a `join` may succeed a little later, and why that of somebody may who was in the room: the
# server may still believe in the connection that was lost.
LATER = {"not_reached"}
LATER_AGAIN = {*LATER, "name_taken", "room_full"}


def wait_before(attempt: int, *, first: float = FIRST, most: float = MOST) -> float:
    """Return the seconds to wait before attempt number 1, 2, 3 ….

    Exponential back-off with full jitter: anything between nothing and a bound that doubles. So a
    class that lost its server at one moment does not come back at one moment.
    """
    return random.uniform(0, min(most, first * 2 ** min(attempt - 1, 30)))


class ReconnectingClient:
    """A member of a room who comes back after a lost connection. `live` connects and listens.

    Attributes:
        client: The newest connection; None before the first one.
        connected: Set while it is open.
    """

    def __init__(
        self,
        urls: str | Sequence[str],
        name: str,
        *,
        room: str = "lobby",
        wait: Callable[[int], float] = wait_before,
        attempts: int = MOST_ATTEMPTS,
        **options: Any,
    ) -> None:
        """Prepare a member who is not connected yet.

        Args:
            urls: The server; or several that share their rooms, of which the next one is tried
                when one is lost.
            name: The member's name.
            room: The room to join.
            wait: Gets the number of the attempt, and returns the seconds before it.
            attempts: How many may fail in a row.
            **options: Passed to `ChatClient.connect`.
        """
        self.client: ChatClient | None = None
        self.connected = asyncio.Event()
        self._urls = [urls] if isinstance(urls, str) else list(urls)
        self._join = {"name": name, "room": room, **options}
        self._wait = wait
        self._attempts = attempts
        # By its id: what was said and has not come back. Each life of a member has other ids.
        self._unsent: dict[str, str] = {}
        self._prefix = secrets.token_hex(4)
        self._numbers = count(1)

    @property
    def unsent(self) -> tuple[str, ...]:
        """What was said and has not come back yet, in order."""
        return tuple(self._unsent.values())

    async def say(self, text: str) -> str:
        """Say something now, or as soon as the connection is back; return its id.

        Raises:
            BadMessage: If the text has no UTF-8 (a lone surrogate).
        """
        id = f"{self._prefix}-{next(self._numbers)}"
        encode(Say(text=text, id=id))  # What cannot be sent must not be tried again and again.
        self._unsent[id] = text
        if self.client is not None and self.connected.is_set():
            with suppress(ChatClosed):
                await self.client.say(text, id=id)
        return id

    async def live(self, hear: Callable[[ServerMessage], object]) -> None:
        """Be in the room until the connection is closed on purpose, or this is cancelled.

        Args:
            hear: Gets each event that happens while this member is in the room, those included
                that were missed, and whatever else the server says; each event once, in order.

        Raises:
            ChatRefused: If the server refuses the join for a reason that does not pass.
            ChatClosed: If it closes instead of answering, likewise: for a wrong join code.
            ConnectionError: If many attempts in a row have failed.
        """
        failed = 0
        for turn in count():
            try:
                code = await self._stay(self._urls[turn % len(self._urls)], hear)
            except ChatRefused as refusal:
                if refusal.code not in (LATER_AGAIN if self.client else LATER):
                    raise
            except UNREACHED as problem:
                if isinstance(problem, ChatClosed) and problem.code not in PASSING:
                    raise
                if failed + 1 >= self._attempts:
                    raise ConnectionError(
                        f"The server was not reached in {failed + 1} attempts. {problem}"
                    ) from problem
            else:
                failed = 0
                if code not in PASSING:
                    return
            failed += 1
            await asyncio.sleep(self._wait(failed))

    async def _stay(self, url: str, hear: Callable[[ServerMessage], object]) -> int:
        """Be connected once; return the close code."""
        before = self.client
        resume = {} if before is None else before.resume
        async with await ChatClient.connect(url, **{**self._join, **resume}) as client:
            self.client = client
            for event in client.welcome.events if before else ():
                self._take(event, hear)
            saying = asyncio.create_task(self._say_again(client), name="says again")
            try:
                async for message in client:
                    self._take(message, hear)
            finally:
                saying.cancel()
                self.connected.clear()
        return client.close_code or 1006

    async def _say_again(self, client: ChatClient) -> None:
        """Say what was not among the missed events, for it did not arrive; more may come."""
        limits, sent = client.welcome.limits, set[str]()
        with suppress(ChatClosed):
            while waiting := [id for id in self._unsent if id not in sent]:
                if len(sent) >= limits.burst // 2:
                    await asyncio.sleep(1 / limits.rate)  # Else a flood would be refused.
                await client.say(self._unsent[waiting[0]], id=waiting[0])
                sent.add(waiting[0])
            self.connected.set()

    def _take(self, message: ServerMessage, hear: Callable[[ServerMessage], object]) -> None:
        if isinstance(message, Said) and message.seq:
            self._unsent.pop(message.id or "", None)
        elif isinstance(message, Error):
            # Refused, or said before: to say it again would not help.
            self._unsent.pop(message.about or "", None)
        hear(message)
