"""Wrong functions for step 3, and what the learner is told."""

from asyncio import StreamReader
from collections.abc import Callable
from typing import Any

import pytest

from chatlib.chapters.build_a_server.drive import Outcome
from chatlib.chapters.build_a_server.step3_read_frame import FRAME_CASES, HELLO, judge_frames
from chatlib.wire.rules import frame_problems
from tests.chapters.build_a_server.told import told

BROKEN = next(case for case in FRAME_CASES if case.rule)


def test_the_cases_are_what_they_say():
    for case in FRAME_CASES:
        problems = [
            problem for frame in case.frames for problem in frame_problems(frame, sender="client")
        ]
        assert bool(problems) == bool(case.rule), case.name
        assert b"".join(case.chunks) == b"".join(frame.encode() for frame in case.frames)
    sizes = {len(frame.payload) for case in FRAME_CASES for frame in case.frames}
    assert {0, 126, 127, 300, 65_536} <= sizes


def test_right_frames():
    assert judge_frames(FRAME_CASES[0], Outcome([(1, 1, b"Hello")])).right
    assert judge_frames(FRAME_CASES[0], Outcome([[1, 1, b"Hello"]])).right
    assert judge_frames(FRAME_CASES[0], Outcome([(True, 1, bytearray(b"Hello"))])).right
    refused = judge_frames(BROKEN, Outcome(error=ValueError("no mask"), trouble="no mask"))
    assert refused.right
    assert refused.feedback == "As it must, your code raised ValueError: no mask."


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Outcome(trouble="It broke."), "It broke."),
        (Outcome([b"Hello"]), "Return three things: FIN, opcode, payload. Yours is b'Hello'."),
        (Outcome([(0, 1, b"Hello")]), "FIN is 1, yours is 0"),
        (Outcome([(1, 129, b"Hello")]), "The opcode is 1, yours is 129"),
        (Outcome([(1, 1, "Hello")]), "The payload must be bytes. Yours is str"),
        (Outcome([(1, 1, HELLO.masked_payload)]), "still masked"),
        (Outcome([(1, 1, b"Hell")]), "The payload has 5 bytes; yours has 4"),
        (Outcome([(1, 1, b"Hallo")]), "Byte 1 is 0x61 in yours, and 0x65 was expected"),
        (Outcome([(1, 1, b"Hello")], unread=b"!"), "1 byte of the frame stayed unread"),
    ],
)
def test_wrong_frames(outcome: Outcome, says: str):
    finding = judge_frames(FRAME_CASES[0], outcome)
    assert finding.right is False
    assert says in finding.feedback


def test_a_broken_rule_that_was_not_noticed():
    for outcome in (Outcome([(1, 1, b"Hello")]), Outcome(error=KeyError(1), trouble="KeyError.")):
        finding = judge_frames(BROKEN, outcome)
        assert finding.right is False
        assert "Raise ValueError here: MASK is 0 (RFC 6455 §5.1)." in finding.feedback


def reads(
    *,
    order: Any = "big",
    forms: bool = True,
    unmasked: bool = True,
    step: int = 4,
    rsv: int = 0b0111_0000,
    mask: bool = True,
    opcode: int = 0b1111,
    result: Callable[..., object] = lambda fin, opcode, payload: (fin, opcode, payload),
) -> Callable[..., Any]:
    """Return a `read_frame` that is right but for what is named."""

    async def read_frame(reader: StreamReader) -> object:
        first, second = await reader.readexactly(2)
        if (first & rsv) or (mask and not second & 128):
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
        (reads(rsv=0), "Raise ValueError here: RSV1 is 1"),
        (reads(rsv=0b0100_0000), "RSV2 is set: Yours returned"),
        (reads(rsv=0b0110_0000), "Raise ValueError here: RSV3 is 1"),
    ],
)
async def test_wrong_readers_of_frames(wrong: Callable[..., Any], says: str):
    assert says in await told(wrong, "read_frame")


async def test_a_length_in_the_wrong_order_waits_for_bytes_that_never_come(impatient: None):
    feedback = await told(reads(order="little"), "read_frame")
    assert "a length of 126" in feedback
    assert "it still waits, in read_frame, line" in feedback
    assert "“payload = await reader.readexactly(length)”" in feedback


async def test_a_length_of_127_is_not_taken_for_the_longest_form(impatient: None):
    async def read_frame(reader: StreamReader) -> object:
        first, second = await reader.readexactly(2)
        length = second & 127
        if length == 126:
            length = int.from_bytes(await reader.readexactly(2), "big")
        if length == 127:  # elif was meant
            length = int.from_bytes(await reader.readexactly(8), "big")
        key, masked = await reader.readexactly(4), await reader.readexactly(length)
        return first >> 7, first & 15, bytes(b ^ key[i % 4] for i, b in enumerate(masked))

    feedback = await told(read_frame, "read_frame")
    assert feedback.startswith("a length of 127: still the next 2 bytes: Your code was not ready")
    assert "Ask for 127 with elif" in feedback


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
