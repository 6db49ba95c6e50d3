from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatlib.chat import validation
from chatlib.chat.validation import (
    BadMessage,
    Limits,
    TokenBucket,
    check_text,
    clean_name,
    same_name,
)

LIMITS = Limits(burst=3, rate=2, patience=2)


def test_a_problem_has_a_code_and_a_sentence():
    problem = BadMessage("bad_name", "The name is empty. Choose one.")
    assert (problem.code, problem.sentence) == ("bad_name", "The name is empty. Choose one.")
    assert str(problem) == problem.sentence
    assert isinstance(problem, ValueError)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
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
def test_good_names(typed: str, cleaned: str):
    assert clean_name(typed, longest=32) == cleaned


@pytest.mark.parametrize(
    "name",
    ["", "   ", "\u200d", "x" * 33, "a\nb", "a\x00b", "a\u202eb", "a\u2028b", "a\ud800", "\u00a0"],
)
def test_bad_names(name: str):
    with pytest.raises(BadMessage) as caught:
        clean_name(name, longest=32)
    assert caught.value.code == "bad_name"
    with pytest.raises(BadMessage) as caught:
        clean_name(name, longest=32, what="room")
    assert caught.value.code == "bad_room"


@pytest.mark.parametrize("what", ["name", "room"])
def test_a_name_of_very_many_marks_is_refused_and_not_composed(monkeypatch, what: str):
    composed = []

    def compose(form: str, name: str) -> str:
        composed.append(len(name))
        return normalize(form, name)

    monkeypatch.setattr(validation, "normalize", compose)
    with pytest.raises(BadMessage, match="32001 characters, and the limit is 32"):
        clean_name("a" + "\u0315\u0300" * 16_000, longest=32, what=what)
    assert composed == []
    # What becomes short enough is a good name: three characters of this one become one.
    assert clean_name("\u0075\u0308\u0304" * 32, longest=32) == "\u01d6" * 32
    assert composed == [96]


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


INVISIBLE = ["\ufe0f", "\u034f", "\u3164", "\U000e0100"]


@pytest.mark.parametrize("nothing", INVISIBLE, ids=ascii)
def test_what_is_shown_as_nothing_makes_no_other_name(nothing: str):
    assert same_name(f"{nothing}A{nothing}na") == same_name("Ana")


@pytest.mark.parametrize("name", [*INVISIBLE, "".join(INVISIBLE) + "\u200d"], ids=ascii)
def test_a_name_that_is_shown_as_nothing_is_empty(name: str):
    with pytest.raises(BadMessage, match="The name is empty"):
        clean_name(name, longest=32)
    # Around what is shown, they may stand: a heart is red by one.
    assert clean_name(f"♥{name}", longest=32) == f"♥{name}"


def test_a_burst_passes_then_is_refused_then_closed():
    bucket = TokenBucket(LIMITS, now=100.0)
    verdicts = [bucket.take(100.0) for _ in range(6)]
    assert verdicts == ["pass"] * 3 + ["refuse"] * 2 + ["close"]


def test_a_pause_refills_up_to_the_burst():
    bucket = TokenBucket(LIMITS, now=0.0)
    assert [bucket.take(0.0) for _ in range(4)][-1] == "refuse"
    assert bucket.take(0.5) == "refuse"
    assert bucket.take(1.5) == "pass"
    verdicts = [bucket.take(1000.0) for _ in range(4)]
    assert verdicts == ["pass"] * 3 + ["refuse"]


@given(st.integers(min_value=1, max_value=500))
def test_at_the_rate_nobody_is_refused(messages: int):
    bucket = TokenBucket(LIMITS, now=0.0)
    assert all(bucket.take(n / LIMITS.rate) == "pass" for n in range(messages))


def test_above_the_rate_everybody_is_closed_in_the_end():
    bucket = TokenBucket(Limits(burst=500, rate=50, patience=100), now=0.0)
    verdicts = [bucket.take(n / 60) for n in range(5000)]
    first_refused, closed = verdicts.index("refuse"), verdicts.index("close")
    assert 500 < first_refused < closed
    assert "refuse" in verdicts[first_refused:closed]
