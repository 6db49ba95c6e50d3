"""Each check takes the right answer, leaves a missing one open, and names common mistakes."""

import base64
import hashlib
from decimal import Decimal
from fractions import Fraction

import pytest

from chatlib.questions.checks import accept_mistake, check_value

KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 §1.3
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def base64_sha1(text: bytes) -> str:
    return base64.b64encode(hashlib.sha1(text).digest()).decode()


def feedback(report) -> str:
    assert not report.passed
    (finding,) = report.findings
    assert finding.right is False
    return finding.feedback


def test_the_right_accept_value_passes():
    assert accept_mistake(KEY, ACCEPT) == ""


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ACCEPT.encode(), "this is bytes"),
        (20, "this is int"),
        (ACCEPT + "\n", "a space or a new line"),
        (ACCEPT.rstrip("="), "= at the end"),
        (str(ACCEPT.encode()), "Use .decode()"),
        (ACCEPT.replace("+", "-"), "for addresses"),
        (hashlib.sha1((KEY + GUID).encode()).digest().hex(" "), "in hex"),
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
    assert says in accept_mistake(KEY, answer)


def test_the_value_of_another_key_is_told_so():
    other = base64.b64encode(bytes(16)).decode()
    assert "for the key of the RFC's example" in accept_mistake(other, ACCEPT)


def test_a_key_that_is_not_base64_is_no_reason_to_fail():
    assert "SHA-1 digest" in accept_mistake("a", "no idea")


def test_three_dots_are_no_answer_yet():
    (finding,) = check_value("frames", ..., 3, hint="Count.").findings
    assert finding.right is None
    assert "Not answered yet" in finding.feedback


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (3, 3),
        (16860.0, 16860),  # a computed number
        (40, 40.0),
        (Decimal(40), 40),
        (Fraction(80, 2), 40),
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
        ("3", 3, "This needs a number, but the answer is text: '3'. Write the number"),
        ("3 bytes", 3, "Write the number alone, without quotation marks."),
        (16.86, 16860, "16.86 has the right digits, but in Python a point begins a fraction"),
        ((16, 860), 16860.0, "a comma makes two numbers. Write 16860."),
        (1.009, 1009, "Write 1009."),
        (0.04, 40, "0.04 is not right. Count."),
        (16.87, 16860, "16.87 is not right. Count."),
        ((16, 870), 16860, "the answer is a tuple (a comma makes one): (16, 870). Count."),
        ((16, 86.0), 16086, "the answer is a tuple"),
        ("three", 3, "This needs a number, but the answer is text: 'three'. Count."),
        (3, "close", "This needs text, but the answer is a number: 3. Count."),
        (b"close", "close", "This needs text, but the answer is bytes: b'close'. Count."),
        ({"type": "join"}, "join", "This needs text, but the answer is a dict: {'type': 'join'}."),
        (None, 3, "The answer is None: nothing has been found or returned. Count."),
        (b"ab", b"ac", "Byte 1 is 0x62 in yours, and 0x63 was expected. Count."),
        (["text"], ["text", "ping"], "Yours has 1 item, and 2 were expected. Count."),
        ("1", True, "needs True or False (1 or 0), but the answer is text: '1'"),
        (b"7", True, "needs True or False (1 or 0), but the answer is bytes: "),
        ("7", b"7", "needs bytes, but the answer is text: "),
        ([b"a"], [b"b"], "Item 0 is b'a' in yours, and b'b' was expected. Count."),
        ("Downgrade", "upgrade", "'Downgrade' is not right. Count."),
        (True, 2, "True is not right. Count."),
        (3, [3], "This needs a list, but the answer is a number: 3. Count."),
        (len, 3, "This needs a number, but the answer is builtin_function_or_method: <built-in"),
    ],
)
def test_a_wrong_value_is_told_with_the_hint(answer: object, expected: object, says: str):
    assert says in feedback(check_value("frames", answer, expected, hint="Count."))
