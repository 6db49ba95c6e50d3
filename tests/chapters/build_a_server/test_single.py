"""Plausible wrong functions for the first five steps, and what the learner is told."""

import asyncio
from asyncio import StreamReader, StreamWriter
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha1
from typing import Any

import pytest

from chatlib.chapters.build_a_server import drive, given
from chatlib.chapters.build_a_server.check import check_step
from chatlib.chapters.build_a_server.given import CLOSE, GUID, PING, PONG, REFUSE, SWITCH, TEXT
from chatlib.chapters.build_a_server.given import frame as made
from chatlib.chapters.build_a_server.given import read_frame as read
from chatlib.chapters.build_a_server.given import read_head as head_of


async def told(function: Callable[..., Any], name: str, **parts: Any) -> str:
    """Check a wrong function under the name of its step, and return what is said about it."""
    function.__name__ = name
    report = await check_step(function, **parts)
    assert not report.passed
    assert [finding.right for finding in report.findings[:-1]] == [True] * (
        len(report.findings) - 1
    )
    assert report.findings[-1].right is False
    return f"{report.findings[-1].name}: {report.findings[-1].feedback}"


@pytest.fixture(autouse=True)
async def nothing_is_left_behind():
    tasks = asyncio.all_tasks()
    yield
    assert asyncio.all_tasks() - tasks - {asyncio.current_task()} == set()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up early where a function hangs on purpose."""
    monkeypatch.setattr(drive, "PATIENCE", 0.5)


def lines_of(head: bytes) -> list[str]:
    return head.decode().split("\r\n")


# Step 1


async def reads_what_is_there(reader: StreamReader) -> object:
    first, *lines = lines_of(await reader.read(4096))
    pairs = (line.partition(":") for line in lines if line)
    return first, {name.lower(): value.strip() for name, _, value in pairs}


async def reads_lines(reader: StreamReader) -> object:
    first = (await reader.readline()).decode().strip()
    headers = {}
    while line := (await reader.readline()).decode():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return first, headers


async def forgets_the_empty_line(reader: StreamReader) -> object:
    first, *lines = lines_of(await reader.readuntil(b"\r\n\r\n"))
    return first, {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}


async def keeps_capitals(reader: StreamReader) -> object:
    first, *lines = lines_of(await reader.readuntil(b"\r\n\r\n"))[:-2]
    return first, {line.partition(":")[0]: line.partition(":")[2].strip() for line in lines}


async def cuts_at_the_second_colon(reader: StreamReader) -> object:
    first, *lines = lines_of(await reader.readuntil(b"\r\n\r\n"))[:-2]
    parts = [line.split(":") for line in lines]
    return first, {name.lower(): ":".join(rest[:-1] or rest).strip() for name, *rest in parts}


async def keeps_spaces(reader: StreamReader) -> object:
    first, *lines = lines_of(await reader.readuntil(b"\r\n\r\n"))[:-2]
    return first, {line.split(":", 1)[0].lower(): line.split(":", 1)[1] for line in lines}


async def keeps_bytes(reader: StreamReader) -> object:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[:-2]
    return first, {line.partition(b":")[0].lower(): line.partition(b":")[2] for line in lines}


async def returns_the_head(reader: StreamReader) -> object:
    return await reader.readuntil(b"\r\n\r\n")


async def forgets_await(reader: StreamReader) -> object:
    head = reader.at_eof
    return head.split(b"\r\n")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            reads_what_is_there,
            "three chunks: The request line is 'GET /chat HTTP/1.1'. Yours is 'GET /chat'",
        ),
        (forgets_the_empty_line, "[''] is no header. Leave out"),
        (keeps_capitals, "Keep them in lower case: 'host'"),
        (cuts_at_the_second_colon, "'origin' was cut: a value may hold a colon"),
        (keeps_spaces, "spaces around the value of 'host'"),
        (keeps_bytes, "The request line is bytes"),
        (returns_the_head, "Return two things"),
        (forgets_await, "no attribute 'split', in forgets_await, line"),
    ],
)
async def test_wrong_heads(wrong: Callable[..., Any], says: str):
    assert says in await told(wrong, "read_head")


async def test_a_head_read_beyond_its_end_waits_for_ever(impatient: None):
    feedback = await told(reads_lines, "read_head")
    assert "was not ready within 0.5 seconds" in feedback
    assert "it still waits, in reads_lines, line" in feedback
    assert "“while line := (await reader.readline()).decode():”" in feedback


async def test_a_frame_behind_the_head_must_stay():
    async def eats_the_frame(reader: StreamReader) -> object:
        data = b""
        while b"\r\n\r\n" not in data:
            data += await reader.read(4096)
        first, *lines = lines_of(data.partition(b"\r\n\r\n")[0])
        return first, {a.lower(): b.strip() for a, _, b in (x.partition(":") for x in lines)}

    feedback = await told(eats_the_frame, "read_head")
    assert feedback.startswith("a frame right behind the head: You read 11 bytes too many.")


# Step 2


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
        elif needs_key and not key:
            answer = "400 Bad Request"
        else:
            answer = switch + b64encode(digest(key_of(key) + GUID.encode())).decode()
        writer.write(f"HTTP/1.1 {answer}{end}".encode())
        await writer.drain()
        return answer.startswith("101") if returns is None else returns

    return handshake


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (shakes(key_of=b64decode), "You decoded the key from base64 first"),
        (shakes(digest=lambda data: sha1(data).hexdigest().encode()), "the hex text"),
        (shakes(digest=lambda data: sha1(data[:24]).digest()), "SHA-1 of the key alone"),
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
            return await given.handshake(again, writer)
        writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        writer.close()
        return False

    feedback = await told(handshake, "handshake")
    assert feedback.startswith("the library websockets as the client: The client says: server rej")


# Step 3


def reads(
    *,
    order: Any = "big",
    forms: bool = True,
    unmasked: bool = True,
    step: int = 4,
    rsv: bool = True,
    mask: bool = True,
    opcode: int = 0b1111,
    result: Callable[..., object] = lambda fin, opcode, payload: (fin, opcode, payload),
) -> Callable[..., Any]:
    """Return a `read_frame` that is right but for what is named."""

    async def read_frame(reader: StreamReader) -> object:
        first, second = await reader.readexactly(2)
        if (rsv and first & 112) or (mask and not second & 128):
            raise ValueError("broken")
        length = second & 127
        if forms and length > 125:
            length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8), order)
        key = await reader.readexactly(4 if second & 128 else 0)
        payload = await reader.readexactly(length)
        if unmasked and key:
            payload = bytes(byte ^ key[i % step] for i, byte in enumerate(payload))
        return result(first >> 7, first & opcode, payload)

    return read_frame


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (reads(unmasked=False), "still masked: XOR byte i with byte i % 4"),
        (reads(step=3), "Byte 3 is 0x66 in yours, and 0x6c was expected"),
        (reads(forms=False), "126 in the seven bits says: the length is in the next 2 bytes"),
        (reads(opcode=255), "The opcode is 1, yours is 129"),
        (reads(result=lambda fin, opcode, payload: payload), "Return three things"),
        (reads(result=lambda fin, opcode, payload: (1, opcode, payload)), "FIN is 0, yours is 1"),
        (
            reads(result=lambda fin, opcode, payload: (fin, opcode, list(payload))),
            "The payload must be bytes. Yours is list",
        ),
        (reads(mask=False), "not masked: Yours returned [(1, 1, b'Hello')]. Raise ValueError"),
        (reads(rsv=False), "Raise ValueError here: RSV1 is 1"),
    ],
)
async def test_wrong_readers_of_frames(wrong: Callable[..., Any], says: str):
    assert says in await told(wrong, "read_frame")


async def test_a_length_in_the_wrong_order_waits_for_bytes_that_never_come(impatient: None):
    feedback = await told(reads(order="little"), "read_frame")
    assert "a length of 126" in feedback
    assert "it still waits, in read_frame, line" in feedback
    assert "“payload = await reader.readexactly(length)”" in feedback


async def test_a_read_that_returns_fewer_bytes_is_found():
    async def read_frame(reader: StreamReader) -> object:
        first, second = await reader.read(2)
        if not second & 128 or first & 112:
            raise ValueError("broken")
        size = {126: 2, 127: 8}.get(second & 127, 0)
        length = int.from_bytes(await reader.read(size), "big") if size else second & 127
        key = await reader.read(4)
        payload = await reader.read(length)
        return first >> 7, first & 15, bytes(b ^ key[i % 4] for i, b in enumerate(payload))

    feedback = await told(read_frame, "read_frame")
    assert "yours has" in feedback or "not enough values to unpack" in feedback


# Step 4


def makes(wrong: Callable[[int, bytes], bytes]) -> Callable[..., Any]:
    def frame(opcode: int, payload: bytes) -> object:
        return wrong(opcode, payload)

    return frame


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda o, p: bytes([o, len(p)]) + p, "FIN is 0"),
        (lambda o, p: bytes([129, min(len(p), 125)]) + p, "The opcode is 1, 10 was asked for"),
        (lambda o, p: bytes([128 | o, 128 | len(p), 0, 0, 0, 0]) + p, "must not mask"),
        (lambda o, p: made(o, p)[:1], "Yours has 1 byte: not even a whole header"),
        (
            lambda o, p: bytes([128 | o, len(p) % 256]) + p,
            "126 or 127 in byte 1 say that the length follows",
        ),
        (
            lambda o, p: bytes([128 | o, 126]) + len(p).to_bytes(2, "big") + p,
            "5 bytes need the form with 7 bits",
        ),
        (
            lambda o, p: (
                made(o, p)
                if len(p) < 126
                else bytes([128 | o, 126]) + len(p).to_bytes(2, "little") + p
            ),
            'in the wrong order: use "big"',
        ),
        (
            lambda o, p: (
                made(o, p)
                if len(p) < 65_536
                else bytes([128 | o, 126]) + (len(p) % 65_536).to_bytes(2, "big") + p
            ),
            "65,536 bytes need the form with 64 bits, yours has 16",
        ),
        (lambda o, p: bytes([128 | o, len(p) + 2]) + p, "says 7 bytes, but the payload has 5"),
        (lambda o, p: bytes([128 | o, len(p)]) + p[::-1], "Byte 2 is 0x6f in yours, and 0x48"),
        (lambda o, p: made(o, p) + b"\n", "Yours has 8 bytes, and 7 were expected"),
        (lambda o, p: made(o, p).decode("latin-1"), "Return bytes. Yours is str"),
        (lambda o, p: bytes([128 | o, 1000]) + p, "ValueError: bytes must be in range(0, 256)"),
    ],
)
async def test_wrong_makers_of_frames(wrong: Callable[..., Any], says: str):
    assert says in await told(makes(wrong), "frame")


# Step 5


def receives(
    *,
    pong: int = PONG,
    echo: bool = True,
    joins: bool = True,
    decodes: str = "whole",
    order: bool = True,
    strict: bool = True,
    pongs_end: bool = False,
    closing: bytes | None = None,
    replace: bool = False,
) -> Callable[..., Any]:
    """Return a `receive` that is right but for what is named."""

    async def receive(reader: StreamReader, writer: StreamWriter) -> object:
        kind, parts = 0, list[bytes]()
        while True:
            fin, opcode, payload = await read(reader)
            if opcode == PING:
                writer.write(made(pong, payload))
            elif opcode == CLOSE:
                if echo:
                    writer.write(made(CLOSE, payload if closing is None else closing))
                return None
            elif opcode == PONG:
                if pongs_end:
                    return ""
            elif opcode > 2 and strict:
                raise ValueError("opcode")
            else:
                if order and (opcode == 0) != bool(parts):
                    raise ValueError("order")
                kind = kind or opcode
                if decodes == "parts" and kind == TEXT:
                    payload.decode()
                parts.append(payload)
                if fin or not joins:
                    whole = b"".join(parts)
                    if decodes == "never" or kind != TEXT:
                        return whole
                    return whole.decode(errors="replace" if replace else "strict")

    return receive


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (receives(decodes="never"), "'Hello' was expected, yours is b'Hello'"),
        (receives(decodes="parts"), "UnicodeDecodeError: 'utf-8' codec"),
        (receives(joins=False, replace=True), "Join the payloads first"),
        (receives(pong=PING), "sent a ping frame, not a pong frame"),
        (receives(pongs_end=True), "A pong needs no answer"),
        (receives(echo=False), "sent no close frame. Answer with a close frame"),
        (receives(closing=b""), "The answer was 88 00, not 88 02 03 e8"),
        (receives(order=False), "Raise ValueError here: No message has begun"),
        (receives(strict=False), "Raise ValueError here: Opcode 3 is reserved"),
        (receives(replace=True), "Raise ValueError here: .decode() raises UnicodeDecodeError"),
    ],
)
async def test_wrong_receivers(wrong: Callable[..., Any], says: str):
    assert says in await told(wrong, "receive")


async def test_an_answer_that_nobody_asked_for():
    async def receive(reader: StreamReader, writer: StreamWriter) -> str:
        _, _, payload = await read(reader)
        writer.write(made(TEXT, b"ok"))
        return payload.decode()

    assert "Your server sent 81 02 6f 6b, but no answer is needed" in await told(receive, "receive")
