"""How much of each thing a chat server allows. It reads no clock: the time is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# A peer that vanished is gone for everybody within 20 + 18 + 1.5 = 39.5 seconds: the next ping is
# at most one interval away, its pong is awaited for the timeout, and so is the answer to the close.
PING_INTERVAL = 20.0
PING_TIMEOUT = 18.0
CLOSE_TIMEOUT = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one member may do; the server announces it in each `welcome`.

    Attributes:
        name: Characters (Unicode code points) of a member's name.
        room: Characters of a room's name.
        text: Characters of a text.
        frame: Bytes of one message from a client; a longer one closes the connection with 1009.
        history: Events that a room keeps.
        history_bytes: Bytes of their JSON that a room keeps.
        queue: Bytes that may wait for one member to read them; then it is closed with 1013.
        burst: Messages of one member at once.
        rate: Messages a second of one member after that.
        patience: Messages refused with `too_fast` before the member is closed with 1008.
        rooms: Rooms that exist at the same time.
    """

    name: int = 32
    room: int = 32
    text: int = 4000
    frame: int = 64 * 1024
    history: int = 200
    history_bytes: int = 256 * 1024
    queue: int = 1024 * 1024
    burst: int = 500
    rate: float = 50.0
    patience: int = 100
    rooms: int = 100


# The limits of a server that is not told otherwise.
LIMITS = Limits()


class TokenBucket:
    """Counts how fast one member sends: each message takes one token, refused ones too.

    It may go into debt. A sender that goes on at more than the rate is therefore always closed in
    the end, and a sender that pauses always recovers.
    """

    def __init__(self, limits: Limits, *, now: float) -> None:
        """Start with a full bucket at the time `now` (seconds)."""
        self._limits = limits
        self._tokens = float(limits.burst)
        self._since = now

    def take(self, now: float) -> Literal["pass", "refuse", "close"]:
        """Take one token for a message that came at `now`; say what to do with that message."""
        limits = self._limits
        refill = (now - self._since) * limits.rate
        self._tokens = min(self._tokens + refill, float(limits.burst)) - 1
        self._since = now
        if self._tokens >= 0:
            return "pass"
        return "refuse" if self._tokens >= -limits.patience else "close"
