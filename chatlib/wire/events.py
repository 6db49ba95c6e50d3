"""What happened on a connection: items of one direction's bytes, and events, the rows of a trace.

The rule of this file: a connection's state follows from TRANSITIONS and from nothing else.
Datagrams have no connection: what is sent in them counts as open from the first one on.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, Self

from websockets.frames import Opcode

from chatlib.wire.frames import Frame, Side
from chatlib.wire.heads import Request, Response
from chatlib.wire.rules import CONTROL_LIMIT, Problem

State = Literal["connecting", "open", "closing", "closed"]
Signal = Literal["accepted", "refused", "close frame", "half end", "end"]
How = Literal["fin", "reset"]

# RFC 6455 §4.1 (connecting, open), §7.1.3 (closing) and §7.1.4 (closed). A signal that is not
# listed for a state changes nothing.
TRANSITIONS: dict[tuple[State, Signal], State] = {
    ("connecting", "accepted"): "open",
    ("connecting", "refused"): "closed",
    ("connecting", "half end"): "closing",
    ("connecting", "end"): "closed",
    ("open", "close frame"): "closing",
    ("open", "half end"): "closing",
    ("open", "end"): "closed",
    ("closing", "end"): "closed",
}

# What must happen for a signal.
SIGNALS: dict[Signal, str] = {
    "accepted": "the server answered 101, and the client may use the connection",
    "refused": "the server gave another answer than 101, or one that the client must not accept",
    "close frame": "one side sent the first close frame",
    "half end": "one side ended its direction of the TCP connection",
    "end": "both directions of the TCP connection have ended, or a reset ended it",
}

PINGS_KEPT = 1000  # pings without a pong that are remembered


@dataclass(frozen=True, slots=True)
class _Item:
    """A stretch of one direction's byte stream."""

    start: int  # offset of its first byte
    end: int  # offset after its last byte
    problems: tuple[Problem, ...]  # the rules it breaks; empty when all is well

    def with_problems(self, *problems: Problem) -> Self:
        """Return the item with more rules that it breaks."""
        return replace(self, problems=self.problems + problems)


@dataclass(frozen=True, slots=True)
class HandshakeItem(_Item):
    """The head of the request or of the response."""

    head: Request | Response


@dataclass(frozen=True, slots=True)
class FrameItem(_Item):
    """One frame, and what it adds to its message."""

    frame: Frame
    inflated: bytes | None = field(default=None, repr=False)  # if the message is compressed
    # On the final fragment the whole message, joined and inflated; and whether it is UTF-8 text.
    whole: bytes | None = field(default=None, repr=False)
    text: bool = field(default=False, repr=False)

    @property
    def raw(self) -> bytes:
        """Its bytes on the wire."""
        return self.frame.encode()

    @property
    def content(self) -> bytes:
        """What the frame adds to its message: the payload, inflated if it is compressed."""
        return self.frame.payload if self.inflated is None else self.inflated

    @property
    def message(self) -> str | bytes | None:
        """On the final fragment the message: str if it is text in UTF-8, else bytes."""
        return self.whole.decode() if self.text and self.whole is not None else self.whole


@dataclass(frozen=True, slots=True)
class Body(_Item):
    """What follows a head that did not open a WebSocket connection: HTTP content."""

    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Undecoded(_Item):
    """Bytes that cannot be dissected: not HTTP, without frame boundaries, or cut off."""

    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DatagramItem(_Item):
    """A datagram of UDP; what it is, says who recorded it."""

    kind: str  # such as "STUN"
    raw: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended(_Item):
    """The end of one direction: "fin" is TCP's orderly end, "reset" an abrupt one."""

    how: How


Item = HandshakeItem | FrameItem | Body | Undecoded | DatagramItem


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a trace."""

    number: int  # 1 for the trace's first event
    time: float  # seconds on the recorder's clock, when its last byte came
    sender: Side
    item: Item | Ended
    chunks: tuple[int, ...]  # the numbers of those that hold its bytes
    note: str | None = None  # what it has to do with other events, in one sentence
    cause: str = ""  # who wrote it: `cell [7], line 3: await …`; empty when that is not known

    @property
    def name(self) -> str:
        """A short word for it: "request", "101 response", "text", "close 1000", "reset"."""
        match self.item:
            case HandshakeItem(head=Response(status=status)):
                return f"{status} response"
            case HandshakeItem():
                return "request"
            case FrameItem(frame=frame):
                return frame.kind if frame.close_code is None else f"close {frame.close_code}"
            case DatagramItem(kind=kind):
                return kind
            case Ended(how=how):
                return "end" if how == "fin" else "reset"
        return "body" if isinstance(self.item, Body) else "undecoded"


class Notes:
    """Says in a sentence what an event has to do with those before it."""

    def __init__(self) -> None:
        """Know of no event yet."""
        self._closing: Side | None = None  # who sent the first close frame
        # Pings without a pong yet: who sent them, with which payload -> the events, oldest first.
        self._pings: dict[tuple[Side, bytes], list[int]] = {}

    def add(self, number: int, sender: Side, item: Item | Ended, state: State) -> str | None:
        """Take the next event and the state before it; return its note, if there is one."""
        match item:
            case Ended() if state == "open":
                return "No close frame came before: the application sees close code 1006."
            case FrameItem(frame=Frame(opcode=Opcode.PING, payload=payload)):
                self._ping(number, sender, payload)
            case FrameItem(frame=Frame(opcode=Opcode.PONG, payload=payload)):
                return self._pong(sender, payload)
            case FrameItem(frame=Frame(opcode=Opcode.CLOSE)):
                return self._close(sender)
        return None

    def _ping(self, number: int, sender: Side, payload: bytes) -> None:
        if len(payload) > CONTROL_LIMIT:
            return  # No endpoint answers it.
        same = self._pings.setdefault((sender, payload), [])
        same.append(number)
        del same[:-PINGS_KEPT]
        if len(self._pings) > PINGS_KEPT:
            del self._pings[next(iter(self._pings))]

    def _pong(self, sender: Side, payload: bytes) -> str:
        asker: Side = "server" if sender == "client" else "client"
        same = self._pings.get((asker, payload))
        if not same:
            return "Answers no ping, which is allowed (RFC 6455 §5.5.3)."
        ping = same.pop(0)
        if not same:
            del self._pings[asker, payload]
        return f"Answers the ping of event {ping}."

    def _close(self, sender: Side) -> str | None:
        if self._closing is None:
            self._closing = sender
            return f"The {sender} starts the closing handshake."
        return None if sender == self._closing else "Completes the closing handshake."
