"""A check of a function that makes a NATS subject of a room's name."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import iscoroutinefunction

from chatlib.driving.served_handler import told
from chatlib.kernel.watchdog import watched
from chatlib.questions.report import Finding, Report, shorten

OPEN = "Not written yet. Write the function, then run the cell again."
# Base64 makes "/" and "+" of some; "♆" has the number 9798, and "ab" has 97 and 98.
ROOMS = (
    *("lobby", "Kelas 3", "Kelas_3", "a.b", "a_b", "*", ">", "Ünal", "u", "A.B", "café", "cafe"),
    *("Apa???", "wah~~~", "東京", "ab", "♆"),
)
HASHES = ("{}", "{:x}", "{:X}")
TOKEN = re.compile(r"[A-Za-z0-9_=-]+")
SPECIAL = "In a subject, a dot begins a new part, * and > stand for many, and a space ends it."


async def check_subject(subject_of: Callable[[str], str]) -> Report:
    """Check `subject_of(room)`: "room." and one part of letters, digits, "-", "_" and "=".

    Args:
        subject_of: The learner's function.
    """

    async def findings() -> list[Finding]:
        found = []
        for name, case in CASES.items():
            mistake = case(subject_of)
            found.append(Finding(name, not mistake, mistake or "Yes."))
            if mistake:
                break
        return found

    try:
        return Report.of(await watched(findings, name="subject_of")())
    except NotImplementedError:
        return Report.of([Finding("subject_of", None, OPEN)])
    except Exception as error:
        return Report.of([Finding("subject_of", False, told(error, subject_of))])


def _is_one_part(subject_of: Callable[[str], str]) -> str:
    if iscoroutinefunction(subject_of):
        return "It waits for nothing. Write def subject_of(room), without async."
    for room in ROOMS:
        subject = subject_of(room)
        if not isinstance(subject, str) or not subject.startswith("room."):
            return f"subject_of({room!r}) returned {shorten(subject)}: begin with “room.”."
        if not TOKEN.fullmatch(part := subject.removeprefix("room.")):
            return f"subject_of({room!r}) has the part {shorten(part)}. {SPECIAL}"
    return ""


def _differs(subject_of: Callable[[str], str]) -> str:
    seen: dict[str, str] = {}
    for room in ROOMS:
        if (subject := subject_of(room)) in seen:
            return f"The rooms {seen[subject]!r} and {room!r} get the same subject, {subject!r}."
        seen[subject] = room
    return ""


def _stays(subject_of: Callable[[str], str]) -> str:
    for room in ROOMS:
        again = "".join([*room])  # an equal text that is another object
        if (subject := subject_of(room)) != subject_of(again):
            return f"subject_of({room!r}) is another one each time: two servers would not meet."
        if any(form.format(abs(hash(room))) in subject for form in HASHES):
            return (
                f"subject_of({room!r}) holds hash({room!r}). Python makes another one in each"
                " process: two servers would not meet."
            )
    return ""


CASES = {
    "one part, with nothing special in it": _is_one_part,
    "two rooms, two subjects": _differs,
    "always the same": _stays,
}
