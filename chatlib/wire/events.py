"""One row of a trace, its note on the rows before it, and the states that the rows lead through.

The rule of this file: a connection's state follows from TRANSITIONS and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from websockets.frames import Opcode

from chatlib.wire import show
from chatlib.wire.frames import Frame, Side
from chatlib.wire.heads import Request
from chatlib.wire.items import Body, Ended, FrameItem, HandshakeItem, Item

State = Literal["connecting", "open", "closing", "closed"]
Signal = Literal["accepted", "refused", "close frame", "half end", "end"]

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

ROW_HEAD = ("event", "seconds", "direction", "what", "content", "note")
PINGS_KEPT = 1000  # pings without a pong that are remembered
ROWS_SHOWN = 20  # events at the start, and as many at the end, that a trace shows of itself


def next_state(state: State, signal: Signal) -> State:
    """Return the state after a signal."""
    return TRANSITIONS.get((state, signal), state)


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a trace.

    Attributes:
        number: 1 for the trace's first event.
        time: Seconds on the recorder's clock, when its last byte came.
        sender: Whose direction it is in.
        item: What it is.
        chunks: The numbers of the chunks that hold its bytes.
        note: What it has to do with other events, in one sentence; often None.
        cause: Who wrote its bytes, such as `cell [7], line 3: await client.send("Hello")`; empty
            when that is not known.
    """

    number: int
    time: float
    sender: Side
    item: Item | Ended
    chunks: tuple[int, ...]
    note: str | None = None
    cause: str = ""

    @property
    def name(self) -> str:
        """A short word for it: "request", "101 response", "text", "close 1000", "reset"."""
        return _name(self.item)

    @property
    def summary(self) -> str:
        """One line on its content, without secrets."""
        return _summary(self.item)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        title = f"{self.number}. {self.name} from the {self.sender}"
        if isinstance(self.item, (HandshakeItem, FrameItem)):
            return self.item._repr_mimebundle_()
        head, row = ("event", "content"), (title, self.summary)
        return show.bundle(f"{title}: {self.summary}", show.html_table(title, head, [row]))


def rows(events: Sequence[Event]) -> Iterator[tuple[str, ...]]:
    """Yield the cells under `ROW_HEAD`: the first and the last rows, if there are many."""
    hidden = len(events) - 2 * ROWS_SHOWN
    yield from map(_row, events[:ROWS_SHOWN])
    if hidden > 0:
        yield "…", "", "", f"{show.count(hidden, 'event')} not shown", "", ""
    yield from map(_row, events[ROWS_SHOWN:][-ROWS_SHOWN:])


def _row(event: Event) -> tuple[str, ...]:
    arrow = "client → server" if event.sender == "client" else "client ← server"
    note = " ".join([event.note or "", *(problem.rule for problem in event.item.problems)])
    number, seconds = str(event.number), f"{event.time:.3f}"
    return number, seconds, arrow, event.name, event.summary, note.strip()


def _name(item: Item | Ended) -> str:
    if isinstance(item, HandshakeItem):
        head = item.head
        return "request" if isinstance(head, Request) else f"{head.status} response"
    if isinstance(item, FrameItem):
        code = item.frame.close_code
        return item.frame.kind if code is None else f"close {code}"
    if isinstance(item, Ended):
        return "end" if item.how == "fin" else "reset"
    return "body" if isinstance(item, Body) else "undecoded"


def _summary(item: Item | Ended) -> str:
    if isinstance(item, HandshakeItem):
        return repr(item.head)[1:-1]
    if isinstance(item, FrameItem):
        return repr(item.frame)[1:-1]
    if isinstance(item, Ended):
        return "TCP's orderly end (FIN)" if item.how == "fin" else "an abrupt end (RST)"
    return show.count(len(item.raw), "byte")


class Notes:
    """Says in a sentence what an event has to do with those before it."""

    def __init__(self) -> None:
        """Know of no event yet."""
        self._closing: Side | None = None  # who sent the first close frame
        # Pings without a pong yet: who sent them, with which payload -> number of the event.
        self._pings: dict[tuple[Side, bytes], int] = {}

    def add(self, number: int, sender: Side, item: Item | Ended, state: State) -> str | None:
        """Take the next event and the state before it; return its note, if there is one."""
        if isinstance(item, FrameItem):
            return self._frame(number, sender, item.frame)
        if isinstance(item, Ended) and state == "open":
            return "No close frame came before: the application sees close code 1006."
        return None

    def _frame(self, number: int, sender: Side, frame: Frame) -> str | None:
        if frame.opcode == Opcode.PING:
            self._pings[sender, frame.payload] = number
            if len(self._pings) > PINGS_KEPT:
                del self._pings[next(iter(self._pings))]
        if frame.opcode == Opcode.PONG:
            return self._pong(sender, frame)
        if frame.opcode == Opcode.CLOSE:
            return self._close(sender)
        return None

    def _pong(self, sender: Side, frame: Frame) -> str:
        asker: Side = "server" if sender == "client" else "client"
        ping = self._pings.pop((asker, frame.payload), None)
        if ping is None:
            return "Answers no ping, which is allowed (RFC 6455 §5.5.3)."
        return f"Answers the ping of event {ping}."

    def _close(self, sender: Side) -> str | None:
        if self._closing is None:
            self._closing = sender
            return f"The {sender} starts the closing handshake."
        return None if sender == self._closing else "Answers the close frame, as it must."
