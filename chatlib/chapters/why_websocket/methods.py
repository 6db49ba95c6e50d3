"""What is measured, and under which load. Only data."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Access:
    """What a client gets to work with.

    Attributes:
        http: An HTTP client whose address is the server's; it keeps its connection or not.
        ws_url: The address of the server's WebSocket.
        every: Seconds between two polls.
    """

    http: httpx.AsyncClient
    ws_url: str
    every: float


Got = Callable[[dict[str, Any]], object]
Client = Callable[[Access, Got], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Method:
    """One way to get messages.

    Attributes:
        name: What tables and pictures call it.
        client: A coroutine function; it gets an `Access`, and calls `got` for each message.
        every: Seconds between two polls, for a client that polls.
        keep_alive: Whether HTTP requests share a connection.
    """

    name: str
    client: Client
    every: float = 0.0
    keep_alive: bool = True


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of a method.

    Attributes:
        rate: Messages a second, said at random moments, the same ones for each method.
        seconds: How long messages are said; at least one is.
        clients: How many clients want every message.
        rtt: Seconds of round trip that are added to the way.
    """

    rate: float = 10
    seconds: float = 2
    clients: int = 1
    rtt: float = 0.0

    @property
    def messages(self) -> int:
        """How many messages are said."""
        return max(1, round(self.rate * self.seconds))

    def moments(self, seed: int) -> list[float]:
        """Return when messages are said, in seconds from the beginning.

        Random moments, because a regular beat could agree with the beat of a poll.
        """
        chance = random.Random(seed)
        return sorted(chance.uniform(0, self.seconds) for _ in range(self.messages))
