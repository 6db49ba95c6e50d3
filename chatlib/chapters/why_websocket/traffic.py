"""What the wire tap has seen in one run: bytes, connections and requests, and when chunks came.

It reads the tap's traces while they grow, for the tap forgets old connections.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from chatlib.kernel.tap import WireTap
from chatlib.wire.events import Event
from chatlib.wire.frames import Side
from chatlib.wire.trace import Trace

REQUEST = b" HTTP/1.1\r\n"  # the end of each request line
CHUNKS_KEPT = 20_000  # the newest chunks whose times are remembered


@dataclass(frozen=True, slots=True)
class PassedChunk:
    """When one chunk passed the tap.

    Attributes:
        time: Seconds of `time.perf_counter`.
        sender: Who sent it.
        size: Its bytes.
    """

    time: float
    sender: Side
    size: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """What passed the tap: TCP payload, so HTTP headers count, and TCP's and IP's do not.

    Attributes:
        sent: Bytes from clients to the server.
        received: Bytes from the server to clients.
        connections: TCP connections opened.
        requests: HTTP requests, the opening handshakes of WebSocket included.
    """

    sent: int = 0
    received: int = 0
    connections: int = 0
    requests: int = 0

    def __sub__(self, before: Traffic) -> Traffic:
        """Return what came between two moments."""
        return Traffic(
            self.sent - before.sent,
            self.received - before.received,
            self.connections - before.connections,
            self.requests - before.requests,
        )


class TrafficCounter:
    """Adds up one tap's traffic from now on."""

    def __init__(self, tap: WireTap) -> None:
        """Watch `tap` until `close`."""
        self.chunks: deque[PassedChunk] = deque(maxlen=CHUNKS_KEPT)
        self.totals = Traffic()
        self._tap = tap
        # Bytes counted already, of each connection that the tap still remembers.
        self._counted: WeakKeyDictionary[Trace, dict[Side, int]] = WeakKeyDictionary()
        self.close = tap.watch(self._note)

    def _note(self, trace: Trace, _: Sequence[Event]) -> None:
        opens = trace not in self._counted
        counted = self._counted.setdefault(trace, {"client": 0, "server": 0})
        chunk = trace.chunks[-1] if trace.chunks else None
        # The tap also tells of the end of a direction, which brings no bytes.
        if chunk is None or trace.bytes_from(chunk.sender) == counted[chunk.sender]:
            return
        counted[chunk.sender] += len(chunk.data)
        # When it came, not when it was told: the tap passes on first.
        passed = time.perf_counter() - (self._tap.now - chunk.time)
        self.chunks.append(PassedChunk(passed, chunk.sender, len(chunk.data)))
        self._add(chunk.sender, chunk.data, opens)

    def _add(self, sender: Side, data: bytes, opens: bool) -> None:
        of_client = sender == "client"
        old = self.totals
        # httpx and websockets hand each request to TCP in one piece, far smaller than a chunk.
        self.totals = Traffic(
            old.sent + len(data) * of_client,
            old.received + len(data) * (not of_client),
            old.connections + opens,
            old.requests + (data.count(REQUEST) if of_client else 0),
        )
