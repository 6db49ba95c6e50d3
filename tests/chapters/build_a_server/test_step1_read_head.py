"""Wrong functions for step 1, and what the learner is told."""

from asyncio import StreamReader
from collections.abc import Callable
from typing import Any

import pytest

from chatlib.chapters.build_a_server.drive import Outcome
from chatlib.chapters.build_a_server.step1_read_head import FRAME, HEAD_CASES, REQUEST, judge_head
from chatlib.wire.heads import parse_request
from tests.chapters.build_a_server.told import told

LINE = "GET /chat HTTP/1.1"
HEADERS = {name.lower(): value for name, value in parse_request(REQUEST).headers}


def test_the_cases_are_what_they_say():
    assert all(b"".join(case.chunks).endswith(case.after) for case in HEAD_CASES)


def test_a_right_head():
    assert judge_head(HEAD_CASES[0], Outcome((LINE, HEADERS))).right
    assert judge_head(HEAD_CASES[0], Outcome([LINE, HEADERS])).right  # as good as a tuple
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


def lines_of(head: bytes) -> list[str]:
    return head.decode().split("\r\n")


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
    assert "was not ready within 1 seconds" in feedback
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
