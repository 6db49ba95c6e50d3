"""What a lecturer wants to know of a notebook: which section when, what to ask, what comes out.

All of it comes from the notebook itself; `tools/navigation.py` writes it into the page.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode

from tools import times

WHY = re.compile(r'<details class="why"><summary>.*?</summary>\n\n(.*?)</details>', re.DOTALL)
LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")
SHOWN = re.compile(r"\*You should see\* (that )?")
SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z“`*])")
SENTENCES = 3  # of an explanation: the whole of it stands in the notebook
OPENING = "The first cells"


@dataclass
class Question:
    """A prediction that is asked aloud.

    Attributes:
        text: The question, then its options if it has any.
        why: What comes out; empty if the learner answers with a text of their own.
    """

    text: str
    why: str = ""


@dataclass
class Section:
    """One section of a notebook.

    Attributes:
        title: Its heading.
        extra: Whether it is Extra.
        minutes: How long it takes.
        alone: How many of them the learners write or compute something.
        questions: What is asked in it, in order.
    """

    title: str
    extra: bool = False
    minutes: float = 0.0
    alone: float = 0.0
    questions: list[Question] = field(default_factory=list)


def plan(notebook: NotebookNode) -> str:
    """Return the plan of one notebook: its Core by the clock, then its Extra."""
    of_kind: dict[bool, list[str]] = {False: [], True: []}
    clock = 0.0
    for section in sections(notebook):
        if section.extra:
            when = f"{max(1, round(section.minutes))} min"
        else:
            start, clock = clock, clock + section.minutes
            when = "–".join(dict.fromkeys((f"{start:.0f}", f"{clock:.0f}")))
        alone = f" ({section.alone:.0f} min of work)" if section.alone else ""
        of_kind[section.extra].append(f"- **{when}** {section.title}{alone}")
        of_kind[section.extra] += map(_asked, section.questions)
    return "\n".join([*of_kind[False], "\nExtra:\n" * bool(of_kind[True]), *of_kind[True]])


def sections(notebook: NotebookNode) -> list[Section]:
    """Return the sections in order. What explains a result stands behind its question."""
    found, unexplained = [Section(OPENING)], list[Question]()
    for extra, kind, source, cell in times.parts(notebook):
        if kind == "markdown" and (heading := times.HEADING.match(source)):
            title = heading[1].removeprefix("Core · ").removeprefix("Extra · ")
            found.append(Section(title, extra))
        found[-1].minutes += times.minutes(kind, source, cell)
        if kind == "code":
            asked = list(_questions(source))
            found[-1].questions += asked
            unexplained += asked
        else:
            found[-1].alone += times.doing(source, cell)
            for why in WHY.findall(source):
                unexplained.pop(0).why = _shortened(why)
    return found


def _questions(code: str) -> Iterator[Question]:
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id == "predict":
            text, *options = map(ast.literal_eval, call.args)
            offered = " · ".join(f"*{option}*" for option in options)
            yield Question(f"{text} {offered}".strip())


def _shortened(why: str) -> str:
    paragraph = LINK.sub(r"\1", why.strip().split("\n\n")[0].replace("\n", " "))
    paragraph, cut = SHOWN.subn("", paragraph)
    text = " ".join(SENTENCE.split(paragraph)[:SENTENCES])
    return text[0].upper() + text[1:] if cut else text


def _asked(question: Question) -> str:
    then = f"\\\n    *Then:* {question.why}" if question.why else ""
    return f"  - *Ask:* {question.text}{then}"
