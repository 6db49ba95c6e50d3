"""The code and the reason of a close frame: right answers, and plausible wrong ones."""

import pytest

from chatlib.chapters.closing.close_blanks import close_blanks, close_fields
from chatlib.questions.blanks import Attempt, attempt
from chatlib.questions.frame_blanks import Layout, frame_sheet
from chatlib.wire.frames import Frame

KEY = bytes.fromhex("37fa213d")
CLOSE = Frame(8, (4321).to_bytes(2, "big") + b"bye")  # payload 10 e1 62 79 65
MASKED_CLOSE = Frame(8, (1000).to_bytes(2, "big"), masking_key=KEY)  # masked payload 34 12


def tried(frame: Frame, name: str, *texts: str) -> Attempt:
    layout = Layout(frame)
    (blank,) = frame_sheet(layout, (name,), close_fields(layout)).blanks
    result = Attempt()
    for text in texts:
        result = attempt(blank, text, result)
    return result


def test_only_a_close_frame_has_a_code_and_a_reason():
    panel = close_blanks(CLOSE, "close_code", "close_reason")
    given = [name for name, _ in panel.given]
    assert given == ["FIN", "RSV1", "RSV2", "RSV3", "MASK"]
    with pytest.raises(ValueError, match="no field"):
        close_blanks(Frame(1, b"Hello"), "close_code")


@pytest.mark.parametrize(
    ("frame", "name", "text"),
    [
        (CLOSE, "close_code", "4321"),
        (CLOSE, "close_code", "10 e1"),
        (CLOSE, "close_code", "0x10 0xe1"),
        (CLOSE, "opcode", "8 (close)"),
        (CLOSE, "close_reason", "b'bye'"),
        (CLOSE, "close_reason", "bye"),
        (CLOSE, "close_reason", "62 79 65"),
        (MASKED_CLOSE, "close_code", "0x03e8"),
        (MASKED_CLOSE, "close_reason", "None"),
        (Frame(8, b"\x03\xe8none"), "close_reason", "none"),
    ],
)
def test_right_answers(frame: Frame, name: str, text: str):
    result = tried(frame, name, text)
    assert result.status == "right", result.feedback


@pytest.mark.parametrize(
    ("frame", "name", "text", "says"),
    [
        (CLOSE, "close_code", "57616", "right bytes in the wrong order"),
        (CLOSE, "close_code", "8", "stands in the header"),
        (CLOSE, "close_code", "1000", "the first two bytes of the payload"),
        (MASKED_CLOSE, "close_code", "34 12", "still masked"),
        (CLOSE, "close_reason", "10 e1 62 79 65", "The code is in it too"),
        (CLOSE, "close_reason", "none", "after the two bytes of the code"),
        (CLOSE, "close_reason", "BYE", "look at the capital letters again"),
        (CLOSE, "close_reason", "by", "Each plain letter is one byte"),
        (CLOSE, "length", "3", "The two bytes of the close code"),
        (Frame(8, b"\x03\xe8bye", masking_key=KEY), "close_reason", "43 83 52", "after the two"),
        (Frame(8, b"\x03\xe8bye", masking_key=KEY), "close_reason", "43 44 52", "still masked"),
    ],
)
def test_a_wrong_answer_is_told_what_to_look_at(frame: Frame, name: str, text: str, says: str):
    result = tried(frame, name, text)
    assert (result.status, result.misses) == ("missed", 1)
    assert says in result.feedback


@pytest.mark.parametrize(
    ("frame", "name", "hint"),
    [
        (CLOSE, "close_code", "Byte 2 is 10. The first byte counts 256 times"),
        (CLOSE, "close_reason", 'Byte 4 is 62, the letter "b".'),
        (MASKED_CLOSE, "close_reason", "The payload has only two bytes."),
    ],
)
def test_the_second_miss_reads_the_first_byte(frame: Frame, name: str, hint: str):
    assert hint in tried(frame, name, "00", "07").feedback
