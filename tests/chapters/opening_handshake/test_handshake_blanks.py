"""The values of an opening handshake: what is shown, right answers, and plausible wrong ones."""

import base64
import hashlib

import pytest

from chatlib.chapters.opening_handshake.handshake_blanks import handshake_blanks, handshake_sheet
from chatlib.questions.blanks import GAP, Attempt, attempt
from chatlib.wire.trace import Trace

KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 §1.3
REQUEST = (
    b"GET /?token=SECRET HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Cookie: sid=SECRET\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def handshake(*chunks: tuple[str, bytes]) -> Trace:
    trace = Trace("Ana")
    for number, (sender, data) in enumerate(chunks):
        trace.record(sender, data, time=number)
    return trace


def tried(name: str, *texts: str) -> Attempt:
    (blank,) = handshake_sheet(handshake(("client", REQUEST), ("server", RESPONSE)), (name,)).blanks
    result = Attempt()
    for text in texts:
        result = attempt(blank, text, result)
    return result


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("method", "get"),
        ("version", "13"),
        ("status", "101"),
        ("accept", f'"{ACCEPT}"'),
        ("accept", str(ACCEPT.encode())),
        ("accept", ACCEPT.encode().hex(" ")),  # what `fill` makes of bytes
    ],
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
    refused = b"HTTP/1.1 426 Upgrade Required\r\n\r\n"
    without_version = REQUEST.replace(b"Sec-WebSocket-Version: 13\r\n", b"")
    panel = handshake_blanks(handshake(("client", without_version), ("server", refused)))
    assert [field["name"] for field in panel.fields] == ["method", "status"]


def test_a_handshake_is_shown_with_gaps_and_without_secrets():
    trace = handshake(("client", REQUEST), ("server", RESPONSE))
    sheet = handshake_sheet(trace, ("version", "status", "accept"))
    texts = [text for _, text in sheet.lines]
    assert texts[0].startswith("GET /?token=•••")
    assert f"HTTP/1.1 {GAP} Switching Protocols" in texts
    assert f"Sec-WebSocket-Version: {GAP}" in texts and f"Sec-WebSocket-Accept: {GAP}" in texts
    assert "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" in texts
    assert "SECRET" not in str(sheet) and "s3pPL" not in str(sheet.lines)
    assert handshake_sheet(trace, ("method",)).lines[0][1].startswith(f"{GAP} /")
    # Each gap is filled by the blank of its turn, in whatever order they were asked for.
    asked = handshake_sheet(trace, ("accept", "method", "status")).blanks
    assert [blank.name for blank in asked] == ["method", "status", "accept"]


def test_the_digest_of_a_handshake_does_not_depend_on_its_key():
    other = REQUEST.replace(b"dGhl", b"AAAA")
    digests = {
        handshake_sheet(handshake(("client", request), ("server", RESPONSE)), ("status",)).digest
        for request in (REQUEST, other)
    }
    assert len(digests) == 1


def test_a_connection_without_a_whole_handshake_has_no_exercise():
    for trace in (handshake(), handshake(("client", REQUEST))):
        with pytest.raises(ValueError, match="'Ana' has no whole opening handshake yet. Connect"):
            handshake_sheet(trace, ())
