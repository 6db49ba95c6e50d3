"""A value is shown as Python writes it, but not at any length."""

from chatlib.questions.outcome import Outcome, brief


def test_a_long_value_is_cut():
    assert brief(("GET", 1)) == "('GET', 1)"
    assert brief("a" * 100) == "'" + "a" * 58 + "…"
    assert len(brief(b"\x00" * 1000)) == 60


def test_an_outcome_starts_without_trouble():
    assert not Outcome().trouble
