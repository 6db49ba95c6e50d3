"""One message's way through a chat, found in the traces of its members' connections.

It knows the chat's messages (`docs/chat-messages.md`) and no server: so it works for every server
that speaks them. The traces must share one clock, as those of one wire tap do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chatlib.chat.messages import (
    Left,
    Message,
    Said,
    Say,
    Welcome,
    parse_client,
    parse_server,
)
from chatlib.chat.validation import BadMessage
from chatlib.wire.events import FrameItem
from chatlib.wire.trace import Trace


@dataclass(frozen=True, slots=True)
class Arrival:
    """One receiver of a message.

    Attributes:
        name: The member's name.
        after: Seconds from the sending until the message came past the tap on its way to this
            member; None if it has not come.
    """

    name: str
    after: float | None


@dataclass(frozen=True, slots=True)
class FanOut:
    """A message from its sender to everybody in the room.

    Attributes:
        text: What was said.
        sender: Who said it.
        room: The room in which it was said.
        sent: When it came past the tap on its way to the server: seconds on the tap's clock.
        arrivals: Everybody who was in the room then, the sender included; the first one first.
    """

    text: str
    sender: str
    room: str
    sent: float
    arrivals: tuple[Arrival, ...]

    @property
    def complete(self) -> bool:
        """Whether everybody who was in the room has received it."""
        return all(arrival.after is not None for arrival in self.arrivals)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A chat message on one connection, and when it came past the tap."""

    time: float
    message: Message


def fan_out_of(text: str, traces: Sequence[Trace]) -> FanOut:
    """Follow the newest message with this text.

    Args:
        text: What was said, exactly.
        traces: The connections to the chat, with one clock.

    Raises:
        LookupError: If nobody in a room has said this.
    """
    said = [
        (each.time, trace, each.message.id)
        for trace in traces
        for each in _messages(trace, "client")
        if isinstance(each.message, Say) and each.message.text == text
    ]
    for sent, trace, id in sorted(said, key=lambda found: found[0], reverse=True):
        place = _place(trace, sent)
        if place is not None:
            arrivals = _arrivals(traces, place, sent, text, id)
            return FanOut(text, place[1], place[0], sent, arrivals)
    raise LookupError(f"No message {text!r} has come past this wire tap. Say it first.")


def _arrivals(
    traces: Iterable[Trace], place: tuple[str, str], sent: float, text: str, id: str | None
) -> tuple[Arrival, ...]:
    room, sender = place
    found = []
    for trace in traces:
        there = _place(trace, sent)
        if there is not None and there[0] == room:
            times = _said(trace, sent, Said(seq=0, name=sender, text=text, time=0, id=id))
            found.append(Arrival(there[1], next(times, None)))
    return tuple(sorted(found, key=lambda arrival: (arrival.after is None, arrival.after or 0.0)))


def _said(trace: Trace, sent: float, wanted: Said) -> Iterator[float]:
    """Yield the seconds after which a connection's member was told what was said."""
    for each in _messages(trace, "server"):
        said = each.message
        if not isinstance(said, Said) or each.time < sent:
            continue
        # An id is the surest sign. A server need not send it back: then name and text must do.
        if (said.name, said.text) == (wanted.name, wanted.text) and said.id in (wanted.id, None):
            yield each.time - sent


def _place(trace: Trace, time: float) -> tuple[str, str] | None:
    """Return the room and the name that a connection's member had at a time; None if none."""
    if not trace.events or (trace.closed and trace.events[-1].time < time):
        return None
    place: tuple[str, str] | None = None
    for each in _messages(trace, "server"):
        if each.time > time:
            break
        match each.message:
            case Welcome(room=room, name=name):
                place = (room, name)
            case Left(name=name) if place is not None and name == place[1]:
                place = None
    return place


def _messages(trace: Trace, sender: str) -> Iterator[_Heard]:
    """Yield the chat messages of one side; what is no chat message is passed over."""
    parse = parse_client if sender == "client" else parse_server
    for event in trace.events:
        if event.sender != sender or not isinstance(event.item, FrameItem):
            continue
        if isinstance(event.item.message, str):
            try:
                yield _Heard(event.time, parse(event.item.message))
            except BadMessage:
                continue
