"""Both directions of one connection over time: chunks in, events out, state derived.

Append-only, and without a clock of its own: times are passed in.
"""

from __future__ import annotations

import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

from chatlib.wire import pcapng, show
from chatlib.wire.dissector import Dissector
from chatlib.wire.events import ROW_HEAD, Event, Notes, Signal, State, next_state, rows
from chatlib.wire.frames import Frame, Side
from chatlib.wire.handshake import deflate_parameters, response_problem
from chatlib.wire.heads import Request, Response
from chatlib.wire.items import Ended, FrameItem, HandshakeItem, How, Item
from chatlib.wire.records import SIDES, Cause, Chunk, End, Record, Recording, dump, load
from chatlib.wire.redaction import redact_bytes

# Bytes that one trace may take, about; and what a record takes besides the bytes in it, measured.
MEMORY_LIMIT = 32 * 2**20
CHUNK_MEMORY, EVENT_MEMORY, CAUSE_MEMORY = 250, 500, 150


class Direction:
    """One side's bytes: the chunks that brought them, and what turns them into items.

    Attributes:
        dissector: What turns them into items.
        chunks: The chunks that are kept.
        size: How many bytes came.
        ended: Whether no more can come.
        head: Offset after the last head.
        kept: Bytes between `head` and this offset are no longer kept, if it is larger.
    """

    def __init__(self, side: Side) -> None:
        """Begin an empty stream."""
        self.dissector = Dissector(side)
        self.chunks: list[Chunk] = []
        # Who wrote the bytes, in their order.
        self._causes: list[Cause] = []
        self.size = 0
        self.ended = False
        self.head = 0
        self.kept = 0

    def add(self, chunk: Chunk) -> list[Item]:
        """Take the next chunk and return the items that are complete with it."""
        self.chunks.append(chunk)
        self._causes += chunk.causes
        self.size = chunk.end
        return self.dissector.feed(chunk.data)

    def skip(self, size: int) -> None:
        """Pass over bytes that an earlier recorder did not keep."""
        self.size += size
        self.kept = self.size
        self.dissector.skip(size)

    def forget(self, kept: int) -> None:
        """Keep the bytes of the heads, and those from offset `kept` on."""
        self.kept = kept
        self.chunks = [chunk for chunk in self.chunks if self.holds(chunk)]
        del self._causes[: max(0, self._cause_number(kept))]

    def holds(self, chunk: Chunk) -> bool:
        """Say whether some of a chunk's bytes are kept."""
        return chunk.start < self.head or chunk.end > self.kept

    def numbers(self, start: int, end: int) -> tuple[int, ...]:
        """Return the numbers of the chunks that hold the bytes from `start` to before `end`."""
        return tuple(chunk.number for chunk in self._between(start, end))

    def cause_at(self, offset: int) -> str:
        """Return who wrote the byte at `offset`; empty when that is not known."""
        number = self._cause_number(offset)
        return self._causes[number].text if number >= 0 else ""

    def data(self, start: int = 0, end: int | None = None) -> bytes:
        """Return the kept bytes from `start` to before `end`, or to the last one."""
        end = self.size if end is None else end
        chunks = self._between(start, end)
        offset = chunks[0].start if chunks else 0
        return b"".join(chunk.data for chunk in chunks)[start - offset : end - offset]

    def _between(self, start: int, end: int) -> list[Chunk]:
        if start == end:
            return []
        first = max(0, bisect_right(self.chunks, start, key=_start) - 1)
        return self.chunks[first : bisect_left(self.chunks, end, key=_start)]

    def _cause_number(self, offset: int) -> int:
        return bisect_right(self._causes, offset, key=_start) - 1


def _start(stretch: Chunk | Cause) -> int:
    return stretch.start


