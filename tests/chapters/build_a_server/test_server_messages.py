"""What is said about messages that were received, from outcomes alone."""

import pytest

from chatlib.chapters.build_a_server.drive import Outcome
from chatlib.chapters.build_a_server.server_messages import MESSAGE_CASES, judge_message
from chatlib.wire.frames import Frame

CASES = {case.name: case for case in MESSAGE_CASES}
PING, CLOSE, TEXT = (
    CASES["a ping between two fragments"],
    CASES["a close frame"],
    CASES["a text"],
)


@pytest.mark.parametrize("case", MESSAGE_CASES, ids=lambda case: case.name)
def test_right_and_wrong(case):
    answer = case.answer.encode() if case.answer else b""
    if case.wanted is ValueError:
        assert judge_message(case, Outcome(error=ValueError("broken"), trouble="broken")).right
    else:
        assert judge_message(case, Outcome(case.wanted, received=answer)).right
    finding = judge_message(case, Outcome(42, received=answer))
    assert finding.right is False
    assert "RFC 6455 §" in finding.feedback


@pytest.mark.parametrize(
    ("case", "outcome", "says"),
    [
        (TEXT, Outcome(trouble="It broke."), "It broke. A text message is a str: .decode() it"),
        (TEXT, Outcome("Hello", received=b"\x81\x00"), "sent 81 00, but no answer is needed"),
        (PING, Outcome(PING.wanted), "Your server sent no pong frame."),
        (PING, Outcome(PING.wanted, received=b"\x89\x00"), "a ping frame, not a pong frame"),
        (PING, Outcome(PING.wanted, received=b"\x8a\x00"), "The answer was 8a 00, not 8a 0e"),
        (CLOSE, Outcome(None, received=Frame(8).encode()), "The answer was 88 00, not 88 02 03"),
        (CLOSE, Outcome("bye"), "None was expected, yours is 'bye'."),
    ],
)
def test_what_is_said(case, outcome: Outcome, says: str):
    finding = judge_message(case, outcome)
    assert finding.right is False
    assert says in finding.feedback
