"""Secrets of a request or response head, hidden before anything shows or saves it.

Two forms: text for showing gets "•••"; bytes for saving keep their length, so that every offset
stays true. Hiding too much is accepted, showing a secret is not. Nothing here raises.
"""

from __future__ import annotations

import re

HIDDEN = "•••"

# A header whose name contains one of these words is hidden: Cookie, Set-Cookie, Authorization,
# Proxy-Authorization, X-XSRFToken, X-Api-Key …
_SECRET_NAMES = ("cookie", "authorization", "token", "secret", "password", "api-key", "apikey")
# `token=…` in a query, also when the query itself stands percent-encoded in another one.
# Jupyter also takes its token as the end of a subprotocol's name.
_TOKEN = (
    r"(token(?:\s*(?:=|%(?:25)*3D)[\"']?|\.websocket\.jupyter\.org\.))"  # what stands before it
    r"([^&\s\"']*)"
)
_TOKEN_TEXT = re.compile(_TOKEN, re.IGNORECASE)
_TOKEN_BYTES = re.compile(_TOKEN.encode(), re.IGNORECASE)
# A line and its ending. RFC 9112 §5.2: a line that starts with a space continues the one before
# it; for some readers a CR alone does not end a line. Both count as one line here.
_LINE = re.compile(rb"[^\n]+(?:\n[ \t][^\n]*)*\n?|\n")
_NAME = re.compile(rb"(?:^|\r)([^:\r]*):")
# Spaces and control characters stay: the bytes are read again, and must break the same rules.
_VISIBLE = re.compile(rb"[!-~\x80-\xff]")


def redact_header(name: str, value: str) -> str:
    """Return a header's value with its secrets hidden: all of it, or the `token=` values in it."""
    return HIDDEN if _is_secret(name) else redact_target(value)


def redact_target(target: str) -> str:
    """Return a request target, or any other text, with the value after each `token=` hidden."""
    return _TOKEN_TEXT.sub(rf"\1{HIDDEN}", target)


def holds_secret(line: str) -> bool:
    """Say whether a line of code names something secret, so that it is better not shown."""
    lowered = line.lower().replace("_", "-")
    return any(word in lowered for word in _SECRET_NAMES)


def redact_bytes(head: bytes) -> bytes:
    """Return a head of the same length with every secret byte replaced by "*".

    It need not be a valid head, and it may be cut off anywhere.
    """
    lines = b"".join(_redact_line(line) for line in _LINE.findall(head))
    return _TOKEN_BYTES.sub(lambda match: match[1] + _VISIBLE.sub(b"*", match[2]), lines)


def _redact_line(line: bytes) -> bytes:
    for start in _NAME.finditer(line):
        if _is_secret(start[1].decode("latin-1")):
            return line[: start.end()] + _VISIBLE.sub(b"*", line[start.end() :])
    return line


def _is_secret(name: str) -> bool:
    # A request line may hold such a word before a colon ("GET /token:1 …"): it is no header name.
    lowered = name.lower()
    return " /" not in lowered and any(word in lowered for word in _SECRET_NAMES)
