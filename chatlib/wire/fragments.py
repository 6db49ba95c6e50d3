"""From data frames to messages: fragments joined, payloads inflated, text decoded.

It sees one direction's frames in order and knows nothing of bytes on the wire but their offsets.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace

from websockets.frames import CloseCode, Opcode

from chatlib.wire.deflate import DeflateParameters, InflateError, Inflater
from chatlib.wire.frames import Frame, Side
from chatlib.wire.rules import ERROR, INVALID, Problem, text_problem

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
    parts: list[bytes] = field(default_factory=list)
    # Where each part starts: in the message, and in the byte stream.
    starts: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    def add(self, data: bytes, offset: int) -> None:
        self.starts.append(self.size)
        self.offsets.append(offset)
        self.parts.append(data)
        self.size += len(data)

    def offset_of(self, position: int) -> int:
        """The stream offset of a byte of the message; of its fragment, if it is compressed."""
        part = bisect_right(self.starts, position) - 1
        inside = 0 if self.compressed else position - self.starts[part]
        return self.offsets[part] + inside


@dataclass(frozen=True, slots=True)
class Content:
    """What one frame adds: see `FrameItem` for `inflated`, `whole` and `text`."""

    inflated: bytes | None = None
    whole: bytes | None = None
    text: bool = False
    problems: tuple[Problem, ...] = ()


class Assembler:
    """Follows the messages of one direction."""

    def __init__(self, sender: Side) -> None:
        """Expect the first frame after the opening handshake."""
        self._sender: Side = sender
        self._message: _Message | None = None
        self._inflater: Inflater | None = None
        self._closed = False

    @property
    def deflate(self) -> bool:
        """Whether permessage-deflate is agreed."""
        return self._inflater is not None

    def use_deflate(self, parameters: DeflateParameters) -> None:
        """Inflate the messages from now on."""
        self._inflater = parameters.inflater(self._sender)

    def skip(self) -> None:
        """Expect frames after some that are not known: perhaps the rest of a message."""
        self._message = _Message(text=False, compressed=False, readable=False, known=False)
        if self._inflater is not None:
            self._inflater.lose()

    def add(self, frame: Frame, *, start: int, payload_at: int) -> Content:
        """Take the next frame; `start` and `payload_at` are its offsets in the byte stream."""
        late = self._after_close(frame, start)
        if frame.opcode in _STARTS:
            problems = self._start(frame, start)
        elif frame.opcode == Opcode.CONT and self._message is None:
            rule = "A continuation frame, but there is no message to continue."
            problems = (Problem(start, rule, "RFC 6455 §5.4", ERROR),)
        else:
            problems = ()
        content = self._content(frame, payload_at)
        return replace(content, problems=late + problems + content.problems)

    def _after_close(self, frame: Frame, start: int) -> tuple[Problem, ...]:
        closed, self._closed = self._closed, self._closed or frame.opcode == Opcode.CLOSE
        if not closed:
            return ()
        rule = "After a close frame its sender must not send anything more; this is ignored."
        return (Problem(start, rule, "RFC 6455 §5.5.1"),)

    def _start(self, frame: Frame, start: int) -> tuple[Problem, ...]:
        unfinished = self._message is not None and self._message.known
        compressed = frame.rsv1 and self._inflater is not None
        self._message = _Message(frame.opcode == Opcode.TEXT, compressed)
        if self._inflater is not None and compressed:
            self._inflater.start_message()
        if not unfinished:
            return ()
        rule = f"A new {frame.kind} frame, but the message before it has no final fragment yet."
        return (Problem(start, rule, "RFC 6455 §5.4", ERROR),)

    def _content(self, frame: Frame, payload_at: int) -> Content:
        message = self._message
        if message is None or frame.opcode not in (*_STARTS, Opcode.CONT):
            return Content()
        if frame.fin:
            self._message = None
        if not message.readable:
            return Content()
        try:
            inflated = self._inflated(message, frame)
        except InflateError as error:
            message.readable = False
            code = int(CloseCode.MESSAGE_TOO_BIG) if error.too_big else ERROR
            return Content(problems=(Problem(payload_at, str(error), "RFC 7692 §7.2.2", code),))
        message.add(frame.payload if inflated is None else inflated, payload_at)
        if message.size > MESSAGE_LIMIT:
            message.readable = False
            message.parts.clear()
            rule = f"The message is longer than {MESSAGE_LIMIT:,} bytes, the most that is joined."
            return Content(inflated, problems=(Problem(payload_at, rule, "RFC 6455 §10.4"),))
        return _finished(message, inflated) if frame.fin else Content(inflated)

    def _inflated(self, message: _Message, frame: Frame) -> bytes | None:
        if self._inflater is None or not message.compressed:
            return None
        return self._inflater.inflate(frame.payload, final=frame.fin)


def _finished(message: _Message, inflated: bytes | None) -> Content:
    data = b"".join(message.parts)
    if not message.text:
        return Content(inflated, data)
    if wrong := text_problem(data):
        position, reason = wrong
        rule = f"The text message is not UTF-8 at its byte {position} ({reason})."
        problem = Problem(message.offset_of(position), rule, "RFC 6455 §8.1", INVALID)
        return Content(inflated, data, problems=(problem,))
    return Content(inflated, data, text=True)
