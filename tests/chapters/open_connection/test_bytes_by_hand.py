"""Functions for a mask and a length: right ones pass, each wrong one hears what is wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from chatlib.chapters.open_connection.bytes_by_hand import LENGTH_BYTES, UNMASK
from tests.chapters.by_hand import hears, is_sound


def big(size: int) -> bytes:
    if size < 126:
        return bytes([size])
    many, sign = (2, 126) if size < 65_536 else (8, 127)
    return bytes([sign]) + size.to_bytes(many, "big")


def little(size: int) -> bytes:
    right = big(size)
    return right[:1] + right[1:][::-1]


def no_long_form(size: int) -> bytes:
    return bytes([size]) if size < 126 else bytes([126]) + size.to_bytes(2, "big")


def off_by_one(size: int) -> bytes:
    return bytes([126]) + size.to_bytes(2, "big") if size == 125 else big(size)


def four_bytes(size: int) -> bytes:
    return big(size) if size < 65_536 else bytes([127]) + size.to_bytes(4, "big")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda payload, key: payload, "still masked"),
        (lambda p, k: bytes(b ^ k[i % 3] for i, b in enumerate(p)), "use i % 4, not"),
        (lambda p, k: bytes(a ^ b for a, b in zip(p, k, strict=False)), "begins again"),
        (lambda p, k: bytes(b ^ k[i] for i, b in enumerate(p)), "IndexError"),
        (lambda p, k: [b ^ k[i % 4] for i, b in enumerate(p)], "Put bytes(…) around"),
        (lambda p, k: bytes(b ^ k[0] for b in p), "the first byte of the key"),
        (lambda p, k: bytes(p[i] ^ k[i % 4] for i in range(len(p) - 1)), "The last byte is miss"),
        (lambda p, k: "".join(chr(b ^ k[i % 4]) for i, b in enumerate(p)), "no chr(…)"),
    ],
)
def test_a_wrong_unmask_hears_what_is_wrong(wrong: Callable[..., Any], says: str):
    hears(UNMASK, wrong, says)


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ((bytes.fromhex("7f9f4d5158"), bytes.fromhex("37fa213d")), b"Hello"),
    ],
)
def test_the_right_answers_of_unmask(arguments: tuple[object, ...], answer: object):
    assert UNMASK.right(*arguments) == answer
    is_sound(UNMASK, lambda payload, key: bytes(b ^ key[i % 4] for i, b in enumerate(payload)))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (little, '"big", not "little"'),
        (lambda size: bytes([size]), "126 and 127 are signs"),
        (no_long_form, "OverflowError"),
        (off_by_one, "one byte up to 125"),
        (four_bytes, "8 bytes, not 4"),
        (lambda size: bytes([big(size)[0] | 128]) + big(size)[1:], "MASK bit"),
        (lambda size: str(size), "gave str"),
        (lambda size: bytes(size), "Write bytes([n])"),
        (lambda size: big(size)[1:] if size > 125 else big(size), "The first byte is missing"),
        (lambda size: b"", "Yours has 0 bytes, and 1 were expected. One byte up to 125."),
    ],
)
def test_a_wrong_length_bytes_hears_what_is_wrong(wrong: Callable[..., Any], says: str):
    hears(LENGTH_BYTES, wrong, says)


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ((125,), bytes.fromhex("7d")),
        ((126,), bytes.fromhex("7e 007e")),
        ((256,), bytes.fromhex("7e 0100")),
        ((65_535,), bytes.fromhex("7e ffff")),
        ((65_536,), bytes.fromhex("7f 0000000000010000")),
    ],
)
def test_the_right_answers_of_length_bytes(arguments: tuple[object, ...], answer: object):
    assert LENGTH_BYTES.right(*arguments) == answer
    is_sound(LENGTH_BYTES, big)
