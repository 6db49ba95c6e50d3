"""What a check says: findings without markup, differences, and errors with the learner's line."""

import pytest

from chatlib.questions.report import Finding, Report, difference, raised, shorten, where

MIXED = Report.of(
    [
        Finding("opcode", True, "Yes: 1."),
        Finding("length", False, "Count the <bytes>."),
        Finding("mask", None, "Not answered yet."),
    ]
)


def test_text_has_one_line_a_finding_that_says_in_words_how_it_is():
    assert str(MIXED).splitlines() == [
        "✓ right  opcode: Yes: 1.",
        "✗ not yet  length: Count the <bytes>.",
        "… open  mask: Not answered yet.",
    ]


def test_html_says_the_same_and_escapes_it():
    shown = MIXED._repr_mimebundle_()
    assert shown["text/plain"] == str(MIXED)
    assert "Count the &lt;bytes&gt;." in shown["text/html"]
    assert shown["text/html"].count('scope="row"') == 3


def test_it_passes_only_when_everything_is_right():
    assert not MIXED.passed
    assert not Report.of(MIXED.findings[::2]).passed
    assert Report.of(MIXED.findings[:1]).passed


def test_reports_can_be_joined():
    assert Report.of(MIXED.findings[:1]) + Report.of(MIXED.findings[1:]) == MIXED


def test_a_long_value_is_cut():
    assert shorten(("GET", 1)) == "('GET', 1)"
    assert shorten("a" * 100) == "'" + "a" * 58 + "… (100 characters)"
    assert shorten(bytes(1000)).endswith("… (1,000 bytes)")
    assert len(shorten(list(range(1000)))) == 60


@pytest.mark.parametrize(
    ("mine", "expected", "says"),
    [
        (b"ab", b"ac", "Byte 1 is 0x62 in yours, and 0x63 was expected."),
        ("ab", "ac", "Character 1 is 'b' in yours, and 'c' was expected."),
        ([b"ab"], [b"ac"], "Item 0 is b'ab' in yours, and b'ac' was expected."),
        (b"a", b"ac", "Yours has 1 byte, and 2 were expected."),
        ("abc", "a", "Yours has 3 characters, and 1 were expected."),
        ([], ["a", "b"], "Yours has 0 items, and 2 were expected."),
    ],
)
def test_the_first_difference_is_named(mine, expected, says: str):
    assert difference(mine, expected) == says


def clumsy(text: str) -> int:
    return int(text)


def careful(text: str) -> int:
    return clumsy(text) + 1


def test_the_innermost_line_of_the_learners_is_named():
    with pytest.raises(ValueError, match="invalid literal") as caught:
        careful("x")
    sentence = raised(caught.value, careful)
    assert sentence.startswith("Your code raised ValueError: invalid literal for int()")
    assert f"in clumsy, line {clumsy.__code__.co_firstlineno + 1} of its cell" in sentence
    assert sentence.endswith("“return int(text)”.")


def test_an_error_outside_the_learners_code_names_no_line():
    assert raised(TypeError("too many."), careful) == "Your code raised TypeError: too many."
    assert where([], careful) == where([], int) == ""


def test_a_forgotten_await_is_suspected():
    error = TypeError("a bytes-like object is required, not 'coroutine'")
    assert raised(error, careful).endswith("Did you forget await?")


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("object tuple can't be used in 'await' expression", "write async before that def, or"),
        ("object function can't be used in 'await' expression", "Call it: write parentheses"),
        ("'int' object can't be awaited", "write async before that def, or leave await out."),
    ],
)
def test_an_await_too_many_is_explained(message: str, says: str):
    assert says in raised(TypeError(message), careful)


def test_of_a_group_of_errors_the_first_one_is_told():
    group = ExceptionGroup("in a TaskGroup", [ExceptionGroup("inside", [KeyError("id")])])
    assert raised(group, raised) == "Your code raised KeyError: 'id'."


def test_an_error_without_words_is_named():
    assert raised(AssertionError(), raised) == "Your code raised AssertionError."
