"""Details of a handshake row: its lines, and the accept value step by step."""

from chatlib.panels.details import details_of
from chatlib.wire.trace import Trace

REQUEST = (
    b"GET /chat?token=SECRET HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Cookie: sid=SECRET\r\nX-Other: 1\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def details(number, request=REQUEST, response=RESPONSE):
    trace = Trace()
    trace.record("client", request, time=1.0)
    trace.record("server", response, time=1.1)
    return details_of(trace, number)


def accept_rows(shown):
    [table] = shown["tables"]
    return dict(table["rows"])


def test_every_byte_of_a_head_belongs_to_a_line():
    shown = details(1)
    spans = [field["bits"] for field in shown["fields"]]
    assert spans[0][0] == 0
    assert spans[-1][1] == 8 * len(REQUEST)
    assert all(before[1] == after[0] for before, after in zip(spans, spans[1:], strict=False))


def test_lines_say_what_they_are_for():
    fields = {field["name"]: field for field in details(1)["fields"]}
    assert list(fields)[0] == "request line"
    assert list(fields)[-1] == "empty line"
    assert fields["Upgrade"]["value"] == "websocket"
    assert fields["Upgrade"]["section"] == "RFC 6455 §4"
    assert fields["Sec-WebSocket-Key"]["section"] == "RFC 6455 §11.3"
    assert fields["X-Other"]["section"] == "RFC 9110 §5"
    assert all(field["meaning"].endswith(".") for field in fields.values())


def test_lines_say_why_they_are_there():
    fields = {field["name"]: field["why"] for field in details(1)["fields"]}
    assert "GET request" in fields["request line"]
    assert "plain HTTP" in fields["Upgrade"]
    assert fields["X-Other"] == "WebSocket does not need it: the client's program added it."
    assert "marks its end" in fields["empty line"]
    assert details(2)["fields"][0]["why"] == "The server accepts the client's opening handshake."


def test_a_refusal_says_so_in_its_status_line():
    trace = Trace()
    trace.record("client", REQUEST, time=5.0)
    trace.record("server", b"HTTP/1.1 403 Forbidden\r\n\r\n", time=5.0)
    assert "refuses" in details_of(trace, 2)["fields"][0]["why"]


def test_secrets_are_hidden_in_lines_and_in_hex_at_the_same_offsets():
    shown = details(1)
    fields = {field["name"]: field for field in shown["fields"]}
    assert fields["Cookie"]["value"] == "**********"
    assert fields["request line"]["value"] == "GET /chat?token=****** HTTP/1.1"
    data = bytes.fromhex(shown["hex"])
    assert len(data) == len(REQUEST)
    assert b"SECRET" not in data
    assert shown["hidden"] == "Each byte of a secret is replaced by *."


def test_a_head_without_secrets_has_no_note():
    shown = details(2)
    assert shown["hidden"] == ""
    assert shown["fields"][0]["name"] == "status line"


def test_the_accept_value_is_computed_step_by_step():
    rows = accept_rows(details(2))
    assert list(rows.values()) == [
        "dGhlIHNhbXBsZSBub25jZQ==",
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
        "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
        # RFC 6455 §1.3 gives these 20 bytes.
        "b3 7a 4f 2c c0 62 4f 16 90 f6 46 06 cf 38 59 45 b2 be c4 ea",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo= (the same)",
    ]


def test_the_request_shows_the_value_that_is_expected():
    assert list(accept_rows(details(1)))[-1] == "In base64: the value expected"


def test_a_wrong_accept_value_is_named():
    shown = details(2, response=RESPONSE.replace(b"s3pP", b"AAAA"))
    assert accept_rows(shown)["The server's answer"].endswith("= (not the same)")
    assert len(shown["problems"]) == 1


def test_a_refusal_has_no_accept_value():
    rows = accept_rows(details(2, response=b"HTTP/1.1 403 Forbidden\r\n\r\n"))
    assert rows["The server's answer"] == "no Sec-WebSocket-Accept in this response"


def test_nothing_is_computed_without_a_key():
    assert details(1, request=b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")["tables"] == []


def test_a_secret_in_the_place_of_the_key_is_not_shown():
    request = REQUEST.replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"token=SECRET")
    assert "SECRET" not in str(details(1, request=request))
