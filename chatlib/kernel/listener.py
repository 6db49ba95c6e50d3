"""A bare TCP server for a handler of the learner's own. It knows nothing of WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

from chatlib.kernel.loop import KernelLoop, OnError

StreamHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[object]]


class YieldingReader(asyncio.StreamReader):
    """A stream reader whose `read` always lets the event loop go on.

    After the end of a connection `read` returns at once, so a loop that reads until it has enough
    bytes would stop the whole kernel.
    """

    async def read(self, n: int = -1) -> bytes:
        """Read up to `n` bytes; no bytes at the end of the connection."""
        await asyncio.sleep(0)
        return await super().read(n)


class Listener:
    """One listening TCP port. `Listener.start` makes one that listens."""

    def __init__(self, handler: StreamHandler, *, on_error: OnError | None = None) -> None:
        """Prepare a listener; it does not listen yet."""
        self._handler = handler
        self._on_error = on_error
        self._loop = KernelLoop.here()
        # The connections that nobody has closed yet.
        self._writers: set[asyncio.StreamWriter] = set()
        self._accepted = 0
        self._server: asyncio.Server | None = None
        self._port = 0

    @classmethod
    async def start(cls, handler: StreamHandler, *, on_error: OnError | None = None) -> Self:
        """Listen on a free port of 127.0.0.1 and give each connection to `handler`.

        Args:
            handler: A coroutine function that gets a reader and a writer, and that closes the
                writer, as with `asyncio.start_server`.
            on_error: Gets each exception of the handler; without it, the loop's own exception
                handler does, so that a notebook shows it below the cell.
        """
        listener = cls(handler, on_error=on_error)
        loop = listener._loop.loop
        listener._server = await loop.create_server(
            lambda: asyncio.StreamReaderProtocol(
                YieldingReader(loop=loop), listener._accept, loop=loop
            ),
            "127.0.0.1",
            0,
        )
        listener._port = listener._server.sockets[0].getsockname()[1]
        return listener

    @property
    def port(self) -> int:
        """The TCP port to connect to."""
        return self._port

    async def stop(self) -> None:
        """Stop listening, end every handler and cut what is connected. May be called twice."""
        if self._server is not None:
            self._server.close()
        await self._loop.stop()
        for writer in self._writers:
            writer.transport.abort()
        if self._server is not None:
            await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._accepted += 1
        self._writers = {writer, *(one for one in self._writers if not one.is_closing())}
        name = f"connection {self._accepted} to port {self.port}"
        handled = self._handle(reader, writer)
        self._loop.spawn(handled, name=name, on_error=self._on_error)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._handler(reader, writer)
        except Exception:
            writer.transport.abort()  # Its client must not wait for a handler that has failed.
            raise
