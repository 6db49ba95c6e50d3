"""Whether a short answer says what happened: capital letters and spaces do not count."""

from __future__ import annotations

from chatlib.questions.reading import Unreadable, read_number


def alike(answer: str, outcome: object) -> bool:
    """Say whether an answer in the learner's own words means this outcome.

    A number is compared as a number, so "8", "8 bytes" and "0x8" mean 8. Any other outcome is
    compared as text, without regard to capital letters, spaces, quotation marks and a full stop.
    """
    if isinstance(outcome, int) and not isinstance(outcome, bool):
        return _number(answer) == outcome
    return _plain(answer) == _plain(str(outcome))


def is_number(answer: str) -> bool:
    """Say whether an answer can be read as a number."""
    return _number(answer) is not None


def _number(answer: str) -> int | None:
    try:
        return read_number(answer)
    except Unreadable:
        return None


def _plain(text: str) -> str:
    return " ".join(text.casefold().strip(" \t\n\"'“”`.:").split())
