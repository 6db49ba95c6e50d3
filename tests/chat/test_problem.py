import pytest

from chatlib.chat.problem import CODES, BadMessage, has_lone_surrogate, lone_surrogate, not_json


def test_a_problem_has_a_code_and_a_sentence():
    problem = BadMessage("bad_name", "The name is empty. Choose one.")
    assert (problem.code, problem.sentence) == ("bad_name", "The name is empty. Choose one.")
    assert str(problem) == problem.sentence
    assert isinstance(problem, ValueError)


def test_every_code_is_listed_once():
    assert len(set(CODES)) == len(CODES) == 13


@pytest.mark.parametrize("problem", [not_json(ValueError("at byte 3")), lone_surrogate()])
def test_sentences_say_what_to_do(problem: BadMessage):
    assert problem.code in CODES
    assert problem.sentence.endswith(".")
    assert "send" in problem.sentence.lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'"\ud800"', True),
        (r'{"a": ["x\udfff"]}', True),
        (r'"\ud83d\ude00"', False),
        ('"plain"', False),
        ('"cut off', False),
        ("[" * 50_000, False),
    ],
)
def test_lone_surrogates_are_told_from_broken_json(text: str, expected: bool):
    assert has_lone_surrogate(text) is expected
