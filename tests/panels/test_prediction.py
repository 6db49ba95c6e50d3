"""A question, its answer, and what the wire did beside it."""

import pytest

from chatlib import predict
from chatlib.panels.prediction import Comparison

QUESTION = "How many <frames>?"


def buttons(prediction):
    return prediction.children[1]


def test_a_question_offers_its_choices_and_has_no_answer_at_first():
    prediction = predict("Which status?", "101", "426")
    assert buttons(prediction).options == ("101", "426")
    assert prediction.answer is None


def test_an_answer_survives_the_cell_being_run_again():
    buttons(predict("Run again?", "yes", "no")).value = "no"
    assert predict("Run again?", "yes", "no").answer == "no"


def test_an_answer_that_is_no_longer_offered_is_forgotten():
    buttons(predict("Changed?", "yes", "no")).value = "no"
    assert predict("Changed?", "perhaps", "never").answer is None


def test_a_question_with_one_choice_is_none():
    with pytest.raises(ValueError, match="at least two choices"):
        predict("Really?", "yes")


@pytest.mark.parametrize(
    ("predicted", "says"),
    [
        (None, "You made no prediction. The wire said: 2."),
        ("2", "You said: 2. The wire said the same. Why is it so?"),
        ("3", "You said: 3. The wire said: 2. What did you expect to be different?"),
    ],
)
def test_the_prediction_stands_beside_what_the_wire_did(predicted: str | None, says: str):
    shown = Comparison(QUESTION, predicted, "2")._repr_mimebundle_()
    assert shown["text/plain"] == f"{QUESTION}\n{says}"
    assert "How many &lt;frames&gt;?" in shown["text/html"]
    assert says in shown["text/html"]


def test_an_outcome_may_be_a_number_and_the_question_is_escaped():
    prediction = predict(QUESTION, "1", "2")
    buttons(prediction).value = "2"
    assert prediction.compare(2).words == "You said: 2. The wire said the same. Why is it so?"
    assert "&lt;frames&gt;" in prediction.children[0].value
