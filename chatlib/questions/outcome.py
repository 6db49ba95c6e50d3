"""What came of driving one function of a learner's: a record, and nothing that drives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """One function, called for one connection.

    Attributes:
        returned: What it returned; None if it did not come to its end.
        error: What it raised.
        trouble: What went wrong in it, in a sentence with the line; empty if it came to its end.
        received: What the client got back.
        unread: What the client had sent and the function left unread.
    """

    returned: object = None
    error: Exception | None = None
    trouble: str = ""
    received: bytes = b""
    unread: bytes = b""


def brief(value: object) -> str:
    """Return a value as Python writes it, cut after some 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
