"""A question asked before the wire answers it, and the two answers side by side."""

from __future__ import annotations

from html import escape

import ipywidgets

# What was chosen in this kernel, by question: an answer survives its cell being run again.
_chosen: dict[str, str] = {}


class Prediction(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """One question with choices. The learner may answer it or go on without."""

    def __init__(self, question: str, choices: tuple[str, ...]) -> None:
        """Ask `question`; a learner who answered it before finds the answer still there."""
        self.question = question
        before = _chosen.get(question)
        self._buttons = ipywidgets.RadioButtons(
            options=choices,
            value=before if before in choices else None,
            layout={"width": "max-content"},
        )
        self._buttons.observe(self._choose, "value")
        title = ipywidgets.HTML(f"<b>Predict.</b> {escape(question)}")
        super().__init__([title, self._buttons])

    @property
    def answer(self) -> str | None:
        """What the learner chose, or None."""
        answer: str | None = self._buttons.value
        return answer

    def compare(self, outcome: object) -> Comparison:
        """Put the prediction beside what the wire did.

        Args:
            outcome: What happened, taken from the trace or the connection.
        """
        return Comparison(self.question, self.answer, str(outcome))

    def _choose(self, change: dict[str, str]) -> None:
        _chosen[self.question] = change["new"]


class Comparison:
    """What was predicted, and what happened; the last line of a cell shows it."""

    def __init__(self, question: str, predicted: str | None, outcome: str) -> None:
        """Compare a prediction, or None, with an outcome."""
        self.question = question
        self.predicted = predicted
        self.outcome = outcome

    @property
    def words(self) -> str:
        """The comparison in a sentence or two."""
        if self.predicted is None:
            return f"You made no prediction. The wire said: {self.outcome}."
        if self.predicted == self.outcome:
            return f"You said: {self.predicted}. The wire said the same. Why is it so?"
        return (
            f"You said: {self.predicted}. The wire said: {self.outcome}. "
            "What did you expect to be different?"
        )

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        colour = "success" if self.predicted == self.outcome else "info"
        return {
            "text/plain": f"{self.question}\n{self.words}",
            "text/html": f'<div style="border-left: 4px solid var(--jp-{colour}-color1, #888); '
            f'padding-left: 8px"><b>{escape(self.question)}</b><br>{escape(self.words)}</div>',
        }


def predict(question: str, *choices: str) -> Prediction:
    """Ask the learner to predict what the wire will do.

    Args:
        question: One plain question.
        *choices: The possible answers, at least two; word one of them exactly as the outcome
            given to `Prediction.compare` will be.

    Raises:
        ValueError: If there are fewer than two choices.
    """
    if len(choices) < 2:
        raise ValueError("A prediction needs at least two choices.")
    return Prediction(question, choices)
