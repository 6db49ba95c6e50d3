"""An opening handshake with single values of the request and of the response to fill in."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from chatlib.panels.blanks_panel import BlanksPanel
from chatlib.questions.blanks import GAP, Blank, Sheet, Value, choose
from chatlib.questions.checks import accept_mistake
from chatlib.questions.reading import read_number, read_text, read_text_or_hex
from chatlib.wire.explain import explain_header
from chatlib.wire.handshake import accept_value
from chatlib.wire.heads import Request, Response, redact_target
from chatlib.wire.trace import Trace


def handshake_blanks(trace: Trace, *names: str) -> BlanksPanel:
    """Ask the learner to fill in values of a connection's opening handshake.

    Args:
        trace: The connection.
        *names: The values to leave out: "method", "version", "status", "accept". None of them
            means all that it has.

    Raises:
        ValueError: If a value does not exist here, or there is no handshake yet.
    """
    return BlanksPanel(handshake_sheet(trace, names))


def handshake_sheet(trace: Trace, names: tuple[str, ...]) -> Sheet:
    """Return the exercise; errors as in `handshake_blanks`."""
    request, response = trace.request, trace.response
    if request is None or response is None:
        raise ValueError(
            f"{trace.name!r} has no whole opening handshake yet. Connect, then run this again."
        )
    known = tuple(_blanks(request, response))
    asked = choose(known, names, "This handshake")
    # In the order of the lines: each is typed into its gap.
    blanks = tuple(blank for blank in known if blank in asked)
    headers = [name for name, _ in (*request.headers, *response.headers)]
    return Sheet(
        title="An opening handshake, as it was on the wire",
        lines=tuple(_head_lines(request, response, {blank.name for blank in blanks})),
        given=(),
        blanks=blanks,
        content="\n".join([request.start_line, response.start_line, *headers]).encode(),
    )


def _head_lines(request: Request, response: Response, asked: set[str]) -> Iterator[tuple[str, str]]:
    gaps = {"sec-websocket-version": "version", "sec-websocket-accept": "accept"}
    method = GAP if "method" in asked else request.method
    status = GAP if "status" in asked else str(response.status)
    target = redact_target(request.target)
    for side, start, head in (
        ("request", f"{method} {target} {request.version}", request),
        ("response", f"{response.version} {status} {response.reason}", response),
    ):
        yield side, start
        for name, value in head.headers.redacted():
            yield "", f"{name}: {GAP if gaps.get(name.lower()) in asked else value}"


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
        read=partial(read_text_or_hex, expected=accept_value(key)),
        mistake=partial(accept_mistake, key),
        hint=f"In Python: base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode(), "
        f'with key = "{key}".',
        meaning="It proves that the server read this request and understands WebSocket.",
    )
