"""A question with choices or a field, and its answer."""

import pytest

from chatlib import predict

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
