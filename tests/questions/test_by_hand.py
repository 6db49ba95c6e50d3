"""Functions written by hand: right ones pass, and each wrong one hears what is wrong with it."""

import base64
import hashlib
import sys
from collections.abc import Callable
from typing import Any

import pytest

from chatlib.questions.by_hand import EXERCISES, check_by_hand
from chatlib.wire.handshake import GUID


def named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    function.__name__ = name
    return function


def sha1(data: bytes) -> bytes:
    return hashlib.sha1(data).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def big(size: int) -> bytes:
    if size < 126:
        return bytes([size])
    many, sign = (2, 126) if size < 65_536 else (8, 127)
    return bytes([sign]) + size.to_bytes(many, "big")


def close(code: int, reason: str) -> bytes:
    payload = code.to_bytes(2, "big") + reason.encode()
    return bytes([0x88, len(payload)]) + payload


RIGHT = {
    "accept": lambda key: b64(sha1((key + GUID).encode())),
    "unmask": lambda payload, key: bytes(b ^ key[i % 4] for i, b in enumerate(payload)),
    "length_bytes": big,
    "close_frame": close,
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_function_passes(name: str):
    report = check_by_hand(named(name, RIGHT[name]))
    assert report.passed
    assert "Right for" in report.findings[0].feedback


def little(size: int) -> bytes:
    right = big(size)
    return right[:1] + right[1:][::-1]


def no_long_form(size: int) -> bytes:
    return bytes([size]) if size < 126 else bytes([126]) + size.to_bytes(2, "big")


def off_by_one(size: int) -> bytes:
    return bytes([126]) + size.to_bytes(2, "big") if size == 125 else big(size)


def four_bytes(size: int) -> bytes:
    return big(size) if size < 65_536 else bytes([127]) + size.to_bytes(4, "big")


def mask_bit(frame: bytes) -> bytes:
    return frame[:1] + bytes([frame[1] | 0x80]) + frame[2:]


def letters(code: int, reason: str) -> bytes:
    right = close(code, reason)
    return right[:1] + bytes([2 + len(reason)]) + right[2:]


@pytest.mark.parametrize(
    ("name", "wrong", "says"),
    [
        ("accept", lambda key: sha1((key + GUID).encode()).hex(), "not .hexdigest()"),
        ("accept", lambda key: b64(sha1((key + GUID).encode()).hex().encode()), ".hexdigest()"),
        ("accept", lambda key: b64(sha1(base64.b64decode(key) + GUID.encode())), "You decoded"),
        ("accept", lambda key: b64(sha1(key.encode())), "the key alone"),
        ("accept", lambda key: b64(sha1((GUID + key).encode())), "first the key, then the GUID"),
        ("accept", lambda key: b64(sha1((key + GUID).encode())).strip("="), "Keep it"),
        ("accept", lambda key: base64.b64encode(sha1((key + GUID).encode())), "gave bytes"),
        ("accept", lambda key: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Character 0 is 's' in yours"),
        ("accept", lambda key: b64(sha1((key + GUID.lower()).encode())), "Join the key and"),
        ("unmask", lambda payload, key: payload, "still masked"),
        ("unmask", lambda p, k: bytes(b ^ k[i % 3] for i, b in enumerate(p)), "use i % 4, not"),
        ("unmask", lambda p, k: bytes(a ^ b for a, b in zip(p, k, strict=False)), "begins again"),
        ("unmask", lambda p, k: bytes(b ^ k[i] for i, b in enumerate(p)), "IndexError"),
        ("unmask", lambda p, k: [b ^ k[i % 4] for i, b in enumerate(p)], "Put bytes(…) around"),
        ("unmask", lambda p, k: bytes(b ^ k[0] for b in p), "the first byte of the key"),
        ("length_bytes", little, '"big", not "little"'),
        ("length_bytes", lambda size: bytes([size]), "126 and 127 are signs"),
        ("length_bytes", no_long_form, "OverflowError"),
        ("length_bytes", off_by_one, "one byte up to 125"),
        ("length_bytes", four_bytes, "8 bytes, not 4"),
        ("length_bytes", lambda size: bytes([big(size)[0] | 128]) + big(size)[1:], "MASK bit"),
        ("length_bytes", lambda size: str(size), "gave str"),
        ("close_frame", lambda code, reason: close(code, reason)[2:], "the payload alone"),
        ("close_frame", lambda code, reason: b"\x08" + close(code, reason)[1:], "FIN is 0"),
        ("close_frame", lambda code, reason: b"\x81" + close(code, reason)[1:], "opcode"),
        ("close_frame", lambda code, reason: mask_bit(close(code, reason)), "You set the MASK"),
        ("close_frame", lambda code, reason: sys.exit(), "Your code raised SystemExit"),
        ("close_frame", letters, "counts bytes, not letters"),
        (
            "close_frame",
            lambda code, reason: bytes([0x88, 4 + len(reason)]) + f"{code}{reason}".encode(),
            "not the text",
        ),
        ("close_frame", lambda code, reason: print(end=""), "Did you forget `return`?"),
    ],
)
def test_a_wrong_function_hears_what_is_wrong(name: str, wrong: Callable[..., Any], says: str):
    (finding,) = check_by_hand(named(name, wrong)).findings
    assert finding.right is False
    assert says in finding.feedback, finding.feedback
    assert f"{name}(" in finding.feedback


def test_the_first_byte_that_differs_is_named():
    (finding,) = check_by_hand(named("close_frame", lambda code, reason: b"\x88\x05bye")).findings
    assert "Byte 2 is 0x62 in yours, and 0x03 was expected" in finding.feedback
    (finding,) = check_by_hand(named("close_frame", lambda code, reason: b"\x88\x05")).findings
    assert "Yours has 2 bytes, and 7 were expected" in finding.feedback


def accept(key):
    return ...


def unmask(payload, key):
    raise NotImplementedError


@pytest.mark.parametrize("function", [accept, unmask])
def test_a_function_that_is_not_written_yet_is_open(function: Callable[..., Any]):
    (finding,) = check_by_hand(function).findings
    assert finding.right is None
    assert "Not answered yet" in finding.feedback


def test_a_coroutine_function_is_not_needed():
    async def accept(key):
        return key

    (finding,) = check_by_hand(accept).findings
    assert finding.right is False
    assert "Write `def accept`" in finding.feedback
    (finding,) = check_by_hand(named("accept", lambda key: accept(key))).findings
    assert "gave a coroutine" in finding.feedback


@pytest.mark.parametrize("function", [lambda key: key, "accept", b64])
def test_another_function_is_refused_in_words(function: Any):
    with pytest.raises(ValueError, match="one of these functions, without parentheses"):
        check_by_hand(function)


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("accept", ("dGhlIHNhbXBsZSBub25jZQ==",), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("unmask", (bytes.fromhex("7f9f4d5158"), bytes.fromhex("37fa213d")), b"Hello"),
        ("length_bytes", (125,), bytes.fromhex("7d")),
        ("length_bytes", (126,), bytes.fromhex("7e 007e")),
        ("length_bytes", (256,), bytes.fromhex("7e 0100")),
        ("length_bytes", (65_535,), bytes.fromhex("7e ffff")),
        ("length_bytes", (65_536,), bytes.fromhex("7f 0000000000010000")),
        ("close_frame", (1000, "bye"), bytes.fromhex("88 05 03e8 627965")),
        ("close_frame", (4000, "é"), bytes.fromhex("88 04 0fa0 c3a9")),
    ],
)
def test_the_right_answers(name: str, arguments: tuple[object, ...], answer: object):
    assert EXERCISES[name].right(*arguments) == answer


@pytest.mark.parametrize("name", EXERCISES)
def test_some_inputs_are_new_each_time(name: str):
    first, second = EXERCISES[name].inputs(), EXERCISES[name].inputs()
    assert len(first) == len(second) >= 5
    assert first != second


@pytest.mark.parametrize("name", EXERCISES)
def test_each_known_mistake_is_wrong_at_least_once(name: str):
    exercise = EXERCISES[name]
    inputs = exercise.inputs()
    wrong = {
        sentence
        for arguments in inputs
        for value, sentence in exercise.mistakes(*arguments)
        if value != exercise.right(*arguments)
    }
    every = {sentence for arguments in inputs for _, sentence in exercise.mistakes(*arguments)}
    assert len(every) >= 5
    # A sentence may name the code of its try, so that it occurs with other codes too.
    assert {sentence.split('"')[0] for sentence in wrong} == {
        sentence.split('"')[0] for sentence in every
    }
