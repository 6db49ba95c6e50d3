"""The learner's own handler, served by `websockets` behind a wire tap of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Self
from weakref import WeakSet

from websockets.asyncio.server import Server, ServerConnection, serve

from chatlib.kernel.ending import STOP_SECONDS, end, finish
from chatlib.kernel.tap import Tapped, WireTap
from chatlib.kernel.tcp import accept_no_more, cut
from chatlib.kernel.watchdog import watched
from chatlib.kernel.witness import Witness

Handler = Callable[[ServerConnection], Awaitable[None]]

# A first lesson wants a quiet wire: nothing compressed, and no pings that nobody asked for.
QUIET: dict[str, Any] = {"compression": None, "ping_interval": None}
CLOSE_TIMEOUT = 1.5  # seconds that a closing handshake may take
LAST_WORDS = 0.3  # seconds that a handler gets when its connection is closed, before it is ended


class Service(Tapped):
    """One server that runs the learner's handler. `Service.start` makes one that listens."""

    def __init__(
        self, name: str, server: Server, tap: WireTap, connections: Iterable[ServerConnection]
    ) -> None:
        """Keep a running server with its TCP connections, and the tap in front of it."""
        self.name = name
        self.server = server
        self._tap = tap
        self._connections = connections

    @classmethod
    async def start(
        cls, handler: Handler, *, name: str = "", witness: Witness | None = None, **options: Any
    ) -> Self:
        """Serve `handler` on a free port of 127.0.0.1, with a wire tap in front of it.

        Args:
            handler: A coroutine function that gets each connection.
            name: What to call the service; the name of its handler when not given.
            witness: Who knows what writes on this event loop; without one, causes are not known.
            **options: Passed to `websockets.serve`, over the quiet defaults.
        """
        # The server itself lists those alone whose opening handshake is over.
        connections: WeakSet[ServerConnection] = WeakSet()

        def create(*given: Any, **further: Any) -> ServerConnection:
            connection = ServerConnection(*given, **further)
            connections.add(connection)
            return connection

        settings = {"close_timeout": CLOSE_TIMEOUT, "create_connection": create, **QUIET, **options}
        name = name or handler.__name__
        server = await serve(watched(handler), "127.0.0.1", 0, **settings)
        try:
            port = next(iter(server.sockets)).getsockname()[1]
            tap = await WireTap.start(port, name=name, witness=witness)
            return cls(name, server, tap, connections)
        except BaseException:
            server.close()
            raise

    async def stop(self) -> None:
        """Close every connection with 1001 (going away) and stop listening. May be called twice.

        A peer that reads nothing would keep a closing handshake waiting: it is cut. A handler that
        goes on is cancelled, and named if even that does not end it.
        """
        await accept_no_more(*self.server.sockets)
        self.server.close(close_connections=False)
        if closings := [asyncio.create_task(each.close(1001)) for each in self.server.connections]:
            await asyncio.wait(closings, timeout=STOP_SECONDS)
        for connection in self._connections:
            if hasattr(connection, "transport"):
                cut(connection.transport)
        if handlers := set(self.server.handler_tasks):
            await asyncio.wait(handlers, timeout=LAST_WORDS)
        await end(handlers)
        await finish(self.server.wait_closed(), name=f"The server of {self.name}")
        await self.tap.stop()

    def __repr__(self) -> str:
        """Say what is served and where."""
        return f"<Service {self.name!r} at {self.url}, {len(self.traces)} connections so far>"
