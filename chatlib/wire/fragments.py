"""From data frames to messages: fragments joined, payloads inflated, text decoded.

It sees one direction's frames in order and knows nothing of bytes on the wire but their offsets.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from operator import itemgetter

from websockets.frames import Opcode

from chatlib.wire.deflate import DeflateParameters, InflateError, Inflater
from chatlib.wire.events import FrameItem
from chatlib.wire.frames import Frame, Side
from chatlib.wire.rules import ERROR, INVALID, Problem, frame_problems, text_problem

_STARTS = (Opcode.TEXT, Opcode.BINARY)
MESSAGE_LIMIT = 8 * 1024 * 1024  # bytes of one frame, or of one message, that are kept to be shown


@dataclass(slots=True)
class _Message:
    """A message whose final fragment has not come yet."""

    text: bool
    compressed: bool
    size: int = 0
    readable: bool = True
    known: bool = True  # False: it may be a message, of which nothing was seen
    # Each part: where it starts in the message and in the byte stream, and its bytes.
    parts: list[tuple[int, int, bytes]] = field(default_factory=list)

    def add(self, data: bytes, offset: int) -> None:
        self.parts.append((self.size, offset, data))
        self.size += len(data)

    def offset_of(self, position: int) -> int:
        """The stream offset of a byte of the message; of its fragment, if it is compressed."""
        part = bisect_right(self.parts, position, key=itemgetter(0)) - 1
        start, offset, _ = self.parts[part]
        return offset if self.compressed else offset + position - start


class Assembler:
    """Follows the messages of one direction."""

    def __init__(self, sender: Side) -> None:
        """Expect the first frame after the opening handshake."""
        self._sender: Side = sender
        self._message: _Message | None = None
        self._inflater: Inflater | None = None
        self._closed = False

    def use_deflate(self, parameters: DeflateParameters) -> None:
        """Inflate the messages from now on."""
        self._inflater = parameters.inflater(self._sender)

    def skip(self) -> None:
        """Expect frames after some that are not known: perhaps the rest of a message."""
        self._message = _Message(text=False, compressed=False, readable=False, known=False)
        if self._inflater is not None:
            self._inflater.lose()

    def add(self, frame: Frame, start: int, end: int) -> FrameItem:
        """Take the next frame, which stands between these offsets of the byte stream."""
        deflate = self._inflater is not None
        problems = frame_problems(frame, sender=self._sender, deflate=deflate, offset=start)
        problems += tuple(self._out_of_order(frame, start))
        self._closed = self._closed or frame.opcode == Opcode.CLOSE
        if frame.opcode in _STARTS:
            self._start(frame)
        item, message = FrameItem(start, end, problems, frame), self._message
        if message is None or frame.opcode not in (*_STARTS, Opcode.CONT):
            return item
        if frame.fin:
            self._message = None
        return self._joined(message, item) if message.readable else item

    def _out_of_order(self, frame: Frame, start: int) -> Iterator[Problem]:
        if self._closed:
            rule = "After a close frame its sender must not send anything more; this is ignored."
            yield Problem(start, rule, "RFC 6455 §5.5.1")
        if frame.opcode in _STARTS and self._message is not None and self._message.known:
            rule = f"A new {frame.kind} frame, but the message before it has no final fragment yet."
            yield Problem(start, rule, "RFC 6455 §5.4", ERROR)
        if frame.opcode == Opcode.CONT and self._message is None:
            rule = "A continuation frame, but there is no message to continue."
            yield Problem(start, rule, "RFC 6455 §5.4", ERROR)

    def _start(self, frame: Frame) -> None:
        compressed = frame.rsv1 and self._inflater is not None
        self._message = _Message(frame.opcode == Opcode.TEXT, compressed)
        if self._inflater is not None and compressed:
            self._inflater.start_message()

    def _joined(self, message: _Message, item: FrameItem) -> FrameItem:
        payload_at = item.end - len(item.frame.payload)
        try:
            if self._inflater is not None and message.compressed:
                inflated = self._inflater.inflate(item.frame.payload, final=item.frame.fin)
                item = replace(item, inflated=inflated)
        except InflateError as error:
            message.readable = False
            problem = Problem(payload_at, str(error), "RFC 7692 §7.2.2", error.close_code)
            return item.with_problems(problem)
        message.add(item.content, payload_at)
        if message.size > MESSAGE_LIMIT:
            message.readable = False
            message.parts.clear()
            rule = f"The message is longer than {MESSAGE_LIMIT:,} bytes, the most that is joined."
            return item.with_problems(Problem(payload_at, rule, "RFC 6455 §10.4"))
        return _finished(message, item) if item.frame.fin else item


def _finished(message: _Message, item: FrameItem) -> FrameItem:
    data = b"".join(part for _, _, part in message.parts)
    item = replace(item, whole=data)
    if not message.text:
        return item
    if wrong := text_problem(data):
        position, reason = wrong
        rule = f"The text message is not UTF-8 at its byte {position} ({reason})."
        offset = message.offset_of(position)
        return item.with_problems(Problem(offset, rule, "RFC 6455 §8.1", INVALID))
    return replace(item, text=True)
