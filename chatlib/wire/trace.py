"""Both directions of one connection over time: chunks in, events out, state derived.

Append-only, and without a clock of its own: times are passed in.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from chatlib.wire import pcapng, show
from chatlib.wire.dissector import Dissector
from chatlib.wire.events import ROW_HEAD, Event, Notes, Signal, State, next_state, rows
from chatlib.wire.frames import Frame, Side
from chatlib.wire.handshake import deflate_parameters, response_problem
from chatlib.wire.heads import Request, Response
from chatlib.wire.items import Ended, FrameItem, HandshakeItem, How, Item
from chatlib.wire.records import SIDES, Cause, Chunk, End, Recording, dump, load
from chatlib.wire.redaction import redact_bytes


class Direction:
    """The bytes of one side.

    Attributes:
        dissector: What turns them into items.
        chunks: The chunks that brought them.
        size: How many there are.
        ended: Whether no more can come.
    """

    def __init__(self, side: Side) -> None:
        """Begin an empty stream."""
        self.dissector = Dissector(side)
        self.chunks: list[Chunk] = []
        self._starts: list[int] = []
        # Who wrote the bytes: from which offset on, and the text.
        self._causes: list[tuple[int, str]] = []
        self.size = 0
        self.ended = False

    def add(self, chunk: Chunk) -> list[Item]:
        """Take the next chunk and return the items that are complete with it."""
        self.chunks.append(chunk)
        self._starts.append(chunk.start)
        self._causes += [(cause.start, cause.text) for cause in chunk.causes]
        self.size += len(chunk.data)
        return self.dissector.feed(chunk.data)

    def numbers(self, start: int, end: int) -> tuple[int, ...]:
        """Return the numbers of the chunks that hold the bytes from `start` to before `end`."""
        if start == end:
            return ()
        first, last = bisect_right(self._starts, start) - 1, bisect_left(self._starts, end)
        return tuple(chunk.number for chunk in self.chunks[first:last])

    def cause_at(self, offset: int) -> str:
        """Return who wrote the byte at `offset`; empty when that is not known."""
        found = bisect_right(self._causes, offset, key=lambda cause: cause[0])
        return self._causes[found - 1][1] if found else ""

    def data(self, start: int = 0, end: int | None = None) -> bytes:
        """Return the stream's bytes from `start` to before `end`, or to its last one."""
        end = self.size if end is None else end
        first = max(0, bisect_right(self._starts, start) - 1)
        chunks = self.chunks[first : bisect_left(self._starts, end)]
        offset = chunks[0].start if chunks else 0
        return b"".join(chunk.data for chunk in chunks)[start - offset : end - offset]


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

    def record(
        self, sender: Side, data: bytes, *, time: float, causes: Sequence[Cause] = ()
    ) -> list[Event]:
        """Add a chunk and return the events that are complete with it.

        Args:
            sender: Who sent it.
            data: What one TCP read returned; no bytes means no chunk.
            time: Seconds on the recorder's clock.
            causes: Who wrote these bytes, in their order, if that is known.
        """
        if not data:
            return []
        direction = self._directions[sender]
        number, start = len(self._chunks) + 1, direction.size
        chunk = Chunk(number, float(time), sender, bytes(data), start, tuple(causes))
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

    def data_from(self, sender: Side, start: int = 0, end: int | None = None) -> bytes:
        """Return what one side sent, with the secrets in it; all of it, or a stretch."""
        return self._directions[sender].data(start, end)

    # Keeping it

    def recording(self) -> Recording:
        """Return the records without the secrets of the heads.

        Each secret byte is replaced by "*", so that every offset stays true.
        """
        streams = {side: self._redacted(side) for side in SIDES}
        records = tuple(_with_bytes_of(record, streams) for record in self._records)
        return Recording(self.name, self.client, self.server, records)

    @classmethod
    def of(cls, recording: Recording) -> Trace:
        """Return the trace of a recording; its bytes are dissected again."""
        trace = cls(recording.name, client=recording.client, server=recording.server)
        for record in recording.records:
            if isinstance(record, Chunk):
                trace.record(record.sender, record.data, time=record.time, causes=record.causes)
            else:
                trace.end(record.sender, record.how, time=record.time)
        return trace

    def to_json(self) -> str:
        """Return the trace as JSON text, without the secrets of its heads."""
        return save_traces([self])

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """Return the trace that `to_json` wrote.

        Raises:
            ValueError: If the text is not a saved trace of this version, or holds several. Says
                which.
        """
        traces = load_traces(text)
        if len(traces) != 1:
            raise ValueError(
                f"This file holds {show.count(len(traces), 'connection')}, not one: read it with "
                f"Trace.load_all(path), which returns a list."
            )
        return traces[0]

    def to_pcapng(self) -> bytes:
        """Return the trace as a pcapng file for Wireshark, without the secrets of its heads."""
        return pcapng.dump([self.recording()])

    def save(self, path: str | Path) -> None:
        """Write `to_json` to a file.

        Raises:
            OSError: If the file cannot be written.
        """
        Path(path).write_text(self.to_json(), encoding="utf-8")

    def save_pcapng(self, path: str | Path) -> None:
        """Write `to_pcapng` to a file.

        Raises:
            OSError: If the file cannot be written.
        """
        Path(path).write_bytes(self.to_pcapng())

    @classmethod
    def load(cls, path: str | Path) -> Trace:
        """Read a file that `save` wrote.

        Raises:
            OSError: If the file cannot be read.
            ValueError: If it is not a saved trace of this version, or holds several. Says which.
        """
        return cls.from_json(_read(path))

    @classmethod
    def load_all(cls, path: str | Path) -> list[Trace]:
        """Read a file with any number of connections.

        Raises:
            OSError: If the file cannot be read.
            ValueError: If it is not a saved trace of this version. Says why.
        """
        return load_traces(_read(path))

    def _add(self, item: Item | Ended, sender: Side, time: float) -> Event:
        if isinstance(item, HandshakeItem):
            item = self._handshake(item)
        number = len(self._events) + 1
        note = self._notes.add(number, sender, item, self._state)
        direction = self._directions[sender]
        chunks = direction.numbers(item.start, item.end)
        cause = direction.cause_at(item.start) if chunks else ""
        event = Event(number, time, sender, item, chunks, note, cause)
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
        cells = list(rows(self._events))
        text = f"{self!r}\n{show.text_table([ROW_HEAD, *cells])}"
        return show.bundle(text, show.html_table(repr(self)[1:-1], ROW_HEAD, cells, code=(4,)))


def save_traces(traces: Iterable[Trace]) -> str:
    """Return several connections as one JSON text, without the secrets of their heads."""
    return dump(trace.recording() for trace in traces)


def load_traces(text: str) -> list[Trace]:
    """Return the traces that `save_traces` wrote.

    Raises:
        ValueError: If the text is not a saved trace of this version. Says why.
    """
    return [Trace.of(recording) for recording in load(text)]


def _read(path: str | Path) -> str:
    return Path(path).read_text(encoding="utf-8", errors="replace")


def _with_bytes_of(record: Chunk | End, streams: dict[Side, bytes]) -> Chunk | End:
    if isinstance(record, End):
        return record
    stop = record.start + len(record.data)
    return replace(record, data=streams[record.sender][record.start : stop])
