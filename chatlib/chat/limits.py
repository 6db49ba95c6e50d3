"""How much of each thing a chat server allows. It reads no clock: the time is passed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import msgspec

# A peer that vanished is gone for everybody within 20 + 18 + 1.5 = 39.5 seconds: the next ping is
# at most one interval away, its pong is awaited for the timeout, and so is the answer to the close.
PING_INTERVAL = 20.0
PING_TIMEOUT = 18.0
CLOSE_TIMEOUT = 1.5


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one server, which it announces in each `welcome`."""

    # Characters (Unicode code points) of a member's name, of a room's name, of a text.
    name: int = 32
    room: int = 32
    text: int = 4000
    # Bytes of one message from a client; a longer one closes the connection with 1009.
    frame: int = 64 * 1024
    # Events, and bytes of their JSON, that a room keeps.
    history: int = 200
    history_bytes: int = 256 * 1024
    # Bytes that may wait for one member to read them; then it is closed with 1013.
    queue: int = 1024 * 1024
    # Messages of one member: this many at once, and then this many a second.
    burst: int = 500
    rate: float = 50.0
    # Messages refused with `too_fast` before the member is closed with 1008.
    patience: int = 100
    # Rooms that exist at the same time.
    rooms: int = 100


# The limits of a server that is not told otherwise.
LIMITS = Limits()


class Verdict(Enum):
    """What the flood limit says about one message."""

    FINE = "act on it"
    REFUSED = "do not act on it, and tell the sender"
    OVER = "close the connection"


@dataclass(slots=True)
class FloodLimit:
    """A token bucket that may go into debt: each message takes one token, refused ones too.

    A sender that goes on at more than the rate is therefore always closed in the end, and a sender
    that pauses always recovers.
    """

    limits: Limits
    # Seconds, of the same clock that `take` is given.
    since: float
    tokens: float = field(init=False)

    def __post_init__(self) -> None:
        """Start with a full bucket."""
        self.tokens = float(self.limits.burst)

    def take(self, now: float) -> Verdict:
        """Take one token at the time `now` (seconds)."""
        refill = (now - self.since) * self.limits.rate
        self.tokens = min(self.tokens + refill, float(self.limits.burst)) - 1
        self.since = now
        if self.tokens >= 0:
            return Verdict.FINE
        return Verdict.REFUSED if self.tokens >= -self.limits.patience else Verdict.OVER
