"""HTTP heads: a request or response line, header lines, and the empty line that ends them.

What a WebSocket handshake needs of them is `chatlib.wire.handshake`'s job.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from chatlib.wire import show
from chatlib.wire.redaction import redact_bytes, redact_header, redact_target

# RFC 9110 §5.6.2: the characters of a method or header name.
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rf"({_NAME}) (\S+) (HTTP/[0-9]\.[0-9])")
_STATUS_LINE = re.compile(r"(HTTP/[0-9]\.[0-9]) ([0-9]{3})(?: (.*))?")


class HeadError(ValueError):
    """Bytes that are not an HTTP head.

    Attributes:
        offset: The first byte of the line that is wrong.
        section: Where the rule that it breaks is written.
    """

    def __init__(self, rule: str, *, offset: int, section: str) -> None:
        """Say what is wrong in one sentence, `rule`."""
        super().__init__(rule)
        self.offset = offset
        self.section = section


class Headers:
    """Header lines as (name, value), in order and as they were written.

    Looking one up ignores case (RFC 9110 §5.1).
    """

    __slots__ = ("_lines",)

    def __init__(self, lines: Iterable[tuple[str, str]] = ()) -> None:
        """Keep these (name, value) pairs."""
        self._lines = tuple(lines)

    def get_all(self, name: str) -> list[str]:
        """Return the values of all lines with this name."""
        return [value for other, value in self._lines if other.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """Return the values of all lines with this name, joined by ", "; None if there is none."""
        values = self.get_all(name)
        return ", ".join(values) if values else None

    def tokens(self, name: str) -> list[str]:
        """Return the elements of a comma-separated header (RFC 9110 §5.6.1)."""
        elements = (element.strip() for element in (self.get(name) or "").split(","))
        return [element for element in elements if element]

    def redacted(self) -> list[tuple[str, str]]:
        """Return the lines with cookies, authorisation and tokens hidden."""
        return [(name, redact_header(name, value)) for name, value in self._lines]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield the lines in order."""
        return iter(self._lines)

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self._lines)

    def __contains__(self, name: object) -> bool:
        """Say whether there is a line with this name."""
        return isinstance(name, str) and bool(self.get_all(name))

    def __eq__(self, other: object) -> bool:
        """Compare names, values and their order."""
        return isinstance(other, Headers) and self._lines == other._lines

    def __hash__(self) -> int:
        """Equal headers have the same hash."""
        return hash(self._lines)

    def __repr__(self) -> str:
        """Show the lines without secrets."""
        return f"Headers({self.redacted()!r})"


class Head(ABC):
    """What a request and a response have in common."""

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

    def encode(self) -> bytes:
        """Return the head as it travels, ended by an empty line (RFC 9112 §2.1).

        Raises:
            UnicodeEncodeError: If it holds a character that no header can hold (not latin-1).
        """
        lines = [self.start_line, *(f"{name}: {value}" for name, value in self.headers), "", ""]
        return "\r\n".join(lines).encode("latin-1")

    def __repr__(self) -> str:
        """Return one short line, without secrets."""
        return f"<{redact_target(self.start_line)}, {show.count(len(self.headers), 'header')}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        title = redact_target(self.start_line)
        lines = self.headers.redacted()
        text = "\n".join([title, *(f"{name}: {value}" for name, value in lines)])
        return show.bundle(text, show.html_table(title, ("header", "value"), lines, code=(0, 1)))


@dataclass(frozen=True, slots=True, repr=False)
class Request(Head):
    """A request head.

    Attributes:
        method: "GET" in every WebSocket handshake.
        target: Path and query.
        version: "HTTP/1.1".
        headers: The header lines.
        raw: The head as it came, its empty line included; empty when made by hand.
    """

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
    """A response head.

    Attributes:
        status: The status code; 101 when the connection becomes a WebSocket connection.
        reason: The words after it, which have no meaning for the protocol.
        headers: The header lines.
        raw: The head as it came, its empty line included; empty when made by hand.
        version: "HTTP/1.1".
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
    match = match_request_line(start_line)
    return Request(match[1], match[2], match[3], headers, data)


def parse_response(data: bytes) -> Response:
    """Read a response head, given whole with its empty line.

    Raises:
        HeadError: If it is not one.
    """
    start_line, headers = _split(data)
    match = match_status_line(start_line)
    return Response(int(match[2]), match[3] or "", headers, data, match[1])


def match_request_line(line: str) -> re.Match[str]:
    """Return method, target and version as groups 1, 2, 3, or raise HeadError."""
    if match := _REQUEST_LINE.fullmatch(line):
        return match
    rule = 'This is not HTTP: a request starts with a line such as "GET /chat HTTP/1.1".'
    raise HeadError(rule, offset=0, section="RFC 9112 §3")


def match_status_line(line: str) -> re.Match[str]:
    """Return version, status and reason as groups 1, 2, 3, or raise HeadError."""
    if match := _STATUS_LINE.fullmatch(line):
        return match
    rule = (
        "This is not HTTP: a response starts with a line such as "
        '"HTTP/1.1 101 Switching Protocols".'
    )
    raise HeadError(rule, offset=0, section="RFC 9112 §4")


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
