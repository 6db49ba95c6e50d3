"""What a name and a text may hold, and what can be wrong with a message: a code and a sentence."""

from __future__ import annotations

import json
from typing import Literal, get_args
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
    "not_joined",
    "too_many_rooms",
    "too_fast",
]

# Every code an `error` message of this server can have.
CODES: tuple[Code, ...] = get_args(Code)
# The two invisible characters that names need: emoji families, Persian and Indic scripts use them.
JOINERS = "\u200c\u200d"


class BadMessage(ValueError):
    """A message that cannot be acted on, or cannot be sent.

    Attributes:
        code: One of `CODES`, for programs.
        sentence: What was wrong and what to do, in plain English.
    """

    def __init__(self, code: Code, sentence: str) -> None:
        """Keep the code and the sentence; the sentence is the exception's text."""
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def not_json(error: Exception) -> BadMessage:
    """Return the problem of a message that is no JSON; `error` says where."""
    return BadMessage("not_json", f"This is not JSON: {error}. Send one JSON object.")


def lone_surrogate() -> BadMessage:
    """Return the problem of a message with half of a surrogate pair."""
    return BadMessage(
        "lone_surrogate",
        "The message has half of a surrogate pair, such as \\ud800 alone."
        " It is no character and has no UTF-8. Remove it, or send the whole pair.",
    )


def has_lone_surrogate(data: str) -> bool:
    """Tell whether a JSON text is right but for a lone surrogate; msgspec calls that truncated."""
    try:
        json.dumps(json.loads(data), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


def clean_name(name: str, *, longest: int) -> str:
    """Return the name as everybody will see it: trimmed, and in Unicode's composed form (NFC).

    Raises:
        BadMessage: `bad_name`, if it is empty, too long, or has characters that are not printable.
    """
    return _clean(name, what="name", code="bad_name", longest=longest)


def clean_room(room: str, *, longest: int) -> str:
    """Return the room's name, by the same rules as a member's name.

    Raises:
        BadMessage: `bad_room`.
    """
    return _clean(room, what="room", code="bad_room", longest=longest)


def check_text(text: str, *, longest: int) -> None:
    """Check what somebody wants to say. Line breaks are allowed, and nothing is trimmed.

    Raises:
        BadMessage: `bad_text`, if it is empty, blank or too long.
    """
    if not text.strip():
        raise BadMessage("bad_text", "The text is empty. Write something to say.")
    if len(text) > longest:
        raise BadMessage(
            "bad_text",
            f"The text has {len(text)} characters, and the limit is {longest}."
            " Split it into several messages.",
        )


def same_name(name: str) -> str:
    """Return a key that is equal for names which look the same: `Ana`, `ANA`, `ａｎａ`."""
    visible = "".join(character for character in name if character not in JOINERS)
    return normalize("NFKC", visible).casefold()


def _clean(name: str, *, what: str, code: Code, longest: int) -> str:
    cleaned = normalize("NFC", name.strip())
    if not cleaned.strip(JOINERS):
        raise BadMessage(code, f"The {what} is empty. Choose one of 1 to {longest} characters.")
    if len(cleaned) > longest:
        raise BadMessage(
            code,
            f"The {what} has {len(cleaned)} characters, and the limit is {longest}."
            " Choose a shorter one.",
        )
    if not all(character.isprintable() or character in JOINERS for character in cleaned):
        raise BadMessage(
            code,
            f"The {what} has a character that cannot be shown, such as a line break."
            " Use letters, digits, signs and spaces.",
        )
    return cleaned
