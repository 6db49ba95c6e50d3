"""Why a field is as it is in just this frame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatlib.wire.explain import Sent
from chatlib.wire.frames import Frame, Side
from chatlib.wire.reasons import reason, reason_for_header
from tests.wire.streams import KEY
from tests.wire.test_frames import FRAMES


def reasons(sent: Sent) -> dict[str, str]:
    return {field.name: reason(field, sent) for field in sent.frame.fields()}


@given(FRAMES, st.sampled_from(["client", "server", None]), st.booleans())
def test_every_field_of_every_frame_has_a_reason(frame: Frame, sender: Side | None, deflate: bool):
    for words in reasons(Sent(frame, sender, deflate)).values():
        assert words.endswith(".")
        assert "\n" not in words
        assert len(words) < 160


@pytest.mark.parametrize(
    ("frame", "field", "words"),
    [
        (Frame(1), "FIN", "in one piece"),
        (Frame(1, fin=False), "FIN", "this is not the last one"),
        (Frame(0), "FIN", "nothing more to add"),
        (Frame(9), "FIN", "must not be fragmented."),
        (Frame(9, fin=False), "FIN", "this one breaks the rule"),
        (Frame(1), "RSV1", "no extension that uses this bit"),
        (Frame(1, rsv1=True), "RSV1", "breaks a rule"),
        (Frame(1, rsv2=True), "RSV2", "breaks a rule"),
        (Frame(1), "RSV3", "no extension that uses this bit"),
        (Frame(1), "opcode", "had text to send"),
        (Frame(0), "opcode", "An earlier frame said"),
        (Frame(3), "opcode", "breaks a rule"),
        (Frame(1, b"x"), "payload length", "1 fits in 7 bits"),
        (Frame(1, bytes(125)), "payload length", "125 fits in 7 bits"),
        (
            Frame(1, bytes(300)),
            "payload length",
            "300 does not fit in 7 bits (125 at most). 126 says that the length stands in the "
            "next 2 bytes.",
        ),
        (Frame(1, bytes(70_000)), "payload length", "70,000 does not fit in 16 bits (65,535"),
        (Frame(1, b"x", length_bits=16), "payload length", "which holds 1. A shorter form"),
        (Frame(1, bytes(300), length_bits=16), "payload length", "does not fit in 7 bits"),
        (Frame(1, bytes(300)), "extended payload length", "says 126, so these bytes must follow"),
        (Frame(1, bytes(70_000)), "extended payload length", "says 127"),
        (Frame(1, b"x", length_bits=64), "extended payload length", "has only 1 byte. A shorter"),
        (Frame(1, b"x", masking_key=KEY), "masking key", "at random"),
        (Frame(1, b"x", masking_key=KEY), "payload", "XORed with the masking key"),
        (Frame(1, b"x"), "payload", "MASK is 0, so these bytes travel as they are"),
    ],
)
def test_why_a_value_is_so(frame: Frame, field: str, words: str):
    assert words in reasons(Sent(frame))[field]


@pytest.mark.parametrize(
    ("frame", "field", "words"),
    [
        (Frame(1, b"x", rsv1=True), "RSV1", "agreed on permessage-deflate"),
        (Frame(1, b"x"), "RSV1", "chose not to compress"),
        (Frame(0, b"x"), "RSV1", "in the first frame"),
        (Frame(0, b"x", rsv1=True), "RSV1", "RFC 7692"),
        (Frame(9, b"x"), "RSV1", "never a control frame"),
        (Frame(1, b"x", rsv1=True), "payload", "compressed first. MASK is 0"),
        (Frame(1, b"x", rsv1=True, masking_key=KEY), "payload", "compressed first. MASK is 1"),
    ],
)
def test_why_a_value_is_so_where_compression_was_agreed(frame: Frame, field: str, words: str):
    assert words in reasons(Sent(frame, deflate=True))[field]


@pytest.mark.parametrize(
    ("key", "sender", "words"),
    [
        (KEY, "client", "a client must mask every frame."),
        (None, "client", "the server must close the connection"),
        (KEY, "server", "the client must close the connection"),
        (None, "server", "a server must not mask a frame."),
        (None, None, "A client masks every frame, and a server masks none"),
    ],
)
def test_the_mask_bit_depends_on_the_sender(key: bytes | None, sender: Side | None, words: str):
    assert words in reasons(Sent(Frame(1, masking_key=key), sender))["MASK"]


def test_a_masking_key_from_a_server_is_wrong():
    frame = Frame(1, b"x", masking_key=KEY)
    assert "must not mask" in reasons(Sent(frame, "server"))["masking key"]


def test_headers():
    assert "plain HTTP" in reason_for_header(" UPGRADE", "client")
    assert reason_for_header("User-Agent", "client").endswith("the client's program added it.")
    assert "the server's program" in reason_for_header("Date", "server")
