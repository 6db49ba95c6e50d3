import pytest

from chatlib.chat.validation import (
    CODES,
    BadMessage,
    check_text,
    clean_name,
    clean_room,
    has_lone_surrogate,
    lone_surrogate,
    not_json,
    same_name,
)


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


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("Ana", "Ana"),
        ("  Ana  ", "Ana"),
        ("Ana María", "Ana María"),
        ("e\u0301", "é"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("x" * 32, "x" * 32),
        ("<b>", "<b>"),
    ],
)
def test_good_names(given: str, cleaned: str):
    assert clean_name(given, longest=32) == cleaned
    assert clean_room(given, longest=32) == cleaned


@pytest.mark.parametrize(
    "name",
    ["", "   ", "\u200d", "x" * 33, "a\nb", "a\x00b", "a\u202eb", "a\u2028b", "a\ud800", "\u00a0"],
)
def test_bad_names(name: str):
    with pytest.raises(BadMessage) as caught:
        clean_name(name, longest=32)
    assert caught.value.code == "bad_name"
    with pytest.raises(BadMessage) as caught:
        clean_room(name, longest=32)
    assert caught.value.code == "bad_room"


def test_the_sentence_names_the_limit():
    with pytest.raises(BadMessage, match="40 characters, and the limit is 32"):
        clean_name("x" * 40, longest=32)


@pytest.mark.parametrize("text", ["x", "two\nlines", " indented", "x" * 10, "\x00"])
def test_good_texts(text: str):
    check_text(text, longest=10)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 11])
def test_bad_texts(text: str):
    with pytest.raises(BadMessage) as caught:
        check_text(text, longest=10)
    assert caught.value.code == "bad_text"


def test_names_that_look_the_same():
    assert same_name("Ana") == same_name("ANA") == same_name("ａｎａ") == same_name("A\u200dna")
    assert same_name("Ana") != same_name("Anna")
