"""A function for a close frame: right ones pass, each wrong one hears what is wrong."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from chatlib.chapters.closing.close_by_hand import CLOSE_FRAME
from tests.chapters.by_hand import hears, is_sound


def close(code: int, reason: str) -> bytes:
    payload = code.to_bytes(2, "big") + reason.encode()
    return bytes([0x88, len(payload)]) + payload


def mask_bit(frame: bytes) -> bytes:
    return frame[:1] + bytes([frame[1] | 0x80]) + frame[2:]


def letters(code: int, reason: str) -> bytes:
    right = close(code, reason)
    return right[:1] + bytes([2 + len(reason)]) + right[2:]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda code, reason: close(code, reason)[2:], "the payload alone"),
        (lambda code, reason: b"\x08" + close(code, reason)[1:], "FIN is 0"),
        (lambda code, reason: b"\x81" + close(code, reason)[1:], "opcode"),
        (lambda code, reason: mask_bit(close(code, reason)), "You set the MASK"),
        (lambda code, reason: sys.exit(), "Your code raised SystemExit"),
        (letters, "counts bytes, not letters"),
        (
            lambda code, reason: bytes([0x88, 4 + len(reason)]) + f"{code}{reason}".encode(),
            "not the text",
        ),
        (lambda code, reason: print(end=""), "Did you forget `return`?"),
    ],
)
def test_a_wrong_close_frame_hears_what_is_wrong(wrong: Callable[..., Any], says: str):
    hears(CLOSE_FRAME, wrong, says)


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ((1000, "bye"), bytes.fromhex("88 05 03e8 627965")),
        ((4000, "é"), bytes.fromhex("88 04 0fa0 c3a9")),
    ],
)
def test_the_right_answers_of_close_frame(arguments: tuple[object, ...], answer: object):
    assert CLOSE_FRAME.right(*arguments) == answer
    is_sound(CLOSE_FRAME, close)
