"""One frame: its fields and its bytes, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame as LibraryFrame
from websockets.frames import Opcode

from chatlib.wire.frames import Field, Frame, apply_mask, read_header
from tests.wire.streams import KEY

FRAMES = st.builds(
    Frame,
    opcode=st.integers(0, 15),
    payload=st.binary(max_size=300),
    fin=st.booleans(),
    rsv1=st.booleans(),
    rsv2=st.booleans(),
    rsv3=st.booleans(),
    masking_key=st.none() | st.binary(min_size=4, max_size=4),
    length_bits=st.sampled_from([0, 64]),
)


def decode(data: bytes) -> Frame:
    header = read_header(data)
    assert header is not None
    assert len(data) == header.size + header.length
    return header.complete(data[header.size :])


# RFC 6455 §5.7, all of it.
EXAMPLES = [
    ("single unmasked text", Frame(1, b"Hello"), "81 05 48 65 6c 6c 6f"),
    (
        "single masked text",
        Frame(1, b"Hello", masking_key=KEY),
        "81 85 37 fa 21 3d 7f 9f 4d 51 58",
    ),
    ("first fragment", Frame(1, b"Hel", fin=False), "01 03 48 65 6c"),
    ("final fragment", Frame(0, b"lo"), "80 02 6c 6f"),
    ("unmasked ping", Frame(9, b"Hello"), "89 05 48 65 6c 6c 6f"),
    ("masked pong", Frame(10, b"Hello", masking_key=KEY), "8a 85 37 fa 21 3d 7f 9f 4d 51 58"),
    ("256 bytes", Frame(2, b"\0" * 256), "82 7e 01 00" + " 00" * 256),
    ("64 KiB", Frame(2, b"\0" * 65_536), "82 7f 00 00 00 00 00 01 00 00" + " 00" * 65_536),
]


@pytest.mark.parametrize(
    ("frame", "wire"), [row[1:] for row in EXAMPLES], ids=[row[0] for row in EXAMPLES]
)
def test_rfc_6455_examples_both_ways(frame: Frame, wire: str):
    assert decode(bytes.fromhex(wire)) == frame
    assert frame.encode() == bytes.fromhex(wire)


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize(
    ("length", "header_size", "length7"),
    [(0, 2, 0), (125, 2, 125), (126, 4, 126), (65_535, 4, 126), (65_536, 10, 127)],
)
def test_lengths_at_the_borders(length: int, header_size: int, length7: int, key: bytes | None):
    frame = Frame(2, b"x" * length, masking_key=key)
    wire = frame.encode()
    assert decode(wire) == frame
    assert frame.header_size == header_size + (4 if key else 0)
    assert len(wire) == frame.header_size + length
    assert wire[1] & 0x7F == length7


@pytest.mark.parametrize("opcode", list(Opcode))
@pytest.mark.parametrize("fin", [True, False])
@pytest.mark.parametrize("size", [0, 5, 125])
def test_our_bytes_are_the_librarys(opcode: Opcode, fin: bool, size: int):
    if opcode >= 8 and not fin:
        return
    payload = bytes(range(size))
    theirs = LibraryFrame(opcode, payload, fin).serialize(mask=False)
    assert decode(theirs) == Frame(opcode, payload, fin=fin)
    assert Frame(opcode, payload, fin=fin).encode() == theirs


@given(FRAMES)
def test_encoding_and_decoding_are_inverse(frame: Frame):
    assert decode(frame.encode()) == frame


@given(FRAMES)
def test_fields_cover_every_bit_once_and_hold_what_is_on_the_wire(frame: Frame):
    fields, wire = frame.fields(), frame.encode()
    at = 0
    for field in fields:
        assert field.first_bit == at
        at += field.bits
        assert wire_bits(wire, field) == as_number(field.value)
    assert at == 8 * len(wire)


def wire_bits(wire: bytes, field: Field) -> int:
    after = 8 * len(wire) - field.first_bit - field.bits
    return (int.from_bytes(wire, "big") >> after) & ((1 << field.bits) - 1)


def as_number(value: int | bytes) -> int:
    return value if isinstance(value, int) else int.from_bytes(value, "big")


def test_fields_of_a_masked_text_with_their_spans():
    spans = {
        field.name: (field.first_bit, field.bits, field.bytes_span)
        for field in Frame(1, b"x" * 126, masking_key=KEY).fields()
    }
    assert spans == {
        "FIN": (0, 1, (0, 1)),
        "RSV1": (1, 1, (0, 1)),
        "RSV2": (2, 1, (0, 1)),
        "RSV3": (3, 1, (0, 1)),
        "opcode": (4, 4, (0, 1)),
        "MASK": (8, 1, (1, 2)),
        "payload length": (9, 7, (1, 2)),
        "extended payload length": (16, 16, (2, 4)),
        "masking key": (32, 32, (4, 8)),
        "payload": (64, 1008, (8, 134)),
    }


def test_an_empty_payload_is_no_field():
    assert [field.name for field in Frame(9).fields()][-1] == "payload length"


@given(st.binary(max_size=100), st.binary(min_size=4, max_size=4))
def test_masking_is_the_rules_loop_and_its_own_inverse(data: bytes, key: bytes):
    assert apply_mask(data, key) == bytes(byte ^ key[i % 4] for i, byte in enumerate(data))
    assert apply_mask(apply_mask(data, key), key) == data


def test_a_masking_key_has_four_bytes():
    with pytest.raises(ValueError, match="has 4 bytes; this one has 3"):
        apply_mask(b"x", b"abc")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"opcode": 16}, "0 to 15, not 16"),
        ({"opcode": -1}, "0 to 15, not -1"),
        ({"opcode": 1, "masking_key": b"abc"}, "this one has 3"),
        (
            {"opcode": 1, "payload": bytes(126), "length_bits": 7},
            "7 bits are too few",
        ),
        ({"opcode": 1, "payload": bytes(65_536), "length_bits": 16}, "16 bits are too few"),
        ({"opcode": 1, "length_bits": 8}, "7, 16 or 64 bits, not 8"),
    ],
)
def test_values_that_fit_in_no_field_are_refused(values: dict, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        Frame(**values)


def test_a_payload_is_bytes():
    with pytest.raises(TypeError, match=r"bytes, not str. Text becomes bytes with .encode\(\)"):
        Frame(1, "Halo")


def test_a_length_may_be_written_longer_than_needed():
    assert Frame(1, b"hi", length_bits=16).encode() == bytes.fromhex("81 7e 00 02 68 69")
    assert decode(bytes.fromhex("81 7e 00 02 68 69")) == Frame(1, b"hi", length_bits=16)


def test_close_code_and_reason():
    assert Frame(8, b"\x03\xe8bye").close_code == 1000
    assert Frame(8, b"\x03\xe8bye").close_reason == "bye"
    assert Frame(8, b"\x03\xe8\xff").close_reason == "�"
    assert Frame(8, b"\x03").close_code is None
    assert Frame(8).close_reason is None
    assert Frame(1, b"\x03\xe8").close_code is None


def test_kinds():
    kinds = [Frame(opcode).kind for opcode in (0, 1, 2, 3, 8, 9, 10, 11)]
    assert kinds == [
        *("continuation", "text", "binary", "opcode 0x3"),
        *("close", "ping", "pong", "opcode 0xb"),
    ]
    assert [Frame(opcode).is_control for opcode in (0, 2, 7, 8, 15)] == [False] * 3 + [True] * 2


@pytest.mark.parametrize(
    ("frame", "line"),
    [
        (Frame(1, b"Hello", masking_key=KEY), "<text frame: FIN, masked, 5 bytes 'Hello'>"),
        (Frame(2, b"\x00", fin=False), "<binary frame: 1 byte 00>"),
        (Frame(1, b"\x00", rsv1=True), "<text frame: FIN, RSV1, 1 byte 00>"),
        (Frame(8, b"\x03\xe9x"), "<close frame: FIN, 1001 'x'>"),
        (Frame(9), "<ping frame: FIN, 0 bytes>"),
    ],
)
def test_a_frame_is_short_in_one_line(frame: Frame, line: str):
    assert repr(frame) == line


def test_a_frame_shows_its_fields():
    shown = Frame(1, b"<b>&", masking_key=KEY, length_bits=16)._repr_mimebundle_()
    text, html = shown["text/plain"], shown["text/html"]
    assert "opcode                   4–7" in text
    assert "extended payload length  16–31  00 04" in text
    assert "1 (text)" in text
    assert "<b>" not in html
    assert "&lt;b&gt;&amp;" in html
    assert html.count('<th scope="col"') == 4
    assert html.count('<th scope="row"') == 10


def test_a_close_frame_shows_code_and_reason():
    assert "1001 'away'" in Frame(8, b"\x03\xe9away")._repr_mimebundle_()["text/plain"]


def test_a_large_frame_shows_a_small_table():
    shown = Frame(2, bytes(1_000_000))._repr_mimebundle_()
    assert len(shown["text/html"]) < 8_000
    assert "999,984 more bytes" in shown["text/plain"]


@pytest.mark.parametrize("frame", [Frame(2, bytes(size), masking_key=KEY) for size in (1, 126)])
def test_a_header_is_read_when_it_is_whole_and_not_before(frame: Frame):
    wire = frame.encode()
    for size in range(frame.header_size):
        assert read_header(wire[:size]) is None
    header = read_header(wire[: frame.header_size])
    assert header is not None
    assert header.length == len(frame.payload)


@given(st.binary(max_size=20))
def test_any_bytes_are_a_header_or_too_few(data: bytes):
    header = read_header(data)
    if header is None:
        assert len(data) < 14
    else:
        assert 2 <= header.size <= min(14, len(data))
        assert header.frame.payload == b""


def test_a_huge_length_is_announced_and_not_allocated():
    header = read_header(b"\x82\x7f\x7f" + b"\xff" * 7)
    assert header is not None
    assert (header.length, header.length_bits) == ((1 << 63) - 1, 64)
