"""Payload, close code and close reason: right answers, and plausible wrong ones."""

import pytest

from chatlib.questions.blanks import Attempt, attempt
from chatlib.questions.header_blanks import Layout
from chatlib.questions.payload_blanks import payload_blanks
from chatlib.wire.frames import Frame

KEY = bytes.fromhex("37fa213d")
HELLO = Frame(1, b"Hello", masking_key=KEY)  # masked payload 7f 9f 4d 51 58
PLAIN = Frame(1, b"Hello")
BINARY = Frame(2, b"\x01\x02", masking_key=KEY)  # masked payload 36 f8
CLOSE = Frame(8, (4321).to_bytes(2, "big") + b"bye")  # payload 10 e1 62 79 65
MASKED_CLOSE = Frame(8, (1000).to_bytes(2, "big"), masking_key=KEY)  # masked payload 34 12


def tried(frame: Frame, name: str, *texts: str) -> Attempt:
    blanks = {blank.name: blank for blank in payload_blanks(Layout(frame))}
    result = Attempt()
    for text in texts:
        result = attempt(blanks[name], text, result)
    return result


@pytest.mark.parametrize(
    ("frame", "name", "text"),
    [
        (HELLO, "payload", "Hello"),
        (HELLO, "payload", '"Hello"'),
        (HELLO, "payload", "48 65 6c 6c 6f"),
        (BINARY, "payload", "0102"),
        (Frame(2, b"\x01"), "payload", "0x01"),
        (CLOSE, "close_code", "4321"),
        (CLOSE, "close_code", "10 e1"),
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
        (HELLO, "payload", "7f 9f 4d 51 58", "still masked"),
        (HELLO, "payload", "hello", "capital letters"),
        (HELLO, "payload", "Hallo", "XOR byte number i"),
        (PLAIN, "payload", "Hallo", "Each plain letter is one byte"),
        (BINARY, "payload", "36 f8", "still masked"),
        (BINARY, "payload", "01", "XOR byte number i"),
        (Frame(2, b"\x01"), "payload", "82 01 01", "The payload is the rest"),
        (CLOSE, "close_code", "57616", "right bytes in the wrong order"),
        (CLOSE, "close_code", "8", "stands in the header"),
        (CLOSE, "close_code", "1000", "the first two bytes of the payload"),
        (MASKED_CLOSE, "close_code", "34 12", "still masked"),
        (CLOSE, "close_reason", "10 e1 62 79 65", "The code is in it too"),
        (CLOSE, "close_reason", "none", "after the two bytes of the code"),
        (CLOSE, "close_reason", "BYE", "Each plain letter is one byte"),
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
        (
            HELLO,
            "payload",
            'Byte 6 is 7f, and byte 0 of the key is 37. Their XOR is 48, the letter "H".',
        ),
        (PLAIN, "payload", 'Byte 2 is 48, the letter "H".'),
        (BINARY, "payload", "Their XOR is 01."),
        (Frame(1, "é".encode()), "payload", "Byte 2 is c3."),
        (CLOSE, "close_code", "Byte 2 is 10. The first byte counts 256 times"),
        (CLOSE, "close_reason", 'Byte 4 is 62, the letter "b".'),
        (MASKED_CLOSE, "close_reason", "The payload has only two bytes."),
    ],
)
def test_the_second_miss_reads_the_first_byte(frame: Frame, name: str, hint: str):
    assert hint in tried(frame, name, "00", "07").feedback


def test_a_compressed_text_is_asked_for_as_bytes():
    (blank,) = payload_blanks(Layout(Frame(1, b"\xf2\x48", rsv1=True)))
    assert blank.asks == "the bytes in hex, unmasked"
