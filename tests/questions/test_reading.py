"""Every clear way to write a number, bytes or a text is read; the others get a sentence."""

import pytest

from chatlib.questions.reading import (
    Unreadable,
    alike,
    read_bytes,
    read_number,
    read_text,
    read_text_or_hex,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10", 10),
        (" 10 bytes ", 10),
        ("0x0A", 10),
        ("0a", 10),
        ("0b1010", 10),
        ("1,100", 1100),
        ("1.100", 1100),
        ("65 536", 65536),
        ("1_000", 1000),
        ("03 e8", 1000),
        ("10 11", 0x1011),
        ("0x03 0xe8", 1000),
        ("8 (close)", 8),
        ("8 bytes.", 8),
        ("8B", 8),
        ("1.100 B", 1100),
        ("8b", 0x8B),
        ("0x8B", 0x8B),
        ('"8"', 8),
        ("1000", 1000),
    ],
)
def test_a_number_in_every_clear_form(text: str, number: int):
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "bits", "number"),
    [
        ("1000", 4, 8),
        ("0001", 4, 1),
        ("10", 4, 10),
        ("000 0101", 7, 5),
        ("1", 1, 1),
        ("101", 7, 101),
        ("00000101", 7, 5),
        ("1000 0001", 4, 129),
    ],
)
def test_as_many_binary_digits_as_the_field_has_bits_are_binary(text, bits, number):
    assert read_number(text, bits=bits) == number


@pytest.mark.parametrize(
    "text",
    [
        "text",
        "bad",
        "-1",
        "1.5",
        "ten",
        "0xzz",
        "1 2 3",
        "²",
        "5e5",
        "8 kB",
        "1 each",
        pytest.param("9" * 5000, id="5000 digits"),
    ],
)
def test_what_is_no_number_gets_a_sentence_that_shows_the_forms(text: str):
    with pytest.raises(Unreadable, match="cannot be read as a number. Write it in decimal"):
        read_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "37fa213d",
        "37 FA 21 3D",
        "0x37fa213d",
        "0x37 0xfa 0x21 0x3d",
        "37:fa:21:3d",
        r"\x37\xfa\x21\x3d",
        r"b'7\xfa!='",
        r'b"7\xfa!="',
    ],
)
def test_bytes_in_every_clear_form(text: str):
    assert read_bytes(text) == bytes.fromhex("37fa213d")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("37 fg", '"g" is no hex digit'),
        ("7fa213d", "two digits for each byte, and these are 7"),
        ("", "Nothing is written"),
    ],
)
def test_what_is_no_hex_gets_a_sentence(text: str, says: str):
    with pytest.raises(Unreadable, match=says):
        read_bytes(text)


def test_text_is_taken_without_the_marks_around_it():
    assert read_text(' "Halo" ') == read_text("'Halo'") == read_text("“Halo”") == "Halo"
    assert read_text("b'Halo'") == read_text(' b"Halo"') == "Halo"
    assert read_text(r"b'\xfa\x21'") == "fa 21"
    assert read_text("b'Halo") == "b'Halo"
    assert read_text("b'a' + b'b'") == "b'a' + b'b'"
    assert read_text('"') == '"'
    assert read_text('say "hi"') == 'say "hi"'


def test_a_text_that_is_exactly_right_keeps_its_marks():
    assert read_text_or_hex('"Halo"', expected='"Halo"') == '"Halo"'
    assert read_text_or_hex(" Halo", expected=" Halo") == " Halo"
    assert read_text_or_hex("48 61", expected="Ha") == "Ha"
    assert read_text_or_hex("b'Ha'", expected="Ha") == "Ha"
    assert read_text_or_hex("b'Ha'", expected="b'Ha'") == "b'Ha'"
    assert read_text_or_hex('"Halo"', expected="Halo") == "Halo"


@pytest.mark.parametrize("read", [read_number, read_bytes, read_text])
def test_nothing_typed_is_no_answer(read):
    with pytest.raises(Unreadable, match="Nothing is written here yet"):
        read("  ")


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
        ("5e5", 0x5E5),
        ("500 thousand", 500),
        ("1 juta", 1),
        ("1", True),
        ("Sec-WebSocket", "Sec-WebSocket-Key"),
    ],
)
def test_something_else(answer: str, outcome: object):
    assert not alike(answer, outcome)
