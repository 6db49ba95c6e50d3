"""One direction's chunks, cut in any way, to its items: a head, then frames.

The items depend on the bytes only, never on where the chunks were cut, and no input makes it raise.
It sees one direction: what the other side must have said first is `chatlib.wire.trace`'s job.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from chatlib.wire.deflate import DeflateParameters
from chatlib.wire.events import Body, HandshakeItem, Item, Undecoded
from chatlib.wire.fragments import MESSAGE_LIMIT, Assembler
from chatlib.wire.frames import Side, read_header
from chatlib.wire.handshake import deflate_parameters, is_upgrade, request_problem
from chatlib.wire.heads import (
    HeadError,
    Request,
    Response,
    match_start_line,
    parse_request,
    parse_response,
)
from chatlib.wire.rules import ERROR, Problem

HEAD_LIMIT = 65_536  # bytes of a head that are read before it is given up
BLOCK = 1024 * 1024  # bytes of a body, or of what cannot be dissected, that make one item
OVERLAP = 3  # bytes searched again, because the end of a head may be cut after any of its 4 bytes
# The end of the head, or the first bytes that no head holds: a control character, a lone CR or LF.
_HEAD_EVENT = re.compile(rb"\r\n\r\n|(?<!\r)\n|\r[^\n]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# The end of the first line, or the first bytes that no first line holds.
_LINE_EVENT = re.compile(rb"\r\n|(?<!\r)\n|\r[^\n]|[^\r\n\t\x20-\x7e]")
# The same of a status line: RFC 9112 §4 lets its reason phrase have other bytes as well.
_STATUS_EVENT = re.compile(rb"\r\n|(?<!\r)\n|\r[^\n]|[^\r\n\t\x20-\x7e\x80-\xff]")
_LONGEST = 1 << 63  # RFC 6455 §5.2: "the most significant bit MUST be 0"


class Dissector:
    """Turns the chunks of one direction into items."""

    def __init__(self, sender: Side) -> None:
        """Expect this side's head."""
        self.sender: Side = sender
        self.offset = 0  # bytes that are in items already
        # Offset of the first frame; None as long as no handshake has opened the way.
        self.frames_start: int | None = None
        self._buffer = bytearray()
        self._assembler = Assembler(sender)
        self._searched = 0  # bytes of the head that need not be searched again
        self._refused = False
        self._body_length = 0  # 0: the body ends with the stream
        # Reads the next item, or returns None when it needs more bytes.
        self._step: Callable[[], Item | None] = self._start_line

    def use_deflate(self, parameters: DeflateParameters) -> None:
        """Inflate this side's messages from now on.

        A dissector of the server's bytes reads the parameters in the 101 response by itself; one of
        the client's bytes needs this call.
        """
        self._assembler.use_deflate(parameters)

    def refuse(self) -> None:
        """Take what follows the head for a body: the other side has refused the handshake."""
        self._refused = True
        if self._step == self._frame:
            self._step = self._body

    def skip(self, size: int) -> None:
        """Pass over bytes that are not known; a frame comes after them, if frames came before."""
        self.offset += len(self._buffer) + size
        self._buffer.clear()
        self._assembler.skip()
        if self.frames_start is None and self._step != self._body:
            self._step = self._rest

    def feed(self, data: bytes) -> list[Item]:
        """Take the next chunk and return the items that are complete now."""
        self._buffer += data
        items = []
        while (item := self._step()) is not None:
            items.append(item)
        return items

    def eof(self) -> list[Item]:
        """Return what is left when this direction has ended; say if it ended inside an item."""
        step, self._step = self._step, self._rest
        if not self._buffer:
            return []
        if step == self._body:
            return [self._body_item(len(self._buffer))]
        return [self._undecoded(len(self._buffer), *self._cut_off(step))]

    def _start_line(self) -> Item | None:
        status = self.sender == "server" and self._buffer.startswith(b"HTTP/")
        end = self._find(_STATUS_EVENT if status else _LINE_EVENT, b"\r\n")
        if not isinstance(end, int):
            return end
        try:
            match_start_line(self._buffer[: end - 2].decode("latin-1"), self.sender)
        except HeadError as error:
            return self._no_head(end, error)
        self._searched = end - 2
        self._step = self._head
        return self._head()

    def _head(self) -> Item | None:
        end = self._find(_HEAD_EVENT, b"\r\n\r\n")
        if not isinstance(end, int):
            return end
        raw = bytes(self._buffer[:end])
        try:
            head = parse_request(raw) if self.sender == "client" else parse_response(raw)
        except HeadError as error:
            return self._no_head(end, error)
        problems = self._opened(head)
        self._take(end)
        return HandshakeItem(self.offset - end, self.offset, problems, head)

    def _find(self, event: re.Pattern[bytes], wanted: bytes) -> int | Undecoded | None:
        """Return where the bytes wanted end; or bytes that hold no head; or None for more."""
        found = event.search(self._buffer, self._searched, HEAD_LIMIT)
        self._searched = max(self._searched, len(self._buffer) - OVERLAP)
        if found is not None:
            return found.end() if found[0] == wanted else self._not_http(found)
        if len(self._buffer) < HEAD_LIMIT:
            return None
        rule = f"The head is longer than {HEAD_LIMIT:,} bytes, the most that is read here."
        return self._undecoded(HEAD_LIMIT, Problem(self.offset, rule, "RFC 9110 §2.3"))

    def _not_http(self, found: re.Match[bytes]) -> Undecoded:
        rule = "This is not HTTP: no such byte stands in a head."
        if found[0].endswith(b"\n"):
            rule = "A line of a head ends with CR LF; here LF stands alone."
        elif found[0].startswith(b"\r"):
            rule = "A line of a head ends with CR LF; here CR stands alone."
        problem = Problem(self.offset + found.start(), rule, "RFC 9112 §2.2")
        return self._undecoded(found.end(), problem)

    def _no_head(self, end: int, error: HeadError) -> Undecoded:
        problem = Problem(self.offset + error.offset, str(error), error.section)
        return self._undecoded(end, problem)

    def _opened(self, head: Request | Response) -> tuple[Problem, ...]:
        length = head.headers.get("Content-Length") or ""
        self._body_length = int(length) if re.fullmatch("[0-9]{1,15}", length) else 0
        problem = None
        if isinstance(head, Request):
            opens, problem = is_upgrade(head) and not self._refused, request_problem(head)
        else:
            opens = head.status == 101
            if agreed := deflate_parameters(head):
                self.use_deflate(agreed)
        self._step = self._frame if opens else self._body
        self.frames_start = self.offset + len(head.raw) if opens else None
        return (problem,) if problem else ()

    def _frame(self) -> Item | None:
        header = read_header(self._buffer)
        if header is None:
            return None
        if header.length >= _LONGEST:
            rule = "The first bit of a 64-bit payload length must be 0. No frame can be found here."
            problem = Problem(self.offset + 2, rule, "RFC 6455 §5.2", ERROR)
            return self._undecoded(header.size, problem)
        if header.length > MESSAGE_LIMIT:
            rule = (
                f"This frame announces a payload of {header.length:,} bytes; at most "
                f"{MESSAGE_LIMIT:,} are read here, so what follows is not dissected."
            )
            return self._undecoded(header.size, Problem(self.offset, rule, "RFC 6455 §10.4"))
        if len(self._buffer) < header.size + header.length:
            return None
        start, raw = self.offset, self._take(header.size + header.length)
        return self._assembler.add(header.complete(raw[header.size :]), start, self.offset)

    def _body(self) -> Item | None:
        size = min(self._body_length or BLOCK, BLOCK)
        if len(self._buffer) < size:
            return None
        self._body_length = max(0, self._body_length - size)
        return self._body_item(size)

    def _rest(self) -> Item | None:
        """Wait for the end: these bytes mean nothing any more."""
        return None if len(self._buffer) < BLOCK else self._undecoded(BLOCK)

    def _take(self, size: int) -> bytes:
        with memoryview(self._buffer) as view:
            data = bytes(view[:size])
        del self._buffer[:size]
        self.offset += size
        return data

    def _body_item(self, size: int) -> Body:
        start = self.offset
        return Body(start, start + size, (), self._take(size))

    def _undecoded(self, size: int, *problems: Problem) -> Undecoded:
        self._step = self._rest
        start = self.offset
        return Undecoded(start, start + size, problems, self._take(size))

    def _cut_off(self, step: Callable[[], Item | None]) -> tuple[Problem, ...]:
        if step == self._rest:
            return ()
        rule = "The stream ended inside the head: the empty line that ends it is missing."
        section = "RFC 9112 §8"
        if step == self._frame:
            rule, section = f"The stream ended inside a frame: {self._came()}", "RFC 6455 §7.1.5"
        return (Problem(self.offset, rule, section),)

    def _came(self) -> str:
        header, size = read_header(self._buffer), len(self._buffer)
        if header is None:
            return f"{size} bytes of its header came."
        came = f"{size - header.size:,} came"
        return f"its header announces {header.length:,} bytes of payload, and {came}."
