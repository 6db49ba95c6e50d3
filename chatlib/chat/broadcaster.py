"""One text to many connections: its frame is built once, and one turn of the loop writes once.

A frame of a server is the same for everybody: RFC 6455 §5.1 lets only a client mask. And what
several messages leave for the same connections in one turn of the event loop is joined.

The library keeps its rules: nothing is written to a connection that is not open, or between the
fragments of a message, and a compressed connection gets frames of its own, from the library.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from functools import lru_cache
from typing import TYPE_CHECKING

from websockets.asyncio.connection import broadcast
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from chatlib.wire.writer import who_writes

if TYPE_CHECKING:
    from chatlib.chat.connections import ChatConnection

# Bytes that are joined; after these, each transport must have a chance to say that it is full.
JOINED = 8 * 1024

CLOSE = bytes([0x80 | Opcode.CLOSE])  # how a close frame begins

OnFailed = Callable[["ChatConnection", Exception], object]


@lru_cache(maxsize=8)
def text_frame(data: bytes) -> bytes:
    """Return the unmasked frame of a text message, given in UTF-8."""
    return Frame(Opcode.TEXT, data).serialize(mask=False)


class Broadcaster:
    """What waits for the end of this turn of the event loop."""

    def __init__(self, on_failed: OnFailed) -> None:
        """Wait for nothing yet; `on_failed` gets a connection and what writing to it raised."""
        self._on_failed = on_failed
        self._connections: Sequence[ChatConnection] = ()
        self._texts: list[bytes] = []
        self._bytes = 0
        self._writer: object = None
        self._at_once = False
        self._context: Context

    def send(self, connections: Sequence[ChatConnection], data: bytes) -> None:
        """Send a text message, given in UTF-8, without waiting. Who is not open is left out.

        Texts for the very same sequence go out together, in the next turn of the event loop.
        """
        writer = who_writes()
        # Each byte on the wire has one cause.
        if connections is not self._connections or writer != self._writer:
            self.flush()
        if not self._texts:
            self._connections, self._writer = connections, writer
            self._context = copy_context()
            # What the library writes in this turn flushes first: so this holds for the whole turn.
            self._at_once = any(map(_needs_the_library, connections))
            asyncio.get_running_loop().call_soon(self.flush)
        self._texts.append(data)
        self._bytes += len(data)
        if self._bytes > JOINED or self._at_once:
            self.flush()

    def flush(self) -> None:
        """Write what waits, with one write for each connection."""
        texts, self._texts, self._bytes = self._texts, [], 0
        connections, self._connections = self._connections, ()
        if texts:
            # Whoever writes next is not who wrote this.
            self._context.run(self._write, connections, texts)

    def _write(self, connections: Sequence[ChatConnection], texts: list[bytes]) -> None:
        joined = b"".join(map(text_frame, texts))
        for connection in connections:
            # One that was reset counts as open until the loop's next turn.
            if connection.expelled or connection.transport.is_closing():
                continue
            protocol = connection.protocol
            try:
                if _needs_the_library(connection):
                    for text in texts:
                        broadcast((connection,), text, text=True, raise_exceptions=True)
                elif protocol.state is State.OPEN or _close_waits(connection):
                    connection.transport.write(joined)
            except Exception as error:
                self._on_failed(connection, error)


def _close_waits(connection: ChatConnection) -> bool:
    """Say whether a close frame is made and not written yet: what was sent before it, comes first.

    RFC 6455 §5.5.1: "The application MUST NOT send any more data frames after sending a Close
    frame."
    """
    return any(frame[:1] == CLOSE for frame in connection.protocol.writes)


def _needs_the_library(connection: ChatConnection) -> bool:
    """Say whether a frame is this connection's own, or may not be sent now, or is to be logged."""
    protocol = connection.protocol
    return bool(protocol.extensions or protocol.debug or connection.send_in_progress is not None)
