"""Step 1: read a request head. The course's function, what is sent to it, and what is said."""

from __future__ import annotations

from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from chatlib.chapters.build_a_server.drive import Findings, Outcome, ServerStep, exchange
from chatlib.questions.report import Finding, shorten
from chatlib.wire import show
from chatlib.wire.heads import parse_request

END = b"\r\n\r\n"
REQUEST = (
    b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Origin: http://example.com:8888\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
FRAME = bytes.fromhex("818537fa213d7f9f4d5158")  # RFC 6455 §5.7: "Hello", masked


async def read_head(reader: StreamReader) -> tuple[str, dict[str, str]]:
    """Read a request head, and nothing after it (RFC 6455 §4.2.1).

    Returns:
        The request line, and the headers with their names in lower case.

    Raises:
        IncompleteReadError: If the client ends the connection before the head is complete.
        LimitOverrunError: If the head is longer than the reader's limit.
    """
    head = await reader.readuntil(b"\r\n\r\n")
    request_line, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    parts = (line.partition(":") for line in lines)
    return request_line, {name.lower(): value.strip() for name, _, value in parts}


@dataclass(frozen=True, slots=True)
class HeadCase:
    """One request head that is sent to `read_head`.

    Attributes:
        name: What is special about it.
        chunks: The bytes, each chunk in a TCP segment of its own.
        after: Bytes in the last chunk that do not belong to the head.
    """

    name: str
    chunks: tuple[bytes, ...]
    after: bytes = b""


HEAD_CASES = (
    HeadCase("a request in one chunk", (REQUEST,)),
    HeadCase("a request cut in three chunks", (REQUEST[:9], REQUEST[9:-2], REQUEST[-2:])),
    HeadCase(
        "names in capitals, spaces around the value",
        (REQUEST.replace(b"Upgrade: ", b"UPGRADE:  ").replace(b"Host: ", b"host:"),),
    ),
    HeadCase("a frame right behind the head", (REQUEST + FRAME,), FRAME),
)


async def check(read_head: Callable[..., Any]) -> Findings:
    """Send whole heads, heads in pieces, and a head with a frame right behind it."""

    async def call(reader: StreamReader, writer: StreamWriter) -> object:
        return await read_head(reader)

    for case in HEAD_CASES:
        yield judge_head(case, await exchange(call, case.chunks, read_head))


def judge_head(case: HeadCase, outcome: Outcome) -> Finding:
    """Say whether `read_head` returned this head, and left unread what comes after it."""
    mistake = outcome.trouble or next(_head_mistakes(case, outcome), "")
    right = "The request line and every header are right, and no byte too many was read."
    return Finding(case.name, not mistake, mistake or right)


def _head_mistakes(case: HeadCase, outcome: Outcome) -> Iterator[str]:
    head = b"".join(case.chunks).removesuffix(case.after)
    request = parse_request(head)
    line = head.split(b"\r\n")[0].decode()
    if not (isinstance(outcome.returned, tuple | list) and len(outcome.returned) == 2):
        yours = shorten(outcome.returned)
        yield f"Return two things, the request line and a dict. Yours is {yours}."
        return
    got_line, got = outcome.returned
    if isinstance(got_line, bytes):
        yield "The request line is bytes. Make it text with .decode()."
    elif got_line != line:
        yield f"The request line is {line!r}. Yours is {shorten(got_line)}."
    if not isinstance(got, dict):
        yield f"The headers must be a dict. Yours is {shorten(got)}."
        return
    yield from _header_mistakes(got, {name.lower(): value for name, value in request.headers})
    if outcome.unread != case.after:
        lost = len(case.after) - len(outcome.unread)
        yield (
            f"You read {show.count(lost, 'byte')} too many. What comes after the empty line belongs"
            r' to the first frame. Read with reader.readuntil(b"\r\n\r\n").'
        )


def _header_mistakes(got: dict[object, object], wanted: dict[str, str]) -> Iterator[str]:
    for name, value in wanted.items():
        if name not in got and name in {str(other).lower() for other in got}:
            yield f"Names ignore case (RFC 9110 §5.1). Keep them in lower case: {name!r}."
        if name not in got:
            yield f"The header {name!r} is missing. You have {shorten(list(got))}."
        elif isinstance(got[name], str) and str(got[name]).strip() == value != got[name]:
            yield f"There are spaces around the value of {name!r}. Remove them with .strip()."
        elif got[name] != value and value.startswith(str(got[name]).strip() + ":"):
            yield f"{name!r} was cut: a value may hold a colon. Split at the first colon only."
        elif got[name] != value:
            yield f"The value of {name!r} is {value!r}. Yours is {shorten(got[name])}."
    if extra := [name for name in got if name not in wanted]:
        yield f"{shorten(extra)} is no header. Leave out the request line and the empty line."


STEP = ServerStep(read_head, check)
