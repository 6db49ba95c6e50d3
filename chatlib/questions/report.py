"""What every check says: findings, the first difference, and an error with the learner's line.

It knows nothing of what was checked.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from inspect import unwrap
from traceback import walk_tb
from types import FrameType
from typing import Any

from chatlib.wire.show import count

LONGEST = 60  # characters of a value that a sentence shows
WORDS = {True: "✓ right", False: "✗ not yet", None: "… open"}
COLOURS = {True: "success", False: "error", None: "warn"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked.

    Attributes:
        name: What was checked, in the words of the exercise.
        right: True, False, or None when there is no answer yet.
        feedback: What was found; when it is not right, what to look at.
    """

    name: str
    right: bool | None
    feedback: str


@dataclass(frozen=True, slots=True)
class Report:
    """Findings in the order in which they were made; the last line of a cell shows them."""

    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Report:
        """Collect findings from any iterable."""
        return cls(tuple(findings))

    @property
    def passed(self) -> bool:
        """Whether everything that was checked is right."""
        return all(finding.right for finding in self.findings)

    def __add__(self, other: Report) -> Report:
        """Join two reports."""
        return Report(self.findings + other.findings)

    def __str__(self) -> str:
        """Return one line a finding."""
        return "\n".join(
            f"{WORDS[finding.right]}  {finding.name}: {finding.feedback}"
            for finding in self.findings
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = "".join(_row(finding) for finding in self.findings)
        return {"text/plain": str(self), "text/html": f"<table><tbody>{rows}</tbody></table>"}


def _row(finding: Finding) -> str:
    colour = f"var(--jp-{COLOURS[finding.right]}-color1, #888)"
    return (
        f'<tr><td style="border-left: 4px solid {colour}; white-space: nowrap">'
        f"{WORDS[finding.right]}</td>"
        f'<th scope="row" style="text-align: left">{escape(finding.name)}</th>'
        '<td style="text-align: left; overflow-wrap: anywhere">'
        f"{escape(finding.feedback)}</td></tr>"
    )


def shorten(value: object) -> str:
    """Return a value as Python writes it; of a long one its beginning, and how long it is."""
    text = repr(value)
    if len(text) <= LONGEST:
        return text
    size = f" ({_size(value)})" if isinstance(value, str | bytes) else ""
    return f"{text[: LONGEST - 1]}…{size}"


def difference(mine: Sequence[object], expected: Sequence[object]) -> str:
    """Say where two texts, byte strings or lists differ first; they must differ."""
    for number, (got, wanted) in enumerate(zip(mine, expected, strict=False)):
        if got != wanted:
            noun, show = ("Byte", _hex) if isinstance(mine, bytes) else ("Character", shorten)
            noun = noun if isinstance(mine, str | bytes) else "Item"
            return f"{noun} {number} is {show(got)} in yours, and {show(wanted)} was expected."
    return f"Yours has {_size(mine)}, and {len(expected):,} were expected."


def _hex(byte: object) -> str:
    return f"0x{byte:02x}"


def _size(value: Sequence[object]) -> str:
    nouns = {str: "character", bytes: "byte"}
    return count(len(value), nouns.get(type(value), "item"))


def raised(error: BaseException, learner: Callable[..., Any]) -> str:
    """Return a sentence for an exception.

    Args:
        error: What was raised.
        learner: The function that is checked; all code of its notebook counts as the learner's.
    """
    while isinstance(error, BaseExceptionGroup):  # of a TaskGroup: the error itself says more
        error = error.exceptions[0]
    frames = walk_tb(error.__traceback__)
    said = str(error).rstrip(".")
    words = f"Your code raised {type(error).__name__}" + (f": {said}" if said else "")
    return f"{words}{where(frames, learner)}.{_hint(str(error))}"


def _hint(message: str) -> str:
    if "object function" in message:
        return " Call it: write parentheses after its name."
    if "'await' expression" in message or "can't be awaited" in message:
        return (
            " Only what an async def returns can be awaited: write async before that def, "
            "or leave await out."
        )
    return " Did you forget await?" if "coroutine" in message else ""


def where(frames: Iterable[tuple[FrameType, int]], learner: Callable[..., Any]) -> str:
    """Return ", in name, line 2 of its cell: …" for the innermost line of the learner's, or "".

    Args:
        frames: Frames and their line numbers, the outermost first.
        learner: The function that is checked.
    """
    # All functions of one notebook share their globals: that is how its lines are recognised.
    own = getattr(unwrap(learner), "__globals__", None)  # a class or a partial has none
    mine = [(frame.f_code, number) for frame, number in frames if frame.f_globals is own]
    if not mine:
        return ""
    code, number = mine[-1]
    return at(code.co_name, number, linecache.getline(code.co_filename, number))


def at(function: str, number: int, line: str) -> str:
    """Return ", in name, line 2 of its cell: …" for a line of code."""
    return f", in {function}, line {number} of its cell: “{line.strip()}”"
