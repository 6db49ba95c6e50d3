"""Both directions of one connection over time: chunks in, events out, state derived.

Append-only, and without a clock of its own: times are passed in.
"""

from __future__ import annotations

import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any

from chatlib.wire import pcapng, show
from chatlib.wire.dissector import Dissector
from chatlib.wire.events import (
    TRANSITIONS,
    DatagramItem,
    Ended,
    Event,
    FrameItem,
    HandshakeItem,
    How,
    Item,
    Notes,
    Signal,
    State,
)
from chatlib.wire.frames import Frame, Side
from chatlib.wire.handshake import deflate_parameters, response_problem
from chatlib.wire.heads import Request, Response, redact_bytes
from chatlib.wire.records import (
    SIDES,
    Cause,
    Chunk,
    Record,
    Recording,
    Stream,
    What,
    dump,
    load,
)

# Bytes that one trace may take, about; and what a record takes besides the bytes in it, measured.
MEMORY_LIMIT = 32 * 2**20
CHUNK_MEMORY, EVENT_MEMORY, CAUSE_MEMORY = 250, 500, 150
TIMES_KEPT = 10_000  # writes and reads of one direction whose times are remembered


class Trace:
    """The record of one connection. The oldest events after the handshake make room for new ones.

    Addresses are written "127.0.0.1:50312". `request` and `response` are the heads, once they
    came; `events` and `chunks` of both directions are those that are kept, in order; `dropped`
    says how many events are not.
    """

    def __init__(
        self,
        name: str = "connection",
        *,
        client: str = "",
        server: str = "",
        limit: int = MEMORY_LIMIT,
    ) -> None:
        """Start an empty record that may take `limit` bytes of memory."""
        self.name = name
        self.client = client
        self.server = server
        self.state: State = "connecting"
        self.request: Request | None = None
        self.response: Response | None = None
        self.events: list[Event] = []
        self.chunks: list[Chunk] = []
        self.dropped = 0
        self._ends: list[tuple[int, Record]] = []  # each after the chunk of this number
        self._chunks_seen = 0
        self._streams: dict[Side, Stream] = {side: Stream() for side in SIDES}
        self._dissectors: dict[Side, Dissector] = {side: Dissector(side) for side in SIDES}
        # Offsets and times in their order, by the sender and what was done: "client wrote".
        self._times: dict[str, list[tuple[int, float]]] = {}
        self._notes = Notes()
        self._limit = limit
        self._memory = 0

    # What happened

    def record(
        self, sender: Side, data: bytes, *, time: float, causes: Sequence[Cause] = ()
    ) -> list[Event]:
        """Add a chunk, and return the events that are complete with it; no bytes are no chunk.

        Times are seconds on the recorder's clock. The causes say who wrote these bytes, in their
        order, if that is known.
        """
        if not data:
            return []
        chunk = self._chunk(sender, data, time, causes=tuple(causes))
        items = self._dissectors[sender].feed(chunk.data)
        added = [self._add(item, sender, chunk.time) for item in items]
        if self._memory > self._limit:
            self._drop()
        return added

    def record_datagram(self, sender: Side, data: bytes, kind: str, *, time: float) -> Event:
        """Add a datagram of UDP, of which is known what kind it is; time as in `record`.

        A trace holds either datagrams or what TCP delivered.
        """
        chunk = self._chunk(sender, data, time, datagram=kind)
        self.state = "open"
        item = DatagramItem(chunk.start, chunk.end, (), kind, chunk.data)
        event = self._add(item, sender, chunk.time)
        if self._memory > self._limit:
            self._drop()
        return event

    def _chunk(self, sender: Side, data: bytes, time: float, **more: Any) -> Chunk:
        self._chunks_seen += 1
        start = self._streams[sender].size
        chunk = Chunk(self._chunks_seen, float(time), sender, bytes(data), start, **more)
        self.chunks.append(chunk)
        self._streams[sender].add(chunk)
        self._memory += _memory_of_chunk(chunk)
        return chunk

    def end(self, sender: Side, how: How, *, time: float) -> list[Event]:
        """Say that one direction has ended, and how; saying it again changes nothing."""
        if sender in [end.sender for _, end in self._ends]:
            return []
        self._ends.append((self._chunks_seen, Record(float(time), sender, end=how)))
        size = self._streams[sender].size
        items = [*self._dissectors[sender].eof(), Ended(size, size, (), how)]
        return [self._add(item, sender, time) for item in items]

    def timed(self, what: What, sender: Side, offset: int, *, time: float) -> None:
        """Note when bytes were written or read at their ends, which a tap between them cannot see.

        `offset` is that of the first of them if their sender "wrote" them, and that after the last
        one if the other side "read" them.
        """
        times = self._times.setdefault(f"{sender} {what}", [])
        times.append((offset, round(time, 6)))
        if len(times) > TIMES_KEPT:
            del times[: TIMES_KEPT // 2]

    def moments(self, event: Event) -> tuple[float | None, float | None]:
        """Return when an event's bytes were written, and read at the other side, if known."""
        item, offset = event.item, itemgetter(0)
        if item.start == item.end:
            return None, None
        wrote = self._times.get(f"{event.sender} wrote", [])
        read = self._times.get(f"{event.sender} read", [])
        first = bisect_right(wrote, item.start, key=offset) - 1
        last = bisect_left(read, item.end, key=offset)
        return wrote[first][1] if first >= 0 else None, read[last][1] if last < len(read) else None

    def _add(self, item: Item | Ended, sender: Side, time: float) -> Event:
        if isinstance(item, HandshakeItem):
            item = self._handshake(item)
        number = self.dropped + len(self.events) + 1
        note = self._notes.add(number, sender, item, self.state)
        stream = self._streams[sender]
        chunks = tuple(chunk.number for chunk in stream.between(item.start, item.end))
        cause = stream.cause_at(item.start) if chunks else ""
        event = Event(number, time, sender, item, chunks, note, cause)
        self.events.append(event)
        self._memory += _memory_of_event(event)
        if signal := self._signal(item):
            self.state = TRANSITIONS.get((self.state, signal), self.state)
        return event

    def _handshake(self, item: HandshakeItem) -> HandshakeItem:
        if isinstance(item.head, Request):
            self.request = item.head
            return item
        self.response = item.head
        if item.head.status != 101:
            self._dissectors["client"].refuse()
        elif agreed := deflate_parameters(item.head):
            self._dissectors["client"].use_deflate(agreed)
        problem = self.request and response_problem(self.request, item.head)
        return item.with_problems(problem) if problem else item

    def _signal(self, item: Item | Ended) -> Signal | None:
        match item:
            case HandshakeItem(head=Response(status=status)):
                return "refused" if item.problems or status != 101 else "accepted"
            case FrameItem() if item.frame.kind == "close":
                return "close frame"
            case Ended():
                both = len(self._ends) == len(SIDES)
                return "end" if both or item.how == "reset" else "half end"
        return None

    def _drop(self) -> None:
        """Forget the oldest half of the events after the handshake, and again until all fits."""
        while self._memory > self._limit and (rest := [e for e in self.events if not _is_head(e)]):
            gone = len(rest) // 2 + 1
            self.dropped += gone
            heads = [event for event in self.events if _is_head(event)]
            self.events = sorted(heads + rest[gone:], key=attrgetter("number"))
            for side, stream in self._streams.items():
                head = next((event.item.end for event in heads if event.sender == side), 0)
                starts = (event.item.start for event in rest[gone:] if event.sender == side)
                stream.forget(head, next(starts, self._dissectors[side].offset))
            kept = [chunk for stream in self._streams.values() for chunk in stream.chunks]
            self.chunks = sorted(kept, key=attrgetter("number"))
            self._memory = sum(map(_memory_of_chunk, self.chunks))
            self._memory += sum(map(_memory_of_event, self.events))

    # What it means

    def event(self, number: int) -> Event:
        """Return the event with this number.

        Raises:
            LookupError: If there is none, or if it is no longer kept; says which.
        """
        at = bisect_left(self.events, number, key=attrgetter("number"))
        if at < len(self.events) and self.events[at].number == number:
            return self.events[at]
        if 0 < number <= len(self.events) + self.dropped:
            raise LookupError(self.dropped_words)
        raise LookupError(f"The connection has no row {number}.")

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
    def closed(self) -> bool:
        """Whether the connection is closed, or never opened."""
        return self.state == "closed"

    def chunks_of(self, event: Event) -> list[Chunk]:
        """Return the chunks that hold an event's bytes."""
        return self._streams[event.sender].between(event.item.start, event.item.end)

    def frames(self, sender: Side | None = None, kind: str | None = None) -> tuple[Frame, ...]:
        """Return the frames, of one side or of one kind ("text", "ping", …) if asked."""
        frames = (item.frame for item in self._frame_items(sender))
        return tuple(frame for frame in frames if kind in (None, frame.kind))

    def messages(self, sender: Side | None = None) -> tuple[str | bytes, ...]:
        """Return the whole messages, of one side if asked, in the order in which they ended."""
        found = (item.message for item in self._frame_items(sender))
        return tuple(message for message in found if message is not None)

    def _frame_items(self, sender: Side | None) -> Iterator[FrameItem]:
        for event in self.events:
            if isinstance(event.item, FrameItem) and sender in (None, event.sender):
                yield event.item

    def bytes_from(self, sender: Side) -> int:
        """Return how many bytes one side sent."""
        return self._streams[sender].size

    def data_from(self, sender: Side, start: int = 0, end: int | None = None) -> bytes:
        """Return what one side sent, with the secrets in it; all of it, or a stretch."""
        return self._streams[sender].data(start, end)

    def __repr__(self) -> str:
        """Return one short line."""
        events = show.count(len(self.events), "event")
        dropped = f" ({self.dropped:,} older ones are gone)" if self.dropped else ""
        return f"<Trace {self.name!r}: {self.state}, {events}{dropped}>"

    # Keeping it

    def recording(self) -> Recording:
        """Return the records without the secrets of the heads.

        Each secret byte is replaced by "*", so that every offset stays true.
        """
        records = tuple(self._records())
        times = {what: list(moments) for what, moments in self._times.items()}
        return Recording(self.name, self.client, self.server, records, self.dropped, times)

    @classmethod
    def of(cls, recording: Recording) -> Trace:
        """Return the trace of a recording; its bytes are dissected again."""
        trace = cls(recording.name, client=recording.client, server=recording.server)
        for record in recording.records:
            if record.data is not None and record.datagram:
                kind = record.datagram
                trace.record_datagram(record.sender, record.data, kind, time=record.time)
            elif record.data is not None:
                trace.record(record.sender, record.data, time=record.time, causes=record.causes)
            elif record.end is not None:
                trace.end(record.sender, record.end, time=record.time)
            else:
                trace._streams[record.sender].size += record.dropped or 0
                trace._dissectors[record.sender].skip(record.dropped or 0)
                trace.dropped = recording.dropped
        trace._times = recording.times
        return trace

    def save(self, path: str | Path) -> None:
        """Write the trace to a file, without the secrets of its heads.

        Warn if the trace no longer holds everything. A file whose name ends with ".pcapng" is for
        Wireshark; any other one is JSON, for `load_all`.
        """
        if Path(path).suffix == ".pcapng":
            Path(path).write_bytes(pcapng.dump([self.recording()]))
        else:
            Path(path).write_text(save_traces([self]), encoding="utf-8")
        if self.dropped:
            warnings.warn(self.dropped_words, stacklevel=2)

    @classmethod
    def load_all(cls, path: str | Path) -> list[Trace]:
        """Read a file with any number of connections.

        Raises:
            ValueError: If it is not a saved trace of this version. Says why.
        """
        return load_traces(Path(path).read_text(encoding="utf-8", errors="replace"))

    def _records(self) -> Iterator[Record]:
        data: dict[Side, BytesIO] = {side: BytesIO(self._redacted(side)) for side in SIDES}
        reached = dict.fromkeys(SIDES, 0)
        chunks: list[tuple[int, Chunk | Record]] = [(chunk.number, chunk) for chunk in self.chunks]
        for _, each in sorted([*chunks, *self._ends], key=itemgetter(0)):
            if isinstance(each, Record):
                yield each
                continue
            time, sender = each.time, each.sender
            if each.start > reached[sender]:
                yield Record(time, sender, dropped=each.start - reached[sender])
            kept = data[sender].read(len(each.data))
            yield Record(time, sender, kept, each.causes, datagram=each.datagram)
            reached[sender] = each.end

    def _redacted(self, sender: Side) -> bytes:
        data = self._streams[sender].data()
        # Frames hold messages, and these stay. Without a 101 response there are no frames, and
        # what follows the first head may be another one.
        opened = self._dissectors["server"].frames_start is not None
        hidden = redact_bytes(data[: self._dissectors[sender].frames_start if opened else None])
        return hidden + data[len(hidden) :]


def save_traces(traces: Iterable[Trace]) -> str:
    """Return several connections as one JSON text, without the secrets of their heads."""
    return dump(trace.recording() for trace in traces)


def load_traces(text: str) -> list[Trace]:
    """Return the traces that `save_traces` wrote.

    Raises:
        ValueError: If the text is not a saved trace of this version. Says why.
    """
    return [Trace.of(recording) for recording in load(text)]


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
