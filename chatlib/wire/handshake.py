"""The opening handshake of RFC 6455 §4: the accept value, and reasons to refuse.

It reads request and response heads; it knows nothing of frames, and nothing of who listens.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from chatlib.wire.deflate import DeflateParameters, parse_parameters, split_extensions
from chatlib.wire.heads import Request, Response
from chatlib.wire.rules import Problem

# RFC 6455 §1.3: a value "unlikely to be used by network endpoints that do not understand the
# WebSocket Protocol".
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
# RFC 9110 §15.5.22: a 426 names the protocol in Upgrade; §7.8: and then Connection names Upgrade.
UPGRADE = ("Upgrade", "websocket"), ("Connection", "Upgrade")
VERSION = ("Sec-WebSocket-Version", "13")


def accept_value(key: str) -> str:
    """Return the `Sec-WebSocket-Accept` that belongs to a `Sec-WebSocket-Key`.

    The key and the GUID are joined, hashed with SHA-1, and written in base64 (RFC 6455 §4.2.2).
    """
    digest = hashlib.sha1((key.strip() + GUID).encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a server must refuse a request.

    Attributes:
        status: The HTTP status to answer with.
        rule: The rule that the request breaks, in one sentence.
        section: Where the rule is written.
        remedy: What the client must change.
        headers: Header lines that belong into the answer.
    """

    status: int
    rule: str
    section: str
    remedy: str
    headers: tuple[tuple[str, str], ...] = ()


def is_upgrade(request: Request) -> bool:
    """Say whether a request asks for a WebSocket connection at all."""
    return "websocket" in map(str.lower, request.headers.tokens("Upgrade"))


def refusal(request: Request) -> Refusal | None:
    """Return the first reason why a server must refuse this request, or None (RFC 6455 §4.2.1).

    A server may refuse for reasons of its own too, such as a foreign `Origin`.
    """
    return next(_refusals(request), None)


def response_problem(request: Request, response: Response) -> Problem | None:
    """Return the first reason why a client must not use this response, or None (RFC 6455 §4.1)."""
    rule = next(_response_rules(request, response), None)
    return rule and Problem(0, rule[0], rule[1])


def deflate_parameters(response: Response) -> DeflateParameters | None:
    """Return what was agreed on permessage-deflate; None if it was not, or not validly."""
    try:
        return parse_parameters(response.headers.get("Sec-WebSocket-Extensions") or "")
    except ValueError:
        return None


def _refusals(request: Request) -> Iterator[Refusal]:
    headers, section = request.headers, "RFC 6455 §4.2.1"
    if request.method != "GET":
        rule = "The method of an opening handshake is GET."
        yield Refusal(405, rule, section, "Send a GET request.", (("Allow", "GET"),))
    if request.version < "HTTP/1.1":
        rule = "An opening handshake needs HTTP/1.1 or higher."
        yield Refusal(505, rule, section, 'End the request line with "HTTP/1.1".')
    if len(headers.get_all("Host")) != 1:
        rule = "The request needs one Host header, which names the server."
        yield Refusal(400, rule, section, 'Add a line such as "Host: 127.0.0.1:8765".')
    if not is_upgrade(request):
        rule = 'The request needs an Upgrade header with the value "websocket".'
        yield Refusal(426, rule, section, 'Add "Upgrade: websocket".', UPGRADE)
    if "upgrade" not in map(str.lower, headers.tokens("Connection")):
        rule = 'The request needs a Connection header that holds "Upgrade".'
        yield Refusal(426, rule, section, 'Add "Connection: Upgrade".', UPGRADE)
    if not _is_key(headers.get_all("Sec-WebSocket-Key")):
        rule = "The request needs one Sec-WebSocket-Key header: 16 bytes in base64."
        remedy = "Send 16 random bytes in base64, which makes 24 characters."
        yield Refusal(400, rule, section, remedy)
    if headers.get_all("Sec-WebSocket-Version") != ["13"]:
        rule = "The protocol version of RFC 6455 is 13, and no other is spoken here."
        remedy = 'Send "Sec-WebSocket-Version: 13".'
        yield Refusal(426, rule, "RFC 6455 §4.4", remedy, (*UPGRADE, VERSION))


def _is_key(values: list[str]) -> bool:
    try:
        return len(values) == 1 and len(base64.b64decode(values[0], validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


def _response_rules(request: Request, response: Response) -> Iterator[tuple[str, str]]:
    headers, section = response.headers, "RFC 6455 §4.1"
    if response.status != 101:
        yield (
            f"Status {response.status} is not 101: the connection does not become a WebSocket "
            "connection.",
            section,
        )
    if [value.lower() for value in headers.tokens("Upgrade")] != ["websocket"]:
        yield 'The response needs an Upgrade header with the value "websocket".', section
    if "upgrade" not in map(str.lower, headers.tokens("Connection")):
        yield 'The response needs a Connection header that holds "Upgrade".', section
    expected = accept_value(request.headers.get("Sec-WebSocket-Key") or "")
    if headers.get("Sec-WebSocket-Accept") != expected:
        rule = f'The Sec-WebSocket-Accept that belongs to the key sent is "{expected}".'
        yield rule, section
    yield from _extension_rules(request, response)
    agreed = headers.get("Sec-WebSocket-Protocol")
    if agreed is not None and agreed not in request.headers.tokens("Sec-WebSocket-Protocol"):
        yield "The server chose a subprotocol that the client did not offer.", section


def _extension_rules(request: Request, response: Response) -> Iterator[tuple[str, str]]:
    agreed = response.headers.get("Sec-WebSocket-Extensions") or ""
    offered = request.headers.get("Sec-WebSocket-Extensions") or ""
    if not _extension_names(agreed) <= _extension_names(offered):
        yield "The server chose an extension that the client did not offer.", "RFC 6455 §4.1"
    try:
        parse_parameters(agreed)
    except ValueError as error:
        yield f"The permessage-deflate parameters are wrong: {error}", "RFC 7692 §7.1"


def _extension_names(extensions: str) -> set[str]:
    return {name for name, _ in split_extensions(extensions)}
