"""The fields of a masked frame: right answers, and what is said about plausible wrong ones."""

import json

import pytest

from chatlib.chapters.open_connection.masked_blanks import masked_blanks, masked_fields
from chatlib.panels.blanks_panel import BlanksPanel
from chatlib.questions.blanks import Attempt, attempt
from chatlib.questions.frame_blanks import Layout, frame_sheet
from chatlib.wire.frames import Frame

KEY = bytes.fromhex("37fa213d")
HELLO = Frame(1, b"Hello", masking_key=KEY)  # 81 85 37 fa 21 3d 7f 9f 4d 51 58, RFC 6455 §5.7
FROM_SERVER = Frame(1, b"Hello")
LONG = Frame(1, b"x" * 300, masking_key=KEY)  # 81 fe 01 2c …
LONGEST = Frame(2, b"x" * 65_536)
FRAGMENT = Frame(0, b"lo", fin=False, masking_key=KEY)
PLAIN = Frame(1, b"Hello")
BINARY = Frame(2, b"\x01\x02", masking_key=KEY)  # masked payload 36 f8


def tried(frame: Frame, name: str, *texts: str) -> Attempt:
    layout = Layout(frame)
    (blank,) = frame_sheet(layout, (name,), masked_fields(layout)).blanks
    result = Attempt()
    for text in texts:
        result = attempt(blank, text, result)
    return result


def test_each_frame_has_the_blanks_that_fit_it():
    every = [field["name"] for field in masked_blanks(HELLO).fields]
    assert every == ["fin", "opcode", "length", "mask", "length_form", "masking_key", "payload"]
    assert "masking_key" not in [field["name"] for field in masked_blanks(PLAIN).fields]
    assert "payload" not in [field["name"] for field in masked_blanks(Frame(9)).fields]


@pytest.mark.parametrize(
    ("asked", "hidden"), [("mask", "MASK"), ("length_form", "payload length"), ("masking_key", "")]
)
def test_no_given_field_gives_an_answer_away(asked: str, hidden: str):
    given = [name for name, _ in masked_blanks(HELLO, asked).given]
    assert hidden not in given and len(given) == (7 if not hidden else 6)


@pytest.mark.parametrize(
    ("frame", "name", "text"),
    [
        (HELLO, "mask", "yes"),
        (FROM_SERVER, "mask", "0"),
        (HELLO, "length_form", "0"),
        (LONG, "length_form", "2"),
        (LONGEST, "length_form", "8 bytes"),
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
        (HELLO, "mask", "0", "in every frame that a client sends"),
        (FROM_SERVER, "mask", "1", "the first bit of the second byte"),
        (FROM_SERVER, "mask", "true", "the first bit of the second byte"),
        (LONG, "length_form", "126", "how many bytes follow?"),
        (LONG, "length_form", "16", "16 counts bits"),
        (LONG, "length_form", "0", "Up to 125 they are the length itself"),
        (LONGEST, "length_form", "127", "127 means 8"),
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
        (HELLO, "mask", ("0", "no"), "Byte 1 is 85, in bits 10000101. MASK is the first"),
        (LONG, "length_form", ("0", "8"), "Without the first bit, the number is 126."),
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
        ("mask", "133", "MASK is one bit"),
        ("masking_key", "37 fa 2", "two digits for each byte"),
    ],
)
def test_what_is_no_answer_is_no_miss(name: str, text: str, says: str):
    result = tried(HELLO, name, text)
    assert (result.status, result.misses) == ("unreadable", 0)
    assert says in result.feedback


@pytest.mark.parametrize(
    ("frame", "name", "text"),
    [
        (HELLO, "payload", "Hello"),
        (HELLO, "payload", '"Hello"'),
        (HELLO, "payload", "48 65 6c 6c 6f"),
        (BINARY, "payload", "0102"),
        (Frame(2, b"\x01"), "payload", "0x01"),
    ],
)
def test_right_payloads(frame: Frame, name: str, text: str):
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
    ],
)
def test_a_wrong_payload_is_told_what_to_look_at(frame: Frame, name: str, text: str, says: str):
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
    ],
)
def test_the_second_miss_reads_the_first_byte(frame: Frame, name: str, hint: str):
    assert hint in tried(frame, name, "00", "07").feedback


def test_a_compressed_text_is_asked_for_as_bytes():
    (field,) = masked_blanks(Frame(1, b"\xf2\x48", rsv1=True), "payload").fields
    assert field["asks"] == "the bytes in hex, unmasked"


def test_answers_from_code_may_be_written_as_they_are_typed():
    assert (
        masked_blanks(HELLO, "masking_key", "payload")
        .fill(masking_key="37fa213d", payload=b"Hello")
        .passed
    )


def test_only_answers_that_fit_come_back_for_a_frame_with_another_masking_key():
    first = masked_blanks(HELLO, "fin", "masking_key", "length")
    first.fill(fin=1, masking_key=HELLO.masking_key, length=11)
    again = masked_blanks(Frame(1, b"Hello", masking_key=bytes(4)), "fin", "masking_key", "length")
    assert again.typed == {"fin": "1", "length": "11"}
    assert [again.attempts[name]["status"] for name in again.attempts] == ["right", "missed"]


def test_the_browser_does_not_get_the_answers():
    state = json.dumps(
        {
            key: value
            for key, value in masked_blanks(HELLO).get_state().items()
            if key in BlanksPanel.class_own_traits()
        }
    )
    assert "Hello" not in state and '"37 fa 21 3d"' not in state


def test_it_can_be_read_without_a_kernel():
    panel = masked_blanks(Frame(1, b"<b>"), "payload", "fin")
    panel.fill(fin=0, payload="<b>")
    shown = panel._repr_mimebundle_()[0]
    assert "bytes 0–4       81 03 3c 62 3e" in shown["text/plain"]
    assert "✗ not yet" in shown["text/plain"] and "✓ right: Yes, <b>." in shown["text/plain"]
    assert "&lt;b&gt;" in shown["text/html"] and "<b>" not in shown["text/html"]
    assert "_____" in masked_blanks(HELLO, "fin")._repr_mimebundle_()[0]["text/plain"]
