"""A connection that tells its server when it begins, when it ends, and when too much waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from websockets.asyncio.server import ServerConnection


class TrackedConnection(ServerConnection):
    """A connection with three events that `websockets` keeps to itself.

    It lists a connection only after the opening handshake: a peer that connects and then says
    nothing would keep a stopping server waiting until the handshake's deadline. And it writes
    without limit to a peer that reads nothing, pongs included.
    """

    def __init__(
        self,
        *args: Any,
        made: Callable[[ServerConnection], object],
        lost: Callable[[ServerConnection], object],
        full: Callable[[ServerConnection], object],
        **options: Any,
    ) -> None:
        """Make a connection.

        Args:
            *args: Passed to `ServerConnection`.
            made: Called when the TCP connection is there.
            lost: Called when the TCP connection is gone.
            full: Called when more than `write_limit` bytes wait for the peer to read them.
            **options: Passed to `ServerConnection`.
        """
        super().__init__(*args, **options)
        self._made = made
        self._lost = lost
        self._full = full

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Act as `ServerConnection` does, then call `made`."""
        super().connection_made(transport)
        self._made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Act as `ServerConnection` does, then call `lost`."""
        super().connection_lost(exc)
        self._lost(self)

    def pause_writing(self) -> None:
        """Act as `ServerConnection` does, then call `full`. Transports call this within `write`."""
        super().pause_writing()
        self._full(self)
