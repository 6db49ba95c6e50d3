"""One text to many connections: its frame is built once, and one turn of the loop writes once.

A frame of a server is the same for everybody: RFC 6455 §5.1 lets only a client mask. And what
several messages leave for one connection in the same turn of the event loop goes out in one write.

`websockets` keeps the frames that are to be sent in `protocol.writes`, until its own `send_data`
writes them. Here they are put there, and `send_data` is called a little later. So everything that
the library sends itself, a pong or a close frame, comes after them, as it should.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache

from websockets.asyncio.connection import Connection, broadcast
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from chatlib.wire.writer import who_writes

# Bytes that are joined for one connection; after these, its transport must be asked whether it is
# full. Two times that and one text may wait, if their lengths differ.
JOINED = 8 * 1024

OnFailed = Callable[[Exception], object]


@lru_cache(maxsize=8)
def text_frame(data: bytes) -> bytes:
    """Return the unmasked frame of a text message, given in UTF-8."""
    return Frame(Opcode.TEXT, data).serialize(mask=False)


class FanOut:
    """What waits for the end of this turn of the event loop."""

    def __init__(self, on_failed: OnFailed) -> None:
        """Wait for nothing yet; `on_failed` gets what writing to a connection raised."""
        self._on_failed = on_failed
        self._waiting: dict[Connection, None] = {}
        self._writer: object = None

    def send(self, connection: Connection, data: bytes) -> None:
        """Send one text message, given in UTF-8, without waiting. A closed connection is skipped.

        Raises:
            ExceptionGroup: If the library had to write it, and could not.
        """
        protocol = connection.protocol
        # One that was reset counts as open until the loop's next turn.
        if protocol.state is not State.OPEN or connection.transport.is_closing():
            return
        if (
            protocol.extensions
            or protocol.debug
            or protocol.expect_continuation_frame
            or connection.send_in_progress is not None
        ):
            # A compressed frame is each connection's own, and no frame may come between fragments.
            broadcast((connection,), data, text=True, raise_exceptions=True)
            return
        if (writer := who_writes()) != self._writer:
            self.flush()  # Each byte on the wire has one cause.
            self._writer = writer
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.flush)
        self._waiting[connection] = None
        protocol.writes.append(frame := text_frame(data))
        if len(protocol.writes) * len(frame) > JOINED:
            self.flush()

    def flush(self) -> None:
        """Write what waits, with one write for each connection."""
        waiting, self._waiting = self._waiting, {}
        for connection in waiting:
            if connection.transport.is_closing():
                continue
            writes = connection.protocol.writes
            # An empty one would be the end of the stream; the library never leaves it here.
            if len(writes) > 1 and all(writes):
                writes[:] = [b"".join(writes)]
            try:
                connection.send_data()
            except Exception as error:
                self._on_failed(error)
