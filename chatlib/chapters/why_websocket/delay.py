"""A relay that makes one computer as slow as a long way: it adds a round trip to each connection.

It models the time that bytes need for the way, and the round trip of TCP's own handshake. It does
not model loss, limited bandwidth, TCP's slow start, jitter, or TLS (which costs one round trip
more for each new connection).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from chatlib.kernel.relay import OTHER, Connection, Relay
from chatlib.wire.frames import Side

CHUNKS_ON_THE_WAY = 1000  # of one direction; then the relay stops reading until one has arrived


class DelayRelay(Relay):
    """A relay in front of one server. `DelayRelay.start` makes a running one."""

    def __init__(self, target_port: int, *, rtt: float) -> None:
        """Prepare a relay in front of a port of 127.0.0.1.

        Args:
            target_port: The server's TCP port.
            rtt: Seconds that a round trip takes; half of it is added in each direction.

        Raises:
            ValueError: If `rtt` is negative.
        """
        if rtt < 0:
            raise ValueError(f"A round trip cannot take {rtt} seconds. Give 0 or more.")
        super().__init__(target_port, name="the delay")
        self.rtt = rtt

    def accept(self, client: socket.socket, address: tuple[str, int], number: int) -> Connection:
        """Return a connection whose bytes take their time."""
        return _Delayed(self, client)


class _Delayed(Connection):
    """A relayed connection; an end of a direction takes its time too, as no bytes."""

    def __init__(self, relay: DelayRelay, client: socket.socket) -> None:
        super().__init__(relay, client)
        self._rtt = relay.rtt
        # When the client's first byte may leave, on the loop's clock. The system has accepted at
        # once. Over a real way, the client would have sent its SYN and waited for the SYN-ACK.
        self._opened = relay.loop.loop.time() + relay.rtt
        # What has not arrived yet, and when it does.
        self._on_the_way: dict[Side, asyncio.Queue[tuple[float, bytes]]] = {
            side: asyncio.Queue(CHUNKS_ON_THE_WAY) for side in OTHER
        }

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        return [*super().tasks(), *(self._deliver(source) for source in OTHER)]

    async def receive(self, source: Side) -> bytes:
        with suppress(OSError):
            return await super().receive(source)
        return b""  # A reset, too, goes on as an orderly end.

    async def pass_on(self, source: Side, data: bytes) -> None:
        arrival = max(self.relay.loop.loop.time(), self._opened) + self._rtt / 2
        await self._on_the_way[source].put((arrival, data))

    async def _deliver(self, source: Side) -> None:
        data = b"?"
        while data:
            arrival, data = await self._on_the_way[source].get()
            await asyncio.sleep(arrival - self.relay.loop.loop.time())
            with suppress(OSError):  # The other side has gone meanwhile.
                await super().pass_on(source, data)
