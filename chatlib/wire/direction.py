"""One direction of a connection: its chunks, and its dissector."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from chatlib.wire.dissector import Dissector
from chatlib.wire.frames import Side
from chatlib.wire.items import Item
from chatlib.wire.records import Chunk


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
