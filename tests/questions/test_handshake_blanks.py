"""The values of an opening handshake: right answers, and plausible wrong ones."""

import base64
import hashlib

import pytest

from chatlib.questions.blanks import Attempt, attempt
from chatlib.questions.handshake_blanks import handshake_blanks
from chatlib.wire.heads import Headers, Request, Response

KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 §1.3
REQUEST = Request(
    "GET", "/", "HTTP/1.1", Headers([("Sec-WebSocket-Key", KEY), ("Sec-WebSocket-Version", "13")])
)
RESPONSE = Response(101, "Switching Protocols", Headers([("Sec-WebSocket-Accept", ACCEPT)]))


def tried(name: str, *texts: str) -> Attempt:
    result = Attempt()
    for text in texts:
        result = attempt(handshake_blanks(REQUEST, RESPONSE)[name], text, result)
    return result


@pytest.mark.parametrize(
    ("name", "text"),
    [("method", "get"), ("version", "13"), ("status", "101"), ("accept", f'"{ACCEPT}"')],
)
def test_right_answers(name: str, text: str):
    assert tried(name, text).status == "right"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("method", "POST", "a browser asks for a page"),
        ("method", "HTTP", "a browser asks for a page"),
        ("method", "UPGRADE", "a browser asks for a page"),
        ("version", "6455", "number of the RFC"),
        ("version", "1", "there were many drafts"),
        ("version", "12", "§4.1 says it"),
        ("status", "200", "answers a request for a page"),
        ("status", "426", "would refuse the request"),
        ("status", "100", "Look at the words after the blank"),
        ("accept", KEY, "Another value was expected"),
        ("accept", ACCEPT.rstrip("="), "= at the end"),
        (
            "accept",
            base64.b64encode(hashlib.sha1(KEY.encode()).digest()).decode(),
            "the key alone",
        ),
    ],
)
def test_a_wrong_answer_is_told_what_to_look_at(name: str, text: str, says: str):
    result = tried(name, text)
    assert (result.status, result.misses) == ("missed", 1)
    assert says in result.feedback


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("method", "begins with G"),
        ("version", "between 10 and 20"),
        ("status", 'The first digit is 1, and the words after it say "Switching Protocols"'),
        ("accept", f'with key = "{KEY}"'),
    ],
)
def test_the_second_miss_gives_a_hint(name: str, hint: str):
    assert hint in tried(name, "1", "2").feedback


def test_a_refused_handshake_has_no_accept_value():
    refused = Response(426, "Upgrade Required", Headers())
    without_version = Request("GET", "/", "HTTP/1.1", Headers())
    assert list(handshake_blanks(without_version, refused)) == ["method", "status"]
    assert "accept" not in handshake_blanks(REQUEST, refused)
