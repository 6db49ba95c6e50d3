"""What a member may send: how much, how fast, which names and texts; and what is said otherwise.

It reads no clock: the time is passed in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from unicodedata import normalize

Code = Literal[
    "not_text",
    "not_json",
    "lone_surrogate",
    "wrong_shape",
    "unknown_type",
    "bad_name",
    "bad_room",
    "bad_text",
    "name_taken",
    "already_joined",
    "not_here",
    "not_reached",
    "not_joined",
    "too_many_rooms",
    "room_full",
    "too_fast",
    "said_before",
]

# The two invisible characters that names need: emoji families, Persian and Indic scripts use them.
JOINERS = "\u200c\u200d"
# What is shown as nothing and `isprintable` lets pass: joiners, variation selectors and fillers
# (Default_Ignorable_Code_Point: Unicode's NFKC_Casefold removes them too), and a blank pattern.
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)


class BadMessage(ValueError):
    """A message that cannot be acted on, or cannot be sent.

    It has a code for programs, and a sentence: what was wrong and what to do, in plain English.
    """

    def __init__(self, code: Code, sentence: str) -> None:
        """Keep the code and the sentence; the sentence is the exception's text."""
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one member may do; the server announces it in each `welcome`."""

    name: int = 32  # characters (Unicode code points) of a member's name
    room: int = 32  # characters of a room's name
    text: int = 4000  # characters of a text
    frame: int = 64 * 1024  # bytes of one message to the server; a longer one: 1009
    history: int = 200  # events that a room keeps
    history_bytes: int = 256 * 1024  # bytes of their JSON that a room keeps
    queue: int = 1024 * 1024  # bytes that may wait for one member to read them; then 1013
    burst: int = 500  # messages of one member at once
    rate: float = 50.0  # messages a second of one member after that
    patience: int = 100  # messages refused with `too_fast`; then 1008
    rooms: int = 100  # rooms that exist at the same time


LIMITS = Limits()  # of a server that is not told otherwise


class TokenBucket:
    """Counts how fast one member sends: each message takes one token, refused ones too.

    It may go into debt. A sender that goes on at more than the rate is therefore always closed in
    the end, and a sender that pauses always recovers.
    """

    def __init__(self, limits: Limits, *, now: float) -> None:
        """Start with a full bucket at the time `now` (seconds)."""
        self._limits = limits
        self._tokens = float(limits.burst)
        self._since = now

    def take(self, now: float) -> Literal["pass", "refuse", "close"]:
        """Take one token for a message that came at `now`; say what to do with that message."""
        limits = self._limits
        refill = (now - self._since) * limits.rate
        self._tokens = min(self._tokens + refill, float(limits.burst)) - 1
        self._since = now
        if self._tokens >= 0:
            return "pass"
        return "refuse" if self._tokens >= -limits.patience else "close"


def clean_name(name: str, *, longest: int, what: Literal["name", "room"] = "name") -> str:
    """Return a name as everybody will see it: trimmed, and in Unicode's composed form (NFC).

    Raises:
        BadMessage: `bad_name` or `bad_room`, if it is empty, too long, or has characters that are
            not printable.
    """
    trimmed = name.strip()
    # At most four characters become one. To compose a long run of marks would take seconds.
    cleaned = normalize("NFC", trimmed) if len(trimmed) <= 4 * longest else trimmed
    if not INVISIBLE.sub("", cleaned):
        wrong = f"is empty. Choose one of 1 to {longest} characters."
    elif len(cleaned) > longest:
        wrong = f"has {len(cleaned)} characters, and the limit is {longest}. Choose a shorter one."
    elif not all(character.isprintable() or character in JOINERS for character in cleaned):
        wrong = (
            "has a character that cannot be shown, such as a line break."
            " Use letters, digits, signs and spaces."
        )
    else:
        return cleaned
    raise BadMessage("bad_name" if what == "name" else "bad_room", f"The {what} {wrong}")


def check_text(text: str, *, longest: int) -> None:
    """Check what somebody wants to say. Line breaks are allowed, and nothing is trimmed.

    Raises:
        BadMessage: `bad_text`, if it is empty, blank or too long.
    """
    if not text.strip():
        raise BadMessage("bad_text", "The text is empty. Write something to say.")
    if len(text) > longest:
        wrong = f"The text has {len(text)} characters, and the limit is {longest}."
        raise BadMessage("bad_text", f"{wrong} Split it into several messages.")


def same_name(name: str) -> str:
    """Return a key that is equal for names which look the same: `Ana`, `ANA`, `ａｎａ`."""
    return normalize("NFKC", INVISIBLE.sub("", name)).casefold()
