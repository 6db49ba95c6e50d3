"""Step 2: answer the opening handshake. The course's function, its check, and what is said."""

from __future__ import annotations

from asyncio import StreamReader, StreamWriter
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from chatlib.chapters.build_a_server.drive import (
    CLIENT,
    Driven,
    Findings,
    Outcome,
    ServerStep,
    exchange,
)
from chatlib.chapters.build_a_server.step1_read_head import END, REQUEST, read_head
from chatlib.questions.checks import accept_mistake
from chatlib.questions.report import Finding, shorten
from chatlib.wire import show
from chatlib.wire.handshake import GUID, response_problem
from chatlib.wire.heads import HeadError, parse_request, parse_response

# RFC 9110 §7.8: who sends Upgrade "MUST also send an 'Upgrade' connection option".
UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
REFUSE = f"426 Upgrade Required\r\n{UPGRADE}Sec-WebSocket-Version: 13"
SWITCH = f"101 Switching Protocols\r\n{UPGRADE}Sec-WebSocket-Accept: "


async def handshake(reader: StreamReader, writer: StreamWriter) -> bool:
    """Answer the opening handshake, with 101 or with a refusal (RFC 6455 §4.2.2).

    Returns:
        Whether the connection is a WebSocket connection now.
    """
    request_line, headers = await read_head(reader)
    key = headers.get("sec-websocket-key", "")
    accept = b64encode(sha1((key + GUID).encode(), usedforsecurity=False).digest()).decode()
    if (
        headers.get("upgrade", "").lower() != "websocket"
        or headers.get("sec-websocket-version") != "13"
    ):
        answer = REFUSE
    elif not request_line.startswith("GET ") or not key:
        answer = "400 Bad Request"
    else:
        answer = SWITCH + accept
    writer.write(f"HTTP/1.1 {answer}\r\n\r\n".encode())
    await writer.drain()
    return answer.startswith("101")


@dataclass(frozen=True, slots=True)
class HandshakeCase:
    """One request that is sent to `handshake`.

    Attributes:
        name: What is special about it.
        request: The whole request.
        statuses: The HTTP statuses that are right.
        why: Why it must be refused, and where that is written; empty if it must not.
        headers: The headers that a refusal needs, as (name, value), by its status.
    """

    name: str
    request: bytes
    statuses: tuple[int, ...] = (101,)
    why: str = ""
    headers: Mapping[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)


def _without(name: bytes) -> bytes:
    return b"\r\n".join(line for line in REQUEST.split(b"\r\n") if not line.startswith(name))


UPGRADE_HEADERS = (("Upgrade", "websocket"), ("Connection", "Upgrade"))  # RFC 9110 §7.8, §15.5.22
VERSION = ("Sec-WebSocket-Version", "13")  # RFC 6455 §4.4

HANDSHAKE_CASES = (
    HandshakeCase("the handshake of RFC 6455 §1.3", REQUEST),
    HandshakeCase(
        "another key, and Upgrade: WebSocket",
        REQUEST.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"AQIDBAUGBwgJCgsMDQ4PEA==").replace(
            b"Upgrade: websocket", b"Upgrade: WebSocket"
        ),
    ),
    HandshakeCase(
        "a plain HTTP request",
        b"GET / HTTP/1.1\r\nHost: server.example.com\r\n\r\n",
        (426, 400),
        "it does not ask for WebSocket: it has no Upgrade header (RFC 6455 §4.2.1)",
        {426: UPGRADE_HEADERS},
    ),
    HandshakeCase(
        "version 8",
        REQUEST.replace(b"Version: 13", b"Version: 8"),
        (426, 400),
        "its version is 8, and 13 is the only one (RFC 6455 §4.4)",
        {426: (*UPGRADE_HEADERS, VERSION), 400: (VERSION,)},
    ),
    HandshakeCase(
        "the method POST",
        REQUEST.replace(b"GET", b"POST"),
        (400, 405),
        "its method is POST, and only GET opens a connection (RFC 6455 §4.2.1)",
    ),
    HandshakeCase(
        "no key",
        _without(b"Sec-WebSocket-Key"),
        (400,),
        "it has no Sec-WebSocket-Key (RFC 6455 §4.2.1)",
    ),
)


async def check(handshake: Callable[..., Any]) -> Findings:
    """Send requests that are right and wrong; then let a real client open a connection."""
    for case in HANDSHAKE_CASES:
        yield judge_handshake(case, await exchange(handshake, [case.request], handshake))
    async with Driven(handshake, handshake) as driven:
        name = "the library websockets as the client"
        try:
            client = await connect(f"ws://127.0.0.1:{driven.port}", **CLIENT)
        except (WebSocketException, OSError, TimeoutError) as error:
            yield Finding(name, False, f"{driven.trouble()} The client says: {error}.".strip())
            return
        await driven.ended()
        if driven.streams[0][1].is_closing():
            left = "Your handshake closed the connection. Leave it open: frames come now."
            yield Finding(name, False, left)
            return
        client.transport.abort()
        await client.wait_closed()
        yield Finding(name, True, "The connection is open.")


def judge_handshake(case: HandshakeCase, outcome: Outcome) -> Finding:
    """Say whether `handshake` answered this request as RFC 6455 §4.2.2 wants it."""
    mistake = outcome.trouble or next(_handshake_mistakes(case, outcome), "")
    status = outcome.received[9:12].decode("latin-1")
    right = f"Your server answered {status}, and returned {outcome.returned}."
    return Finding(case.name, not mistake, mistake or right)


def _handshake_mistakes(case: HandshakeCase, outcome: Outcome) -> Iterator[str]:
    if not outcome.received:
        yield "Nothing came back. Send the answer with writer.write(…)."
        return
    head, end, after = outcome.received.partition(END)
    if not end:
        yield (
            r"Your answer does not end with an empty line (\r\n\r\n), so the client waits for more"
            f" of it. It ends with {outcome.received[-12:]!r}."
        )
        return
    try:
        response = parse_response(head + end)
    except HeadError as error:
        yield f"Your answer is no HTTP head: {error} ({error.section})"
        return
    if response.status not in case.statuses:
        yield _wrong_status(case, response.status)
    if after and response.status == 101:  # a refusal may say more, in a body
        more = show.count(len(after), "byte")
        yield f"{more} came after the empty line: the client takes them for a frame."
    if case.why:
        for name, value in case.headers.get(response.status, ()):
            if value.lower() not in map(str.lower, response.headers.tokens(name)):
                yield f'The refusal needs "{name}: {value}", so that the client knows.'
    else:
        yield from _acceptance_mistakes(case, head + end)
    if bool(outcome.returned) is not (not case.why):
        yield f"Return {not case.why} here. Yours is {shorten(outcome.returned)}."


def _wrong_status(case: HandshakeCase, status: int) -> str:
    if case.why:
        return f"Your server answered {status}. Refuse this with {case.statuses[0]}: {case.why}."
    return f"This request is right, but your server answered {status}. 101 was expected."


def _acceptance_mistakes(case: HandshakeCase, head: bytes) -> Iterator[str]:
    request, response = parse_request(case.request), parse_response(head)
    accept = response.headers.get("Sec-WebSocket-Accept")
    if accept is not None:
        key = request.headers.get("Sec-WebSocket-Key") or ""
        if mistake := accept_mistake(key, accept):
            yield f"Sec-WebSocket-Accept: {mistake} (RFC 6455 §4.2.2)"
    if problem := response_problem(request, response):
        yield f"{problem.rule} ({problem.section})"


STEP = ServerStep(handshake, check)
