"""Ending a connection within a time, whatever the peer does, and saying how it ended."""

from __future__ import annotations

import asyncio
from typing import Any

from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed, ProtocolError
from websockets.frames import Close, CloseCode
from websockets.protocol import State

# A peer that vanished is gone for everybody within 20 + 18 + 1.5 = 39.5 seconds: the next ping is
# at most one interval away, its pong is awaited for the timeout, and so is the answer to the close.
TIMEOUTS: dict[str, Any] = {"ping_interval": 20.0, "ping_timeout": 18.0, "close_timeout": 1.5}
CLOSE_TIMEOUT: float = TIMEOUTS["close_timeout"]

# RFC 6455 §5.5: a control frame's payload has at most 125 bytes, and the code takes two of them.
LONGEST_REASON = 123


def check_close(code: int, reason: str) -> None:
    """Check that a close frame may carry this code and this reason.

    Raises:
        ValueError: If the code may not travel (RFC 6455 §7.4) or the reason is too long (§5.5).
    """
    try:
        Close(code, reason).check()
    except ProtocolError:
        raise ValueError(
            f"The close code {code} may not travel in a close frame. Use 1000, or one of 3000 to"
            " 4999 for a meaning of your own."
        ) from None
    size = len(reason.encode())
    if size > LONGEST_REASON:
        raise ValueError(
            f"The reason takes {size} bytes in UTF-8, and a close frame has room for"
            f" {LONGEST_REASON}. Shorten it."
        )


async def shut(connection: Connection, code: int, reason: str) -> None:
    """Close a connection and return when its TCP connection is gone, at the latest after 1.5 s.

    `Connection.close` alone waits without limit when the peer reads nothing and the write buffer
    is full: its timeout starts only after the close frame was written.
    """
    if connection.state is State.CONNECTING:
        connection.transport.abort()
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await connection.close(code, reason)
    except TimeoutError:
        connection.transport.abort()
        await connection.wait_closed()


def how_it_ended(error: ConnectionClosed) -> tuple[int, str]:
    """Return the close code and reason of the side that closed; 1006 if neither did.

    `Connection.close_code` alone says 1006 when this side closed and got no answer.
    """
    started_here = error.sent is not None and not error.rcvd_then_sent
    close = error.sent if started_here else error.rcvd
    return (CloseCode.ABNORMAL_CLOSURE.value, "") if close is None else (close.code, close.reason)
