"""A relay that makes one computer as slow as a long way: it adds a round trip to each connection.

It models the time that bytes need for the way, and the round trip of TCP's own handshake. It does
not model loss, limited bandwidth, TCP's slow start, jitter, or TLS (which costs one round trip
more for each new connection).
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Self

from chatlib.kernel.relay import Connection, Relay, RelayEnd
from chatlib.wire.events import How
from chatlib.wire.frames import Side

CHUNKS_ON_THE_WAY = 1000  # of one direction; then the relay stops reading until one has arrived


class DelayRelay(Relay):
    """A relay in front of one server. `DelayRelay.start` makes a running one."""

    def __init__(self, target_port: int, *, rtt: float) -> None:
        """Prepare a relay that adds a round-trip time of `rtt` seconds."""
        super().__init__(target_port, name="the delay")
        self.rtt = rtt

    @classmethod
    async def start(cls, target_port: int, *, rtt: float) -> Self:
        """Listen on a free port of 127.0.0.1.

        Args:
            target_port: The server's TCP port on 127.0.0.1.
            rtt: Seconds that a round trip takes; half of it is added in each direction.

        Raises:
            ValueError: If `rtt` is negative.
            OSError: If no port can be opened.
        """
        if rtt < 0:
            raise ValueError(f"A round trip cannot take {rtt} seconds. Give 0 or more.")
        return await cls(target_port, rtt=rtt).listen()

    def accept(self) -> Connection:
        """Return a connection whose bytes take their time."""
        return _Delayed(self)


class _Delayed(Connection):
    """A relayed connection; an end of a direction takes its time too, as no bytes."""

    def __init__(self, relay: DelayRelay) -> None:
        super().__init__(relay)
        self._rtt = relay.rtt
        # When the client's first byte may leave, on the loop's clock.
        self._opened = 0.0
        self._on_the_way: dict[Side, deque[bytes]] = {"client": deque(), "server": deque()}

    def opened(self) -> None:
        # The system has accepted at once. Over a real way, the client would have sent its SYN and
        # waited for the SYN-ACK: one round trip before its first byte can leave.
        self._opened = self.relay.loop.loop.time() + self._rtt

    def read(self, source: RelayEnd, data: bytes) -> None:
        now = self.relay.loop.loop.time()
        way = self._on_the_way[source.side]
        way.append(data)
        if len(way) == CHUNKS_ON_THE_WAY:
            source.hold()
        arrival = max(now, self._opened) + self._rtt / 2
        self.relay.loop.call_later(arrival - now, partial(self._arrive, source))

    def ended(self, source: RelayEnd, how: How) -> None:
        self.read(source, b"")  # A reset, too, goes on as an orderly end.

    def _arrive(self, source: RelayEnd) -> None:
        way = self._on_the_way[source.side]
        if len(way) == CHUNKS_ON_THE_WAY:
            source.release()
        if data := way.popleft():
            super().read(source, data)
        else:
            self.other(source).finish()
