"""The fields of every frame, what is said about plausible wrong answers, and what is shown."""

import pytest

from chatlib.questions.blanks import Attempt, Sheet, attempt
from chatlib.questions.frame_blanks import Layout, frame_sheet
from chatlib.wire.frames import Frame

KEY = bytes.fromhex("37fa213d")
HELLO = Frame(1, b"Hello", masking_key=KEY)  # 81 85 37 fa 21 3d 7f 9f 4d 51 58, RFC 6455 §5.7
FROM_SERVER = Frame(1, b"Hello")
LONG = Frame(1, b"x" * 300, masking_key=KEY)  # 81 fe 01 2c …
LONGEST = Frame(2, b"x" * 65_536)
FRAGMENT = Frame(0, b"lo", fin=False, masking_key=KEY)


def sheet(frame: Frame, *names: str) -> Sheet:
    return frame_sheet(Layout(frame), names)


def tried(frame: Frame, name: str, *texts: str) -> Attempt:
    (blank,) = sheet(frame, name).blanks
    result = Attempt()
    for text in texts:
        result = attempt(blank, text, result)
    return result


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
        (HELLO, "length", "5 bytes"),
        (HELLO, "length", "0000101"),
        (LONG, "length", "01 2c"),
        (LONGEST, "length", "65.536"),
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
        (HELLO, "length", "11", "the size of the whole frame"),
        (HELLO, "length", "0x85", "the whole byte 1, with MASK"),
        (HELLO, "length", "6", "counts the bytes of the payload"),
        (LONG, "length", "126", "stands in the bytes after it"),
        (LONG, "length", "11265", "right bytes in the wrong order"),
        (LONG, "length", "254", "counts the bytes of the payload"),
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
        (HELLO, "length", ("4", "6"), "stands in byte 1: 85. Leave the first bit away"),
        (LONG, "length", ("4", "6"), "stands in bytes 2 to 3: 01 2c. It is one number."),
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
        ("opcode", "text", "cannot be read as a number"),
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
    assert layout.meaning("opcode").startswith("1 means: a text frame")


def test_a_frame_is_shown_in_hex_and_its_first_two_bytes_in_bits():
    shown = sheet(HELLO, "fin", "opcode")
    assert shown.title == "A frame of 11 bytes, as it was on the wire"
    assert shown.lines == (
        ("byte 0 in bits", "1000 0001"),
        ("byte 1 in bits", "1000 0101"),
        ("bytes 0–7", "81 85 37 fa 21 3d 7f 9f"),
        ("bytes 8–10", "4d 51 58"),
    )
    assert [blank.name for blank in shown.blanks] == ["fin", "opcode"]


def test_a_last_line_of_one_byte_is_called_a_byte():
    assert sheet(Frame(1, b"x" * 7)).lines[-1] == ("byte 8", "78")


def test_of_a_long_frame_only_the_first_bytes_are_shown():
    shown = sheet(Frame(1, b"x" * 300))
    assert shown.lines[-2:] == (("bytes 56–63", "78 " * 7 + "78"), ("then", "240 more bytes"))


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("fin", ["RSV1", "RSV2", "RSV3", "opcode", "MASK", "payload length"]),
        ("length", ["FIN", "RSV1", "RSV2", "RSV3", "opcode", "MASK"]),
    ],
)
def test_no_given_field_gives_an_answer_away(asked: str, given: list[str]):
    assert [name for name, _ in sheet(HELLO, asked).given] == given


def test_without_names_every_field_is_left_out():
    shown = sheet(HELLO)
    assert len(shown.blanks) == 3
    assert [name for name, _ in shown.given] == ["RSV1", "RSV2", "RSV3", "MASK"]


def test_the_digest_tells_frames_and_blanks_apart():
    digests = {
        sheet(frame, *names).digest
        for frame in (HELLO, Frame(1, b"Hello"))
        for names in (("fin",), ("opcode",), ("fin", "opcode"))
    }
    assert len(digests) == 6
    another_key = Frame(1, b"Hello", masking_key=bytes.fromhex("01020304"))
    assert sheet(HELLO, "fin").digest == sheet(another_key, "fin").digest


@pytest.mark.parametrize("name", ["close_code", "lenght", "accept"])
def test_a_field_that_is_not_there_is_an_error_that_lists_the_others(name: str):
    with pytest.raises(ValueError, match=rf"no field \['{name}'\] to fill in. Use some of \['fin'"):
        sheet(HELLO, "fin", name)
