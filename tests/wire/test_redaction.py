"""Secrets are hidden, whatever the head looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatlib.wire.heads import Headers, holds_secret, redact_bytes, redact_target

SECRET = "s3cr3t"


def shown_value(name: str, value: str) -> str:
    ((_, shown),) = Headers([(name, value)]).redacted()
    return shown


@pytest.mark.parametrize(
    "name",
    [
        *("Cookie", "cookie", "SET-COOKIE", "Authorization", "proxy-authorization"),
        *("X-XSRFToken", "X-Auth-Token", "X-Api-Key", "X-Client-Secret"),
    ],
)
def test_headers_hidden_whole(name: str):
    assert shown_value(name, SECRET) == "•••"
    assert redact_bytes(f"{name}: {SECRET}\r\n".encode()) == f"{name}: ******\r\n".encode()


def test_other_headers_stay():
    assert shown_value("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==") != "•••"
    assert shown_value("Host", "127.0.0.1:8765") == "127.0.0.1:8765"


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("/chat", "/chat"),
        ("/?token=s3cr3t", "/?token=•••"),
        ("/?a=1&TOKEN=s3cr3t&b=2", "/?a=1&TOKEN=•••&b=2"),
        ("/?access_token=s3cr3t", "/?access_token=•••"),
        ("/login?next=%2Flab%3Ftoken%3Ds3cr3t", "/login?next=%2Flab%3Ftoken%3D•••"),
        ("/?next=%253Ftoken%253ds3cr3t", "/?next=%253Ftoken%253d•••"),
        ("http://h/#token='s3cr3t' x", "http://h/#token='•••' x"),
        ("v1.token.websocket.jupyter.org.s3cr3t", "v1.token.websocket.jupyter.org.•••"),
    ],
)
def test_tokens_in_targets(target: str, shown: str):
    assert redact_target(target) == shown
    assert shown_value("Referer", target) == shown_value("Location", target) == shown
    raw = redact_bytes(target.encode())
    assert SECRET.encode() not in raw
    assert len(raw) == len(target)


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\r\nCookie: s3cr3t\r\n\r\n",
        "GET / HTTP/1.1\r\nCookie: s3cr3t",
        "GET / HTTP/1.1\r\nCOOKIE : a=s3cr3t; b=s3cr3t\r\n",
        "GET / HTTP/1.1\nCookie: s3cr3t\n\n",
        "GET / HTTP/1.1\r\nCookie: a\r\n s3cr3t\r\n\ts3cr3t\r\n",
        "GET / HTTP/1.1\rCookie: s3cr3t\rX: y\r\n",
        "GET / HTTP/1.1\r\nX: y\rCookie: a\rs3cr3t\r\n",
        "Cookie: s3cr3t\r\n",
        "\0\x16\x03Authorization: Bearer s3cr3t\r\n",
        "HTTP/1.1 302 Found\r\nSet-Cookie: s3cr3t\r\nLocation: /?token=s3cr3t\r\n\r\n",
    ],
)
def test_no_secret_is_left_in_any_head(head: str):
    raw = redact_bytes(head.encode())
    assert SECRET.encode() not in raw
    assert len(raw) == len(head)
    assert [byte for byte in raw if byte < 32] == [byte for byte in head.encode() if byte < 32]


def test_a_path_is_no_header_name():
    assert redact_bytes(b"GET /token:1 HTTP/1.1\r\n") == b"GET /token:1 HTTP/1.1\r\n"


@given(st.binary(max_size=300))
def test_any_bytes_keep_their_length(data: bytes):
    assert len(redact_bytes(data)) == len(data)


@given(st.text(), st.text())
def test_any_header_can_be_redacted(name: str, value: str):
    assert shown_value(name, shown_value(name, value)) == shown_value(name, value)


@given(st.lists(st.sampled_from(["Cookie: ", "\r\n", "\n", "\r", " ", "token=", "s", "A: ", ":"])))
def test_redacting_twice_changes_nothing_more(parts: list[str]):
    once = redact_bytes("".join(parts).encode())
    assert redact_bytes(once) == once


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("await client.send('Hello')", False),
        ("connect(url + '?token=s3cr3t')", True),
        ("headers = {'Cookie': 's3cr3t'}", True),
        ("PASSWORD = 's3cr3t'", True),
        ("api_key = 's3cr3t'", True),
    ],
)
def test_lines_of_code_that_are_better_not_shown(line: str, secret: bool):
    assert holds_secret(line) is secret
