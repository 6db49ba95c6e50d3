"""What a name, a room's name and a text may hold; the sentence to say when they do not."""

from __future__ import annotations

from unicodedata import normalize

from chatlib.chat.problem import BadMessage, Code

# The two invisible characters that names need: emoji families, Persian and Indic scripts use them.
JOINERS = "\u200c\u200d"


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
