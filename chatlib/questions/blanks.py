"""One field to fill in, the answers tried so far, and what is said about each of them.

The first miss says where to look, the second gives a hint, and after that the answer may be shown.
It knows nothing of frames and handshakes: who makes a blank does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from chatlib.questions.reading import Unreadable
from chatlib.questions.report import Finding

Value = int | bytes | str
Status = Literal["open", "unreadable", "missed", "right", "shown"]
MISSES_BEFORE_HINT = 2
GAP = "_____"  # what stands in place of a value that is left out
OPEN = "Not answered yet. Write your answer into the field and press Enter."
NONE = "none"  # what is typed for a text that is empty


@dataclass(frozen=True, slots=True)
class Blank:
    """A field whose value is left out.

    Attributes:
        name: What the field is called in code, such as "masking_key".
        label: Its name in RFC 6455, such as "masking key".
        asks: What to write, such as "4 bytes in hex".
        expected: The right value.
        read: Turns what was typed into a value; raises Unreadable if it is no answer at all.
        mistake: Says what to look at when a value is wrong.
        hint: A longer help, with the bytes of this very frame.
        meaning: What the right value means here.
        given_by: A field that is shown otherwise, and would give this answer away.
    """

    name: str
    label: str
    asks: str
    expected: Value
    read: Callable[[str], Value]
    mistake: Callable[[Value], str]
    hint: str
    meaning: str
    given_by: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one exercise shows.

    Attributes:
        title: What the learner has before them.
        lines: The bytes, or the lines of the heads: where each stands, and its text.
        given: Fields whose value is told: name and value.
        blanks: The fields to fill in.
        content: What is the same whenever the cell is run, so without random keys: answers come
            back for the same content with the same blanks.
    """

    title: str
    lines: tuple[tuple[str, str], ...]
    given: tuple[tuple[str, str], ...]
    blanks: tuple[Blank, ...]
    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """A short text that tells this exercise from all others."""
        names = ",".join(blank.name for blank in self.blanks)
        return hashlib.sha256(names.encode() + b"\0" + self.content).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How far the learner is with one blank.

    Attributes:
        text: The answer that was checked last, as it was typed.
        status: What came of it; "shown" means that the answer was given away.
        feedback: What is said about it.
        misses: How many different wrong answers there were.
    """

    text: str = ""
    status: Status = "open"
    feedback: str = ""
    misses: int = 0

    @property
    def may_show(self) -> bool:
        """Whether the learner may have the answer shown."""
        return self.misses >= MISSES_BEFORE_HINT and self.status not in ("right", "shown")


def choose(blanks: Iterable[Blank], names: tuple[str, ...], what: str) -> tuple[Blank, ...]:
    """Return the blanks with these names, or all of them if no name is given.

    Raises:
        ValueError: If there is no such field in `what`. Says what there is.
    """
    known = {blank.name: blank for blank in blanks}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{what} has no field {unknown} to fill in. Use some of {list(known)}.")
    return tuple(known[name] for name in names or known)


def attempt(blank: Blank, text: str, before: Attempt) -> Attempt:
    """Return what comes of an answer. One that cannot be read, or is repeated, is no new miss."""
    try:
        value = blank.read(text)
    except Unreadable as problem:
        return replace(before, text=text, status="unreadable", feedback=str(problem))
    if value == blank.expected:
        feedback = f"Yes, {written(value)}. {blank.meaning}"
        return replace(before, text=text, status="right", feedback=feedback)
    repeated = before.status == "missed" and text.strip() == before.text.strip()
    misses = before.misses + (not repeated)
    hint = f" Hint: {blank.hint}" if misses >= MISSES_BEFORE_HINT else ""
    return Attempt(text, "missed", blank.mistake(value) + hint, misses)


def judge_anew(blank: Blank, before: Attempt) -> Attempt:
    """Return an earlier attempt for a frame that may have another masking key now.

    An answer that was right, or shown, and is not right any more counts as not given.
    """
    if before.status in ("open", "unreadable"):
        return before
    again = attempt(blank, before.text, replace(before, status="open", misses=before.misses - 1))
    if before.status == "missed":
        return again
    return before if again.status == "right" else Attempt()


def show_answer(blank: Blank, before: Attempt) -> Attempt:
    """Return the attempt with the answer in it; refused until there is a hint.

    Raises:
        ValueError: If the learner has not tried often enough.
    """
    if not before.may_show:
        raise ValueError(f"The answer can be shown after {MISSES_BEFORE_HINT} wrong answers.")
    text = written(blank.expected)
    return replace(
        before, text=text, status="shown", feedback=f"The answer is {text}. {blank.meaning}"
    )


def finding(blank: Blank, tried: Attempt) -> Finding:
    """Return what a report says about this blank."""
    if tried.status == "open":
        return Finding(blank.label, None, OPEN)
    return Finding(blank.label, tried.status == "right", tried.feedback)


def written(value: Value | bytearray) -> str:
    """Return a value as a learner would type it: bytes in hex, and a word for an empty text."""
    return value.hex(" ") if isinstance(value, bytes | bytearray) else str(value) or NONE
