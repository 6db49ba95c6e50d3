"""A function for the accept value: right ones pass, each wrong one hears what is wrong."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from chatlib.chapters.opening_handshake.accept_by_hand import ACCEPT
from chatlib.wire.handshake import GUID
from tests.chapters.by_hand import hears, is_sound


def sha1(data: bytes) -> bytes:
    return hashlib.sha1(data).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda key: sha1((key + GUID).encode()).hex(), "not .hexdigest()"),
        (lambda key: b64(sha1((key + GUID).encode()).hex().encode()), ".hexdigest()"),
        (lambda key: b64(sha1(base64.b64decode(key) + GUID.encode())), "You decoded"),
        (lambda key: b64(sha1(key.encode())), "the key alone"),
        (lambda key: b64(sha1((GUID + key).encode())), "first the key, then the GUID"),
        (lambda key: b64(sha1((key + GUID).encode())).strip("="), "Keep it"),
        (lambda key: base64.b64encode(sha1((key + GUID).encode())), "gave bytes"),
        (lambda key: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "the key of the RFC's example"),
        (lambda key: sha1((key + GUID).encode()), "These are the 20 bytes of the digest"),
        (lambda key: sha1((key + GUID).encode()).hex(" "), "in hex"),
        (lambda key: str(base64.b64encode(sha1((key + GUID).encode()))), "Use .decode()"),
        (lambda key: base64.encodebytes(sha1((key + GUID).encode())).decode(), "a new line"),
        (
            lambda key: base64.urlsafe_b64encode(sha1((key + GUID).encode())).decode(),
            "base64 for addresses",
        ),
        (lambda key: b64(sha1((key + GUID.lower()).encode())), "Join the key and"),
    ],
)
def test_a_wrong_accept_hears_what_is_wrong(wrong: Callable[..., Any], says: str):
    hears(ACCEPT, wrong, says)


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("dGhlIHNhbXBsZSBub25jZQ==",), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ],
)
def test_the_right_answers_of_accept(arguments: tuple[object, ...], answer: object):
    assert ACCEPT.right(*arguments) == answer
    is_sound(ACCEPT, lambda key: b64(sha1((key + GUID).encode())))
