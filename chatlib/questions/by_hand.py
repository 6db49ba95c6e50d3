"""`check_by_hand`: a small function of the learner's, tried with inputs that are new each time.

Each exercise knows the right answers, and the mistakes that people make in it.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import iscoroutine, iscoroutinefunction
from itertools import cycle
from typing import Any

from websockets.frames import Opcode

from chatlib.questions.checks import ACCEPT_HINT, OPEN, accept_mistakes
from chatlib.questions.report import Finding, Report, difference, raised, shorten
from chatlib.wire.frames import Frame, apply_mask
from chatlib.wire.handshake import accept_value

NOTHING_TO_AWAIT = "Nothing is awaited here: a plain function is enough."
# A wrong value, and what to say when it is the learner's.
Mistake = tuple[object, str]

# Reasons of a close frame; one has letters that take more than one byte.
REASONS = ("bye", "", "the server restarts", "sampai jumpa, señor")


@dataclass(frozen=True, slots=True)
class Exercise:
    """One function to write.

    Attributes:
        inputs: Returns the arguments of each try; some are new each time.
        right: The right answer to these arguments.
        mistakes: What comes out if a well-known mistake is made with these arguments.
        hint: What to look at after any other mistake.
        type_hint: What to do if the answer has another type.
    """

    inputs: Callable[[], list[tuple[Any, ...]]]
    right: Callable[..., str | bytes]
    mistakes: Callable[..., Iterator[Mistake]]
    hint: str
    type_hint: str


# ------------------------------------------------------------ Sec-WebSocket-Accept (§4.2.2)


def _keys() -> list[tuple[Any, ...]]:
    fresh = [base64.b64encode(secrets.token_bytes(16)).decode() for _ in range(5)]
    return [(key,) for key in ("dGhlIHNhbXBsZSBub25jZQ==", *fresh)]


def _accept_mistakes(key: str) -> Iterator[Mistake]:
    yield from accept_mistakes(key).items()


# ------------------------------------------------------------ unmasking (§5.3)


def _masked_payloads() -> list[tuple[Any, ...]]:
    sizes = (5, 0, 4, 11, 300)
    # With equal bytes, or with 0, a wrong use of the key can look right.
    keys = (bytes(secrets.SystemRandom().sample(range(1, 256), 4)) for _ in sizes)
    return [(secrets.token_bytes(size), key) for size, key in zip(sizes, keys, strict=True)]


def _unmask_mistakes(payload: bytes, key: bytes) -> Iterator[Mistake]:
    yield payload, "These bytes are still masked."
    yield (
        bytes(a ^ b for a, b in zip(payload, key, strict=False)),
        "Only the first four bytes are there. After them the key begins again: use key[i % 4].",
    )
    yield (
        bytes(byte ^ key[i % 3] for i, byte in enumerate(payload)),
        "The key has four bytes: use i % 4, not i % 3.",
    )
    yield apply_mask(payload, key[::-1]), "You took the bytes of the key from its end."
    yield (
        bytes(byte ^ key[0] for byte in payload),
        "You took the first byte of the key for each byte. Use key[i % 4].",
    )
    yield (
        bytes(a ^ b for a, b in zip(payload, cycle(key[1:] + key[:1]), strict=False)),
        "You began with byte 1 of the key. Counting begins with 0.",
    )


# ------------------------------------------------------------ the payload length (§5.2)


def _sizes() -> list[tuple[Any, ...]]:
    fresh = [
        secrets.randbelow(126),
        126 + secrets.randbelow(65_000),
        2**16 + secrets.randbelow(2**40),
    ]
    return [(size,) for size in (5, 125, 126, 65_535, 65_536, 0, *fresh)]


def _length_bytes(size: int) -> bytes:
    if size < 126:
        return bytes([size])
    if size < 65_536:
        return bytes([126]) + size.to_bytes(2, "big")
    return bytes([127]) + size.to_bytes(8, "big")


def _length_mistakes(size: int) -> Iterator[Mistake]:
    right = _length_bytes(size)
    yield right[:1] + right[1:][::-1], 'The highest byte comes first: use "big", not "little".'
    yield (
        bytes([right[0] | 0x80]) + right[1:],
        "You set the MASK bit too. Here it is 0, as in a frame of the server.",
    )
    if size < 256:
        yield bytes([size]), "126 and 127 are signs, not lengths: from 126 on, use the next form."
    if size < 65_536:
        yield (
            bytes([127]) + size.to_bytes(8, "big"),
            "Use the shortest form that fits: 8 bytes only from 65,536 on.",
        )
        yield (
            bytes([126]) + size.to_bytes(2, "big"),
            "Use the shortest form that fits: one byte up to 125.",
        )
    elif size < 2**32:
        yield bytes([127]) + size.to_bytes(4, "big"), "The longest form has 8 bytes, not 4."
    yield right[1:], "The first byte is missing: 126 or 127 says which form follows."


# ------------------------------------------------------------ a close frame (§5.5.1)


def _closes() -> list[tuple[Any, ...]]:
    return [(1000, "bye"), *((4000 + secrets.randbelow(1000), reason) for reason in REASONS)]


def _close_frame(code: int, reason: str) -> bytes:
    return Frame(Opcode.CLOSE, code.to_bytes(2, "big") + reason.encode()).encode()


def _close_mistakes(code: int, reason: str) -> Iterator[Mistake]:
    right, text = _close_frame(code, reason), reason.encode()
    yield right[2:], "This is the payload alone. FIN with the opcode, and the length, come first."
    yield bytes([8]) + right[1:], "FIN is 0 in yours. A control frame is never cut: FIN is 1."
    masked = "You set the MASK bit. A server does not mask, so the first bit of byte 1 is 0."
    yield right[:1] + bytes([right[1] | 0x80]) + right[2:], masked
    yield b"\x81" + right[1:], "The opcode is that of a text. Close is 8, so byte 0 is 0x88."
    little = code.to_bytes(2, "little")
    yield right[:2] + little + text, 'The highest byte of the code comes first: use "big".'
    written = str(code).encode()
    yield (
        Frame(Opcode.CLOSE, written + text).encode(),
        f'The code is a number in two bytes, not the text "{code}".',
    )
    yield right[:1] + bytes([len(text)]) + right[2:], "The length counts the two bytes of the code."
    yield (
        right[:1] + bytes([2 + len(reason)]) + right[2:],
        "The length counts bytes, not letters: some letters take two bytes.",
    )
    yield Frame(Opcode.CLOSE, text).encode(), "The code is missing: it stands before the reason."


EXERCISES = {
    "accept": Exercise(
        _keys,
        accept_value,
        _accept_mistakes,
        ACCEPT_HINT,
        "The header needs text: bytes become text with .decode().",
    ),
    "unmask": Exercise(
        _masked_payloads,
        apply_mask,
        _unmask_mistakes,
        "XOR byte number i with byte number i % 4 of the key.",
        "Put bytes(…) around your result.",
    ),
    "length_bytes": Exercise(
        _sizes,
        _length_bytes,
        _length_mistakes,
        "One byte up to 125. Then 126 and two bytes, up to 65,535. Then 127 and eight bytes.",
        "Make bytes of a number n with bytes([n]) or n.to_bytes(2, 'big').",
    ),
    "close_frame": Exercise(
        _closes,
        _close_frame,
        _close_mistakes,
        "Byte 0 holds FIN and the opcode, byte 1 the length; then the code in two bytes, and the "
        "reason in UTF-8.",
        "Put the parts together with +: each of them is bytes.",
    ),
}


def check_by_hand(function: Callable[..., Any]) -> Report:
    """Try a function of the learner's with several inputs, and stop at the first wrong answer.

    Args:
        function: `accept`, `unmask`, `length_bytes` or `close_frame`; its name says what it must
            do. It may return `...` or raise `NotImplementedError` while it is not written.

    Raises:
        ValueError: If no exercise has this name.
    """
    name = getattr(function, "__name__", "")
    if not callable(function) or name not in EXERCISES:
        raise ValueError(
            f"Give check_by_hand one of these functions, without parentheses after its name: "
            f"{', '.join(EXERCISES)}."
        )
    if iscoroutinefunction(function):
        sentence = f"{NOTHING_TO_AWAIT} Write `def {name}`, not `async def {name}`."
        return Report.of([Finding(name, False, sentence)])
    return Report.of([_check(function, name, EXERCISES[name])])


def _check(function: Callable[..., Any], name: str, exercise: Exercise) -> Finding:
    inputs = exercise.inputs()
    for arguments in inputs:
        call = f"{name}({', '.join(map(shorten, arguments))})"
        try:
            answer = function(*arguments)
        except NotImplementedError:
            return Finding(name, None, OPEN)
        except (Exception, SystemExit) as error:
            return Finding(name, False, f"{call}: {raised(error, function)}")
        if answer is ...:
            return Finding(name, None, OPEN)
        if wrong := _wrong(answer, exercise, arguments):
            return Finding(name, False, f"{call}: {wrong}")
    return Finding(name, True, f"Right for {len(inputs)} inputs; the last one was {call}.")


def _wrong(answer: object, exercise: Exercise, arguments: tuple[Any, ...]) -> str:
    """Say what is wrong with an answer; "" if nothing is."""
    expected = exercise.right(*arguments)
    if answer is None:
        return "your function gave None. Did you forget `return`?"
    if iscoroutine(answer):
        answer.close()
        return f"your function gave a coroutine. {NOTHING_TO_AWAIT}"
    if type(answer) is not type(expected):
        wanted, got = type(expected).__name__, type(answer).__name__
        return f"{wanted} was expected, but your function gave {got}. {exercise.type_hint}"
    if answer == expected:
        return ""
    mistakes = (sentence for value, sentence in exercise.mistakes(*arguments) if value == answer)
    return f"{difference(answer, expected)} {next(mistakes, exercise.hint)}"
