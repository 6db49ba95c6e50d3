"""What one frame may break by itself; where the library checks too, it answers alike."""

import pytest
from websockets.frames import EXTERNAL_CLOSE_CODES, CloseCode

from chatlib.wire.frames import Frame, Side
from chatlib.wire.rules import CLOSE_CODES, close_code_info, frame_problems
from tests.wire.streams import KEY, library_close_code

SHUT = {"masking_key": KEY}
# frame, sender, offset within the frame, words of the rule, section, close code,
# and whether websockets notices it.
BROKEN: list[tuple[Frame, Side, int, str, str, int, bool]] = [
    (Frame(1, rsv1=True, **SHUT), "client", 0, "RSV1 is set", "RFC 6455 §5.2", 1002, True),
    (Frame(1, rsv2=True, **SHUT), "client", 0, "RSV2 is set", "RFC 6455 §5.2", 1002, True),
    (Frame(1, rsv3=True), "server", 0, "RSV3 is set", "RFC 6455 §5.2", 1002, True),
    (Frame(3), "server", 0, "Opcode 0x3 is reserved", "RFC 6455 §5.2", 1002, True),
    (Frame(15), "server", 0, "Opcode 0xf is reserved", "RFC 6455 §5.2", 1002, True),
    (Frame(9, fin=False), "server", 0, "must not be fragmented", "RFC 6455 §5.5", 1002, True),
    (Frame(9, bytes(126)), "server", 1, "126 bytes; 125 are", "RFC 6455 §5.5", 1002, True),
    (Frame(1, b"hi", length_bits=16), "server", 1, "in 16 bits", "RFC 6455 §5.2", 1002, False),
    (Frame(1, b"hi", length_bits=64), "server", 1, "in 64 bits", "RFC 6455 §5.2", 1002, False),
    (Frame(1), "client", 1, "a client must mask", "RFC 6455 §5.1", 1002, True),
    (Frame(1, **SHUT), "server", 1, "a server must not mask", "RFC 6455 §5.1", 1002, True),
    (Frame(8, b"\x03"), "server", 2, "close code of 2 bytes", "RFC 6455 §5.5.1", 1002, True),
    (Frame(8, b"\x03\xe8a\xff"), "server", 5, "at its byte 1", "RFC 6455 §5.5.1", 1007, True),
    *(
        (
            *(Frame(8, code.to_bytes(2, "big"), **SHUT), "client", 6),
            *(f"Close code {code} ", "RFC 6455 §7.4", 1002, True),
        )
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535)
    ),
]


@pytest.mark.parametrize(
    ("frame", "sender", "at", "words", "section", "code", "noticed"),
    BROKEN,
    ids=[f"{row[0]!r} {row[3]}" for row in BROKEN],
)
def test_broken_rules(
    frame: Frame, sender: Side, at: int, words: str, section: str, code: int, noticed: bool
):
    (problem,) = frame_problems(frame, sender=sender, offset=100)
    assert words in problem.rule
    assert (problem.offset, problem.section, problem.close_code) == (100 + at, section, code)
    if noticed:
        assert library_close_code(sender, frame.encode()) == code


@pytest.mark.parametrize(
    "frame",
    [
        Frame(1, b"hi"),
        Frame(1, b"\xff", fin=False),
        Frame(0),
        Frame(8),
        Frame(8, b"\x03\xe8"),
        Frame(8, b"\x0b\xb8bye"),
        Frame(8, b"\x13\x87bye"),
        Frame(10, bytes(125)),
        Frame(2, bytes(126), length_bits=16),
    ],
)
def test_allowed_frames(frame: Frame):
    assert frame_problems(frame, sender="server") == ()


def test_without_a_sender_masking_is_not_judged():
    assert frame_problems(Frame(1)) == frame_problems(Frame(1, masking_key=KEY)) == ()


@pytest.mark.parametrize(("opcode", "allowed"), [(1, True), (2, True), (0, False), (9, False)])
def test_rsv1_with_permessage_deflate(opcode: int, allowed: bool):
    problems = frame_problems(Frame(opcode, rsv1=True), deflate=True)
    assert [problem.section for problem in problems] == ([] if allowed else ["RFC 7692 §6.1"])


def test_several_rules_at_once():
    problems = frame_problems(Frame(11, rsv2=True, fin=False), sender="client")
    assert len(problems) == 4


def test_every_registered_code_is_known():
    assert set(CLOSE_CODES) == {*CloseCode, 1004}
    assert len(CLOSE_CODES) == 16


@pytest.mark.parametrize("code", [*range(1000, 1020), 0, 999, 2999, 3000, 4999, 5000, 65_535])
def test_codes_travel_where_the_library_lets_them(code: int):
    expected = code in EXTERNAL_CLOSE_CODES or 3000 <= code < 5000
    assert close_code_info(code).may_travel == expected


def test_words():
    assert close_code_info(1001).name == "going away"
    assert close_code_info(999).name == "not used"
    assert close_code_info(1016).name == "unassigned"
    assert close_code_info(3999).name == "registered"
    assert close_code_info(4000).name == "private use"
    assert close_code_info(-1).name == close_code_info(5000).name == "out of range"
    assert all(meaning.endswith(".") for _, meaning in CLOSE_CODES.values())
