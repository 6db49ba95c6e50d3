"""The opening handshake: the accept value, and reasons to refuse."""

import pytest

from chatlib.wire.deflate import DeflateParameters
from chatlib.wire.handshake import (
    accept_value,
    deflate_parameters,
    is_upgrade,
    request_problem,
    response_problem,
)
from chatlib.wire.heads import Headers, Request, Response, parse_request, parse_response
from tests.wire.streams import DEFLATE_RESPONSE, REQUEST, RESPONSE, Pair


def changed(head: bytes, old: str, new: str) -> bytes:
    assert old.encode() in head
    return head.replace(old.encode(), new.encode())


def test_the_accept_value_of_rfc_6455():
    assert accept_value("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("GET", "POST", "GET"),
        ("HTTP/1.1", "HTTP/1.0", "HTTP/1.1"),
        ("Host: 127.0.0.1:8765\r\n", "", "Host"),
        ("Host: 127.0.0.1:8765\r\n", "Host: a\r\nHost: b\r\n", "Host"),
        ("Upgrade: websocket\r\n", "", "Upgrade"),
        ("Upgrade: websocket\r\n", "Upgrade: h2c\r\n", "Upgrade"),
        ("Connection: keep-alive, Upgrade\r\n", "", "Connection"),
        ("keep-alive, Upgrade", "keep-alive", "Connection"),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", "Sec-WebSocket-Key"),
        ("dGhlIHNhbXBsZSBub25jZQ==", "dGhl", "16 bytes"),
        ("dGhlIHNhbXBsZSBub25jZQ==", "not base64", "16 bytes"),
        ("dGhlIHNhbXBsZSBub25jZQ==", "é", "16 bytes"),
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", "13"),
        ("Sec-WebSocket-Version: 13\r\n", "", "13"),
    ],
)
def test_what_a_server_must_refuse(old: str, new: str, word: str):
    found = request_problem(parse_request(changed(REQUEST, old, new)))
    assert found is not None
    assert word in found.rule
    assert found.section.startswith("RFC 6455 §4.")


def test_a_good_request_is_not_refused():
    assert request_problem(parse_request(REQUEST)) is None
    assert (
        request_problem(parse_request(changed(REQUEST, "Upgrade: websocket", "upGRADE: WebSocket")))
        is None
    )
    assert is_upgrade(parse_request(REQUEST))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("101 Switching Protocols", "403 Forbidden", "Status 403 is not 101"),
        ("Upgrade: websocket\r\n", "", "an Upgrade header"),
        ("Upgrade: websocket\r\n", "Upgrade: websocket, h2c\r\n", "an Upgrade header"),
        ("Connection: Upgrade\r\n", "", "a Connection header"),
        ("s3pP", "S3pP", 'is "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="'),
        ("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n", "subprotocol"),
        ("\r\n\r\n", "\r\nSec-WebSocket-Extensions: x-other\r\n\r\n", "extension"),
    ],
)
def test_what_a_client_must_refuse(old: str, new: str, words: str):
    problem = response_problem(parse_request(REQUEST), parse_response(changed(RESPONSE, old, new)))
    assert problem is not None
    assert words in problem.rule
    assert problem.close_code is None


def offering(extensions: str, subprotocols: str = "chat, superchat") -> Request:
    lines = f"Sec-WebSocket-Extensions: {extensions}\r\nSec-WebSocket-Protocol: {subprotocols}"
    return parse_request(REQUEST[:-2] + lines.encode() + b"\r\n\r\n")


def agreeing(extensions: str) -> Response:
    return parse_response(
        RESPONSE[:-2]
        + b"Sec-WebSocket-Protocol: superchat\r\n"
        + f"Sec-WebSocket-Extensions: {extensions}\r\n\r\n".encode()
    )


@pytest.mark.parametrize(
    ("agreed", "parameters"),
    [
        ("permessage-deflate", DeflateParameters()),
        (
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            DeflateParameters(True, True),
        ),
        (
            'permessage-deflate;server_max_window_bits = 8 ; client_max_window_bits="9"',
            DeflateParameters(False, False, 8, 9),
        ),
    ],
)
def test_what_may_be_agreed(agreed: str, parameters: DeflateParameters):
    assert deflate_parameters(agreeing(agreed)) == parameters
    assert response_problem(offering("permessage-deflate"), agreeing(agreed)) is None


@pytest.mark.parametrize(
    ("agreed", "words"),
    [
        ("permessage-deflate; level=9", "no parameter 'level'"),
        ("permessage-deflate; server_max_window_bits=7", "8 to 15"),
        ("permessage-deflate; server_max_window_bits=16", "8 to 15"),
        ("permessage-deflate; server_max_window_bits=015", "8 to 15"),
        ("permessage-deflate; client_max_window_bits", "8 to 15"),
        ("permessage-deflate; server_no_context_takeover=1", "takes no value"),
        (
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "stands twice",
        ),
        ("permessage-deflate, permessage-deflate", "agreed twice"),
    ],
)
def test_what_must_not_be_agreed(agreed: str, words: str):
    problem = response_problem(offering("permessage-deflate"), agreeing(agreed))
    assert problem is not None
    assert words in problem.rule
    assert problem.section == "RFC 7692 §7.1"
    assert deflate_parameters(agreeing(agreed)) is None


@pytest.mark.parametrize(
    ("offered", "agreed", "kept"),
    [
        ("permessage-deflate; server_max_window_bits=10", "; server_max_window_bits=10", True),
        ("permessage-deflate; server_max_window_bits=10", "; server_max_window_bits=12", False),
        ("permessage-deflate; server_max_window_bits=10", "", False),
        ("permessage-deflate; server_no_context_takeover", "", False),
        ("permessage-deflate; server_no_context_takeover, permessage-deflate", "", True),
        ("permessage-deflate; client_max_window_bits", "", True),
    ],
)
def test_a_server_does_what_the_client_asked_of_its_messages(offered, agreed, kept):
    problem = response_problem(offering(offered), agreeing(f"permessage-deflate{agreed}"))
    assert (problem is None) is kept
    assert kept or (problem and "not what the client asked for" in problem.rule)


def test_without_the_header_nothing_is_agreed():
    assert deflate_parameters(parse_response(RESPONSE)) is None
    assert deflate_parameters(agreeing("x-other")) is None
    agreed = deflate_parameters(parse_response(DEFLATE_RESPONSE))
    assert agreed == DeflateParameters(client_max_window_bits=12)


@pytest.mark.parametrize("deflate", [False, True])
def test_the_librarys_handshake_is_right(deflate: bool):
    pair = Pair(deflate=deflate, client_max_window_bits=True).open() if deflate else Pair().open()
    request, response = pair.trace.request, pair.trace.response
    assert request is not None
    assert response is not None
    assert request_problem(request) is None
    assert response_problem(request, response) is None
    assert response.headers.get("Sec-WebSocket-Accept") == accept_value(pair.client.key)
    (theirs,) = pair.server.extensions or [None]
    ours = deflate_parameters(response)
    assert (ours is None) == (theirs is None)
    if theirs is not None:
        assert ours == DeflateParameters(
            theirs.local_no_context_takeover,
            theirs.remote_no_context_takeover,
            theirs.local_max_window_bits,
            theirs.remote_max_window_bits,
        )


def test_a_request_without_any_header():
    request = Request("GET", "/", "HTTP/1.1", Headers())
    found = request_problem(request)
    assert found is not None and "Host" in found.rule
    problem = response_problem(request, parse_response(RESPONSE))
    assert problem is not None
