"""Wrong functions for step 2, and what the learner is told."""

from asyncio import StreamReader, StreamWriter
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha1
from typing import Any

import pytest

from chatlib.chapters.build_a_server.drive import Outcome
from chatlib.chapters.build_a_server.step1_read_head import read_head as head_of
from chatlib.chapters.build_a_server.step2_handshake import (
    HANDSHAKE_CASES,
    REFUSE,
    SWITCH,
    judge_handshake,
)
from chatlib.chapters.build_a_server.step2_handshake import handshake as given_handshake
from chatlib.wire.handshake import GUID, accept_value, request_problem
from chatlib.wire.heads import parse_request
from tests.chapters.build_a_server.told import told

ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: " + accept_value("dGhlIHNhbXBsZSBub25jZQ==").encode() + b"\r\n\r\n"
)


def test_the_cases_are_what_they_say():
    for case in HANDSHAKE_CASES:
        refused = request_problem(parse_request(case.request))
        assert (refused is None) == (not case.why)


def test_a_right_handshake():
    finding = judge_handshake(HANDSHAKE_CASES[0], Outcome(True, received=ACCEPTED))
    assert finding.right
    assert finding.feedback == "Your server answered 101, and returned True."


def test_a_refusal_may_have_a_body():
    answer = f"HTTP/1.1 {REFUSE}\r\nContent-Length: 4\r\n\r\nno!\n".encode()
    assert judge_handshake(HANDSHAKE_CASES[2], Outcome(False, received=answer)).right


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Outcome(trouble="It broke."), "It broke."),
        (Outcome(True), "Nothing came back"),
        (Outcome(True, received=ACCEPTED[:-2]), "does not end with an empty line"),
        (Outcome(True, received=b"OK\r\n\r\n"), "no HTTP head"),
        (Outcome(True, received=ACCEPTED + b"!"), "1 byte came after the empty line"),
        (Outcome(None, received=ACCEPTED), "Return True here. Yours is None."),
        (Outcome(True, received=ACCEPTED.replace(b"s3pP", b"xxxx")), "RFC 6455 §4.2.2"),
        (Outcome(True, received=ACCEPTED.replace(b"-Accept", b"-Except")), "belongs to the key"),
        (Outcome(True, received=ACCEPTED.replace(b"101", b"200")), "answered 200. 101 was"),
    ],
)
def test_a_wrong_handshake(outcome: Outcome, says: str):
    finding = judge_handshake(HANDSHAKE_CASES[0], outcome)
    assert finding.right is False
    assert says in finding.feedback


def shakes(
    *,
    key_of: Callable[[str], bytes] = str.encode,
    refuse: str = REFUSE,
    switch: str = SWITCH,
    end: str = "\r\n\r\n",
    digest: Callable[[bytes], bytes] = lambda data: sha1(data).digest(),
    returns: bool | None = None,
    needs_key: bool = True,
    any_version: bool = False,
    exact: bool = False,
    any_method: bool = False,
    closes: bool = False,
) -> Callable[..., Any]:
    """Return a handshake that is right but for what is named."""

    async def handshake(reader: StreamReader, writer: StreamWriter) -> bool | None:
        line, headers = await head_of(reader)
        key = headers.get("sec-websocket-key", "")
        upgrade = headers.get("upgrade", "")
        version = headers.get("sec-websocket-version")
        wrong_version = version != "13" and not any_version
        if wrong_version or (upgrade if exact else upgrade.lower()) != "websocket":
            answer = refuse
        elif (needs_key and not key) or not (any_method or line.startswith("GET ")):
            answer = "400 Bad Request"
        else:
            answer = switch + b64encode(digest(key_of(key) + GUID.encode())).decode()
        writer.write(f"HTTP/1.1 {answer}{end}".encode())
        await writer.drain()
        if closes:
            writer.close()
        return answer.startswith("101") if returns is None else returns

    return handshake


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (shakes(key_of=b64decode), "You decoded the key from base64 first"),
        (shakes(digest=lambda data: sha1(data).hexdigest().encode()), "the hex text"),
        (shakes(digest=lambda data: sha1(data[:24]).digest()), "SHA-1 of the key alone"),
        (
            shakes(switch=SWITCH + "b'", end="'\r\n\r\n"),
            "bytes writes b'…' around them. Use .decode().",
        ),
        (shakes(end="\r\n"), "does not end with an empty line"),
        (shakes(switch=SWITCH.replace("Upgrade: websocket\r\n", "")), "an Upgrade header"),
        (shakes(switch=SWITCH.replace("101 Switching Protocols", "200 OK")), "200. 101 was"),
        (shakes(switch=SWITCH.replace("\r\n", "\n")), "no HTTP head"),
        (shakes(end="\r\n\r\nwelcome"), "7 bytes came after the empty line"),
        (shakes(returns=False), "Return True here"),
        (shakes(returns=True), "Return False here"),
        (shakes(exact=True), "request is right, but your server answered 426"),
        (shakes(refuse="404 Not Found"), "answered 404. Refuse this with 426: it does not ask"),
        (shakes(any_version=True), "version 8: Your server answered 101. Refuse this with 426"),
        (shakes(refuse="400 Bad Request"), 'needs "Sec-WebSocket-Version: 13"'),
        (
            shakes(any_method=True),
            "the method POST: Your server answered 101. Refuse this with 400",
        ),
        (
            shakes(refuse=REFUSE.replace("Connection: Upgrade\r\n", "")),
            'a plain HTTP request: The refusal needs "Connection: Upgrade"',
        ),
        (
            shakes(refuse=REFUSE.replace("Upgrade: websocket\r\n", "")),
            'a plain HTTP request: The refusal needs "Upgrade: websocket"',
        ),
        (
            shakes(closes=True),
            "the library websockets as the client: Your handshake closed the connection. Leave it",
        ),
        (shakes(needs_key=False), "no key: Your server answered 101. Refuse this with 400"),
    ],
)
async def test_wrong_handshakes(wrong: Callable[..., Any], says: str):
    assert says in await told(wrong, "handshake")


async def test_a_handshake_without_an_answer():
    async def handshake(reader: StreamReader, writer: StreamWriter) -> bool:
        await head_of(reader)
        return True

    assert "Nothing came back" in await told(handshake, "handshake")


async def test_a_handshake_that_only_browsers_pass():
    async def handshake(reader: StreamReader, writer: StreamWriter) -> bool:
        line, headers = await head_of(reader)
        again = StreamReader()
        again.feed_data("\r\n".join([line, *map(": ".join, headers.items()), "", ""]).encode())
        if "origin" in headers or "upgrade" not in headers:
            return await given_handshake(again, writer)
        writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        writer.close()
        return False

    feedback = await told(handshake, "handshake")
    assert feedback.startswith("the library websockets as the client: The client says: server rej")
