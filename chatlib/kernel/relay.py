"""A TCP relay in front of one server: it accepts, reaches the server, and passes everything on.

It passes on chunk by chunk, half-closes and resets, and reads from one side only as fast as the
other side takes it. What else is done with the bytes, a subclass of `Connection` says.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

from chatlib.kernel.ending import finish
from chatlib.kernel.loop import KernelLoop
from chatlib.wire.events import How
from chatlib.wire.frames import Side

CHUNK_LIMIT = 65_536  # bytes taken from TCP in one read


class Relay:
    """A listening port, and every connection that was accepted there."""

    def __init__(self, target_port: int, *, host: str = "127.0.0.1", name: str = "") -> None:
        """Prepare a relay; `listen` makes it accept.

        Args:
            target_port: The server's TCP port.
            host: Where the server listens, and where to listen.
            name: What the relay is called.
        """
        self.target_port = target_port
        self.host = host
        self.name = name
        # The TCP port to connect to instead of the server's own.
        self.port = 0
        # How many connections were accepted so far.
        self.accepted = 0
        self.stopped = False
        self.loop = KernelLoop.here()
        # The TCP connections that exist, to clients and to the server. What is not in here is
        # nobody's: each one is added when it is made, and taken out when it is lost.
        self._ends: set[RelayEnd] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._listener: asyncio.Server | None = None

    async def listen(self) -> Self:
        """Listen on a free port of `host`, and return the relay.

        Raises:
            OSError: If no port can be opened on `host`.
        """
        loop = self.loop.loop
        self._listener = await loop.create_server(lambda: self.accept().client, self.host, 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    def accept(self) -> Connection:
        """Return what stands for the next connection."""
        return Connection(self)

    async def idle(self) -> None:
        """Wait until no connection is being relayed."""
        await self._idle.wait()

    async def stop(self) -> None:
        """Stop listening and cut what is still connected. May be called twice.

        What has not ended after two seconds is given up, and named.
        """
        self.stopped = True
        if self._listener is not None:
            await close_listener(self._listener)
        for end in self._ends:
            end.transport.abort()
        await self.loop.stop()
        what = f"Cutting {len(self._ends)} TCP connections of the relay {self.name or self.port}"
        await finish(self._gone(), name=what)

    async def _gone(self) -> None:
        await self._idle.wait()
        if self._listener is not None:
            await self._listener.wait_closed()

    def own(self, end: RelayEnd) -> None:
        """Take over a TCP connection that was just made."""
        self._ends.add(end)
        self._idle.clear()

    def disown(self, end: RelayEnd) -> None:
        """Forget a TCP connection that is lost."""
        self._ends.discard(end)
        if not self._ends:
            self._idle.set()


class Connection:
    """One relayed connection: the end at the client, and the end at the server.

    A subclass sees what passes in `opened`, `reaching`, `read`, `ended` and `closed`; each of
    them does something only if it says so.
    """

    def __init__(self, relay: Relay) -> None:
        """Belong to a relay. The ends come to life one after the other."""
        relay.accepted += 1
        self.relay = relay
        self.number = relay.accepted
        self.client = RelayEnd(self, "client")
        self.server = RelayEnd(self, "server")
        # Whether the server was reached.
        self._reached = False

    def opened(self) -> None:
        """The client is there; nothing was read yet."""

    def reaching(self, port: int) -> None:
        """The server is about to be reached, from this port."""

    def read(self, source: RelayEnd, data: bytes) -> None:
        """A chunk was read: pass it on."""
        self.other(source).write(data)

    def ended(self, source: RelayEnd, how: How) -> None:
        """One direction has ended: pass that on."""
        if how == "reset":
            self.other(source).reset()
        else:
            self.other(source).finish()

    def closed(self) -> None:
        """No TCP connection is left."""

    def other(self, end: RelayEnd) -> RelayEnd:
        """Return the end on the other side."""
        return self.server if end is self.client else self.client

    # What the two ends tell

    def made(self, end: RelayEnd) -> None:
        """Own a TCP connection; the client's waits until the server is reached."""
        self.relay.own(end)
        if self.relay.stopped or self.client.lost:
            end.transport.abort()
        elif end is self.client:
            end.hold()
            self.opened()
            name = f"relay of {self.relay.name or self.relay.port}, connection {self.number}"
            self.relay.loop.spawn(self._reach(), name=name)
        else:
            self._reached = True
            self.client.release()

    def lose(self, end: RelayEnd, error: Exception | None) -> None:
        """A TCP connection is gone; what the relay itself has cut brings no news."""
        self.relay.disown(end)
        if self._reached and not self.relay.stopped:
            self.end(end, "fin" if error is None else "reset")
        if self.other(end).lost:
            self.closed()

    def end(self, source: RelayEnd, how: How) -> None:
        """Nothing more comes from one side; only the first time counts."""
        if not source.ended:
            source.ended = True
            self.ended(source, how)

    async def _reach(self) -> None:
        try:
            await self._connect()
        except BaseException as error:
            self.client.reset()  # No server: its client learns it now, not at a timeout.
            if not isinstance(error, ConnectionRefusedError):
                raise

    async def _connect(self) -> None:
        host, port = self.relay.host, self.relay.target_port
        async with connected(host, port, announce=self.reaching) as connection:
            await self.relay.loop.loop.create_connection(lambda: self.server, sock=connection)


