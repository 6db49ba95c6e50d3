"""A broken rule, as a record. This module knows no rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the bytes that breaks a rule.

    Attributes:
        offset: Where it stands, in bytes from the start of what was examined: one direction's byte
            stream for a dissector, the frame itself for `rules.frame_problems`.
        rule: The rule and how it was broken, in one sentence.
        section: Where the rule is written, such as "RFC 6455 §5.1".
        close_code: What an endpoint that notices would close with; None if it would not close, or
            if no WebSocket connection exists yet.
    """

    offset: int
    rule: str
    section: str
    close_code: int | None = None
