"""The bytes of a frame, made and read by the learner's own functions: its length, its mask."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from itertools import cycle
from typing import Any

from chatlib.driving.by_hand import Exercise, Mistake
from chatlib.wire.frames import apply_mask

# ------------------------------------------------------------ unmasking (RFC 6455 §5.3)


def _masked_payloads() -> list[tuple[Any, ...]]:
    # Not 5 first: one byte fewer is then as long as the key, and looks like another mistake.
    sizes = (11, 0, 4, 5, 300)
    # With equal bytes, or with 0, a wrong use of the key can look right.
    keys = (bytes(secrets.SystemRandom().sample(range(1, 256), 4)) for _ in sizes)
    return [(secrets.token_bytes(size), key) for size, key in zip(sizes, keys, strict=True)]


def _unmask_mistakes(payload: bytes, key: bytes) -> Iterator[Mistake]:
    yield payload, "These bytes are still masked."
    yield apply_mask(payload, key)[:-1], "The last byte is missing: use range(len(payload))."
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


UNMASK = Exercise(
    "unmask",
    _masked_payloads,
    apply_mask,
    _unmask_mistakes,
    hint="XOR byte number i with byte number i % 4 of the key.",
    type_hint="Put bytes(…) around the numbers, with no chr(…) and no .decode().",
)
check_unmask = UNMASK.check

# ------------------------------------------------------------ the payload length (RFC 6455 §5.2)


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
    if size < 126:
        yield bytes(size), "bytes(n) makes n bytes of 0. Write bytes([n])."
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
    if size > 125:
        yield right[1:], "The first byte is missing: 126 or 127 says which form follows."


LENGTH_BYTES = Exercise(
    "length_bytes",
    _sizes,
    _length_bytes,
    _length_mistakes,
    hint="One byte up to 125. Then 126 and two bytes, up to 65,535. Then 127 and eight bytes.",
    type_hint="Make bytes of a number n with bytes([n]) or n.to_bytes(2, 'big').",
)
check_length_bytes = LENGTH_BYTES.check
