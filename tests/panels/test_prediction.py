"""A question with choices or a field, and its answer."""

import pytest

from chatlib import predict
from chatlib.panels.prediction import Comparison

QUESTION = "How many <frames>?"


def shown(widget) -> dict[str, str]:
    return widget._repr_mimebundle_()[0]


def test_a_question_offers_its_choices_and_has_no_answer_at_first():
    prediction = predict("Which status?", "101", "426")
    assert prediction.choices == ["101", "426"]
    assert prediction.answer == ""


def test_a_question_without_choices_takes_a_short_answer():
    prediction = predict("How many bytes?")
    assert prediction.choices == []
    prediction.answer = " 8 bytes "
    assert prediction.compare(8).right
    assert not prediction.compare(9).right


def test_an_answer_survives_the_cell_being_run_again():
    predict("Run again?", "yes", "no").answer = "no"
    assert predict("Run again?", "yes", "no").answer == "no"
    predict("How many?").answer = "12"
    assert predict("How many?").answer == "12"


def test_an_answer_that_is_no_longer_offered_is_forgotten():
    predict("Changed?", "yes", "no").answer = "no"
    assert predict("Changed?", "perhaps", "never").answer == ""


def test_a_question_with_one_choice_is_none():
    with pytest.raises(ValueError, match="at least two choices, or none for a short answer"):
        predict("Really?", "yes")


def test_without_an_answer_the_learner_goes_on():
    compared = predict("Skipped?").compare(0)
    assert not compared.right
    assert compared.words == "You made no prediction. The wire said: 0."


def test_the_lesson_may_say_what_means_the_same():
    prediction = predict("About how many?")
    prediction.answer = "90"
    near = prediction.compare(100, same=lambda answer, outcome: abs(int(answer) - outcome) <= 10)
    assert near.right
    assert not prediction.compare(100).right


def test_it_can_be_read_without_a_kernel():
    prediction = predict(QUESTION, "1 & 2", "3")
    prediction.answer = "3"
    assert shown(prediction)["text/plain"] == f"Predict. {QUESTION}\n○ 1 & 2\n● 3"
    html = shown(prediction)["text/html"]
    assert "How many &lt;frames&gt;?" in html and "1 &amp; 2" in html
    assert shown(predict("Open?"))["text/plain"] == "Predict. Open?\nYour answer: …"


QUESTION = "How many <frames>?"


@pytest.mark.parametrize(
    ("predicted", "right", "says"),
    [
        ("", False, "You made no prediction. The wire said: 2.\nWhy is it so?"),
        ("2", True, "You said: 2. The wire said the same.\nWhy is it so?"),
        ("2 frames", True, "You said: 2 frames. The wire said the same: 2.\nWhy is it so?"),
        (
            "<3>",
            False,
            "You said: <3>. The wire said: 2.\nWhy is it so? What did you expect to be different?",
        ),
    ],
)
def test_the_prediction_stands_beside_what_the_wire_did(predicted: str, right: bool, says: str):
    comparison = Comparison(QUESTION, predicted, "2", right=right)
    shown = comparison._repr_mimebundle_()[0]
    assert shown["text/plain"] == f"{QUESTION}\n{says}"
    assert "How many &lt;frames&gt;?" in shown["text/html"]
    assert "<3>" not in shown["text/html"]
    assert comparison.right is right


def test_the_reason_survives_the_cell_being_run_again():
    Comparison(QUESTION, "2", "2", right=True).reason = "a <frame> each"
    again = Comparison(QUESTION, "3", "2", right=False)
    assert again.reason == "a <frame> each"
    shown = again._repr_mimebundle_()[0]
    assert shown["text/plain"].endswith("a <frame> each")
    assert "a &lt;frame&gt; each" in shown["text/html"]
    assert Comparison("Another question?", "2", "2", right=True).reason == ""
