"""Both directions of one connection over time: chunks in, events out, state derived.

Append-only, and without a clock of its own: times are passed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from chatlib.wire import show
from chatlib.wire.direction import Direction
from chatlib.wire.events import ROW_HEAD, TRANSITIONS, Event, Signal, State, next_state, row
from chatlib.wire.frames import Frame, Side
from chatlib.wire.handshake import (
    Request,
    Response,
    deflate_parameters,
    redact_bytes,
    response_problem,
)
from chatlib.wire.items import Body, Ended, FrameItem, HandshakeItem, How, Item, Undecoded
from chatlib.wire.notes import Notes
from chatlib.wire.records import SIDES, Chunk, End, Recording, dump, load

__all__ = [
    "TRANSITIONS",
    "Body",
    "Chunk",
    "End",
    "Ended",
    "Event",
    "FrameItem",
    "HandshakeItem",
    "How",
    "Item",
    "State",
    "Trace",
    "Undecoded",
]

ROWS_SHOWN = 20  # events at the start, and as many at the end, that a trace shows of itself


class Trace:
    """The record of one connection.

    Attributes:
        name: What to call the connection.
        client: The client's address, such as "127.0.0.1:50312".
        server: The server's address.
    """

    def __init__(self, name: str = "connection", *, client: str = "", server: str = "") -> None:
        """Start an empty record."""
        self.name = name
        self.client = client
        self.server = server
        self._state: State = "connecting"
        self._request: Request | None = None
        self._response: Response | None = None
        self._events: list[Event] = []
        self._records: list[Chunk | End] = []
        self._chunks: list[Chunk] = []
        self._directions: dict[Side, Direction] = {side: Direction(side) for side in SIDES}
        self._notes = Notes()

    # What happened

    def record(self, sender: Side, data: bytes, *, time: float) -> list[Event]:
        """Add a chunk and return the events that are complete with it.

        Args:
            sender: Who sent it.
            data: What one TCP read returned; no bytes means no chunk.
            time: Seconds on the recorder's clock.
        """
        if not data:
            return []
        direction = self._directions[sender]
        chunk = Chunk(len(self._chunks) + 1, float(time), sender, bytes(data), direction.size)
        self._records.append(chunk)
        self._chunks.append(chunk)
        return [self._add(item, sender, time) for item in direction.add(chunk)]

    def end(self, sender: Side, how: How, *, time: float) -> list[Event]:
        """Say that one direction has ended, and how; saying it again changes nothing."""
        direction = self._directions[sender]
        if direction.ended:
            return []
        direction.ended = True
        self._records.append(End(float(time), sender, how))
        ended = Ended(direction.size, direction.size, (), how)
        return [self._add(item, sender, time) for item in [*direction.dissector.eof(), ended]]

    # What it means

    @property
    def events(self) -> Sequence[Event]:
        """Everything that happened, in order."""
        return self._events

    @property
    def chunks(self) -> Sequence[Chunk]:
        """The chunks of both directions, in order."""
        return self._chunks

    @property
    def state(self) -> State:
        """The connection's state now; it follows `TRANSITIONS`."""
        return self._state

    @property
    def closed(self) -> bool:
        """Whether the connection is closed, or never opened."""
        return self._state == "closed"

    @property
    def request(self) -> Request | None:
        """The head of the client's request, once it came."""
        return self._request

    @property
    def response(self) -> Response | None:
        """The head of the server's response, once it came."""
        return self._response

    def frames(self, sender: Side | None = None, kind: str | None = None) -> tuple[Frame, ...]:
        """Return the frames, of one side or of one kind ("text", "ping", …) if asked."""
        return tuple(
            item.frame for item in self._frame_items(sender) if kind in (None, item.frame.kind)
        )

    def messages(self, sender: Side | None = None) -> tuple[str | bytes, ...]:
        """Return the whole messages, of one side if asked, in the order in which they ended."""
        found = (item.message for item in self._frame_items(sender))
        return tuple(message for message in found if message is not None)

    def bytes_from(self, sender: Side) -> int:
        """Return how many bytes one side sent."""
        return self._directions[sender].size

    def data_from(self, sender: Side) -> bytes:
        """Return everything that one side sent, with the secrets in it."""
        return self._directions[sender].data()

    # Keeping it

    def to_json(self) -> str:
        """Return the trace as JSON text, without the secrets of its heads.

        Each secret byte is replaced by "*", so that every offset stays true.
        """
        streams = {side: self._redacted(side) for side in SIDES}
        records = tuple(_with_bytes_of(record, streams) for record in self._records)
        return dump(Recording(self.name, self.client, self.server, records))

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """Return the trace that `to_json` wrote; its bytes are dissected again.

        Raises:
            ValueError: If the text is not a saved trace of this version. Says why.
        """
        recording = load(text)
        trace = cls(recording.name, client=recording.client, server=recording.server)
        for record in recording.records:
            if isinstance(record, Chunk):
                trace.record(record.sender, record.data, time=record.time)
            else:
                trace.end(record.sender, record.how, time=record.time)
        return trace

    def save(self, path: str | Path) -> None:
        """Write `to_json` to a file.

        Raises:
            OSError: If the file cannot be written.
        """
        Path(path).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Trace:
        """Read a file that `save` wrote.

        Raises:
            OSError: If the file cannot be read.
            ValueError: If it is not a saved trace of this version. Says why.
        """
        return cls.from_json(Path(path).read_text(encoding="utf-8", errors="replace"))

    def _add(self, item: Item | Ended, sender: Side, time: float) -> Event:
        if isinstance(item, HandshakeItem):
            item = self._handshake(item)
        number = len(self._events) + 1
        note = self._notes.add(number, sender, item, self._state)
        chunks = self._directions[sender].numbers(item.start, item.end)
        event = Event(number, time, sender, item, chunks, note)
        self._events.append(event)
        if signal := self._signal(item):
            self._state = next_state(self._state, signal)
        return event

    def _handshake(self, item: HandshakeItem) -> HandshakeItem:
        if isinstance(item.head, Request):
            self._request = item.head
            return item
        self._response = item.head
        client = self._directions["client"].dissector
        if item.head.status != 101:
            client.refuse()
        elif agreed := deflate_parameters(item.head):
            client.use_deflate(agreed)
        problem = self._request and response_problem(self._request, item.head)
        return replace(item, problems=(problem,)) if problem else item

    def _signal(self, item: Item | Ended) -> Signal | None:
        if isinstance(item, HandshakeItem) and isinstance(item.head, Response):
            return "refused" if item.problems or item.head.status != 101 else "accepted"
        if isinstance(item, FrameItem) and item.frame.kind == "close":
            return "close frame"
        if isinstance(item, Ended):
            both = all(direction.ended for direction in self._directions.values())
            return "end" if both or item.how == "reset" else "half end"
        return None

    def _frame_items(self, sender: Side | None) -> Iterator[FrameItem]:
        for event in self._events:
            if isinstance(event.item, FrameItem) and sender in (None, event.sender):
                yield event.item

    def _redacted(self, sender: Side) -> bytes:
        data = self.data_from(sender)
        # Frames hold messages, and these stay. Without a 101 response there are no frames, and
        # what follows the first head may be another one.
        opened = self._directions["server"].dissector.frames_start is not None
        head = self._directions[sender].dissector.frames_start if opened else None
        return redact_bytes(data[:head]) + data[len(data) if head is None else head :]

    # Showing it

    def __repr__(self) -> str:
        """Return one short line."""
        events = show.count(len(self._events), "event")
        return f"<Trace {self.name!r}: {self._state}, {events}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        rows = list(self._rows())
        text = f"{self!r}\n{show.text_table([ROW_HEAD, *rows])}"
        return show.bundle(text, show.html_table(repr(self)[1:-1], ROW_HEAD, rows, code=(4,)))

    def _rows(self) -> Iterator[tuple[str, ...]]:
        hidden = len(self._events) - 2 * ROWS_SHOWN
        yield from map(row, self._events[:ROWS_SHOWN])
        if hidden > 0:
            yield "…", "", "", f"{show.count(hidden, 'event')} not shown", "", ""
        yield from map(row, self._events[ROWS_SHOWN:][-ROWS_SHOWN:])


def _with_bytes_of(record: Chunk | End, streams: dict[Side, bytes]) -> Chunk | End:
    if isinstance(record, End):
        return record
    stop = record.start + len(record.data)
    return replace(record, data=streams[record.sender][record.start : stop])
