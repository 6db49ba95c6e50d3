"""What was recorded on connections: chunks, who wrote them, how they ended; and its JSON file.

What the bytes mean, and which of them are secret, is `chatlib.wire.trace`'s part.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Annotated, Literal, get_args

import msgspec

from chatlib.wire.events import How
from chatlib.wire.frames import Side

SIDES: tuple[Side, ...] = get_args(Side)
# What is done with bytes: their sender wrote them, and the other side read them.
What = Literal["wrote", "read"]


class Cause(msgspec.Struct, frozen=True, array_like=True):
    """Who wrote the bytes from an offset of one direction's byte stream on, to the next cause."""

    start: int
    text: str  # such as `cell [7], line 3: await client.send("Hello")`


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one TCP read returned, or what is kept of it; or a datagram."""

    number: int  # 1 for the connection's first chunk, both directions counted together
    time: float  # seconds on the recorder's clock
    sender: Side
    data: bytes = field(repr=False)
    start: int  # offset of its first byte in that direction's byte stream
    causes: tuple[Cause, ...] = ()  # in the order of the bytes; empty when not known
    datagram: str = ""  # what it is, if it is one of UDP

    @property
    def end(self) -> int:
        """Offset after its last byte."""
        return self.start + len(self.data)

    def between(self, start: int, end: int) -> Chunk:
        """Return the part between two offsets of the byte stream; all of it, if it lies there."""
        first, last = max(start, self.start), min(end, self.end)
        if (first, last) == (self.start, self.end):
            return self
        data = self.data[first - self.start : max(last, first) - self.start]
        return replace(self, data=data, start=first)


class Stream:
    """The bytes of one direction, as the chunks that brought them."""

    def __init__(self) -> None:
        """Begin without a byte."""
        self.chunks: list[Chunk] = []  # those that are kept, in order
        self.size = 0  # bytes that came, those included that are not kept

    def add(self, chunk: Chunk) -> None:
        """Take the next chunk."""
        self.chunks.append(chunk)
        self.size = chunk.end

    def forget(self, start: int, end: int) -> None:
        """Keep the bytes before offset `start`, and those from `end` on."""
        if start < end:
            kept = (0, start), (end, self.size)
            parts = (chunk.between(*stretch) for chunk in self.chunks for stretch in kept)
            self.chunks = [part for part in parts if part.data]

    def between(self, start: int, end: int) -> list[Chunk]:
        """Return the kept chunks that hold the bytes from `start` to before `end`."""
        if start == end:
            return []
        first = max(0, bisect_right(self.chunks, start, key=attrgetter("start")) - 1)
        return self.chunks[first : bisect_left(self.chunks, end, key=attrgetter("start"))]

    def data(self, start: int = 0, end: int | None = None) -> bytes:
        """Return the kept bytes from `start` to before `end`, or to the last one."""
        end = self.size if end is None else end
        return b"".join(chunk.between(start, end).data for chunk in self.between(start, end))

    def cause_at(self, offset: int) -> str:
        """Return who wrote the byte at `offset`; empty when that is not known."""
        causes = [cause for chunk in self.between(offset, offset + 1) for cause in chunk.causes]
        return next((cause.text for cause in reversed(causes) if cause.start <= offset), "")


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a file: some bytes, or bytes that were not kept, or the end of a direction."""

    time: float  # seconds on the recorder's clock
    sender: Side
    data: bytes | None = None
    causes: tuple[Cause, ...] = ()  # who wrote them
    dropped: Annotated[int, msgspec.Meta(ge=0)] | None = None  # how many bytes were not kept
    end: How | None = None
    datagram: str = ""  # what the bytes are, if they are one of UDP

    def __post_init__(self) -> None:
        """Refuse a record that says nothing, or two things."""
        if [self.data, self.dropped, self.end].count(None) != 2:
            raise ValueError("a record is data, or dropped, or an end")


class Recording(msgspec.Struct, frozen=True, omit_defaults=True):
    """One connection in a file: its name, its addresses, and its bytes and ends in order."""

    name: str
    client: str
    server: str
    records: tuple[Record, ...] = ()
    dropped: Annotated[int, msgspec.Meta(ge=0)] = 0  # how many events were not kept
    times: dict[str, list[tuple[int, float]]] = {}  # see `Trace.timed`


class _File(msgspec.Struct, frozen=True):
    format: Literal["chatlib trace"]
    version: Literal[1]
    connections: list[Recording]


def dump(recordings: Iterable[Recording]) -> str:
    """Return recordings as JSON text, one record on each line."""
    head = _json({"format": "chatlib trace", "version": 1})
    connections = ",\n".join(map(_connection, recordings))
    return f'{head[:-1]},"connections":[\n{connections}\n]}}\n'


def load(text: str) -> list[Recording]:
    """Read the recordings from JSON text.

    Raises:
        ValueError: If it is not JSON, not a trace, a trace of another version, or damaged.
    """
    try:
        return msgspec.json.decode(text.encode("utf-8", "replace"), type=_File).connections
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"This file is not a saved trace, or it is damaged. {error}.") from None


def _connection(recording: Recording) -> str:
    head = _json(msgspec.structs.replace(recording, records=()))
    lines = ",\n".join(map(_json, recording.records))
    return f'{head[:-1]},"records":[\n{lines}\n]}}'


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
