"""The blanks of an opening handshake: single values of the request and of the response."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from chatlib.questions.blanks import Blank, Value
from chatlib.questions.checks import check_accept
from chatlib.questions.reading import read_number, read_text
from chatlib.wire.explain import explain_header
from chatlib.wire.handshake import accept_value
from chatlib.wire.heads import Request, Response


def handshake_blanks(request: Request, response: Response) -> dict[str, Blank]:
    """Return every blank that this handshake can have, by its name in code."""
    return {blank.name: blank for blank in _blanks(request, response)}


def _blanks(request: Request, response: Response) -> Iterator[Blank]:
    yield _method(request)
    if (version := request.headers.get("Sec-WebSocket-Version") or "").isdigit():
        yield _version(int(version))
    yield _status(response)
    key, accept = request.headers.get("Sec-WebSocket-Key"), "Sec-WebSocket-Accept"
    if key and response.headers.get(accept) == accept_value(key):
        yield _accept(key)


def _method(request: Request) -> Blank:
    return Blank(
        name="method",
        label="method",
        asks="one word",
        expected=request.method,
        read=lambda text: read_text(text).upper(),
        mistake=lambda _: "It is the HTTP method with which a browser asks for a page, too.",
        hint="It has three letters and begins with G.",
        meaning="The method of an opening handshake is always GET.",
    )


def _version(version: int) -> Blank:
    return Blank(
        name="version",
        label="Sec-WebSocket-Version",
        asks="a number",
        expected=version,
        read=read_number,
        mistake=_version_mistake,
        hint="The drafts of RFC 6455 counted upwards, and the last number is between 10 and 20.",
        meaning=explain_header("Sec-WebSocket-Version", str(version), "client").meaning,
    )


def _version_mistake(value: Value) -> str:
    if value == 6455:
        return "6455 is the number of the RFC. The protocol in it has a version of its own."
    if value in (1, 2):
        return (
            "Before the RFC there were many drafts, and each had a number. RFC 6455 is not 1 or 2."
        )
    return "Look up which version of the protocol RFC 6455 defines: §4.1 says it."


def _status(response: Response) -> Blank:
    return Blank(
        name="status",
        label="status",
        asks="a number of three digits",
        expected=response.status,
        read=read_number,
        mistake=partial(_status_mistake, response.status),
        hint=f"The first digit is {response.status // 100}, and the words after it say "
        f'"{response.reason}".',
        meaning=f"{response.status} means: {response.reason}.",
    )


def _status_mistake(status: int, value: Value) -> str:
    if value == 200:
        return "200 OK answers a request for a page. Here the server says something else."
    if isinstance(value, int) and 400 <= value < 600 and status < 400:
        return f"{value} would refuse the request. Look at the words after the blank."
    return "Look at the words after the blank: each status has its own."


def _accept(key: str) -> Blank:
    return Blank(
        name="accept",
        label="Sec-WebSocket-Accept",
        asks="28 characters; compute them in a new cell",
        expected=accept_value(key),
        read=read_text,
        mistake=lambda value: check_accept(key, str(value)).findings[0].feedback,
        hint=f"In Python: base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode(), "
        f'with key = "{key}".',
        meaning="It proves that the server read this request and understands WebSocket.",
    )