class Trace:
    """The record of one connection. The oldest events after the handshake make room for new ones.

    Attributes:
        dropped: How many events are no longer kept.
        name: What to call the connection.
        client: The client's address, such as "127.0.0.1:50312".
        server: The server's address.
    """

    def __init__(
        self,
        name: str = "connection",
        *,
        client: str = "",
        server: str = "",
        limit: int = MEMORY_LIMIT,
    ) -> None:
        """Start an empty record.

        Args:
            name: What to call the connection.
            client: The client's address.
            server: The server's address.
            limit: How much memory it may take, in bytes.
        """
        self.name = name
        self.dropped = 0
        self._limit = limit
        self._memory = 0
        self.client = client
        self.server = server
        self._state: State = "connecting"
        self._request: Request | None = None
        self._response: Response | None = None
        self._events: list[Event] = []
        self._records: list[Chunk | End] = []
        self._chunks_seen = 0
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
        self._chunks_seen += 1
        chunk = Chunk(
            self._chunks_seen, float(time), sender, bytes(data), direction.size, tuple(causes)
        )
        self._records.append(chunk)
        self._memory += _memory_of_chunk(chunk)
        added = [self._add(item, sender, chunk.time) for item in direction.add(chunk)]
        if self._memory > self._limit:
            self._drop()
        return added

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
        """Everything that happened and is kept, in order."""
        return self._events

    def event(self, number: int) -> Event:
        """Return the event with this number.

        Raises:
            LookupError: If there is none, or if it is no longer kept; says which.
        """
        if self.drops(number):
            raise LookupError(self.dropped_words)
        at = bisect_left(self._events, number, key=lambda event: event.number)
        if at == len(self._events) or number < 1:
            raise LookupError(f"The connection has no row {number}.")
        return self._events[at]

    def drops(self, number: int) -> bool:
        """Say whether the event with this number is no longer kept."""
        at = bisect_left(self._events, number, key=lambda event: event.number)
        there = at < len(self._events) and self._events[at].number == number
        return not there and 0 < number <= len(self._events) + self.dropped

    @property
    def dropped_words(self) -> str:
        """What is no longer kept, in a sentence; empty if all is."""
        if not self.dropped:
            return ""
        return (
            f"A trace keeps at most {self._limit / 2**20:g} MiB: of this connection "
            f"{show.count(self.dropped, 'old event')} after the handshake and their bytes are gone."
        )

    @property
    def chunks(self) -> Sequence[Chunk]:
        """The chunks of both directions that are kept, in order."""
        return [record for record in self._records if isinstance(record, Chunk)]

    def chunks_of(self, event: Event) -> list[Chunk]:
        """Return the chunks that hold an event's bytes."""
        chunks = self._directions[event.sender].chunks
        found = (bisect_left(chunks, number, key=lambda c: c.number) for number in event.chunks)
        return [chunks[at] for at in found]

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
        streams = {side: BytesIO(self._redacted(side)) for side in SIDES}
        records = tuple(self._saved(streams))
        return Recording(self.name, self.client, self.server, records, self.dropped)

    @classmethod
    def of(cls, recording: Recording) -> Trace:
        """Return the trace of a recording; its bytes are dissected again."""
        trace = cls(recording.name, client=recording.client, server=recording.server)
        for record in recording.records:
            if record.data is not None:
                trace.record(record.sender, record.data, time=record.time, causes=record.causes)
            elif record.end is not None:
                trace.end(record.sender, record.end, time=record.time)
            else:
                trace._directions[record.sender].skip(record.dropped or 0)
                trace.dropped = recording.dropped
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
        """Write `to_json` to a file; warn if the trace no longer holds everything.

        Raises:
            OSError: If the file cannot be written.
        """
        Path(path).write_text(self.to_json(), encoding="utf-8")
        self._warn()

    def save_pcapng(self, path: str | Path) -> None:
        """Write `to_pcapng` to a file; warn if the trace no longer holds everything.

        Raises:
            OSError: If the file cannot be written.
        """
        Path(path).write_bytes(self.to_pcapng())
        self._warn()

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

    def _warn(self) -> None:
        if self.dropped:
            warnings.warn(self.dropped_words, stacklevel=3)

    def _add(self, item: Item | Ended, sender: Side, time: float) -> Event:
        if isinstance(item, HandshakeItem):
            item = self._handshake(item)
            self._directions[sender].head = item.end
        number = self.dropped + len(self._events) + 1
        note = self._notes.add(number, sender, item, self._state)
        direction = self._directions[sender]
        chunks = direction.numbers(item.start, item.end)
        cause = direction.cause_at(item.start) if chunks else ""
        event = Event(number, time, sender, item, chunks, note, cause)
        self._events.append(event)
        self._memory += _memory_of_event(event)
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

    def _drop(self) -> None:
        """Forget the oldest half of the events after the handshake, and again until all fits."""
        while self._memory > self._limit and (rest := [e for e in self._events if not _is_head(e)]):
            last = rest[len(rest) // 2].number
            self.dropped += len(rest) // 2 + 1
            self._events = [e for e in self._events if _is_head(e) or e.number > last]
            for side, direction in self._directions.items():
                starts = (
                    e.item.start for e in self._events if e.sender == side and not _is_head(e)
                )
                direction.forget(next(starts, direction.dissector.offset))
            self._records = [record for record in self._records if self._holds(record)]
            self._memory = sum(map(_memory_of_chunk, self.chunks))
            self._memory += sum(map(_memory_of_event, self._events))

    def _holds(self, record: Chunk | End) -> bool:
        return isinstance(record, End) or self._directions[record.sender].holds(record)

    def _redacted(self, sender: Side) -> bytes:
        direction = self._directions[sender]
        data = b"".join(b"".join(_kept_parts(chunk, direction)) for chunk in direction.chunks)
        # Frames hold messages, and these stay. Without a 101 response there are no frames, and
        # what follows the first head may be another one.
        opened = self._directions["server"].dissector.frames_start is not None
        head = direction.dissector.frames_start if opened else None
        return redact_bytes(data[:head]) + data[len(data) if head is None else head :]

    def _saved(self, streams: dict[Side, BytesIO]) -> Iterator[Record]:
        for record in self._records:
            time, sender = record.time, record.sender
            if isinstance(record, End):
                yield Record(time, sender, end=record.how)
                continue
            direction = self._directions[sender]
            before, after = _kept_parts(record, direction)
            if before:
                yield Record(time, sender, streams[sender].read(len(before)), record.causes)
            if after and record.start <= direction.kept > direction.head:
                yield Record(time, sender, dropped=direction.kept - direction.head)
            if after:
                yield Record(time, sender, streams[sender].read(len(after)), record.causes)

    # Showing it

    def __repr__(self) -> str:
        """Return one short line."""
        events = show.count(len(self._events), "event")
        dropped = f" ({self.dropped:,} older ones are gone)" if self.dropped else ""
        return f"<Trace {self.name!r}: {self._state}, {events}{dropped}>"

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


def _kept_parts(chunk: Chunk, direction: Direction) -> tuple[bytes, bytes]:
    """Return what is kept of a chunk's bytes before and after those that are not."""
    if direction.kept <= direction.head:
        return b"", chunk.data
    before = chunk.data[: max(0, direction.head - chunk.start)]
    return before, chunk.data[max(0, direction.kept - chunk.start) :]


def _is_head(event: Event) -> bool:
    return isinstance(event.item, HandshakeItem)


def _memory_of_chunk(chunk: Chunk) -> int:
    return CHUNK_MEMORY + len(chunk.data) + sum(CAUSE_MEMORY + len(c.text) for c in chunk.causes)


def _memory_of_event(event: Event) -> int:
    item = event.item
    if isinstance(item, FrameItem):
        whole = len(item.whole or b"") if item.whole is not item.frame.payload else 0
        return EVENT_MEMORY + len(item.frame.payload) + len(item.inflated or b"") + whole
    return EVENT_MEMORY + item.end - item.start
