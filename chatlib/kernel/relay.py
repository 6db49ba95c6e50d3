"""A TCP relay in front of one server: it accepts, reaches the server, and passes everything on.

It passes on chunk by chunk, half-closes and resets, and reads from one side only as fast as the
other side takes it. What else is done with the bytes, a subclass of `Connection` says.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Self

from chatlib.kernel.ending import say
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.tcp import accept_no_more
from chatlib.wire.events import How
from chatlib.wire.frames import Side

CHUNK_LIMIT = 65_536  # bytes taken from TCP in one read
ACCEPT_AGAIN = 1.0  # seconds to wait when the system can accept no more
OTHER: dict[Side, Side] = {"client": "server", "server": "client"}


class Relay:
    """A listening port, and every connection that was accepted there."""

    def __init__(self, target_port: int, *, host: str = "127.0.0.1", name: str = "") -> None:
        """Prepare a relay; `Relay.start` makes one that accepts.

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
        self.loop = KernelLoop.here()
        self._accepted = self._open = 0  # connections
        self._idle = asyncio.Event()
        self._idle.set()
        self._listener: socket.socket | None = None

    @classmethod
    async def start(cls, target_port: int, **options: Any) -> Self:
        """Return a relay in front of a server's port, with further arguments, that accepts.

        Raises:
            OSError: If no port can be opened on `host`.
        """
        relay = cls(target_port, **options)
        await relay.listen()
        return relay

    async def listen(self) -> None:
        """Listen on a free port of `host`; `start` does it."""
        self._listener = socket.create_server((self.host, 0), family=_family(self.host))
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self.loop.spawn(self._accept(self._listener), name=f"relay of {self.name or self.port}")

    def accept(self, client: socket.socket, address: tuple[str, int], number: int) -> Connection:
        """Return what relays a connection from this address, the `number`th one."""
        return Connection(self, client)

    async def idle(self) -> None:
        """Wait until no connection is being relayed."""
        await self._idle.wait()

    async def stop(self) -> None:
        """Stop listening and cut what is still connected. May be called twice."""
        if self._listener is not None:
            listener, self._listener = self._listener, None
            await accept_no_more(listener)
            await self.loop.stop()
            listener.close()

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, address = await self.loop.loop.sock_accept(listener)
            except OSError as error:
                say(f"The relay {self.name or self.port} cannot accept a connection: {error}")
                await asyncio.sleep(ACCEPT_AGAIN)
                continue
            if self._listener is None:
                return client.close()
            self._accepted += 1
            relaying = self._relay(self.accept(client, address[:2], self._accepted))
            self.loop.spawn(relaying, name=f"relay of {self.name or self.port}: {self._accepted}")

    async def _relay(self, connection: Connection) -> None:
        self._open += 1
        self._idle.clear()
        try:
            await connection.run()
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()


class Connection:
    """One relayed connection: a TCP connection to the client, and one to the server.

    A subclass sees what passes in `reaching`, `receive`, `pass_on` and `ended`.
    """

    def __init__(self, relay: Relay, client: socket.socket) -> None:
        """Relay a client's connection that was just accepted."""
        self.relay = relay
        self.sockets: dict[Side, socket.socket] = {"client": client}

    def reaching(self, port: int) -> None:
        """The server is about to be reached, from this port."""

    async def receive(self, source: Side) -> bytes:
        """Return the next chunk from one side; no bytes are the end of this direction."""
        return await self.relay.loop.loop.sock_recv(self.sockets[source], CHUNK_LIMIT)

    async def pass_on(self, source: Side, data: bytes) -> None:
        """Give a chunk to the other side, or the end of this direction."""
        target = self.sockets[OTHER[source]]
        if data:
            await self.relay.loop.loop.sock_sendall(target, data)
        else:
            target.shutdown(socket.SHUT_WR)

    def ended(self, source: Side, how: How) -> None:
        """Nothing more comes from one side; that was passed on."""

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """Return what runs until both directions have ended."""
        return [self._direction(source) for source in OTHER]

    async def run(self) -> None:
        """Reach the server, pass on until both directions have ended, and close."""
        host, port = self.relay.host, self.relay.target_port
        try:
            async with connected(host, port, announce=self.reaching) as server:
                self.sockets["server"] = server
                await self._relay()
        except Exception as error:
            self._reset()  # No server: its client learns it now, not at a timeout.
            if not isinstance(error, ConnectionRefusedError):
                raise
        finally:
            for each in self.sockets.values():
                each.close()

    async def _relay(self) -> None:
        for each in self.sockets.values():
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            async with asyncio.TaskGroup() as group:
                for task in self.tasks():
                    group.create_task(task)
        except* _Lost:
            self._reset()

    async def _direction(self, source: Side) -> None:
        data = b"?"
        while data:
            # A sender that never pauses must not keep everything else waiting.
            await asyncio.sleep(0)
            with self._losing(source):
                data = await self.receive(source)
            with self._losing(OTHER[source]):
                await self.pass_on(source, data)
        self.ended(source, "fin")

    @contextmanager
    def _losing(self, side: Side) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.ended(side, "reset")
            self.ended(OTHER[side], "fin")
            raise _Lost from error

    def _reset(self) -> None:
        """Let the connections end with a reset (RST) when they are closed, not with a FIN.

        A socket that lingers for 0 seconds throws its unsent data away.
        """
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        for each in self.sockets.values():
            with suppress(OSError):  # It may be reset already.
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


class _Lost(Exception):
    """A TCP connection was reset."""


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
    connection = socket.socket(_family(host))
    try:
        connection.setblocking(False)
        connection.bind((host, 0))
        own = connection.getsockname()[1]
        if own == port:
            # It was free, so nobody listens there. TCP would connect it with itself: RFC 9293 §3.5.
            raise ConnectionRefusedError(f"nobody listens on port {port}")
        announce(own)
        await asyncio.get_running_loop().sock_connect(connection, (host, port))
        yield connection
    except BaseException:
        connection.close()
        raise


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
