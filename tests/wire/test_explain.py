"""Every field and header in one sentence."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatlib.wire.events import Signal
from chatlib.wire.explain import explain, explain_close, explain_header, explain_signal
from chatlib.wire.frames import Frame, Side
from tests.wire.streams import KEY
from tests.wire.test_frames import FRAMES


def meanings(frame: Frame, sender: Side | None = None, *, deflate: bool = False) -> dict[str, str]:
    return {field.name: explain(field, frame, sender, deflate=deflate) for field in frame.fields()}


@given(FRAMES, st.sampled_from(["client", "server", None]), st.booleans())
def test_every_field_of_every_frame_has_one_sentence(
    frame: Frame, sender: Side | None, deflate: bool
):
    for sentence in meanings(frame, sender, deflate=deflate).values():
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert len(sentence) < 100


@pytest.mark.parametrize(
    ("frame", "field", "words"),
    [
        (Frame(1, fin=False), "FIN", "more fragments"),
        (Frame(9), "FIN", "never fragmented"),
        (Frame(0), "FIN", "final fragment"),
        (Frame(1), "FIN", "the whole message"),
        (Frame(1, rsv1=True), "RSV1", "1 is an error: no extension was agreed"),
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
        (Frame(1, b"x", rsv1=True), "payload", "text in UTF-8"),
        (Frame(9, b"x"), "payload", "1 byte that belong to the ping"),
        (Frame(8, b"\x03\xe8"), "payload", "close code 1000 in the first 2 bytes, without a"),
        (Frame(8, b"\x03\xe8x"), "payload", "and a reason"),
    ],
)
def test_what_a_value_means(frame: Frame, field: str, words: str):
    assert words in meanings(frame)[field]


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
    assert words in meanings(frame, deflate=True)[field]


@pytest.mark.parametrize(
    ("key", "sender", "words"),
    [
        (KEY, "client", "masked, and the masking key stands before it"),
        (KEY, "server", "which a server must never do"),
        (None, "client", "but a client must mask every frame"),
        (None, "server", "and there is no masking key"),
    ],
)
def test_the_mask_bit_depends_on_the_sender(key: bytes | None, sender: Side, words: str):
    assert words in meanings(Frame(1, masking_key=key), sender)["MASK"]


def test_close_codes():
    assert explain_close(1001).startswith("Close code 1001 (going away): The server")
    assert "1005" in explain_close(None)


def test_every_signal_has_words():
    assert len({explain_signal(signal) for signal in get_args(Signal)}) == 5


def test_headers():
    assert "speak WebSocket" in explain_header("UPGRADE", "websocket")
    assert "permessage-deflate" in explain_header(
        "Sec-WebSocket-Extensions", "x, permessage-deflate; server_no_context_takeover"
    )
    assert "agrees to some" in explain_header("Sec-WebSocket-Extensions", "x")
    assert "no meaning" in explain_header("X-Other", "1")


@given(st.text(), st.text())
def test_any_header_has_a_sentence(name: str, value: str):
    assert explain_header(name, value).endswith((".", ")."))


@pytest.mark.parametrize("name", ["Cookie", "Authorization", "Referer"])
def test_a_secret_is_not_repeated(name: str):
    assert "s3cr3t" not in explain_header(name, "token=s3cr3t")
