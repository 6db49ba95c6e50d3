"""`Sec-WebSocket-Accept`, computed by the learner's own function (RFC 6455 §4.2.2)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from typing import Any

from chatlib.driving.by_hand import Exercise, Mistake
from chatlib.questions.checks import ACCEPT_HINT, accept_mistakes
from chatlib.wire.handshake import accept_value


def _keys() -> list[tuple[Any, ...]]:
    fresh = [base64.b64encode(secrets.token_bytes(16)).decode() for _ in range(5)]
    return [(key,) for key in ("dGhlIHNhbXBsZSBub25jZQ==", *fresh)]


def _mistakes(key: str) -> Iterator[Mistake]:
    yield from accept_mistakes(key).items()
    digest = base64.b64decode(accept_value(key))
    yield digest, "These are the 20 bytes of the digest. Write them in base64: that is step 3."


ACCEPT = Exercise(
    "accept",
    _keys,
    accept_value,
    _mistakes,
    hint=ACCEPT_HINT,
    type_hint="The header needs text: bytes become text with .decode().",
)
check_accept = ACCEPT.check
