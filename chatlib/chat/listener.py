"""One port on which a chat server is reached: which pages may use it, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Self

from websockets.asyncio.server import Server, ServerConnection, serve

from chatlib.chat.closing import shut
from chatlib.chat.endpoint import address
from chatlib.chat.tracked import TrackedConnection

Talk = Callable[[ServerConnection], Awaitable[None]]
OnFull = Callable[[ServerConnection], object]
OnError = Callable[[BaseException, str], None]


class Listener:
    """A port that accepts connections, and those that came through it.

    `Listener.start` makes one that listens.
    """

    def __init__(self, on_error: OnError) -> None:
        """Prepare a listener that does not listen yet."""
        # Where to connect to, once it listens.
        self.url = ""
        # Every TCP connection that still exists, those in the opening handshake included.
        self.connections: set[ServerConnection] = set()
        self._on_error = on_error
        self._server: Server
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        talk: Talk,
        host: str,
        port: int,
        *,
        on_full: OnFull,
        on_error: OnError,
        **options: Any,
    ) -> Self:
        """Start to listen.

        Args:
            talk: Gets each connection whose opening handshake is over.
            host: The address to listen on.
            port: The TCP port; 0 for a free one.
            on_full: Called with a connection for which more than `write_limit` bytes wait.
            on_error: Called with an error that closing met, and the place where it happened.
            **options: Passed to `websockets.serve`.

        Raises:
            OSError: If the port is taken, or the address is not one of this machine.
        """
        listener = cls(on_error)
        made, lost = listener._made, listener.connections.discard
        tracked = partial(TrackedConnection, made=made, lost=lost, full=on_full)
        settings: dict[str, Any] = {"create_connection": tracked, **options}
        listener._server = await serve(talk, host, port, **settings)
        listener.url = address(listener._server, secure=options.get("ssl") is not None)
        return listener

    @property
    def port(self) -> int:
        """The TCP port; it stays readable after the end."""
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
            self._closing = asyncio.create_task(self._close(code, reason), name="Listener.close")
        # A caller that is cancelled does not leave a listener that is half closed.
        await asyncio.shield(self._closing)

    async def _close(self, code: int, reason: str) -> None:
        self._server.close(close_connections=False)
        closings = [shut(connection, code, reason) for connection in self.connections]
        for outcome in await asyncio.gather(*closings, return_exceptions=True):
            if isinstance(outcome, BaseException):
                self._on_error(outcome, "the chat server, stopping")
        await self._server.wait_closed()

    def _made(self, connection: ServerConnection) -> None:
        if self.closing:
            connection.transport.abort()
        self.connections.add(connection)
