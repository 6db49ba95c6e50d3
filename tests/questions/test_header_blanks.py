"""The fields of a header: right answers, and what is said about plausible wrong ones."""

import pytest

from chatlib.questions.blanks import Attempt, Blank, attempt
from chatlib.questions.header_blanks import Layout
from chatlib.questions.sheet import make_sheet
from chatlib.wire.frames import Frame

KEY = bytes.fromhex("37fa213d")
HELLO = Frame(1, b"Hello", masking_key=KEY)  # 81 85 37 fa 21 3d 7f 9f 4d 51 58, RFC 6455 §5.7
FROM_SERVER = Frame(1, b"Hello")
LONG = Frame(1, b"x" * 300, masking_key=KEY)  # 81 fe 01 2c …
LONGEST = Frame(2, b"x" * 65_536)
FRAGMENT = Frame(0, b"lo", fin=False, masking_key=KEY)


def blanks_of(frame: Frame) -> dict[str, Blank]:
    return {blank.name: blank for blank in make_sheet(frame, ()).blanks}


def tried(frame: Frame, name: str, *texts: str) -> Attempt:
    blank, result = blanks_of(frame)[name], Attempt()
    for text in texts:
        result = attempt(blank, text, result)
    return result


def test_each_frame_has_the_blanks_that_fit_it():
    header = ["fin", "opcode", "mask", "length_form", "length"]
    assert list(blanks_of(HELLO)) == [*header, "masking_key", "payload"]
    assert list(blanks_of(FROM_SERVER)) == [*header, "payload"]
    assert list(blanks_of(Frame(9))) == header
    assert list(blanks_of(Frame(8, b"\x03\xe8"))) == [
        *header,
        "close_code",
        "close_reason",
    ]


@pytest.mark.parametrize(
    ("frame", "name", "text"),
    [
        (HELLO, "fin", "1"),
        (FRAGMENT, "fin", "false"),
        (HELLO, "opcode", "0x1"),
        (HELLO, "opcode", "0001"),
        (Frame(8), "opcode", "1000"),
        (Frame(10), "opcode", "10"),
        (FRAGMENT, "opcode", "0"),
        (HELLO, "mask", "yes"),
        (FROM_SERVER, "mask", "0"),
        (HELLO, "length_form", "0"),
        (LONG, "length_form", "2"),
        (LONGEST, "length_form", "8 bytes"),
        (HELLO, "length", "5 bytes"),
        (HELLO, "length", "0000101"),
        (LONG, "length", "01 2c"),
        (LONGEST, "length", "65.536"),
        (HELLO, "masking_key", "37FA213D"),
    ],
)
def test_right_answers(frame: Frame, name: str, text: str):
    result = tried(frame, name, text)
    assert result.status == "right", result.feedback
    assert result.feedback.startswith("Yes, ")


@pytest.mark.parametrize(
    ("frame", "name", "text", "says"),
    [
        (HELLO, "fin", "0", "the first bit of the first byte"),
        (FRAGMENT, "fin", "1", "1 on the last frame of a message"),
        (FRAGMENT, "fin", "yes", "FIN is the first bit"),
        (HELLO, "opcode", "129", "129 is the whole first byte"),
        (HELLO, "opcode", "0x81", "129 is the whole first byte"),
        (HELLO, "opcode", "80", "Four bits count only to 15"),
        (HELLO, "opcode", "8", "the last four bits of the first byte"),
        (HELLO, "opcode", "1000", "the last four bits of the first byte"),
        (HELLO, "mask", "0", "in every frame that a client sends"),
        (FROM_SERVER, "mask", "1", "the first bit of the second byte"),
        (FROM_SERVER, "mask", "true", "the first bit of the second byte"),
        (LONG, "length_form", "126", "how many bytes follow?"),
        (LONG, "length_form", "16", "16 counts bits"),
        (LONG, "length_form", "0", "Up to 125 they are the length itself"),
        (LONGEST, "length_form", "127", "127 means 8"),
        (HELLO, "length", "11", "the size of the whole frame"),
        (HELLO, "length", "0x85", "the whole byte 1, with MASK"),
        (HELLO, "length", "6", "counts the bytes of the payload"),
        (LONG, "length", "126", "stands in the bytes after it"),
        (LONG, "length", "11265", "right bytes in the wrong order"),
        (LONG, "length", "254", "counts the bytes of the payload"),
        (HELLO, "masking_key", "3d21fa37", "right bytes in the wrong order"),
        (HELLO, "masking_key", "85 37 fa 21", "begin at byte 1, which is too early"),
        (HELLO, "masking_key", "7f 9f 4d 51", "begin at byte 6, which is too late"),
        (HELLO, "masking_key", "37 fa 21", "A masking key has 4 bytes"),
        (HELLO, "masking_key", "00 00 00 00", "do not stand together in the frame"),
    ],
)
def test_a_wrong_answer_is_told_what_to_look_at(frame: Frame, name: str, text: str, says: str):
    result = tried(frame, name, text)
    assert (result.status, result.misses) == ("missed", 1)
    assert says in result.feedback
    assert "Hint" not in result.feedback


@pytest.mark.parametrize(
    ("frame", "name", "wrong", "hint"),
    [
        (FRAGMENT, "fin", ("1", "true"), "Byte 0 is 00, in bits 00000000. FIN is the first"),
        (HELLO, "opcode", ("2", "8"), "Byte 0 is 81, in bits 10000001. The opcode"),
        (HELLO, "mask", ("0", "no"), "Byte 1 is 85, in bits 10000101. MASK is the first"),
        (LONG, "length_form", ("0", "8"), "Without the first bit, the number is 126."),
        (HELLO, "length", ("4", "6"), "stands in byte 1: 85. Leave the first bit away"),
        (LONG, "length", ("4", "6"), "stands in bytes 2 to 3: 01 2c. It is one number."),
        (LONG, "masking_key", ("00", "01"), "4 bytes of FIN, opcode, MASK and length come first."),
    ],
)
def test_the_second_miss_shows_the_bytes(
    frame: Frame, name: str, wrong: tuple[str, str], hint: str
):
    assert hint in tried(frame, name, *wrong).feedback


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("fin", "2", "FIN is one bit, so it is 0 or 1"),
        ("mask", "133", "MASK is one bit"),
        ("opcode", "text", "cannot be read as a number"),
        ("masking_key", "37 fa 2", "two digits for each byte"),
    ],
)
def test_what_is_no_answer_is_no_miss(name: str, text: str, says: str):
    result = tried(HELLO, name, text)
    assert (result.status, result.misses) == ("unreadable", 0)
    assert says in result.feedback


def test_a_short_frame():
    layout = Layout(Frame(1, b"Hello"))
    assert layout.data.hex(" ") == "81 05 48 65 6c 6c 6f"
    assert layout.bits(0) == "Byte 0 is 81, in bits 10000001."
    assert layout.place(layout.length_field) == "byte 1: 05"
    assert layout.meaning("opcode").startswith("1 means: a text frame")


def test_the_length_of_a_long_frame_stands_in_the_extended_field():
    layout = Layout(Frame(1, b"x" * 300))
    assert layout.place(layout.length_field) == "bytes 2 to 3: 01 2c"
    assert layout.field("payload length").value == 126
