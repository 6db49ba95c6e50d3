"""Checks for the learner's answers: which field is wrong, and what to look at.

An answer of `...` means "not answered yet", so a notebook runs to its end with nothing filled in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from math import isclose
from numbers import Number

from chatlib.questions.reading import alike, is_number
from chatlib.questions.report import Finding, Report, difference, shorten
from chatlib.wire.handshake import GUID, accept_value

OPEN = "Not answered yet. Put your answer in place of the three dots and run the cell again."

ACCEPT_HINT = (
    "Another value was expected. Join the key and the GUID as text, take the SHA-1 digest "
    "(20 bytes), and write it in base64."
)
EXAMPLE_KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455 §1.3
URL_SAFE = str.maketrans("+/", "-_")
# What an answer can be, in words.
KINDS = {
    bool: "True or False (1 or 0)",
    int: "a number",
    float: "a number",
    str: "text",
    bytes: "bytes",
    list: "a list",
    tuple: "a tuple (a comma makes one)",
    dict: "a dict",
}


def accept_mistake(key: str, answer: object) -> str:
    """Say what is wrong with a `Sec-WebSocket-Accept` value (RFC 6455 §4.2.2); "" if nothing is."""
    right = accept_value(key)
    if answer == right:
        return ""
    if isinstance(answer, bytes):
        return "The header needs text, but this is bytes. Add .decode() at the end."
    if not isinstance(answer, str):
        return f"The header needs text, but this is {type(answer).__name__}."
    if answer.strip() == right:
        return "The value is right, but there is a space or a new line around it. Use .strip()."
    return accept_mistakes(key).get(answer, ACCEPT_HINT)


def accept_mistakes(key: str) -> dict[str, str]:
    """Return the wrong values that well-known mistakes lead to, and what to say of each."""
    right = accept_value(key)
    digest = base64.b64decode(right)
    return {
        right.strip("="): "The = at the end is part of the base64 text. Keep it.",
        f"{right}\n": "There is a new line at the end. Use b64encode(…), or .strip().",
        str(
            right.encode()
        ): "str(…) or an f-string of bytes writes b'…' around them. Use .decode().",
        right.translate(URL_SAFE): "This is base64 for addresses, with - and _. Use b64encode(…).",
        accept_value(EXAMPLE_KEY): "This is the value for the key of the RFC's example. "
        "Compute the digest anew, from this key.",
        digest.hex(" "): "This is the SHA-1 digest in hex. The header needs it in base64.",
        digest.hex(): "This is the SHA-1 digest in hex. The header needs it in base64: "
        "use .digest(), not .hexdigest().",
        _base64(digest.hex().encode()): "You encoded the hex text. Encode the 20 bytes themselves: "
        "use .digest(), not .hexdigest().",
        _accept_of(key.encode()): "This is the SHA-1 of the key alone. "
        "Add the GUID to the end of the key first.",
        _accept_of(_decoded(key) + GUID.encode()): "You decoded the key from base64 first. "
        "The RFC uses the text of the key as it stands in the header.",
        _accept_of(GUID.encode() + key.encode()): "The order is wrong: first the key, "
        "then the GUID.",
    }


def check_value(name: str, answer: object, expected: object, *, hint: str) -> Report:
    """Check one answer against the right value.

    Capital letters and spaces around do not count in text: names of headers, for example, are
    case-insensitive (RFC 9110 §5.1). Numbers count by their value: 3.0 is 3. The hint says what to
    look at when the answer is wrong.
    """
    if answer is ...:
        return Report.of([Finding(name, None, OPEN)])
    if _same(answer, expected):
        return Report.of([Finding(name, True, f"Yes: {_shown(expected)}.")])
    return Report.of([Finding(name, False, _mistake(answer, expected, hint))])


def _same(answer: object, expected: object) -> bool:
    """Compare text without regard to capital letters, and numbers by their value."""
    if isinstance(answer, str) and isinstance(expected, str):
        return alike(answer, expected)
    if isinstance(answer, Number) and isinstance(expected, Number):
        return answer == expected
    return type(answer) is type(expected) and answer == expected


def _mistake(answer: object, expected: object, hint: str) -> str:
    if answer is None:
        return f"The answer is None: nothing has been found or returned. {hint}"
    if isinstance(expected, int | float) and _with_separator(answer, expected):
        return (
            f"{shorten(answer)} has the right digits, but in Python a point begins a fraction, and "
            f"a comma makes two numbers. Write {expected:.0f}."
        )
    got, wanted = _kind(answer), _kind(expected)
    if got == wanted and isinstance(answer, bytes | list) and isinstance(expected, bytes | list):
        return f"{difference(answer, expected)} {hint}"
    if got == wanted or (isinstance(answer, Number) and isinstance(expected, Number)):
        return f"{_shown(answer)} is not right. {hint}"
    typed = wanted == KINDS[int] and isinstance(answer, str) and is_number(answer)
    return (
        f"This needs {wanted}, but the answer is {got}: {shorten(answer)}. "
        f"{'Write the number alone, without quotation marks.' if typed else hint}"
    )


def _with_separator(answer: object, expected: float) -> bool:
    """Say whether 1.000 or 1,000 was written for 1000: the fraction 1.0, or a tuple of two."""
    if isinstance(answer, float):
        return expected >= 1000 and isclose(answer * 1000, expected)
    if isinstance(answer, tuple) and len(answer) == 2:
        thousands, rest = answer
        both = isinstance(thousands, int) and isinstance(rest, int)
        return both and thousands > 0 and 0 <= rest < 1000 and thousands * 1000 + rest == expected
    return False


def _kind(value: object) -> str:
    return KINDS.get(type(value), type(value).__name__)


def _shown(value: object) -> str:
    return value.hex(" ") if isinstance(value, bytes) else shorten(value)


def _accept_of(data: bytes) -> str:
    return _base64(hashlib.sha1(data, usedforsecurity=False).digest())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(key: str) -> bytes:
    try:
        return base64.b64decode(key)
    except binascii.Error:
        return b""
