"""The learner's own frame, or handshake, with fields left out: fill them in beside the bytes.

It shows a sheet and keeps the answers; what is right, and what is said about an answer that is
not, is decided in `chatlib.questions`.
"""

from __future__ import annotations

from dataclasses import asdict
from types import EllipsisType
from typing import Any

import msgspec
import traitlets

from chatlib.panels.saved_answers import AnswerWidget
from chatlib.questions.blanks import (
    GAP,
    Attempt,
    Blank,
    Sheet,
    Value,
    attempt,
    finding,
    judge_anew,
    show_answer,
    written,
)
from chatlib.questions.frame_blanks import Layout, frame_sheet
from chatlib.questions.report import WORDS, Finding, Report
from chatlib.wire import show
from chatlib.wire.frames import Frame


class BlanksPanel(AnswerWidget):
    """An exercise with blanks.

    Attributes:
        title: What the learner has before them.
        lines: The bytes, or the lines of the heads: pairs of place and text.
        given: Fields whose value is told: pairs of name and value.
        fields: The fields to fill in: name, label, and what to write.
        typed: What stands in each field now, checked or not, by name.
        attempts: What came of the checked answers, by name: text, status, feedback, misses.
    """

    KEPT = ("typed", "attempts")

    title = traitlets.Unicode().tag(sync=True)
    lines = traitlets.List[Any]().tag(sync=True)
    given = traitlets.List[Any]().tag(sync=True)
    fields = traitlets.List[Any]().tag(sync=True)
    typed = traitlets.Dict(traitlets.Unicode()).tag(sync=True)
    attempts = traitlets.Dict(traitlets.Dict()).tag(sync=True)

    def __init__(self, sheet: Sheet) -> None:
        """Show an exercise."""
        # The fields to fill in, by name.
        self._blanks: dict[str, Blank] = {blank.name: blank for blank in sheet.blanks}
        super().__init__(
            f"The blanks of {sheet.digest}",
            title=sheet.title,
            lines=[list(line) for line in sheet.lines],
            given=[list(line) for line in sheet.given],
            fields=[_field(blank) for blank in sheet.blanks],
        )
        self._judge_anew()
        self.on_msg(self._from_front_end)

    def fill(self, **answers: Value | bytearray | EllipsisType) -> Report:
        """Answer from code, and get the report on all fields.

        Args:
            **answers: Values as they are, or text as it would be typed; `...` for no answer.

        Raises:
            TypeError: If a field with this name is not left out here.
        """
        if unknown := answers.keys() - self._blanks.keys():
            raise TypeError(f"{sorted(unknown)} is not left out. Use some of {list(self._blanks)}.")
        for name, answer in answers.items():
            if not isinstance(answer, EllipsisType):
                self._check(name, written(answer))
        return self.report

    @property
    def report(self) -> Report:
        """What is right, wrong or still open."""
        return Report.of(
            finding(blank, self._attempt(name)) for name, blank in self._blanks.items()
        )

    def _attempt(self, name: str) -> Attempt:
        # An attempt may come from a file, which may hold anything.
        try:
            return msgspec.convert(self.attempts.get(name, {}), Attempt)
        except msgspec.ValidationError:
            return Attempt()

    def _judge_anew(self) -> None:
        """Let go of answers that were right for an earlier frame, and are not for this one."""
        typed, attempts = dict(self.typed), {}
        for name, blank in self._blanks.items():
            before = self._attempt(name)
            tried = judge_anew(blank, before)
            if tried.status != "open":
                attempts[name] = _shown(tried)
            elif before.status != "open":
                del typed[name]
        self.typed, self.attempts = typed, attempts

    def _check(self, name: str, text: str) -> None:
        self._keep_attempt(name, attempt(self._blanks[name], text, self._attempt(name)))

    def _show(self, name: str) -> None:
        before = self._attempt(name)
        if before.status != "shown":  # a second click may come before the button is hidden
            self._keep_attempt(name, show_answer(self._blanks[name], before))

    def _keep_attempt(self, name: str, tried: Attempt) -> None:
        self.typed = {**self.typed, name: tried.text}
        self.attempts = {**self.attempts, name: _shown(tried)}

    def _from_front_end(self, _: object, message: dict[str, str], buffers: object) -> None:
        # Whatever the thread: this only computes and assigns traits, so it needs no event loop.
        try:
            if message["kind"] == "show":
                self._show(message["name"])
            else:
                self._check(message["name"], message["text"])
        except Exception as error:
            self.show_error(error)

    def as_words(self) -> tuple[str, str]:
        """Return the exercise as text and as a table."""
        head = ("place", "bytes or text")
        rows = [*self.lines, *self.given, *(self._row(each) for each in self.report.findings)]
        table = show.html_table(self.title, head, rows, code=(1,))
        return f"{self.title}\n{show.text_table(rows)}", table

    def _row(self, found: Finding) -> tuple[str, str]:
        answer = GAP if found.right is None else found.feedback
        return found.name, f"{WORDS[found.right]}: {answer}"


def blanks(frame: Frame, *names: str) -> BlanksPanel:
    """Ask the learner to fill in fields of a frame.

    Args:
        frame: A frame.
        *names: The fields to leave out: "fin", "opcode", "length". None means all three.

    Raises:
        ValueError: If a field does not exist here.
    """
    return BlanksPanel(frame_sheet(Layout(frame), names))


def _shown(tried: Attempt) -> dict[str, Any]:
    return {**asdict(tried), "mayShow": tried.may_show}


def _field(blank: Blank) -> dict[str, str]:
    return {"name": blank.name, "label": blank.label, "asks": blank.asks}
