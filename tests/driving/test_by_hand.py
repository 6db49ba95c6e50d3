"""A function written by hand: what is said of one that is not written, no function, or wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from chatlib.driving.by_hand import Exercise
from chatlib.kernel import watchdog

DOUBLE = Exercise(
    "double",
    lambda: [(b"ab",), (b"",)],
    lambda data: data * 2,
    lambda data: iter([(data, "Twice, not once."), (data.decode(), "Once, and as text.")]),
    hint="Use *.",
    type_hint="Return bytes.",
)


@pytest.mark.parametrize(
    ("double", "says"),
    [
        (lambda data: data, "double(b'ab'): Yours has 2 bytes, and 4 were expected. Twice, not"),
        (lambda data: b"abaa", "Byte 3 is 0x61 in yours, and 0x62 was expected. Use *."),
        (lambda data: "abab", "bytes was expected, but your function gave str. Return bytes."),
        (lambda data: data.decode(), "but your function gave str. Once, and as text."),
        (lambda data: bytearray(data * 2), "gave bytearray. Put bytes(…) around your result."),
        (lambda data: list(data * 2), "gave list. Return bytes."),
        (lambda data: print(end=""), "Did you forget `return`?"),
    ],
)
def test_the_first_difference_is_named(double: Callable[..., Any], says: str):
    (finding,) = DOUBLE.check(double).findings
    assert finding.right is False
    assert says in finding.feedback


def not_written(data):
    raise NotImplementedError


@pytest.mark.parametrize("double", [not_written, lambda data: ...])
def test_a_function_that_is_not_written_yet_is_open(double: Callable[..., Any]):
    (finding,) = DOUBLE.check(double).findings
    assert finding.right is None
    assert "Not answered yet" in finding.feedback


def test_a_coroutine_function_is_not_needed():
    async def double(data):
        return data

    (finding,) = DOUBLE.check(double).findings
    assert finding.right is False
    assert "Write `def double`" in finding.feedback
    (finding,) = DOUBLE.check(lambda data: double(data)).findings
    assert "gave a coroutine" in finding.feedback


def test_what_is_no_function_is_refused_in_words():
    with pytest.raises(ValueError, match="the function double itself, without parentheses"):
        DOUBLE.check(b"abab")


def endless(data):
    while data:
        try:
            data = data[:1]
        except:  # noqa: E722  # as learners write it
            return data


def test_a_loop_without_an_end_is_stopped_and_its_line_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watchdog, "PATIENCE", 0.1)
    (finding,) = DOUBLE.check(endless).findings
    assert finding.right is False
    assert "double(b'ab'): your function ran for 0 seconds, in endless, line " in finding.feedback
    assert finding.feedback.endswith(". What ends its loop?")
    assert DOUBLE.check(lambda data: data * 2).passed
