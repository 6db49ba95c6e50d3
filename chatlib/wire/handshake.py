"""The opening handshake of RFC 6455 §4: the accept value, and the rules of request and response.

It reads heads; it knows nothing of frames, and nothing of who listens.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

from chatlib.wire.deflate import DeflateParameters, parse_parameters, split_extensions
from chatlib.wire.heads import Request, Response
from chatlib.wire.rules import Problem

# RFC 6455 §1.3: a value "unlikely to be used by network endpoints that do not understand the
# WebSocket Protocol".
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

# Whether a rule is kept, the rule in one sentence, and where it is written.
_Rule = tuple[bool, str, str]


def accept_value(key: str) -> str:
    """Return the `Sec-WebSocket-Accept` that belongs to a `Sec-WebSocket-Key`.

    The key and the GUID are joined, hashed with SHA-1, and written in base64 (RFC 6455 §4.2.2).
    """
    digest = hashlib.sha1((key.strip() + GUID).encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def is_upgrade(request: Request) -> bool:
    """Say whether a request asks for a WebSocket connection at all."""
    return "websocket" in map(str.lower, request.headers.tokens("Upgrade"))


def request_problem(request: Request) -> Problem | None:
    """Return the first reason why a server must refuse a request, or None (RFC 6455 §4.2.1).

    A server may refuse for reasons of its own too, such as a foreign `Origin`.
    """
    headers, section = request.headers, "RFC 6455 §4.2.1"
    host = "The request needs one Host header, which names the server."
    upgrade = 'The request needs an Upgrade header with the value "websocket".'
    key = "The request needs one Sec-WebSocket-Key header: 16 bytes in base64."
    version = "The protocol version of RFC 6455 is 13, and no other is spoken here."
    return _first_broken(
        (request.method == "GET", "The method of an opening handshake is GET.", section),
        (request.version >= "HTTP/1.1", "An opening handshake needs HTTP/1.1 or higher.", section),
        (len(headers.get_all("Host")) == 1, host, section),
        (is_upgrade(request), upgrade, section),
        _connection_rule(request, section),
        (_is_key(headers.get_all("Sec-WebSocket-Key")), key, section),
        (headers.get_all("Sec-WebSocket-Version") == ["13"], version, "RFC 6455 §4.4"),
    )


def response_problem(request: Request, response: Response) -> Problem | None:
    """Return the first reason why a client must not use this response, or None (RFC 6455 §4.1)."""
    headers, section, status = response.headers, "RFC 6455 §4.1", response.status
    refused = "the connection does not become a WebSocket connection"
    upgrades = [value.lower() for value in headers.tokens("Upgrade")]
    upgrade = 'The response needs an Upgrade header with the value "websocket".'
    expected = accept_value(request.headers.get("Sec-WebSocket-Key") or "")
    accept = f'The Sec-WebSocket-Accept that belongs to the key sent is "{expected}".'
    offered = (None, *request.headers.tokens("Sec-WebSocket-Protocol"))
    subprotocol = "The server chose a subprotocol that the client did not offer."
    return _first_broken(
        (status == 101, f"Status {status} is not 101: {refused}.", section),
        (upgrades == ["websocket"], upgrade, section),
        _connection_rule(response, section),
        (headers.get("Sec-WebSocket-Accept") == expected, accept, section),
        *_extension_rules(request, response),
        (headers.get("Sec-WebSocket-Protocol") in offered, subprotocol, section),
    )


def deflate_parameters(response: Response) -> DeflateParameters | None:
    """Return what was agreed on permessage-deflate; None if it was not, or not validly."""
    try:
        return parse_parameters(_extensions(response))
    except ValueError:
        return None


def _first_broken(*rules: _Rule) -> Problem | None:
    return next((Problem(0, rule, section) for kept, rule, section in rules if not kept), None)


def _connection_rule(head: Request | Response, section: str) -> _Rule:
    who = "request" if isinstance(head, Request) else "response"
    kept = "upgrade" in map(str.lower, head.headers.tokens("Connection"))
    return kept, f'The {who} needs a Connection header that holds "Upgrade".', section


def _extension_rules(request: Request, response: Response) -> Iterable[_Rule]:
    agreed, offered = dict(split_extensions(_extensions(response))), _extensions(request)
    rule = "The server chose an extension that the client did not offer."
    yield agreed.keys() <= dict(split_extensions(offered)).keys(), rule, "RFC 6455 §4.1"
    try:
        chosen = parse_parameters(_extensions(response))
    except ValueError as error:
        yield False, f"The permessage-deflate parameters are wrong: {error}", "RFC 7692 §7.1"
        return
    offers = [
        dict(each) for name, each in split_extensions(offered) if name == "permessage-deflate"
    ]
    rule = "The server's permessage-deflate parameters are not what the client asked for."
    yield not chosen or any(_keeps_to(offer, chosen) for offer in offers), rule, "RFC 7692 §7.1"


def _keeps_to(offer: dict[str, str | None], chosen: DeflateParameters) -> bool:
    """Say whether a server does for its own messages what the client asked for."""
    most = offer.get("server_max_window_bits") or ""
    return (chosen.server_no_context_takeover or "server_no_context_takeover" not in offer) and (
        not most.isdecimal() or chosen.server_max_window_bits <= int(most)
    )


def _extensions(head: Request | Response) -> str:
    return head.headers.get("Sec-WebSocket-Extensions") or ""


def _is_key(values: list[str]) -> bool:
    try:
        return len(values) == 1 and len(base64.b64decode(values[0], validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
