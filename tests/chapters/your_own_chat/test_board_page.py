"""What is said of a message that a page of the board sends; whole pages: tests/browser."""

import pytest

from chatlib.chapters.your_own_chat.board import line
from chatlib.chapters.your_own_chat.board_page import line_of
from chatlib.driving.learner_program import Mistake

ORANGE = (255, 128, 0)


def test_a_right_line_is_read():
    assert line_of(line(1, 2, 300, 4, rgb=ORANGE)) == (1, 2, 300, 4)


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("{}", "The page sent {}, which is text. Send the DataView or its buffer itself."),
        (bytes(11), "and a line has 12 bytes, the first of which is 1."),
        (bytes(12), "and a line has 12 bytes, the first of which is 1."),
        (line(1, 2, 3, 4), r"Its colour is \(0, 0, 0\), and #ff8000 is \(255, 128, 0\)."),
    ],
)
def test_each_wrong_message_has_its_sentence(message: str | bytes, says: str):
    with pytest.raises(Mistake, match=says):
        line_of(message)