class RelayEnd(asyncio.BufferedProtocol):
    """The TCP connection to one side: what comes from there is read, what goes there is written."""

    def __init__(self, connection: Connection, side: Side) -> None:
        """Stand for a TCP connection that is not there yet."""
        self.side: Side = side
        self.transport: asyncio.Transport
        # Whether there is no TCP connection: not yet, or no longer.
        self.lost = True
        # Whether nothing more comes from this side.
        self.ended = False
        # Whether nothing more goes to this side.
        self.finished = False
        self._connection = connection
        self._buffer = bytearray()
        # How many reasons there are not to read from this side now.
        self._holds = 0

    # What goes there

    def write(self, data: bytes) -> None:
        """Send bytes, unless the connection is going."""
        if not self.lost and not self.transport.is_closing():
            self.transport.write(data)

    def finish(self) -> None:
        """Send no more: half-close, and close when nothing more goes to the other side either."""
        self.finished = True
        other = self._connection.other(self)
        # A peer that has reset its connection meanwhile takes no end any more.
        with suppress(OSError):
            if not self.lost and not self.transport.is_closing():
                self.transport.write_eof()
        for end in (self, other) if other.finished else ():
            if not end.lost:
                end.transport.close()

    def reset(self) -> None:
        """End the connection with a reset, if there is one."""
        if not self.lost:
            reset(self.transport)

    # Whether to read from there

    def hold(self) -> None:
        """Read no more until `release` was called as often as this."""
        self._holds += 1
        self.transport.pause_reading()

    def release(self) -> None:
        """Take one `hold` back."""
        self._holds -= 1
        if not self._holds:
            self.transport.resume_reading()

    # What asyncio tells

    def connection_made(self, transport: Any) -> None:
        """Come to life."""
        self.transport = transport
        self.lost = False
        self._connection.made(self)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Return where the next chunk is to be put."""
        self._buffer = bytearray(CHUNK_LIMIT)
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take a chunk."""
        self._connection.read(self, bytes(memoryview(self._buffer)[:nbytes]))

    def eof_received(self) -> bool:
        """Take the end of this direction; the other one goes on."""
        self._connection.end(self, "fin")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the end of the TCP connection."""
        self.lost = True
        self._connection.lose(self, exc)

    def pause_writing(self) -> None:
        """Read from the other side only as fast as this side takes it."""
        self._connection.other(self).hold()

    def resume_writing(self) -> None:
        """Go on reading from the other side."""
        self._connection.other(self).release()


@asynccontextmanager
async def connected(
    host: str, port: int, *, announce: Callable[[int], object]
) -> AsyncIterator[socket.socket]:
    """Connect to a TCP port; after an error in the block, the connection is closed.

    Args:
        host: The address of both sides.
        port: The port to connect to.
        announce: Gets the own port before the other side can know of the connection.

    Raises:
        OSError: If nobody listens there, or no port is left.
    """
    connection = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        connection.setblocking(False)
        connection.bind((host, 0))
        announce(connection.getsockname()[1])
        await asyncio.get_running_loop().sock_connect(connection, (host, port))
        yield connection
    except BaseException:
        connection.close()
        raise


async def close_listener(listener: asyncio.Server) -> None:
    """Close a listening port; what was accepted before has its transport then.

    asyncio accepts in one turn of its loop and makes the transport in the next one. A server that
    is closed in between loses the connection: nobody closes it.
    """
    loop = listener.get_loop()
    # The loop of Windows does both in one turn, and has no readers.
    with suppress(NotImplementedError):
        for accepting in listener.sockets:
            loop.remove_reader(accepting)
    await asyncio.sleep(0)
    listener.close()


def reset(transport: asyncio.WriteTransport) -> None:
    """End a TCP connection with a reset (RST), not with the orderly FIN.

    A socket that lingers for 0 seconds throws its unsent data away and resets when it is closed.
    """
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.fileno() != -1:
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
