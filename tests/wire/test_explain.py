"""Every field and header in one sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatlib.wire.explain import Words, explain, explain_close, explain_header
from chatlib.wire.frames import Frame, Side
from tests.wire.streams import KEY
from tests.wire.test_frames import FRAMES


def words_of(
    frame: Frame, sender: Side | None = None, *, deflate: bool = False
) -> dict[str, Words]:
    fields = frame.fields()
    return {field.name: explain(field, frame, sender, deflate=deflate) for field in fields}


@given(FRAMES, st.sampled_from(["client", "server", None]), st.booleans())
def test_every_field_of_every_frame_has_a_meaning_and_a_reason(
    frame: Frame, sender: Side | None, deflate: bool
):
    for meaning, why in words_of(frame, sender, deflate=deflate).values():
        assert meaning.endswith(".") and why.endswith((".", ")."))
        assert "\n" not in meaning + why
        assert len(meaning) < 100 and len(why) < 160


@pytest.mark.parametrize(
    ("frame", "field", "words"),
    [
        (Frame(1, fin=False), "FIN", "more fragments"),
        (Frame(9), "FIN", "never fragmented"),
        (Frame(0), "FIN", "final fragment"),
        (Frame(1), "FIN", "the whole message"),
        (Frame(1, rsv1=True), "RSV1", "1 is an error: the bit is reserved"),
        (Frame(1), "RSV1", "not used"),
        (Frame(1, rsv2=True), "RSV2", "is an error"),
        (Frame(1), "RSV3", "not used"),
        (Frame(1), "opcode", "1 means: a text frame"),
        (Frame(3), "opcode", "3 means nothing yet"),
        (Frame(1, b"x"), "payload length", "has 1 byte."),
        (
            Frame(1, bytes(126)),
            "payload length",
            "126 means: the real length stands in the next 16",
        ),
        (Frame(1, bytes(126)), "extended payload length", "126 bytes, written in 16 bits"),
        (Frame(1, bytes(65_536)), "payload length", "in the next 64 bits"),
        (Frame(1, masking_key=KEY), "masking key", "byte i mod 4"),
        (Frame(1, b"x", masking_key=KEY), "payload", "Masked on the wire; unmasked: text"),
        (Frame(2, b"x"), "payload", "bytes for the application"),
        (Frame(0, b"x"), "payload", "a part of what the first frame"),
        (Frame(3, b"x"), "payload", "without a meaning: the opcode is reserved"),
        (Frame(1, b"x", rsv1=True), "payload", "text in UTF-8"),
        (Frame(9, b"x"), "payload", "1 byte that belong to the ping"),
        (Frame(8, b"\x03\xe8"), "payload", "close code 1000 in the first 2 bytes, without a"),
        (Frame(8, b"\x03\xe8x"), "payload", "and a reason"),
    ],
)
def test_what_a_value_means(frame: Frame, field: str, words: str):
    assert words in words_of(frame)[field].meaning


@pytest.mark.parametrize(
    ("frame", "field", "words"),
    [
        (Frame(1, b"x", rsv1=True), "RSV1", "is compressed with permessage-deflate"),
        (Frame(1, b"x"), "RSV1", "is not compressed"),
        (Frame(0, b"x", rsv1=True), "RSV1", "1 is an error: only the first frame"),
        (Frame(9, b"x"), "RSV1", "only the first frame says"),
        (Frame(1, b"x", rsv1=True), "payload", "compressed data"),
        (Frame(1, b"x"), "payload", "text in UTF-8"),
        (Frame(9, b"x", rsv1=True), "payload", "belong to the ping"),
    ],
)
def test_compression_is_named_only_where_it_was_agreed(frame: Frame, field: str, words: str):
    assert words in words_of(frame, deflate=True)[field].meaning


@pytest.mark.parametrize(
    ("key", "sender", "words"),
    [
        (KEY, "client", "masked, and the masking key stands before it"),
        (KEY, "server", "masked, and the masking key stands before it"),
        (None, "client", "and there is no masking key"),
        (None, "server", "and there is no masking key"),
    ],
)
def test_the_mask_bit_depends_on_the_sender(key: bytes | None, sender: Side, words: str):
    assert words in words_of(Frame(1, masking_key=key), sender)["MASK"].meaning


def test_close_codes():
    assert explain_close(1001).startswith("Close code 1001 (going away): The server")
    assert "1005" in explain_close(None)


def test_headers():
    upgrade = explain_header(" UPGRADE", "websocket", "client")
    assert "speak WebSocket" in upgrade.meaning and "plain HTTP" in upgrade.why
    extensions = "Sec-WebSocket-Extensions"
    offered = explain_header(
        extensions, "x, permessage-deflate; server_no_context_takeover", "client"
    )
    assert "permessage-deflate" in offered.meaning
    assert "agrees to some" in explain_header(extensions, "x", "client").meaning
    refused = explain_header("Connection", "close", "server")
    assert "Upgrade" not in refused.meaning and "stays HTTP" in refused.why
    assert "next machine" in explain_header("Connection", "keep-alive, Upgrade", "client").meaning
    other = explain_header("X-Other", "1", "client")
    assert "no meaning" in other.meaning and other.why.endswith("the client's program added it.")
    assert "the server's program" in explain_header("Date", "", "server").why


@pytest.mark.parametrize("name", ["Cookie", "Authorization", "Referer"])
def test_a_secret_is_not_repeated(name: str):
    assert "s3cr3t" not in explain_header(name, "token=s3cr3t", "client").meaning


@pytest.mark.parametrize(
    ("frame", "field", "words"),
    [
        (Frame(1), "FIN", "in one piece"),
        (Frame(1, fin=False), "FIN", "this is not the last one"),
        (Frame(0), "FIN", "nothing more to add"),
        (Frame(9), "FIN", "must not be fragmented."),
        (Frame(9, fin=False), "FIN", "breaks a rule (RFC 6455 §5.5)"),
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
        (Frame(1, b"x", length_bits=16), "payload length", "the shortest form must be used"),
        (Frame(1, bytes(300), length_bits=16), "payload length", "does not fit in 7 bits"),
        (Frame(1, bytes(300)), "extended payload length", "says 126, so these bytes must follow"),
        (Frame(1, bytes(70_000)), "extended payload length", "says 127"),
        (Frame(1, b"x", length_bits=64), "extended payload length", "says 127, so these"),
        (Frame(1, b"x", masking_key=KEY), "masking key", "at random"),
        (Frame(1, b"x", masking_key=KEY), "payload", "XORed with the masking key"),
        (Frame(1, b"x"), "payload", "MASK is 0, so these bytes travel as they are"),
    ],
)
def test_why_a_value_is_so(frame: Frame, field: str, words: str):
    assert words in words_of(frame)[field].why


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
    assert words in words_of(frame, deflate=True)[field].why


@pytest.mark.parametrize(
    ("key", "sender", "words"),
    [
        (KEY, "client", "a client must mask every frame."),
        (None, "client", "client must mask every frame it sends. Its sender breaks"),
        (KEY, "server", "server must not mask any frame it sends. Its sender breaks"),
        (None, "server", "a server must not mask a frame."),
        (None, None, "A client masks every frame, and a server masks none"),
    ],
)
def test_the_reason_of_the_mask_bit_depends_on_the_sender(
    key: bytes | None, sender: Side | None, words: str
):
    assert words in words_of(Frame(1, masking_key=key), sender)["MASK"].why
