"""The connections of one port: each as the server tracks it, and the end of all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Self

from websockets.asyncio.connection import broadcast
from websockets.asyncio.server import Server, ServerConnection, serve

from chatlib.chat.closing import shut
from chatlib.chat.limits import Limits, TokenBucket
from chatlib.chat.room import Room

OnError = Callable[[BaseException, str], None]


class ChatConnection(ServerConnection):
    """A connection, and the member of the chat that it carries.

    It tells its port three things that `websockets` keeps to itself. The library lists a connection
    only after the opening handshake: a peer that connects and then says nothing would keep a
    stopping server waiting until the handshake's deadline. And it writes without limit to a peer
    that reads nothing, pongs included.
    """

    def __init__(self, *args: Any, port: Port, **options: Any) -> None:
        """Make a connection of a port; the rest is passed to `ServerConnection`."""
        super().__init__(*args, **options)
        self.port = port
        # Whether it may talk: its opening handshake is over, and it knows the join code.
        self.admitted = False
        # What `chatlib.chat.rooms.Member` says of them.
        self.room: Room[ChatConnection] | None = None
        self.name = ""
        self.expelled = False
        self.limits: Limits
        self.bucket: TokenBucket

    def admit(self, limits: Limits, *, now: float) -> None:
        """Let the member talk within these limits, from the time `now` (seconds) on."""
        self.admitted = True
        self.limits = limits
        self.bucket = TokenBucket(limits, now=now)

    def write_text(self, data: bytes) -> None:
        """Send one text message, given in UTF-8, without waiting. A closed connection is skipped.

        Raises:
            ExceptionGroup: If it could not be written.
        """
        broadcast((self,), data, text=True, raise_exceptions=True)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Act as `ServerConnection` does, and tell the port."""
        super().connection_made(transport)
        self.port.made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Act as `ServerConnection` does, and tell the port."""
        super().connection_lost(exc)
        self.port.connections.discard(self)

    def pause_writing(self) -> None:
        """Act as `ServerConnection` does, and tell the port. Transports call this in `write`."""
        super().pause_writing()
        self.port.on_full(self)


Talk = Callable[[ChatConnection], Awaitable[None]]
OnFull = Callable[[ChatConnection], object]


class Port:
    """A TCP port that accepts connections, and those that came through it.

    `Port.open` makes one that listens.
    """

    def __init__(self, on_full: OnFull, on_error: OnError) -> None:
        """Prepare a port that is not open yet."""
        self.on_full = on_full
        # Where to connect to, once it listens.
        self.url = ""
        # Every TCP connection that still exists, those in the opening handshake included.
        self.connections: set[ChatConnection] = set()
        self._on_error = on_error
        self._server: Server
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        talk: Talk,
        host: str,
        number: int,
        *,
        on_full: OnFull,
        on_error: OnError,
        **options: Any,
    ) -> Self:
        """Start to listen.

        Args:
            talk: Gets each connection whose opening handshake is over.
            host: The address to listen on.
            number: The TCP port; 0 for a free one.
            on_full: Called with a connection for which more than `write_limit` bytes wait.
            on_error: Called with an error that closing met, and the place where it happened.
            **options: Passed to `websockets.serve`.

        Raises:
            OSError: If the port is taken, or the address is not one of this machine.
        """
        port = cls(on_full, on_error)
        create = partial(ChatConnection, port=port)
        settings: dict[str, Any] = {"create_connection": create, **options}
        port._server = await serve(talk, host, number, **settings)  # type: ignore[arg-type]  # it gets what `create` makes
        port.url = url_of(port._server, secure=options.get("ssl") is not None)
        return port

    @property
    def number(self) -> int:
        """The TCP port's number; it stays readable after the end."""
        return int(self.url.rpartition(":")[2])

    @property
    def closing(self) -> bool:
        """Whether `close` was called."""
        return self._closing is not None

    async def close(self, code: int, reason: str) -> None:
        """Close every connection and stop listening, within two seconds. May be called twice.

        Args:
            code: The close code for everybody who came in here.
            reason: The close reason.
        """
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(code, reason), name="Port.close")
        # A caller that is cancelled does not leave a port that is half closed.
        await asyncio.shield(self._closing)

    def made(self, connection: ChatConnection) -> None:
        """Take a TCP connection that was just made."""
        if self.closing:
            connection.transport.abort()
        self.connections.add(connection)

    async def _close(self, code: int, reason: str) -> None:
        self._server.close(close_connections=False)
        closings = [shut(connection, code, reason) for connection in self.connections]
        for outcome in await asyncio.gather(*closings, return_exceptions=True):
            if isinstance(outcome, BaseException):
                self._on_error(outcome, "the chat server, stopping")
        await self._server.wait_closed()


def url_of(server: Server, *, secure: bool) -> str:
    """Return the URL of a listening server; the address for "all" becomes the loopback one."""
    host, port = next(iter(server.sockets)).getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    shown = f"[{host}]" if ":" in host else host
    return f"{'wss' if secure else 'ws'}://{shown}:{port}"
