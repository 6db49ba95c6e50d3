"""A header is read when it is whole, whatever follows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatlib.wire.frame_header import read_header
from chatlib.wire.frames import Frame
from tests.wire.streams import KEY


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
