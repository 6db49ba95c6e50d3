"""An exception of the learner's becomes a sentence that names its line."""

import pytest

from chatlib.questions.trouble import raised, where


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
    assert where([], careful) == ""


def test_a_forgotten_await_is_suspected():
    error = TypeError("a bytes-like object is required, not 'coroutine'")
    assert raised(error, careful).endswith("Did you forget await?")
