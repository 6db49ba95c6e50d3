"""What an exercise shows, and what it must not give away."""

import pytest

from chatlib.questions.sheet import GAP, make_sheet
from chatlib.wire.frames import Frame
from chatlib.wire.trace import Trace

HELLO = Frame(1, b"Hello", masking_key=bytes.fromhex("37fa213d"))
REQUEST = (
    b"GET /?token=SECRET HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Cookie: sid=SECRET\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def handshake(*chunks: tuple[str, bytes]) -> Trace:
    trace = Trace("Ana")
    for number, (sender, data) in enumerate(chunks):
        trace.record(sender, data, time=number)
    return trace


def test_a_frame_is_shown_in_hex_and_its_first_two_bytes_in_bits():
    sheet = make_sheet(HELLO, ("fin", "opcode"))
    assert sheet.title == "A frame of 11 bytes, as it was on the wire"
    assert sheet.lines == (
        ("byte 0 in bits", "1000 0001"),
        ("byte 1 in bits", "1000 0101"),
        ("bytes 0–7", "81 85 37 fa 21 3d 7f 9f"),
        ("bytes 8–10", "4d 51 58"),
    )
    assert [blank.name for blank in sheet.blanks] == ["fin", "opcode"]


def test_a_last_line_of_one_byte_is_called_a_byte():
    assert make_sheet(Frame(1, b"x" * 7), ()).lines[-1] == ("byte 8", "78")


def test_of_a_long_frame_only_the_first_bytes_are_shown():
    sheet = make_sheet(Frame(1, b"x" * 300), ())
    assert sheet.lines[-2:] == (("bytes 56–63", "78 " * 7 + "78"), ("then", "240 more bytes"))


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("fin", ["RSV1", "RSV2", "RSV3", "opcode", "MASK", "payload length"]),
        ("masking_key", ["FIN", "RSV1", "RSV2", "RSV3", "opcode", "MASK", "payload length"]),
        ("length_form", ["FIN", "RSV1", "RSV2", "RSV3", "opcode", "MASK"]),
        ("payload", ["FIN", "RSV1", "RSV2", "RSV3", "opcode", "MASK"]),
    ],
)
def test_no_given_field_gives_an_answer_away(asked: str, given: list[str]):
    assert [name for name, _ in make_sheet(HELLO, (asked,)).given] == given


def test_without_names_every_field_is_left_out():
    sheet = make_sheet(HELLO, ())
    assert len(sheet.blanks) == 7
    assert [name for name, _ in sheet.given] == ["RSV1", "RSV2", "RSV3"]


def test_a_handshake_is_shown_with_gaps_and_without_secrets():
    trace = handshake(("client", REQUEST), ("server", RESPONSE))
    sheet = make_sheet(trace, ("version", "status", "accept"))
    texts = [text for _, text in sheet.lines]
    assert texts[0].startswith("GET /?token=•••")
    assert f"HTTP/1.1 {GAP} Switching Protocols" in texts
    assert f"Sec-WebSocket-Version: {GAP}" in texts and f"Sec-WebSocket-Accept: {GAP}" in texts
    assert "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" in texts
    assert "SECRET" not in str(sheet) and "s3pPL" not in str(sheet.lines)
    assert make_sheet(trace, ("method",)).lines[0][1].startswith(f"{GAP} /")


def test_the_digest_tells_frames_and_blanks_apart():
    digests = {
        make_sheet(frame, names).digest
        for frame in (HELLO, Frame(1, b"Hello"))
        for names in (("fin",), ("opcode",), ("fin", "opcode"))
    }
    assert len(digests) == 6
    another_key = Frame(1, b"Hello", masking_key=bytes.fromhex("01020304"))
    assert make_sheet(HELLO, ("fin",)).digest == make_sheet(another_key, ("fin",)).digest


def test_the_digest_of_a_handshake_does_not_depend_on_its_key():
    other = REQUEST.replace(b"dGhl", b"AAAA")
    digests = {
        make_sheet(handshake(("client", request), ("server", RESPONSE)), ("status",)).digest
        for request in (REQUEST, other)
    }
    assert len(digests) == 1


@pytest.mark.parametrize("name", ["close_code", "lenght", "accept"])
def test_a_field_that_is_not_there_is_an_error_that_lists_the_others(name: str):
    with pytest.raises(ValueError, match=rf"no field \['{name}'\] to fill in. Use some of \['fin'"):
        make_sheet(HELLO, ("fin", name))


def test_a_connection_without_a_whole_handshake_has_no_exercise():
    for trace in (handshake(), handshake(("client", REQUEST))):
        with pytest.raises(ValueError, match="'Ana' has no whole opening handshake yet. Connect"):
            make_sheet(trace, ())
