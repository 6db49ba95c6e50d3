"""What is measured, under which load, and what one run has found. Only data."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from chatlib.chapters.why_websocket.ledger import Stamp, Totals


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


@dataclass(frozen=True, slots=True)
class Sample:
    """One message on its way, drawn from the tap's chunks.

    Attributes:
        said: When the server took it, on the clock of `chunks`.
        got: When the client had it.
        chunks: What passed the tap around this time.
    """

    said: float
    got: float
    chunks: tuple[Stamp, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run has measured.

    Attributes:
        latencies: Seconds from said to had, of every delivery.
        expected: How many deliveries there should have been.
        opening: What passed until the first message was said.
        traffic: What passed from then until the last delivery.
        cpu: Seconds of the server's CPU time in this stretch, less what it takes without clients.
        sample: One typical message.
    """

    latencies: tuple[float, ...] = field(repr=False)
    expected: int
    opening: Totals
    traffic: Totals
    cpu: float
    sample: Sample | None


@dataclass(frozen=True, slots=True)
class Idle:
    """What a way costs while nobody speaks.

    Attributes:
        exchange: What one empty exchange moves; nothing, if the way is silent.
        per_minute: How many of them one client makes in a minute.
    """

    exchange: Totals
    per_minute: float

    @property
    def sent(self) -> float:
        """Bytes a minute from one client to the server."""
        return self.exchange.sent * self.per_minute

    @property
    def received(self) -> float:
        """Bytes a minute from the server to one client."""
        return self.exchange.received * self.per_minute
