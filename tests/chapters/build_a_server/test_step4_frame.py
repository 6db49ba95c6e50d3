"""Wrong functions for step 4, and what the learner is told."""

from collections.abc import Callable
from typing import Any

import pytest

from chatlib.chapters.build_a_server.drive import Outcome
from chatlib.chapters.build_a_server.step4_frame import MADE_CASES, judge_made
from chatlib.chapters.build_a_server.step4_frame import frame as made
from chatlib.wire.frames import Frame
from tests.chapters.build_a_server.told import told


def test_the_cases_are_on_both_sides_of_each_form():
    assert {125, 126, 65_535, 65_536} <= {len(payload) for _, _, payload in MADE_CASES}


@pytest.mark.parametrize(("name", "opcode", "payload"), MADE_CASES)
def test_made_frames(name: str, opcode: int, payload: bytes):
    right = Frame(opcode, payload).encode()
    assert judge_made(name, opcode, payload, Outcome(right)).right
    for wrong in (right[:1], right + b"!", bytes([right[0] ^ 128]) + right[1:], right.hex(), None):
        finding = judge_made(name, opcode, payload, Outcome(wrong))
        assert finding.right is False
        assert len(finding.feedback) > 20


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
