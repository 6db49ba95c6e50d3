"""What is said about frames that were read or made, from outcomes alone."""

import pytest

from chatlib.chapters.build_a_server.drive import Outcome
from chatlib.chapters.build_a_server.server_frames import (
    FRAME_CASES,
    HELLO,
    MADE_CASES,
    judge_frames,
    judge_made,
)
from chatlib.wire.frames import Frame
from chatlib.wire.rules import frame_problems

BROKEN = next(case for case in FRAME_CASES if case.rule)


def test_the_cases_are_what_they_say():
    for case in FRAME_CASES:
        problems = [
            problem for frame in case.frames for problem in frame_problems(frame, sender="client")
        ]
        assert bool(problems) == bool(case.rule), case.name
        assert b"".join(case.chunks) == b"".join(frame.encode() for frame in case.frames)
    sizes = {len(frame.payload) for case in FRAME_CASES for frame in case.frames}
    assert {0, 126, 300, 65_536} <= sizes
    assert {125, 126, 65_535, 65_536} <= {len(payload) for _, _, payload in MADE_CASES}


def test_right_frames():
    assert judge_frames(FRAME_CASES[0], Outcome([(1, 1, b"Hello")])).right
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
        (Outcome([(1, 1, b"Hello")], unread=b"!"), "1 byte of the frame were not read"),
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


@pytest.mark.parametrize(("name", "opcode", "payload"), MADE_CASES)
def test_made_frames(name: str, opcode: int, payload: bytes):
    right = Frame(opcode, payload).encode()
    assert judge_made(name, opcode, payload, Outcome(right)).right
    for wrong in (right[:1], right + b"!", bytes([right[0] ^ 128]) + right[1:], right.hex(), None):
        finding = judge_made(name, opcode, payload, Outcome(wrong))
        assert finding.right is False
        assert len(finding.feedback) > 20
