"""A question asked before a live step, and what the step did beside the learner's answer.

What happened is told to the browser, and to a saved notebook, only when the question was answered
or skipped.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import traitlets

from chatlib.panels.saved_answers import AnswerWidget, notebook_path, saved_sources
from chatlib.questions.reading import alike, is_number
from chatlib.wire import show

Same = Callable[[str, object], bool]

SIGNS = {"right": "✓ right", "different": "✗ different", "skipped": "– skipped"}

# Comparisons that wait for an answer: the newest one of each question.
_waiting: dict[str, Comparison] = {}
# The questions of this kernel that were answered and compared, and which of the answers were right.
_right: dict[str, bool] = {}


class Comparison(AnswerWidget):
    """A prediction and its outcome; the last line of a cell shows it.

    Attributes:
        question: What was asked.
        verdict: "right", "different" or "skipped"; empty while the question is open.
        predicted: What the learner said; empty while the question is open.
        happened: What happened; empty while the question is open.
        score: How many of the notebook's predictions were made, and were right, so far.
        reason: What the learner wrote as the reason.
    """

    SCRIPT = Path(__file__).with_name("comparison.js")
    KEPT = ("reason",)

    question = traitlets.Unicode().tag(sync=True)
    verdict = traitlets.Unicode().tag(sync=True)
    predicted = traitlets.Unicode().tag(sync=True)
    happened = traitlets.Unicode().tag(sync=True)
    score = traitlets.Unicode().tag(sync=True)
    reason = traitlets.Unicode().tag(sync=True)

    def __init__(self, prediction: Prediction, outcome: object, same: Same) -> None:
        """Compare a prediction with what happened, now or when it is made."""
        question = prediction.question
        super().__init__(f"The reason: {question}", question=question)
        self.outcome = outcome
        self._same = same
        _waiting[question] = self
        prediction.settle()

    def tell(self, answer: str) -> None:
        """Show the outcome beside an answer; an empty one was skipped."""
        right = bool(answer) and self._same(answer, self.outcome)
        if answer:
            _right[self.question] = right
        with self.hold_sync():
            self.verdict = "skipped" if not answer else "right" if right else "different"
            self.predicted, self.happened = answer, str(self.outcome)
            self.score = _score(self.question)

    def as_words(self) -> tuple[str, str]:
        """Return the comparison as text and as HTML."""
        lines = ["The question is still open."]
        if self.verdict:
            said = f"{SIGNS[self.verdict]}. You said: {self.predicted or 'nothing'}."
            lines = [f"{said} What happened: {self.happened}.", f"Why? {self.reason}".rstrip()]
        return _note(self.question, lines)


class Prediction(AnswerWidget):
    """One question, with choices or with a field.

    Attributes:
        question: What is asked.
        choices: The answers to choose from; none for a field.
        number: Whether the field asks for a number.
        place: Which of the notebook's predictions it is, in words; empty if nobody knows.
        answer: What the learner chose or wrote; empty without an answer.
        skipped: Whether the learner went on without an answer.
        compared: Whether the outcome was shown, so that no other answer is taken.
        problem: Why an answer was not taken; empty when there is no reason.
    """

    KEPT = ("answer", "skipped")

    question = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    number = traitlets.Bool().tag(sync=True)
    place = traitlets.Unicode().tag(sync=True)
    answer = traitlets.Unicode().tag(sync=True)
    skipped = traitlets.Bool().tag(sync=True)
    compared = traitlets.Bool().tag(sync=True)
    problem = traitlets.Unicode().tag(sync=True)

    def __init__(self, question: str, choices: tuple[str, ...] = (), *, number: bool) -> None:
        """Ask `question`; a learner who answered it before finds the answer still there."""
        super().__init__(
            question,
            question=question,
            choices=list(choices),
            number=number,
            place=_place(question),
        )
        if choices and self.answer not in choices:
            self.answer = ""
        self.on_msg(self._from_front_end)

    def give(self, answer: str) -> None:
        """Take an answer, or say why it is none; an empty one skips the question."""
        if self.compared:
            return
        answer = answer.strip()
        if self.number and answer and not is_number(answer):
            self.problem = f"“{answer}” is no number. Write it alone and in digits, such as 100."
            return
        self.problem = ""
        self.skipped, self.answer = not answer, answer
        self.settle()

    def settle(self) -> None:
        """Open the comparison that waits for this question, if there is an answer or a skip."""
        if (self.answer or self.skipped) and self.question in _waiting:
            _waiting.pop(self.question).tell(self.answer)
            self.compared = True

    def compare(self, outcome: object, *, same: Same = alike) -> Comparison:
        """Put the prediction beside what happened, now or as soon as it is made or skipped.

        Args:
            outcome: What happened, taken from the trace or the connection.
            same: Says whether an answer means this outcome; by default capital letters and
                spaces do not count, and numbers are compared as numbers.
        """
        return Comparison(self, outcome, same)

    def _from_front_end(self, _: object, message: dict[str, str], buffers: object) -> None:
        # Whatever the thread: this only computes and assigns traits, so it needs no event loop.
        self.give(message["answer"])

    def as_words(self) -> tuple[str, str]:
        """Return the question and its answer as text and as HTML."""
        offered = [f"{'●' if self.answer == choice else '○'} {choice}" for choice in self.choices]
        lines = offered or [f"Your answer: {self.answer or '…'}"]
        return _note(f"Predict. {self.question}", lines)


def predict(question: str, *choices: str, text: bool = False) -> Prediction:
    """Ask the learner to predict what a live step will do.

    Args:
        question: One plain question.
        *choices: The possible answers, at least two; word one of them exactly as the outcome
            given to `Prediction.compare` will be. Without choices the learner writes a number.
        text: Whether the learner writes words instead.

    Raises:
        ValueError: If there is just one choice.
    """
    if len(choices) == 1:
        raise ValueError("A prediction needs at least two choices, or none to ask for a number.")
    return Prediction(question, choices, number=not choices and not text)


def _note(title: str, lines: list[str]) -> tuple[str, str]:
    return "\n".join([title, *lines]), show.html_note(title, lines)


def _place(question: str) -> str:
    asked = _questions(notebook_path())
    return f"{asked.index(question) + 1} of {len(asked)}" if question in asked else ""


def _score(question: str) -> str:
    place = _place(question)
    score = f"{sum(_right.values())} of {len(_right)} right so far" if _right else ""
    return " · ".join(filter(None, [place and f"Prediction {place}", score]))


@cache
def _questions(path: Path | None) -> list[str]:
    """Return what the cells of a notebook's file ask with `predict`, in their order."""
    asked = []
    for source in saved_sources(path):
        # A learner may have saved a cell that is not finished yet.
        with suppress(SyntaxError):
            asked += [
                str(question.value)
                for node in ast.walk(ast.parse(source if "predict(" in source else ""))
                if isinstance(node, ast.Call)
                for name, question in zip([node.func], node.args, strict=False)
                if isinstance(name, ast.Name) and name.id == "predict"
                if isinstance(question, ast.Constant)
            ]
    return asked
