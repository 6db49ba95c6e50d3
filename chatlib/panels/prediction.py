"""A question asked before the wire answers it; the learner may answer it or go on without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import traitlets

from chatlib.panels.saved_answers import AnswerWidget
from chatlib.questions.reading import alike
from chatlib.wire import show

Same = Callable[[str, object], bool]


class Comparison(AnswerWidget):
    """A prediction and its outcome; the last line of a cell shows it.

    Attributes:
        question: What was asked.
        words: The comparison in a sentence or two.
        asks: What the field for the reason asks.
        right: Whether the prediction was right.
        reason: What the learner wrote as the reason.
    """

    SCRIPT = Path(__file__).with_name("comparison.js")
    STYLE = Path(__file__).with_name("prediction.css")
    KEPT = ("reason",)

    question = traitlets.Unicode().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)
    asks = traitlets.Unicode().tag(sync=True)
    right = traitlets.Bool().tag(sync=True)
    reason = traitlets.Unicode().tag(sync=True)

    def __init__(self, question: str, predicted: str, outcome: str, *, right: bool) -> None:
        """Compare a prediction with an outcome.

        Args:
            question: What was asked.
            predicted: What the learner said; empty without a prediction.
            outcome: What happened.
            right: Whether both mean the same.
        """
        self.predicted = predicted
        self.outcome = outcome
        words, asks = _words(predicted, outcome, right)
        super().__init__(
            f"The reason: {question}", question=question, words=words, asks=asks, right=right
        )

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return the widget, and the same in words for readers without a kernel."""
        shown: Any = super()._repr_mimebundle_(**options)
        data, metadata = shown
        lines = [self.words, f"{self.asks} {self.reason}".rstrip()]
        text = "\n".join([self.question, *lines])
        return {**data, **show.bundle(text, show.html_note(self.question, lines))}, metadata


class Prediction(AnswerWidget):
    """One question, with choices or with a field for a short answer.

    Attributes:
        question: What is asked.
        choices: The answers to choose from; none for a short answer.
        answer: What the learner chose or wrote; empty without an answer.
    """

    SCRIPT = Path(__file__).with_suffix(".js")
    STYLE = Path(__file__).with_suffix(".css")
    KEPT = ("answer",)

    question = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    answer = traitlets.Unicode().tag(sync=True)

    def __init__(self, question: str, choices: tuple[str, ...] = ()) -> None:
        """Ask `question`; a learner who answered it before finds the answer still there."""
        super().__init__(question, question=question, choices=list(choices))
        if choices and self.answer not in choices:
            self.answer = ""

    def compare(self, outcome: object, *, same: Same = alike) -> Comparison:
        """Put the prediction beside what the wire did, and ask for the reason.

        Args:
            outcome: What happened, taken from the trace or the connection.
            same: Says whether an answer means this outcome; by default capital letters and
                spaces do not count, and numbers are compared as numbers.
        """
        answer = self.answer.strip()
        right = bool(answer) and same(answer, outcome)
        return Comparison(self.question, answer, str(outcome), right=right)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return the widget, and the question with its answer for readers without a kernel."""
        shown: Any = super()._repr_mimebundle_(**options)
        data, metadata = shown
        offered = [f"{'●' if self.answer == choice else '○'} {choice}" for choice in self.choices]
        lines = offered or [f"Your answer: {self.answer or '…'}"]
        title = f"Predict. {self.question}"
        text = "\n".join([title, *lines])
        return {**data, **show.bundle(text, show.html_note(title, lines))}, metadata


def predict(question: str, *choices: str) -> Prediction:
    """Ask the learner to predict what the wire will do.

    Args:
        question: One plain question.
        *choices: The possible answers, at least two; word one of them exactly as the outcome
            given to `Prediction.compare` will be. Without choices, the learner writes a short
            answer, such as a number or a name.

    Raises:
        ValueError: If there is just one choice.
    """
    if len(choices) == 1:
        raise ValueError("A prediction needs at least two choices, or none for a short answer.")
    return Prediction(question, choices)


def _words(predicted: str, outcome: str, right: bool) -> tuple[str, str]:
    if not predicted:
        return f"You made no prediction. The wire said: {outcome}.", "Why is it so?"
    if right:
        said = "the same" if predicted == outcome else f"the same: {outcome}"
        return f"You said: {predicted}. The wire said {said}.", "Why is it so?"
    words = f"You said: {predicted}. The wire said: {outcome}."
    return words, "Why is it so? What did you expect to be different?"
