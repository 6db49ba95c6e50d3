"""How long a notebook takes: its Core, which is the lesson, and its Extra, from one model.

A section begins with a heading, `## Core · …` or `## Extra · …`. What stands before the first one
is Core. The model is a slow reader who does everything: see `MODEL`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

MODEL = "120 words a minute, 15 seconds a cell, 40 seconds a prediction, 4 minutes an exercise"
WORDS, RUN, PREDICTION, EXERCISE, CHANGE = 1 / 120, 15 / 60, 40 / 60, 4.0, 3.0  # minutes
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
SOLUTION = re.compile(r"<details>.*?</details>", re.DOTALL)  # an explanation has class="why"
ITEM = re.compile(r"^\d+\. ", re.MULTILINE)
ANSWERS = re.compile(r"<summary>(Solution|Answers?|A worked solution)</summary>")


@dataclass(frozen=True)
class Times:
    """Minutes of one notebook, each in steps of five."""

    core: int
    extra: int

    def __str__(self) -> str:
        """Return the words for a title cell."""
        return f"about {self.core} minutes" + (f" + {self.extra} Extra" if self.extra else "")


def times(notebook: NotebookNode) -> Times:
    """Return how long a notebook takes."""
    sums = {False: 0.0, True: 0.0}
    for extra, kind, source, cell in parts(notebook):
        sums[extra] += minutes(kind, source, cell)
    return Times(*(5 * round(sums[extra] / 5 + 0.2) for extra in (False, True)))


def minutes(kind: str, source: str, cell: NotebookNode) -> float:
    """Return how long one part of a cell takes."""
    if kind == "code":
        return RUN + PREDICTION * len(re.findall(r"\bpredict\(", source))
    return len(SOLUTION.sub("", source).split()) * WORDS + doing(source, cell)


def parts(notebook: NotebookNode) -> Iterator[tuple[bool, str, str, NotebookNode]]:
    """Yield each part of a cell that is in one section: is it Extra, its kind, its text, its cell.

    A Markdown cell may end one section and begin the next; a code cell is one part.
    """
    extra = False
    for cell in notebook.cells:
        pieces = re.split(r"^(?=## )", cell.source, flags=re.MULTILINE)
        for piece in pieces if cell.cell_type == "markdown" else [cell.source]:
            if cell.cell_type == "markdown" and (heading := HEADING.match(piece)):
                extra = heading[1].startswith("Extra")
            yield extra, cell.cell_type, piece, cell


def unmarked(notebook: NotebookNode) -> list[str]:
    """Return the headings of sections that are neither Core nor Extra."""
    headings = [
        heading
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for heading in HEADING.findall(cell.source)
    ]
    return [one for one in headings if not one.startswith(("Core · ", "Extra · "))]


def doing(text: str, cell: NotebookNode) -> float:
    """Return the minutes for the exercise that a folded solution belongs to, or for its changes."""
    if not ANSWERS.search(text):
        return 0.0
    asked = len(ITEM.findall(SOLUTION.sub("", text)))
    return float(cell.metadata.get("minutes", CHANGE * asked or EXERCISE))
