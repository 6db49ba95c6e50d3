"""A function that tells frames apart: right ones pass, each wrong one hears what is wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from chatlib.chapters.full_duplex.payloads_by_hand import PAYLOADS, check_payloads
from tests.chapters.by_hand import hears, is_sound


def payloads(stream: bytes) -> list[bytes]:
    found = []
    while stream:
        length = stream[1]
        found.append(stream[2 : 2 + length])
        stream = stream[2 + length :]
    return found


def whole_frames(stream: bytes) -> list[bytes]:
    return [bytes([stream[0], len(payload)]) + payload for payload in payloads(stream)]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda stream: [b"satu", b"dua", b"tiga"], "in yours, and"),
        (lambda stream: [part[1:] for part in stream.split(b"\x81")[1:]], "go by the length"),
        (whole_frames, "The payload begins at byte 2"),
        (lambda stream: [frame[1:] for frame in whole_frames(stream)], "Byte 1 is the length"),
        (lambda stream: payloads(stream)[:1], "the first one only"),
        (lambda stream: [each.decode() for each in payloads(stream)], "leave .decode() out"),
        (lambda stream: b"".join(payloads(stream)), "gave bytes. These are all payloads in one"),
        (lambda stream: tuple(payloads(stream)), "gave tuple. Put the payloads into a list"),
        (lambda stream: (each for each in payloads(stream)), "gave generator. Put the payloads"),
        (lambda stream: list(stream), "Item 0 is 129 in yours"),
        (lambda stream: print(end=""), "Did you forget `return`?"),
    ],
)
def test_wrong_payloads_hear_what_is_wrong(wrong: Callable[..., Any], says: str):
    hears(PAYLOADS, wrong, says)


def test_the_right_payloads():
    assert PAYLOADS.right(bytes.fromhex("81024869 8200 82017e")) == [b"Hi", b"", b"~"]
    is_sound(PAYLOADS, payloads)
    assert check_payloads(lambda stream: [bytearray(each) for each in payloads(stream)]).passed


def test_payloads_are_open_at_first():
    (finding,) = check_payloads(lambda stream: ...).findings
    assert finding.right is None
