"""Each check takes the right answer, leaves a missing one open, and names common mistakes."""

import base64
import hashlib

import pytest

from chatlib.questions.checks import (
    check_accept,
    check_frame,
    check_value,
)
from chatlib.wire.frames import Frame

KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 §1.3
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HELLO = Frame(1, b"Hello", masking_key=bytes.fromhex("37fa213d"))  # RFC 6455 §5.7


def base64_sha1(text: bytes) -> str:
    return base64.b64encode(hashlib.sha1(text).digest()).decode()


def feedback(report) -> str:
    assert not report.passed
    (finding,) = report.findings
    assert finding.right is False
    return finding.feedback


def test_the_right_accept_value_passes():
    assert check_accept(KEY, ACCEPT).passed


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ACCEPT.encode(), "this is bytes"),
        (20, "this is int"),
        (ACCEPT + "\n", "a space or a new line"),
        (ACCEPT.rstrip("="), "= at the end"),
        (hashlib.sha1((KEY + GUID).encode()).hexdigest(), "in hex"),
        (
            base64.b64encode(hashlib.sha1((KEY + GUID).encode()).hexdigest().encode()).decode(),
            "hex text",
        ),
        (base64_sha1(KEY.encode()), "the key alone"),
        (base64_sha1(base64.b64decode(KEY) + GUID.encode()), "decoded the key"),
        (base64_sha1((GUID + KEY).encode()), "order is wrong"),
        ("no idea", "SHA-1 digest"),
    ],
)
def test_a_wrong_accept_value_is_told_what_went_wrong(answer: object, says: str):
    assert says in feedback(check_accept(KEY, answer))


def test_a_key_that_is_not_base64_is_no_reason_to_fail():
    assert "SHA-1 digest" in feedback(check_accept("a", "no idea"))


def test_three_dots_are_no_answer_yet():
    for report in (
        check_accept(KEY, ...),
        check_frame(HELLO, opcode=...),
        check_value("frames", ..., 3, hint="Count."),
    ):
        (finding,) = report.findings
        assert finding.right is None
        assert "Not answered yet" in finding.feedback


def test_the_right_fields_of_a_frame_pass():
    report = check_frame(
        HELLO,
        fin=1,
        opcode=1,
        mask=True,
        length=5,
        masking_key=HELLO.masking_key,
        payload=b"Hello",
    )
    assert report.passed
    assert len(report.findings) == 6


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"fin": 0}, "the first bit of the first byte"),
        ({"fin": 0x81}, "129 is not right. FIN is the first bit"),
        ({"fin": "1"}, "needs True or False (1 or 0), but the answer is text: '1'"),
        ({"opcode": 8}, "1 is text, 8 is close"),
        ({"opcode": 0x81}, "the last four bits of the first byte"),
        ({"opcode": "text"}, "needs a number, but the answer is text: "),
        ({"mask": 0}, "first bit of the second byte"),
        ({"mask": 0x85}, "133 is not right."),
        ({"mask": HELLO.masking_key}, "needs True or False (1 or 0), but the answer is bytes: "),
        ({"length": 11}, "not the whole frame"),
        ({"length": 0x85}, "133 is not right."),
        ({"length": "5"}, "needs a number, but the answer is text: "),
        ({"masking_key": b"7\xfa!"}, "Yours has 3 bytes, and 4 were expected"),
        ({"masking_key": HELLO.masking_key[::-1]}, "right before the payload"),
        ({"masking_key": HELLO.masking_key.hex()}, "needs bytes, but the answer is text: "),
        ({"payload": b"Hallo"}, "Byte 1 is 0x61 in yours"),
        ({"payload": HELLO.masked_payload}, "Undo the mask"),
        ({"payload": "Hello"}, "needs bytes, but the answer is text: "),
    ],
)
def test_a_wrong_field_is_named_with_a_hint(answer: dict[str, object], says: str):
    assert says in feedback(check_frame(HELLO, **answer))


def test_an_unknown_field_is_an_error_that_lists_the_known_ones():
    with pytest.raises(TypeError, match=r"no field \['lenght'\]. Use one of \['fin'"):
        check_frame(HELLO, lenght=5)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (3, 3),
        (16860.0, 16860),  # a computed number
        (40, 40.0),
        (1, True),
        ("Sec-WebSocket-Key", "sec-websocket-key"),  # RFC 9110 §5.1: "case-insensitive"
        ("Upgrade ", "upgrade"),
        (["text", "ping"], ["text", "ping"]),
    ],
)
def test_an_answer_that_means_the_value_is_right(answer: object, expected: object):
    assert check_value("frames", answer, expected, hint="Count.").passed


@pytest.mark.parametrize(
    ("answer", "expected", "says"),
    [
        (4, 3, "4 is not right. Count."),
        (3.5, 3, "3.5 is not right. Count."),
        ("3", 3, "This needs a number, but the answer is text: '3'. Write it without quotation"),
        ("three", 3, "This needs a number, but the answer is text: 'three'. Count."),
        (3, "close", "This needs text, but the answer is a number: 3. Count."),
        (b"close", "close", "This needs text, but the answer is bytes: b'close'. Count."),
        ({"type": "join"}, "join", "This needs text, but the answer is a dict: {'type': 'join'}."),
        (None, 3, "The answer is None: nothing has been found or returned. Count."),
        (b"ab", b"ac", "Byte 1 is 0x62 in yours, and 0x63 was expected. Count."),
        (["text"], ["text", "ping"], "Yours has 1 item, and 2 were expected. Count."),
        ([b"a"], [b"b"], "Item 0 is b'a' in yours, and b'b' was expected. Count."),
        ("Downgrade", "upgrade", "'Downgrade' is not right. Count."),
        (True, 2, "True is not right. Count."),
        (3, [3], "This needs a list, but the answer is a number: 3. Count."),
        (len, 3, "This needs a number, but the answer is builtin_function_or_method: <built-in"),
    ],
)
def test_a_wrong_value_is_told_with_the_hint(answer: object, expected: object, says: str):
    assert says in feedback(check_value("frames", answer, expected, hint="Count."))
