"""HTTP heads: a start line, header lines, and an empty line; and the secrets in them, hidden.

What a WebSocket handshake needs of a head is `chatlib.wire.handshake`'s job. Secrets are hidden
before anything is shown or saved: text gets "•••"; bytes keep their length, so that every offset
stays true. Hiding too much is accepted, showing a secret is not, and hiding never raises.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chatlib.wire import show
from chatlib.wire.frames import Side

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

HIDDEN = "•••"
# A header whose name contains one of these words is hidden: Cookie, Set-Cookie, Authorization,
# Proxy-Authorization, X-XSRFToken, X-Api-Key …
_SECRET_NAMES = ("cookie", "authorization", "token", "secret", "password", "api-key", "apikey")
# `token=…` in a query, also when the query itself stands percent-encoded in another one.
# Jupyter also takes its token as the end of a subprotocol's name.
_TOKEN = r"(token(?:\s*(?:=|%(?:25)*3D)[\"']?|\.websocket\.jupyter\.org\.))([^&\s\"']*)"
_TOKEN_TEXT = re.compile(_TOKEN, re.IGNORECASE)
_TOKEN_BYTES = re.compile(_TOKEN.encode(), re.IGNORECASE)
# A line and its ending. RFC 9112 §5.2: a line that starts with a space continues the one before
# it; for some readers a CR alone does not end a line. Both count as one line here.
_LINE = re.compile(rb"[^\n]+(?:\n[ \t][^\n]*)*\n?|\n")
_LINE_NAME = re.compile(rb"(?:^|\r)([^:\r]*):")
# Spaces and control characters stay: the bytes are read again, and must break the same rules.
_VISIBLE = re.compile(rb"[!-~\x80-\xff]")


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
        return [
            (name, HIDDEN if _is_secret(name) else redact_target(value)) for name, value in self
        ]

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


def redact_target(target: str) -> str:
    """Return a request target, or any other text, with the value after each `token=` hidden."""
    return _TOKEN_TEXT.sub(rf"\1{HIDDEN}", target)


def redact_bytes(head: bytes) -> bytes:
    """Return a head of the same length with every secret byte replaced by "*".

    It need not be a valid head, and it may be cut off anywhere.
    """
    lines = b"".join(_redact_line(line) for line in _LINE.findall(head))
    return _TOKEN_BYTES.sub(lambda match: match[1] + _VISIBLE.sub(b"*", match[2]), lines)


def holds_secret(line: str) -> bool:
    """Say whether a line of code names something secret, so that it is better not shown."""
    lowered = line.lower().replace("_", "-")
    return any(word in lowered for word in _SECRET_NAMES)


def _redact_line(line: bytes) -> bytes:
    for start in _LINE_NAME.finditer(line):
        if _is_secret(start[1].decode("latin-1")):
            return line[: start.end()] + _VISIBLE.sub(b"*", line[start.end() :])
    return line


def _is_secret(name: str) -> bool:
    # A request line may hold such a word before a colon ("GET /token:1 …"): it is no header name.
    lowered = name.lower().replace("_", "-")
    return " /" not in lowered and any(word in lowered for word in _SECRET_NAMES)
