"""What one connection of a chat panel carried: messages, bytes, round trips. It reads no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatlib.wire.events import FrameItem

if TYPE_CHECKING:
    from chatlib.chat.client import ChatClient
    from chatlib.wire.trace import Trace

# What the panel shows of the transport; None where nothing is known.
Stats = dict[str, float | int | None]


class Meter:
    """Counts for one connection, the `join` and the `welcome` of its start included."""

    def __init__(self, client: ChatClient, trace: Trace | None) -> None:
        """Count for `client`; without a trace of its connection, bytes stay unknown."""
        self._client = client
        self._trace = trace
        self._out = 1
        self._in = 1
        # Milliseconds from the last `say` to the `said` that answered it.
        self._round_trip: float | None = None
        # When each `say` that has no answer yet was sent, in seconds, by its id.
        self._sent: dict[str, float] = {}
        # Bytes and messages before the chat began: the handshake and the welcome, which holds the
        # history, say nothing about the size of a message.
        self._start: tuple[int, int] | None = None

    def sent(self, now: float, id: str | None = None) -> None:
        """Count a message that was sent at `now` (seconds); one with an id will be answered."""
        self._out += 1
        if id is not None:
            self._sent[id] = now

    def received(self) -> None:
        """Count a message that was received."""
        self._in += 1

    def answered(self, id: str, now: float) -> None:
        """Take the time of a round trip that ended at `now` (seconds)."""
        if (then := self._sent.pop(id, None)) is not None:
            self._round_trip = (now - then) * 1000

    def start(self) -> None:
        """Let the bytes per message count from here, after the message that was received last.

        The chunk that brought it may have brought later messages too.
        """
        if self._trace is not None:
            later = self._trace.bytes_from("server") - self._end_of_last(self._trace)
            self._start = self._bytes - later, self._messages

    @property
    def stats(self) -> Stats:
        """The numbers that the panel shows: milliseconds, messages and bytes."""
        trace = self._trace
        return {
            "rtt_ms": None if self._round_trip is None else round(self._round_trip, 2),
            "messages_out": self._out,
            "messages_in": self._in,
            "bytes_out": None if trace is None else trace.bytes_from("client"),
            "bytes_in": None if trace is None else trace.bytes_from("server"),
            "bytes_per_message": self._bytes_per_message,
            "queued": self._client.queued,
        }

    def _end_of_last(self, trace: Trace) -> int:
        """Return how many bytes the server had sent with the message that was received last."""
        items = (event.item for event in trace.events if event.sender == "server")
        ends = [
            item.end for item in items if isinstance(item, FrameItem) and item.whole is not None
        ]
        return ends[self._in - 1] if self._in <= len(ends) else trace.bytes_from("server")

    @property
    def _bytes(self) -> int:
        trace = self._trace
        return 0 if trace is None else trace.bytes_from("client") + trace.bytes_from("server")

    @property
    def _messages(self) -> int:
        return self._out + self._in

    @property
    def _bytes_per_message(self) -> float | None:
        if self._trace is None or self._start is None or self._messages == self._start[1]:
            return None
        size, count = self._start
        return round((self._bytes - size) / (self._messages - count), 1)
