"""HTTP heads: a request or response line, header lines, and the empty line that ends them.

What a WebSocket handshake needs of them is `chatlib.wire.handshake`'s job.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chatlib.wire import show
from chatlib.wire.frames import Side
from chatlib.wire.redaction import redact_bytes, redact_header, redact_target

# RFC 9110 §5.6.2: the characters of a method or header name.
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# Who sends it: method, target and version of a request; version, status and reason of a response.
_START_LINES: dict[Side, tuple[re.Pattern[str], str, str]] = {
    "client": (
        re.compile(rf"({_NAME}) (\S+) (HTTP/[0-9]\.[0-9])"),
        'request starts with a line such as "GET /chat HTTP/1.1"',
        "RFC 9112 §3",
    ),
    "server": (
        re.compile(r"(HTTP/[0-9]\.[0-9]) ([0-9]{3})(?: (.*))?"),
        'response starts with a line such as "HTTP/1.1 101 Switching Protocols"',
        "RFC 9112 §4",
    ),
}


class HeadError(ValueError):
    """Bytes that are not an HTTP head: the rule, its section, and the offset of the wrong line."""

    def __init__(self, rule: str, *, offset: int, section: str) -> None:
        """Say what is wrong in one sentence, `rule`."""
        super().__init__(rule)
        self.offset = offset
        self.section = section


class Headers(tuple[tuple[str, str], ...]):
    """Header lines as (name, value), in order and as they were written.

    Looking one up ignores case (RFC 9110 §5.1).
    """

    __slots__ = ()

    def get_all(self, name: str) -> list[str]:
        """Return the values of all lines with this name."""
        return [value for other, value in self if other.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """Return the values of all lines with this name, joined by ", "; None if there is none."""
        values = self.get_all(name)
        return ", ".join(values) if values else None

    def tokens(self, name: str) -> list[str]:
        """Return the elements of a comma-separated header (RFC 9110 §5.6.1)."""
        elements = (element.strip() for element in ",".join(self.get_all(name)).split(","))
        return [element for element in elements if element]

    def redacted(self) -> list[tuple[str, str]]:
        """Return the lines with cookies, authorisation and tokens hidden."""
        return [(name, redact_header(name, value)) for name, value in self]

    def __repr__(self) -> str:
        """Show the lines without secrets."""
        return f"Headers({self.redacted()!r})"


class Head(ABC):
    """What a request and a response have in common.

    `raw` is the head as it came, its empty line included; empty when made by hand.
    """

    __slots__ = ()
    headers: Headers
    raw: bytes

    @property
    @abstractmethod
    def start_line(self) -> str:
        """The first line, without its CR LF."""

    @property
    def redacted(self) -> bytes:
        """`raw` for showing or saving: as many bytes, with "*" for each byte of a secret."""
        return redact_bytes(self.raw)

    def __repr__(self) -> str:
        """Return one short line, without secrets."""
        return f"<{redact_target(self.start_line)}, {show.count(len(self.headers), 'header')}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        title, lines = redact_target(self.start_line), self.headers.redacted()
        text = "\n".join([title, *(f"{name}: {value}" for name, value in lines)])
        return show.bundle(text, show.html_table(title, ("header", "value"), lines, code=(0, 1)))


@dataclass(frozen=True, slots=True, repr=False)
class Request(Head):
    """A request head; the method of a WebSocket handshake is "GET", the target path and query."""

    method: str
    target: str
    version: str
    headers: Headers
    raw: bytes = field(default=b"", compare=False)

    @property
    def start_line(self) -> str:
        """The request line, such as "GET /chat HTTP/1.1"."""
        return f"{self.method} {self.target} {self.version}"


@dataclass(frozen=True, slots=True, repr=False)
class Response(Head):
    """A response head; after status 101 the connection is a WebSocket connection.

    `reason` are the words after the status, which have no meaning for the protocol.
    """

    status: int
    reason: str
    headers: Headers
    raw: bytes = field(default=b"", compare=False)
    version: str = "HTTP/1.1"

    @property
    def start_line(self) -> str:
        """The status line, such as "HTTP/1.1 101 Switching Protocols"."""
        return f"{self.version} {self.status} {self.reason}"


def parse_request(data: bytes) -> Request:
    """Read a request head, given whole with its empty line.

    Raises:
        HeadError: If it is not one.
    """
    start_line, headers = _split(data)
    match = match_start_line(start_line, "client")
    return Request(match[1], match[2], match[3], headers, data)


def parse_response(data: bytes) -> Response:
    """Read a response head, given whole with its empty line.

    Raises:
        HeadError: If it is not one.
    """
    start_line, headers = _split(data)
    match = match_start_line(start_line, "server")
    return Response(int(match[2]), match[3] or "", headers, data, match[1])


def match_start_line(line: str, sender: Side) -> re.Match[str]:
    """Match the first line of this side's head; see `_START_LINES` for its groups.

    Raises:
        HeadError: If it is not one.
    """
    pattern, what, section = _START_LINES[sender]
    if match := pattern.fullmatch(line):
        return match
    raise HeadError(f"This is not HTTP: a {what}.", offset=0, section=section)


def _split(data: bytes) -> tuple[str, Headers]:
    if not data.endswith(b"\r\n\r\n"):
        rule = "The head is not complete: it ends with an empty line (CR LF CR LF)."
        raise HeadError(rule, offset=len(data), section="RFC 9112 §2.1")
    # Header values may hold any byte from 0x80 up; latin-1 keeps each as one character.
    start_line, *lines = data[:-4].decode("latin-1").split("\r\n")
    return start_line, Headers(_header_lines(lines, offset=len(start_line) + 2))


def _header_lines(lines: list[str], *, offset: int) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not re.fullmatch(_NAME, name):
            rule = 'A header line is a name, a colon and a value, such as "Host: example.com".'
            raise HeadError(rule, offset=offset, section="RFC 9112 §5")
        yield name, value.strip(" \t")
        offset += len(line) + 2
