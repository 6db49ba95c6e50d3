"""A short answer in the learner's own words, beside what happened."""

import pytest

from chatlib.questions.likeness import alike


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("8", 8),
        ("8 bytes", 8),
        ("0x8", 8),
        ("1.100", 1100),
        ("sec-websocket-key", "Sec-WebSocket-Key"),
        ('  "Status  101." ', "status 101"),
        ("true", True),
    ],
)
def test_the_same_in_other_words(answer: str, outcome: object):
    assert alike(answer, outcome)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("80", 8),
        ("eight", 8),
        ("", 8),
        ("8 or 9", 8),
        ("1", True),
        ("Sec-WebSocket", "Sec-WebSocket-Key"),
    ],
)
def test_something_else(answer: str, outcome: object):
    assert not alike(answer, outcome)
