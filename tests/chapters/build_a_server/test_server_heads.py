"""What is said about heads and handshakes, from outcomes alone."""

import pytest

from chatlib.chapters.build_a_server.drive import Outcome
from chatlib.chapters.build_a_server.server_heads import (
    FRAME,
    HANDSHAKE_CASES,
    HEAD_CASES,
    REQUEST,
    judge_handshake,
    judge_head,
)
from chatlib.wire.handshake import accept_value, parse_request, refusal

LINE = "GET /chat HTTP/1.1"
HEADERS = {name.lower(): value for name, value in parse_request(REQUEST).headers}
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: " + accept_value("dGhlIHNhbXBsZSBub25jZQ==").encode() + b"\r\n\r\n"
)


def test_the_cases_are_what_they_say():
    assert all(b"".join(case.chunks).endswith(case.after) for case in HEAD_CASES)
    for case in HANDSHAKE_CASES:
        refused = refusal(parse_request(case.request))
        assert (refused is None) == (not case.why)
        assert refused is None or refused.status in case.statuses


def test_a_right_head():
    assert judge_head(HEAD_CASES[0], Outcome((LINE, HEADERS))).right
    assert judge_head(HEAD_CASES[3], Outcome((LINE, HEADERS), unread=FRAME)).right


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Outcome(trouble="It broke."), "It broke."),
        (Outcome(None), "Return two things, the request line and a dict. Yours is None."),
        (Outcome((LINE + "\r\n", HEADERS)), "Yours is 'GET /chat HTTP/1.1\\r\\n'."),
        (Outcome((LINE.encode(), HEADERS)), "bytes. Make it text with .decode()"),
        (Outcome((LINE, list(HEADERS))), "must be a dict"),
        (Outcome((LINE, HEADERS | {"": ""})), "[''] is no header"),
        (Outcome((LINE, {"host": HEADERS["host"]})), "The header 'upgrade' is missing"),
        (Outcome((LINE, HEADERS | {"host": "here"})), "'server.example.com'. Yours is 'here'."),
        (Outcome((LINE, HEADERS | {"origin": "http"})), "'origin' was cut"),
        (Outcome((LINE, HEADERS | {"host": " server.example.com"})), "spaces around the value"),
    ],
)
def test_a_wrong_head(outcome: Outcome, says: str):
    finding = judge_head(HEAD_CASES[0], outcome)
    assert finding.right is False
    assert says in finding.feedback


def test_a_right_handshake():
    finding = judge_handshake(HANDSHAKE_CASES[0], Outcome(True, received=SWITCH))
    assert finding.right
    assert finding.feedback == "Your server answered 101, and returned True."


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Outcome(trouble="It broke."), "It broke."),
        (Outcome(True), "Nothing came back"),
        (Outcome(True, received=SWITCH[:-2]), "does not end with an empty line"),
        (Outcome(True, received=b"OK\r\n\r\n"), "no HTTP head"),
        (Outcome(True, received=SWITCH + b"!"), "1 byte came after the empty line"),
        (Outcome(None, received=SWITCH), "Return True here. Yours is None."),
        (Outcome(True, received=SWITCH.replace(b"s3pP", b"xxxx")), "RFC 6455 §4.2.2"),
        (Outcome(True, received=SWITCH.replace(b"-Accept", b"-Except")), "belongs to the key"),
        (Outcome(True, received=SWITCH.replace(b"101", b"200")), "answered 200. 101 was expected"),
    ],
)
def test_a_wrong_handshake(outcome: Outcome, says: str):
    finding = judge_handshake(HANDSHAKE_CASES[0], outcome)
    assert finding.right is False
    assert says in finding.feedback
