"""What a server of the learner's must make of request heads, and what to say if it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chatlib.chapters.build_a_server.drive import Outcome
from chatlib.questions.checks import check_accept
from chatlib.questions.report import Finding, shorten
from chatlib.wire import show
from chatlib.wire.handshake import HeadError, parse_request, parse_response, response_problem

END = b"\r\n\r\n"
REQUEST = (
    b"GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Origin: http://example.com:8888\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
FRAME = bytes.fromhex("818537fa213d7f9f4d5158")  # RFC 6455 §5.7: "Hello", masked


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


def judge_head(case: HeadCase, outcome: Outcome) -> Finding:
    """Say whether `read_head` returned this head, and left unread what comes after it."""
    mistake = outcome.trouble or next(_head_mistakes(case, outcome), "")
    right = "The request line and every header are right, and no byte too many was read."
    return Finding(case.name, not mistake, mistake or right)


def _head_mistakes(case: HeadCase, outcome: Outcome) -> Iterator[str]:
    head = b"".join(case.chunks).removesuffix(case.after)
    request = parse_request(head)
    line = head.split(b"\r\n")[0].decode()
    if not (isinstance(outcome.returned, tuple) and len(outcome.returned) == 2):
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


@dataclass(frozen=True, slots=True)
class HandshakeCase:
    """One request that is sent to `handshake`.

    Attributes:
        name: What is special about it.
        request: The whole request.
        statuses: The HTTP statuses that are right.
        why: Why it must be refused, and where that is written; empty if it must not.
        header: A header that the refusal needs, as (name, value).
    """

    name: str
    request: bytes
    statuses: tuple[int, ...] = (101,)
    why: str = ""
    header: tuple[str, str] | None = None


def _without(name: bytes) -> bytes:
    return b"\r\n".join(line for line in REQUEST.split(b"\r\n") if not line.startswith(name))


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
    ),
    HandshakeCase(
        "version 8",
        REQUEST.replace(b"Version: 13", b"Version: 8"),
        (426, 400),
        "its version is 8, and 13 is the only one (RFC 6455 §4.4)",
        ("Sec-WebSocket-Version", "13"),
    ),
    HandshakeCase(
        "no key",
        _without(b"Sec-WebSocket-Key"),
        (400,),
        "it has no Sec-WebSocket-Key (RFC 6455 §4.2.1)",
    ),
)


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
    if after:
        more = show.count(len(after), "byte")
        yield f"{more} came after the empty line: the client takes them for a frame."
    if case.why:
        if case.header and response.headers.get(case.header[0]) != case.header[1]:
            yield f'The refusal needs "{": ".join(case.header)}", so that the client knows.'
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
        (finding,) = check_accept(request.headers.get("Sec-WebSocket-Key") or "", accept).findings
        if not finding.right:
            yield f"Sec-WebSocket-Accept: {finding.feedback} (RFC 6455 §4.2.2)"
    if problem := response_problem(request, response):
        yield f"{problem.rule} ({problem.section})"
