"""What a learner types, read in every way that is clear: decimal, hex, binary, with or without 0x.

It says what cannot be read, and whether an answer in the learner's own words means a value.
"""

from __future__ import annotations

import ast
import re
from contextlib import suppress

_GROUPED = r"\d{1,3}(?:[., ]\d{3})+|\d{1,30}"  # 1,100 and, as in Indonesia, 1.100
# A word that multiplies the number before it: it may not be passed over as a unit may.
_TIMES = r"(?:[kmg]i?b?|dozen|hundred|thousand|million|billion|ribu|juta|miliar|each)\b"
_HEX_PREFIX = re.compile(r"0x|\\x")


class Unreadable(ValueError):
    """Something was typed that is no answer at all; its text says what to type instead."""


def read_number(text: str, *, bits: int | None = None) -> int:
    """Return the number that was typed; a word after it, "bytes" or "(close)", is passed over.

    Args:
        text: Decimal ("1,100", "10 bytes"), hex ("0x0a", "0a", "03 e8") or binary ("0b1010").
        bits: How many bits the field has: exactly so many digits 0 and 1 are read as binary, and
            so are the 8 of a whole byte.

    Raises:
        Unreadable: If it is none of these.
    """
    if match := re.fullmatch(rf"({_GROUPED}) ?B", read_text(text)):
        return int(re.sub(r"\D", "", match[1]))  # 8B are 8 bytes; as hex it is written 8b or 0x8B
    typed = _typed(text).replace("_", "").removesuffix(".")
    joined = typed.replace(" ", "")
    if bits is not None and bits > 1 and re.fullmatch(f"[01]{{{bits}}}|[01]{{8}}", joined):
        return int(joined, 2)
    for pattern, digits, base in (
        (r"0b[01]+", joined.removeprefix("0b"), 2),
        (r"0x[0-9a-f]+", joined.removeprefix("0x"), 16),
    ):
        if re.fullmatch(pattern, joined):
            return int(digits, base)
    if re.fullmatch(r"[0-9a-f]{2}(?: [0-9a-f]{2})+", typed) or _is_bare_hex(typed):
        return int(joined, 16)
    if re.fullmatch(r"0x[0-9a-f]{2}(?: 0x[0-9a-f]{2})+", typed):
        return int(joined.replace("0x", ""), 16)
    if match := re.fullmatch(rf"({_GROUPED})(?: (?!{_TIMES})(?:[a-z]+|\([a-z]+\)))?", typed):
        return int(re.sub(r"\D", "", match[1]))
    raise Unreadable(
        f'"{text.strip()}" cannot be read as a number. '
        "Write it in decimal, such as 10, in hex, such as 0x0a, or in binary, such as 0b1010."
    )


def read_bytes(text: str) -> bytes:
    r"""Return the bytes that were typed in hex: "37fa", "37 FA", "0x37 0xfa", "37:fa", "\x37".

    Bytes as Python shows them, such as b'7\xfa', are read too.

    Raises:
        Unreadable: If it is not hex, or not two digits for each byte.
    """
    if (shown := _shown_by_python(text)) is not None:
        return shown
    digits = re.sub(r"[\s:,-]", "", _HEX_PREFIX.sub("", _typed(text)))
    if wrong := re.search(r"[^0-9a-f]", digits):
        raise Unreadable(
            f'"{wrong[0]}" is no hex digit. Hex has the digits 0 to 9 and a to f, '
            "two for each byte, such as 37 fa 21 3d."
        )
    if len(digits) % 2:
        raise Unreadable(
            f"Hex needs two digits for each byte, and these are {len(digits)} digits. "
            "Write the byte 7 as 07."
        )
    return bytes.fromhex(digits)


def read_text(text: str) -> str:
    """Return the text that was typed, without the spaces and quotation marks around it.

    The text in bytes as Python shows them, such as b'Halo', is read too.

    Raises:
        Unreadable: If nothing is left.
    """
    typed = text.strip()
    if shown := _shown_by_python(typed):
        with suppress(UnicodeDecodeError):
            return shown.decode()
        return shown.hex(" ")
    for marks in ('""', "''", "“”"):
        if len(typed) > 1 and typed[0] == marks[0] and typed[-1] == marks[1]:
            return typed[1:-1]
    if not typed:
        raise Unreadable("Nothing is written here yet.")
    return typed


def read_text_or_hex(text: str, *, expected: str) -> str:
    """Return the text that was typed, or the expected one if its bytes were typed in hex."""
    if expected in (text, text.strip()):
        return expected
    typed = read_text(text)
    return expected if bytes_meant(typed) == expected.encode() else typed


def bytes_meant(value: object) -> bytes:
    """Return the bytes that an answer means: those of its hex, or else of its text."""
    try:
        return read_bytes(str(value))
    except Unreadable:
        return str(value).encode()


def alike(answer: str, outcome: object) -> bool:
    """Say whether an answer in the learner's own words means this outcome.

    A number is compared as a number, so "8", "8 bytes" and "0x8" mean 8. Any other outcome is
    compared as text, without regard to capital letters, spaces, quotation marks and a full stop.
    """
    if isinstance(outcome, int) and not isinstance(outcome, bool):
        return is_number(answer) and read_number(answer) == outcome
    return _plain(answer) == _plain(str(outcome))


def is_number(answer: str) -> bool:
    """Say whether an answer can be read as a number."""
    try:
        read_number(answer)
    except Unreadable:
        return False
    return True


def _shown_by_python(text: str) -> bytes | None:
    """Return the bytes of b'…', as a cell shows them; None if this is something else."""
    if re.fullmatch(r"b(['\"]).*\1", text.strip(), re.DOTALL):
        with suppress(SyntaxError, ValueError):
            shown = ast.literal_eval(text.strip())
            return shown if isinstance(shown, bytes) else None
    return None


def _typed(text: str) -> str:
    return " ".join(read_text(text).lower().split())


def _is_bare_hex(text: str) -> bool:
    """Say whether this is hex without 0x. "bad" is not, it has no digit; nor is "5e5"."""
    return bool(re.fullmatch(r"(?![1-9]\d*e\d+$)(?=.*\d)(?=.*[a-f])[0-9a-f]+", text))


def _plain(text: str) -> str:
    return " ".join(text.casefold().strip(" \t\n\"'“”`.:").split())
