"""What a dissector yields, shown."""

from chatlib.wire.dissector import Dissector
from chatlib.wire.items import Body, FrameItem, Undecoded
from tests.wire.streams import DEFLATE_RESPONSE, REQUEST, RESPONSE


def last_item(head: bytes, data: bytes) -> FrameItem:
    item = Dissector("server").feed(head + data)[-1]
    assert isinstance(item, FrameItem)
    return item


def test_a_frame_is_shown_with_its_message_and_problems():
    item = last_item(RESPONSE, b"\x01\x01<\x80\x02b>")
    shown = item._repr_mimebundle_()
    assert "whole message: '<b>'" in shown["text/plain"]
    assert "<li>whole message: &#x27;&lt;b&gt;&#x27;</li>" in shown["text/html"]


def test_a_message_in_one_frame_is_not_repeated():
    for data in (b"\x81\x02hi", b"\x82\x01\xff", b"\x09\x00"):
        assert "whole message" not in last_item(RESPONSE, data)._repr_mimebundle_()["text/plain"]


def test_a_compressed_frame_is_shown_inflated():
    item = last_item(DEFLATE_RESPONSE, bytes.fromhex("c1 07 f2 48 cd c9 c9 07 00"))
    text = item._repr_mimebundle_()["text/plain"]
    assert "inflated payload: 48 65 6c 6c 6f" in text
    assert "whole message: 'Hello'" in text


def test_a_broken_message_is_shown_in_hex():
    text = last_item(RESPONSE, b"\x01\x01\xff\x80\x00")._repr_mimebundle_()["text/plain"]
    assert "whole message: ff" in text
    at = len(RESPONSE) + 2
    assert f"Problem at byte {at}: The text message is not UTF-8 at its byte 0" in text


def test_a_head_is_shown_with_its_problems_and_without_secrets():
    (item,) = Dissector("client").feed(REQUEST.replace(b"GET", b"PUT"))
    shown = item._repr_mimebundle_()
    assert "Problem at byte 0: The method of an opening handshake is GET." in shown["text/plain"]
    assert "s3cr3t" not in f"{item!r} {shown}"


def test_raw_bytes_are_not_in_the_short_form():
    assert "s3cr3t" not in repr(Undecoded(0, 6, (), b"s3cr3t"))
    assert "s3cr3t" not in repr(Body(0, 6, (), b"s3cr3t"))
