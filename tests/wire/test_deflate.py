"""permessage-deflate: the examples of RFC 7692 §7.2.3, and what goes wrong."""

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatlib.wire.deflate import (
    INFLATED_LIMIT,
    DeflateParameters,
    InflateError,
    Inflater,
    split_extensions,
)


def inflate(inflater: Inflater, *fragments: bytes) -> bytes:
    inflater.start_message()
    last = len(fragments) - 1
    return b"".join(
        inflater.inflate(data, final=number == last) for number, data in enumerate(fragments)
    )


def compress(data: bytes, bits: int = 15, level: int = -1) -> bytes:
    compressor = zlib.compressobj(level, wbits=-bits)
    compressed = compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return compressed[:-4]


@pytest.mark.parametrize(
    "fragments",
    [
        ["f2 48 cd c9 c9 07 00"],  # §7.2.3.1
        ["f2 48 cd", "c9 c9 07 00"],  # §7.2.3.1, fragmented
        ["00 05 00 fa ff 48 65 6c 6c 6f 00"],  # §7.2.3.3, not compressed
        ["f2 48 05 00 00 00 ff ff ca c9 c9 07 00"],  # §7.2.3.5, two blocks
    ],
)
def test_rfc_7692_examples(fragments: list[str]):
    assert inflate(Inflater(), *map(bytes.fromhex, fragments)) == b"Hello"


def test_rfc_7692_context_takeover():
    inflater = Inflater()
    assert inflate(inflater, bytes.fromhex("f2 48 cd c9 c9 07 00")) == b"Hello"
    assert inflate(inflater, bytes.fromhex("f2 00 11 00 00")) == b"Hello"


def test_a_stream_may_end_with_a_message_and_the_window_stays():  # §7.2.3.4
    inflater = Inflater()
    assert inflate(inflater, bytes.fromhex("f3 48 cd c9 c9 07 00 00")) == b"Hello"
    assert inflate(inflater, bytes.fromhex("f2 00 11 00 00")) == b"Hello"


def test_without_context_takeover_each_message_stands_alone():
    inflater = Inflater(fresh=True)
    assert inflate(inflater, bytes.fromhex("f2 48 cd c9 c9 07 00")) == b"Hello"
    with pytest.raises(InflateError, match="not valid DEFLATE data") as caught:
        inflate(inflater, bytes.fromhex("f2 00 11 00 00"))
    assert caught.value.close_code == 1002
    assert inflate(inflater, bytes.fromhex("f2 48 cd c9 c9 07 00")) == b"Hello"


@pytest.mark.parametrize("bits", range(9, 16))
def test_window_bits(bits: int):
    data = bytes(range(256)) * 300
    assert inflate(Inflater(bits), compress(data, bits)) == data


def test_a_window_that_is_smaller_than_what_the_sender_used_is_noticed():
    first = random.Random(1).randbytes(1_000)
    compressor = zlib.compressobj(wbits=-15)
    one, two = (
        compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)
        for data in (first, first[:300])
    )
    inflater = Inflater(8)
    assert inflate(inflater, one[:-4]) == first
    with pytest.raises(InflateError, match="too far back"):
        inflate(inflater, two[:-4])


def test_parameters_choose_the_side():
    parameters = DeflateParameters(server_no_context_takeover=True)
    again = bytes.fromhex("f2 00 11 00 00")
    client, server = parameters.inflater("client"), parameters.inflater("server")
    for inflater in (client, server):
        inflate(inflater, bytes.fromhex("f2 48 cd c9 c9 07 00"))
    assert inflate(client, again) == b"Hello"
    with pytest.raises(InflateError):
        inflate(server, again)


def test_a_message_up_to_the_limit_is_inflated():
    assert inflate(Inflater(), compress(bytes(INFLATED_LIMIT))) == bytes(INFLATED_LIMIT)


@pytest.mark.parametrize("fresh", [True, False])
def test_a_message_over_the_limit_is_given_up(fresh: bool):
    inflater = Inflater(fresh=fresh)
    with pytest.raises(InflateError, match="more than 1,048,576 bytes") as caught:
        inflate(inflater, compress(bytes(50 * INFLATED_LIMIT)))
    assert caught.value.close_code is None  # it is only this course that reads no more
    if fresh:
        assert inflate(inflater, compress(b"next")) == b"next"
    else:
        with pytest.raises(InflateError, match="An earlier part"):
            inflate(inflater, compress(b"next"))


@given(st.lists(st.binary(max_size=200), max_size=5), st.booleans())
def test_what_zlib_compressed_comes_back(messages: list[bytes], fresh: bool):
    inflater = Inflater(fresh=fresh)
    compressor = zlib.compressobj(wbits=-15)
    for message in messages:
        if fresh:
            compressor = zlib.compressobj(wbits=-15)
        data = compressor.compress(message) + compressor.flush(zlib.Z_SYNC_FLUSH)
        assert inflate(inflater, data[:-4]) == message


def test_extension_lists():
    assert split_extensions('a; b=1; c="2"; d, e,') == [
        ("a", [("b", "1"), ("c", "2"), ("d", None)]),
        ("e", []),
    ]
    assert split_extensions("") == []
