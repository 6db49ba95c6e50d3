"""From the first miss to a hint, and from the hint to the answer."""

from dataclasses import replace

import pytest

from chatlib.questions.blanks import (
    OPEN,
    Attempt,
    Blank,
    attempt,
    finding,
    judge_anew,
    show_answer,
    written,
)
from chatlib.questions.reading import read_number

BLANK = Blank(
    name="length",
    label="payload length",
    asks="a number",
    expected=5,
    read=read_number,
    mistake=lambda value: f"{value} is something else.",
    hint="Look at byte 1.",
    meaning="The payload has 5 bytes.",
)


def tries(*texts: str) -> Attempt:
    tried = Attempt()
    for text in texts:
        tried = attempt(BLANK, text, tried)
    return tried


def test_the_right_answer_says_what_it_means():
    tried = tries("0x5")
    assert (tried.status, tried.misses) == ("right", 0)
    assert tried.feedback == "Yes, 5. The payload has 5 bytes."
    assert tried.text == "0x5"


def test_the_first_miss_says_what_to_look_at_and_the_second_gives_a_hint():
    assert tries("4").feedback == "4 is something else."
    assert tries("4", "6").feedback == "6 is something else. Hint: Look at byte 1."
    assert tries("4", "6").misses == 2


def test_the_same_answer_again_is_no_second_miss():
    assert tries("4", "4 ", "4").misses == 1


def test_what_cannot_be_read_is_no_miss_and_is_kept():
    tried = tries("4", "five")
    assert (tried.status, tried.misses, tried.text) == ("unreadable", 1, "five")
    assert "cannot be read as a number" in tried.feedback


def test_the_answer_may_be_shown_only_after_the_hint():
    for early in (tries(), tries("4"), tries("4", "6", "5")):
        assert not early.may_show
        with pytest.raises(ValueError, match="after 2 wrong answers"):
            show_answer(BLANK, early)
    shown = show_answer(BLANK, tries("4", "6"))
    assert (shown.status, shown.text, shown.may_show) == ("shown", "5", False)
    assert shown.feedback == "The answer is 5. The payload has 5 bytes."


def test_after_the_answer_was_shown_it_can_be_given():
    assert attempt(BLANK, "5", show_answer(BLANK, tries("4", "6"))).status == "right"


def test_an_earlier_attempt_is_judged_anew_for_another_frame():
    another = replace(BLANK, expected=6, hint="Look at byte 3.", meaning="It has 6 bytes.")
    for kept in (tries(), tries("4"), tries("4", "7"), tries("five")):
        same = replace(kept, feedback=kept.feedback.replace("byte 1", "byte 3"))
        assert judge_anew(another, kept) == same
    for gone in (tries("5"), show_answer(BLANK, tries("4", "7"))):
        assert judge_anew(BLANK, gone) == gone
        assert judge_anew(another, gone) == Attempt()
    assert judge_anew(another, tries("6")).status == "right"


def test_a_report_tells_right_wrong_and_open_apart():
    shown = show_answer(BLANK, tries("4", "6"))
    states = [finding(BLANK, each).right for each in (tries(), tries("4"), shown, tries("5"))]
    assert states == [None, False, False, True]
    assert finding(BLANK, tries()).feedback == OPEN


def test_values_are_written_as_they_are_typed():
    assert [written(value) for value in (5, b"\x37\xfa", "Halo", "")] == [
        "5",
        "37 fa",
        "Halo",
        "none",
    ]
