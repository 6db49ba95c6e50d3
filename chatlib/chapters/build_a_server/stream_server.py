"""A bare TCP server for a handler of the learner's own. It knows nothing of WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

from chatlib.kernel.ending import finish
from chatlib.kernel.loop import KernelLoop, OnError
from chatlib.kernel.servers import carry_out
from chatlib.kernel.tap import WireTap
from chatlib.kernel.tcp import accept_no_more, cut
from chatlib.kernel.watchdog import watched
from chatlib.lab import Lab

StreamHandler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[object]]


async def listen(lab: Lab, handler: StreamHandler, *, name: str) -> WireTap:
    """Serve a handler on bare TCP streams on a free port, behind a wire tap of its own.

    A handler that listens under the same name is stopped first, so the cell may be run again.
    An exception of the handler is shown below the cell.

    Args:
        lab: The running lab, which stops the server when it stops.
        handler: A coroutine function that gets a reader and a writer, as with
            `asyncio.start_server`.
        name: What to call it.

    Returns:
        The tap in front of it, which `panel`, `connect` and `wire` take.

    Raises:
        RuntimeError: If the lab was stopped.
    """
    await carry_out(lab.forget("listener", name))
    server = await StreamServer.start(watched(handler, name=name))
    lab.keep("listener", name, server.stop)
    return await lab.relay(server.port, name=name)


class YieldingReader(asyncio.StreamReader):
    """A stream reader whose `read` always lets the event loop go on.

    After the end of a connection `read` returns at once, so a loop that reads until it has enough
    bytes would stop the whole kernel.
    """

    async def read(self, n: int = -1) -> bytes:
        """Read up to `n` bytes; no bytes at the end of the connection."""
        await asyncio.sleep(0)
        return await super().read(n)


class StreamServer:
    """One listening TCP port. `StreamServer.start` makes one that listens."""

    def __init__(self, handler: StreamHandler, *, on_error: OnError | None = None) -> None:
        """Prepare a server; it does not listen yet."""
        self._handler = handler
        self._on_error = on_error
        self._loop = KernelLoop.here()
        # The connections that nobody has closed yet.
        self._writers: set[asyncio.StreamWriter] = set()
        self._accepted = 0
        self._stopped = False
        self._server: asyncio.Server
        self.port = 0

    @classmethod
    async def start(cls, handler: StreamHandler, *, on_error: OnError | None = None) -> Self:
        """Listen on a free port of 127.0.0.1 and give each connection to `handler`.

        Args:
            handler: A coroutine function that gets a reader and a writer, and that closes the
                writer, as with `asyncio.start_server`. A learner's own one is `watched`.
            on_error: Gets each exception of the handler; without it, the loop's own exception
                handler does, so that a notebook shows it below the cell.
        """
        server = cls(handler, on_error=on_error)
        loop = server._loop.loop
        server._server = await loop.create_server(
            lambda: asyncio.StreamReaderProtocol(
                YieldingReader(loop=loop), server._accept, loop=loop
            ),
            "127.0.0.1",
            0,
        )
        server.port = server._server.sockets[0].getsockname()[1]
        return server

    async def stop(self) -> None:
        """Stop listening, cut what is connected and end every handler. May be called twice.

        A handler that does not end within two seconds is named, and left where it stands.
        """
        self._stopped = True
        await accept_no_more(*self._server.sockets)
        self._server.close()
        for writer in self._writers:
            cut(writer.transport)
        await self._loop.stop()
        await finish(self._server.wait_closed(), name=f"Closing port {self.port}")

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stopped:
            writer.transport.abort()  # TCP had accepted it just before the stop.
            return
        self._accepted += 1
        self._writers = {writer, *(one for one in self._writers if not one.is_closing())}
        name = f"connection {self._accepted} to port {self.port}"
        handled = self._handle(reader, writer)
        self._loop.spawn(handled, name=name, on_error=self._on_error)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._handler(reader, writer)
        except Exception:
            cut(writer.transport)  # Its client must not wait for a handler that has failed.
            raise
