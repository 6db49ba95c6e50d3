"""A question with choices or a field, its answer, and what happened: told only after an answer."""

import json
from pathlib import Path

import pytest

from chatlib import predict
from chatlib.panels.prediction import Comparison, Prediction

QUESTION = "How many `<frames>`?"
ASKED = [
    'one = predict("How many?")\none',
    "# predict(",
    'two = predict(\n    "Which "\n    "status?",\n    "101",\n    "426",\n)',
    "await predict(unfinished",
]


def shown(widget) -> dict[str, str]:
    return widget._repr_mimebundle_()[0]


def told(widget) -> str:
    """All that a browser and a saved notebook get to know."""
    keys = set(widget.keys) - {"front_end", "layout"}
    return json.dumps([widget.get_state(keys), shown(widget)])


def answered(answer: str, outcome: object = 2) -> Comparison:
    prediction = predict(QUESTION)
    prediction.give(answer)
    return prediction.compare(outcome)


def test_a_question_offers_its_choices_and_has_no_answer_at_first():
    prediction = predict("Which status?", "101", "426")
    assert prediction.choices == ["101", "426"]
    assert (prediction.answer, prediction.skipped, prediction.place) == ("", False, "")


def test_a_number_asked_for_is_a_number():
    prediction = predict("How many bytes?")
    prediction.give("about a hundred")
    problem = "“about a hundred” is no number. Write it alone and in digits, such as 100."
    assert prediction.problem == problem
    assert prediction.answer == ""
    prediction.give(" 8 bytes ")
    assert (prediction.answer, prediction.problem) == ("8 bytes", "")
    assert prediction.compare(8).verdict == "right"


def test_words_asked_for_are_words():
    prediction = predict("Who speaks first?", text=True)
    prediction.give("the Client.")
    assert prediction.compare("the client").verdict == "right"


def test_an_answer_or_a_skip_survives_the_cell_being_run_again():
    predict("Run again?", "yes", "no").give("no")
    assert predict("Run again?", "yes", "no").answer == "no"
    predict("How many?").give("")
    assert predict("How many?").skipped


def test_an_answer_that_is_no_longer_offered_is_forgotten():
    predict("Changed?", "yes", "no").give("no")
    assert predict("Changed?", "perhaps", "never").answer == ""


def test_a_question_with_one_choice_is_none():
    with pytest.raises(ValueError, match="at least two choices, or none to ask for a number"):
        predict("Really?", "yes")


@pytest.mark.parametrize(
    ("answer", "verdict"), [("31", "different"), ("2077", "right"), ("", "skipped")]
)
def test_what_happened_is_told_when_the_question_is_answered_or_skipped(answer: str, verdict: str):
    prediction = predict(QUESTION)
    comparison = prediction.compare(2077)
    assert "2077" not in told(comparison) and "still open" in shown(comparison)["text/plain"]
    prediction.give("about two thousand")
    assert comparison.verdict == ""
    prediction.give(answer)
    assert (comparison.verdict, comparison.happened) == (verdict, "2077")
    assert "2077" in shown(comparison)["text/plain"]


def test_after_the_outcome_no_other_answer_is_taken_until_the_cell_asks_anew():
    prediction = predict(QUESTION)
    prediction.give("3")
    assert not prediction.compared
    prediction.give("4")
    comparison = prediction.compare(5)
    prediction.give("5")
    assert (prediction.answer, comparison.verdict) == ("4", "different")
    predict(QUESTION).give("5")
    assert predict(QUESTION).compare(5).verdict == "right"


def test_a_question_that_was_asked_anew_opens_the_comparison_that_waits():
    comparison = predict(QUESTION).compare(5)
    predict(QUESTION).give("5")
    assert comparison.verdict == "right"


def test_the_lesson_may_say_what_means_the_same():
    prediction = predict("About how many?")
    prediction.give("90")
    near = prediction.compare(100, same=lambda answer, outcome: abs(int(answer) - outcome) <= 10)
    assert near.verdict == "right"
    assert prediction.compare(100).verdict == "different"


def test_each_question_says_which_of_the_notebook_it_is_and_the_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps({"cells": [{"source": source} for source in ASKED]}))
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    first, second = predict("How many?"), predict("Which status?", "101", "426")
    assert (first.place, second.place) == ("1 of 2", "2 of 2")
    first.give("3")
    assert first.compare(3).score == "Prediction 1 of 2 · 1 of 1 right so far"
    second.give("101")
    assert second.compare("426").score == "Prediction 2 of 2 · 1 of 2 right so far"
    assert predict("Not in the file?").place == ""


def test_it_can_be_read_without_a_kernel():
    prediction = predict(QUESTION, "1 & 2", "3")
    prediction.give("3")
    assert shown(prediction)["text/plain"] == f"Predict. {QUESTION}\n○ 1 & 2\n● 3"
    html = shown(prediction)["text/html"]
    assert "&lt;frames&gt;" in html and "1 &amp; 2" in html
    assert shown(predict("Open?"))["text/plain"] == "Predict. Open?\nYour answer: …"


@pytest.mark.parametrize(
    ("predicted", "says"),
    [
        ("", "– skipped. You said: nothing. What happened: 2."),
        ("2 frames", "✓ right. You said: 2 frames. What happened: 2."),
        ("3", "✗ different. You said: 3. What happened: 2."),
    ],
)
def test_the_prediction_stands_beside_what_happened(predicted: str, says: str):
    bundle = shown(answered(predicted))
    assert bundle["text/plain"] == f"{QUESTION}\n{says}\nWhy?"
    assert "&lt;frames&gt;" in bundle["text/html"]


def test_the_reason_survives_the_cell_being_run_again():
    answered("2").reason = "a <frame> each"
    again = answered("3")
    assert again.reason == "a <frame> each"
    assert shown(again)["text/plain"].endswith("Why? a <frame> each")
    assert "a &lt;frame&gt; each" in shown(again)["text/html"]


def test_an_answer_saved_by_an_earlier_version_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    state = {"belongs_to": QUESTION, "question": QUESTION, "answer": "17", "kept_at": 5}
    models = {"state": {"1": {"state": state}}}
    widgets = {"application/vnd.jupyter.widget-state+json": models}
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps({"metadata": {"widgets": widgets}}))
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    assert isinstance(prediction := predict(QUESTION), Prediction)
    assert prediction.compare(17).verdict == "right"
