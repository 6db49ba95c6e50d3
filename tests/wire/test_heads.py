"""HTTP heads, both ways."""

import pytest

from chatlib.wire.heads import HeadError, Headers, Request, Response, parse_request, parse_response
from tests.wire.streams import REQUEST, RESPONSE


def test_a_request_both_ways():
    request = parse_request(REQUEST)
    assert (request.method, request.version) == ("GET", "HTTP/1.1")
    assert request.target == "/chat?token=s3cr3t&room=a"
    assert request.headers.get("host") == "127.0.0.1:8765"
    assert request.raw == REQUEST


def test_a_response_both_ways():
    response = parse_response(RESPONSE)
    assert (response.version, response.status) == ("HTTP/1.1", 101)
    assert response.reason == "Switching Protocols"
    assert response.raw == RESPONSE


def test_a_head_made_by_hand_equals_the_parsed_one():
    headers = Headers([("Host", "h")])
    assert Request("GET", "/", "HTTP/1.1", headers) == parse_request(
        b"GET / HTTP/1.1\r\nHost:h \r\n\r\n"
    )
    assert Response(400, "", headers) == parse_response(b"HTTP/1.1 400\r\nHost: h\r\n\r\n")


def test_headers_keep_order_and_case_and_ignore_case_when_asked():
    headers = Headers([("B", "1"), ("a", "2, 3"), ("A", ",4 ,")])
    assert list(headers) == [("B", "1"), ("a", "2, 3"), ("A", ",4 ,")]
    assert len(headers) == 3
    assert headers.get_all("A") == ["2, 3", ",4 ,"]
    assert headers.get("a") == "2, 3, ,4 ,"
    assert headers.tokens("a") == ["2", "3", "4"]
    assert headers.get("c") is None
    assert headers.tokens("c") == []
    assert headers == Headers(list(headers)) != [("B", "1")]


@pytest.mark.parametrize(
    ("head", "offset", "section"),
    [
        (b"", 0, "RFC 9112 §2.1"),
        (b"GET / HTTP/1.1\r\n", 16, "RFC 9112 §2.1"),
        (b"\r\n\r\n", 0, "RFC 9112 §3"),
        (b"hello\r\n\r\n", 0, "RFC 9112 §3"),
        (b"GET /a b HTTP/1.1\r\n\r\n", 0, "RFC 9112 §3"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", 25, "RFC 9112 §5"),
        (b"GET / HTTP/1.1\r\n: no name\r\n\r\n", 16, "RFC 9112 §5"),
        (b"GET / HTTP/1.1\r\nA: b\r\n folded: c\r\n\r\n", 22, "RFC 9112 §5"),
    ],
)
def test_what_is_no_request(head: bytes, offset: int, section: str):
    with pytest.raises(HeadError) as caught:
        parse_request(head)
    assert (caught.value.offset, caught.value.section) == (offset, section)


def test_what_is_no_response():
    with pytest.raises(HeadError, match="a response starts with"):
        parse_response(REQUEST)


def test_secrets_are_never_shown():
    head = REQUEST[:-2] + b"X: <i>\r\n\r\n"
    for request in (parse_request(head), parse_request(parse_request(head).redacted)):
        shown = request._repr_mimebundle_()
        everything = f"{request!r} {request.headers!r} {shown} {request.redacted!r}"
        assert "s3cr3t" not in everything
        assert "GET /chat?token=•••&room=a HTTP/1.1" in shown["text/plain"]
        assert "Cookie: •••" in shown["text/plain"]
        assert "&lt;i&gt;" in shown["text/html"]
        assert repr(request) == "<GET /chat?token=•••&room=a HTTP/1.1, 7 headers>"


def test_a_head_made_by_hand_has_no_bytes():
    request = Request("GET", "/", "HTTP/1.1", Headers([("X", "→")]))
    assert request.redacted == b""
    assert request._repr_mimebundle_()["text/plain"].endswith("X: →")
