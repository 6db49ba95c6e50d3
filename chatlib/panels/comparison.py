"""What was predicted beside what happened, and a field for the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from chatlib.panels.kept import KeptWidget
from chatlib.wire import show


class Comparison(KeptWidget):
    """A prediction and its outcome; the last line of a cell shows it.

    Attributes:
        question: What was asked.
        words: The comparison in a sentence or two.
        asks: What the field for the reason asks.
        right: Whether the prediction was right.
        reason: What the learner wrote as the reason.
    """

    SCRIPT = Path(__file__).with_suffix(".js")
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


def _words(predicted: str, outcome: str, right: bool) -> tuple[str, str]:
    if not predicted:
        return f"You made no prediction. The wire said: {outcome}.", "Why is it so?"
    if right:
        said = "the same" if predicted == outcome else f"the same: {outcome}"
        return f"You said: {predicted}. The wire said {said}.", "Why is it so?"
    words = f"You said: {predicted}. The wire said: {outcome}."
    return words, "Why is it so? What did you expect to be different?"
