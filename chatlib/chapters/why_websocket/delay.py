"""A relay that makes one computer as slow as a long way: it adds a round trip to each connection.

It models the time that bytes need for the way, and the round trip of TCP's own handshake. It does
not model loss, limited bandwidth, TCP's slow start, jitter, or TLS (which costs one round trip
more for each new connection).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self

from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.tap import CHUNK_LIMIT, reset

CHUNKS_ON_THE_WAY = 1000  # of one direction; then the relay stops reading until one has arrived

# When a chunk is to arrive, on the loop's clock, and its bytes; no bytes stand for the end.
Travelling = asyncio.Queue[tuple[float, bytes]]


class DelayRelay:
    """A relay in front of one server. `DelayRelay.start` makes a running one."""

    def __init__(self, target_port: int, *, rtt: float) -> None:
        """Prepare a relay that adds a round-trip time of `rtt` seconds."""
        self.target_port = target_port
        self.rtt = rtt
        self._loop = KernelLoop.here()
        self._accepted = 0
        self._listener: asyncio.Server
        self.port = 0

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
        relay = cls(target_port, rtt=rtt)
        relay._listener = await asyncio.start_server(relay._accept, "127.0.0.1", 0)
        relay.port = relay._listener.sockets[0].getsockname()[1]
        return relay

    async def stop(self) -> None:
        """Stop listening and cut what is still connected. May be called twice."""
        self._listener.close()
        await self._loop.stop()
        await self._listener.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._accepted += 1
        self._loop.spawn(self._relay(reader, writer), name=f"delayed connection {self._accepted}")

    async def _relay(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        # The system has accepted at once. Over a real way, the client would have sent its SYN and
        # waited for the SYN-ACK: one round trip before its first byte can leave.
        opened = self._loop.loop.time() + self.rtt
        writers = [to_client]
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self.target_port)
            writers.append(to_server)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._direction(from_client, to_server, opened))
                both.create_task(self._direction(from_server, to_client, opened))
        except ConnectionRefusedError:
            reset(to_client)  # No server: its client learns it now, not at a timeout.
        except asyncio.CancelledError:
            for writer in writers:
                writer.transport.abort()
            raise
        finally:
            for writer in writers:
                writer.close()

    async def _direction(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, opened: float
    ) -> None:
        way = Travelling(CHUNKS_ON_THE_WAY)
        async with asyncio.TaskGroup() as both_ends:
            both_ends.create_task(self._depart(source, way, opened))
            both_ends.create_task(self._arrive(way, sink))

    async def _depart(self, source: asyncio.StreamReader, way: Travelling, opened: float) -> None:
        data = b"a chunk"
        while data:
            try:
                data = await source.read(CHUNK_LIMIT)
            except OSError:
                data = b""  # A reset; it goes on as an orderly end.
            left = max(self._loop.loop.time(), opened)
            await way.put((left + self.rtt / 2, data))

    async def _arrive(self, way: Travelling, sink: asyncio.StreamWriter) -> None:
        while True:
            arrival, data = await way.get()
            await asyncio.sleep(arrival - self._loop.loop.time())
            if not data:
                break
            with suppress(OSError):  # Who has gone gets nothing; the rest of the way is emptied.
                sink.write(data)
                await sink.drain()
        with suppress(OSError):
            sink.write_eof()
