"""One direction's chunks, in any cut, to items."""

import tracemalloc
import zlib
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatlib.wire.deflate import DeflateParameters
from chatlib.wire.dissector import BLOCK, HEAD_LIMIT, Dissector
from chatlib.wire.events import Body, FrameItem, HandshakeItem, Item, Undecoded
from chatlib.wire.fragments import MESSAGE_LIMIT
from chatlib.wire.frames import Frame, Side
from tests.wire.streams import (
    DEFLATE_RESPONSE,
    HEADS,
    REQUEST,
    RESPONSE,
    Pair,
    library_close_code,
    masked,
)
from tests.wire.test_frames import FRAMES

SIDES = st.sampled_from(["client", "server"])


def dissect(sender: Side, *chunks: bytes) -> list[Item]:
    dissector = Dissector(sender)
    items = [item for chunk in chunks for item in dissector.feed(chunk)]
    return items + dissector.eof()


def after_handshake(sender: Side, data: bytes) -> list[Item]:
    head, *items = dissect(sender, HEADS[sender] + data)
    assert isinstance(head, HandshakeItem)
    return items


def frames(items: Iterable[Item]) -> list[Frame]:
    return [item.frame for item in items if isinstance(item, FrameItem)]


def messages(items: Iterable[Item]) -> list[str | bytes]:
    found = (item.message for item in items if isinstance(item, FrameItem))
    return [message for message in found if message is not None]


# Streams that reach every kind of item: heads good and bad, frames of all kinds, junk.
STREAMS = st.lists(
    st.one_of(
        st.sampled_from([REQUEST, RESPONSE, DEFLATE_RESPONSE]),
        st.sampled_from([b"HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\n\r\nSorry"]),
        st.sampled_from([b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"GET / HTTP/1.1", b"A: b", b"\0"]),
        FRAMES.map(Frame.encode),
        st.binary(max_size=20),
    ),
    max_size=8,
).map(b"".join)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:stop] for start, stop in zip(edges, edges[1:], strict=False)]


@given(SIDES, STREAMS, st.lists(st.integers(0, 1_000), max_size=12))
def test_any_cut_gives_the_same_items(sender: Side, data: bytes, places: list[int]):
    whole = dissect(sender, data)
    assert dissect(sender, *cut(data, places)) == whole
    assert dissect(sender, *(bytes([byte]) for byte in data)) == whole


@given(SIDES, st.booleans(), st.binary(max_size=400))
def test_any_bytes_become_items_that_cover_them(sender: Side, opened: bool, data: bytes):
    stream = HEADS[sender] + data if opened else data
    at = 0
    for item in dissect(sender, stream):
        assert item.start == at
        at = item.end
        raw = item.head.raw if isinstance(item, HandshakeItem) else item.raw
        assert raw == stream[item.start : item.end]
        for problem in item.problems:
            assert 0 <= problem.offset <= len(stream)
    assert at == len(stream)


@given(SIDES, st.lists(FRAMES, max_size=6))
def test_frames_come_back_as_they_were_sent(sender: Side, sent: list[Frame]):
    items = after_handshake(sender, b"".join(map(Frame.encode, sent)))
    assert frames(items) == sent
    assert [item.raw for item in items] == [frame.encode() for frame in sent]


def test_a_dissector_says_where_it_stands():
    dissector = Dissector("server")
    assert (dissector.offset, dissector.frames_start) == (0, None)
    dissector.feed(RESPONSE + b"\x81\x05Hel")
    assert dissector.offset == dissector.frames_start == len(RESPONSE)
    (item,) = dissector.feed(b"lo")
    assert (item.start, item.end) == (len(RESPONSE), len(RESPONSE) + 7)
    assert dissector.eof() == []


# Streams made by websockets


def test_what_the_library_sends_is_read_alike():
    pair = Pair().open()
    for size in (0, 125, 126, 65_535, 65_536):
        pair.client.send_binary(bytes(size))
        pair.server.send_binary(bytes(size))
    pair.client.send_text(b"Hel", fin=False)
    pair.client.send_ping(b"?")
    pair.client.send_continuation(b"lo", fin=True)
    theirs = {"server": pair.move("client"), "client": pair.move("server")}
    theirs["client"] += pair.move("server")
    pair.client.send_close(1001, "gone")
    theirs["server"] += pair.move("client")
    theirs["client"] += pair.move("server")
    for sender, receiver in (("client", "server"), ("server", "client")):
        ours = pair.trace.frames(sender)
        assert [(f.opcode, f.fin, f.rsv1, f.payload) for f in ours] == [
            (f.opcode, f.fin, f.rsv1, bytes(f.data)) for f in theirs[receiver]
        ]
        assert {frame.masking_key is None for frame in ours} == {sender == "server"}
        assert not [e for e in pair.trace.events if e.item.problems]
    assert len(pair.trace.frames()) == 16
    assert pair.trace.messages("client")[-1] == "Hello"


@pytest.mark.parametrize(
    "parameters",
    [
        {"client_max_window_bits": True},
        {"server_no_context_takeover": True, "client_no_context_takeover": True},
        {"server_max_window_bits": 9, "client_max_window_bits": 9},
    ],
)
def test_what_the_library_compresses_is_inflated(parameters: dict):
    pair = Pair(deflate=True, **parameters).open()
    texts = ["Hello", "Hello", "", "é" * 3_000]
    for text in texts:
        for endpoint in (pair.client, pair.server):
            endpoint.send_text(b"A", fin=False)
            endpoint.send_ping(b"p")
            endpoint.send_continuation(text.encode(), fin=True)
    received = {"client": pair.move("client"), "server": pair.move("server")}
    for sender, theirs in received.items():
        items = [event.item for event in pair.trace.events if event.sender == sender]
        ours = [inflated(item) for item in items if isinstance(item, FrameItem)]
        assert ours == [bytes(frame.data) for frame in theirs]
        assert pair.trace.messages(sender) == tuple("A" + text for text in texts)
    assert len(pair.trace.frames("client")) == 12
    assert len(pair.trace.frames("server")) == 12 + 4  # It has answered the pings already.
    assert not [event for event in pair.trace.events if event.item.problems]


def inflated(item: FrameItem) -> bytes:
    return item.frame.payload if item.inflated is None else item.inflated


def test_parameters_can_be_given_from_outside():
    dissector = Dissector("client")
    dissector.feed(REQUEST)
    dissector.use_deflate(DeflateParameters())
    (item,) = dissector.feed(masked(1, bytes.fromhex("f2 48 cd c9 c9 07 00"), rsv1=True))
    assert isinstance(item, FrameItem)
    assert item.problems == ()
    assert (item.inflated, item.message) == (b"Hello", "Hello")


def test_rfc_7692_frame():
    (_, item) = dissect("server", DEFLATE_RESPONSE + bytes.fromhex("c1 07 f2 48 cd c9 c9 07 00"))
    assert isinstance(item, FrameItem)
    assert item.message == "Hello"
    assert item.problems == ()


# Malformed frames: described, and decoding goes on


@pytest.mark.parametrize(
    ("data", "at", "section", "code"),
    [
        (b"\x80\x01x", 0, "RFC 6455 §5.4", 1002),
        (b"\x01\x01x\x81\x01x", 3, "RFC 6455 §5.4", 1002),
        (b"\x81\x02a\xff", 3, "RFC 6455 §8.1", 1007),
        (b"\xc1\x01x", 0, "RFC 6455 §5.2", 1002),
        (b"\x83\x00", 0, "RFC 6455 §5.2", 1002),
        (b"\x09\x00", 0, "RFC 6455 §5.5", 1002),
    ],
)
def test_a_problem_and_then_the_next_frame(data: bytes, at: int, section: str, code: int):
    *items, last = after_handshake("server", data + b"\x82\x01z")
    (problem,) = [problem for item in items for problem in item.problems]
    assert problem.offset == len(RESPONSE) + at
    assert (problem.section, problem.close_code) == (section, code)
    assert frames([last]) == [Frame(2, b"z")]
    if section != "RFC 6455 §8.1":  # The library decodes text later, when it is asked for it.
        assert library_close_code("server", data) == code


def test_data_after_a_close_frame():
    *_, ping, text = after_handshake("server", b"\x88\x00\x89\x00\x81\x01x")
    assert [len(item.problems) for item in (ping, text)] == [1, 1]
    assert "After a close frame" in text.problems[0].rule
    assert text.problems[0].close_code is None


def test_a_length_with_the_top_bit_set_ends_the_dissection():
    first, rest = after_handshake("server", b"\x82\x7f\x80" + bytes(7) + b"\x81\x01x")
    assert isinstance(first, Undecoded)
    assert first.raw == b"\x82\x7f\x80" + bytes(7)
    (problem,) = first.problems
    assert problem.offset == len(RESPONSE) + 2
    assert (problem.section, problem.close_code) == ("RFC 6455 §5.2", 1002)
    assert rest == Undecoded(first.end, first.end + 3, (), b"\x81\x01x")


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"\x81", "1 bytes of its header came"), (b"\x81\x05Hel", "5 bytes of payload, and 3 came")],
)
def test_a_stream_that_ends_inside_a_frame(data: bytes, words: str):
    (item,) = after_handshake("server", data)
    assert isinstance(item, Undecoded)
    assert words in item.problems[0].rule


def test_bad_compressed_data_and_too_much_of_it():
    compressor = zlib.compressobj(wbits=-15)
    bomb = compressor.compress(bytes(5_000_000)) + compressor.flush(zlib.Z_SYNC_FLUSH)
    for payload, code in ((b"\xff\xff\xff", 1002), (bomb[:-4], None)):
        stream = DEFLATE_RESPONSE + Frame(1, payload, rsv1=True).encode() + b"\x81\x01x"
        _, broken, last = dissect("server", stream)
        (problem,) = broken.problems
        assert problem.close_code == code
        assert isinstance(broken, FrameItem)
        assert broken.message is None
        assert messages([last]) == ["x"]


def test_a_reason_phrase_may_have_other_letters():
    head = "HTTP/1.1 403 Verboten für dich\r\nContent-Length: 0\r\n\r\n".encode("latin-1")
    (item,) = dissect("server", head)
    assert isinstance(item, HandshakeItem) and item.head.status == 403  # RFC 9112 §4


# Heads that are none


@pytest.mark.parametrize(
    ("sender", "data", "size", "at", "section"),
    [
        ("client", b"\x16\x03\x01", 1, 0, "RFC 9112 §2.2"),
        ("server", b"\x81\x05Hello", 1, 0, "RFC 9112 §2.2"),
        ("client", b"GET / HTTP/1.1\nHost: h\n\n", 15, 14, "RFC 9112 §2.2"),
        ("client", b"GET / HTTP/1.1\r\nHost: h\nA: b\r\n", 24, 23, "RFC 9112 §2.2"),
        ("client", b"GET / HTTP/1.1\rHost: h\r\n\r\n", 16, 14, "RFC 9112 §2.2"),
        ("client", b"GET / HTTP/1.1\r\nHost: h\0\r\n\r\n", 24, 23, "RFC 9112 §2.2"),
        ("client", b"hello\r\nmore", 7, 0, "RFC 9112 §3"),
        ("server", b"SSH-2.0-x\r\n", 11, 0, "RFC 9112 §4"),
        ("client", RESPONSE, 34, 0, "RFC 9112 §3"),
        ("server", b"HTTP/1.1 101 X\r\nno colon\r\n\r\n", 28, 16, "RFC 9112 §5"),
        ("client", b"A" * HEAD_LIMIT + b"B", HEAD_LIMIT, 0, "RFC 9110 §2.3"),
        ("server", b"HTTP/1.1 101 X\r\n" + b"A" * HEAD_LIMIT, HEAD_LIMIT, 0, "RFC 9110 §2.3"),
    ],
)
def test_what_is_no_head_is_told_at_once(
    sender: Side, data: bytes, size: int, at: int, section: str
):
    dissector = Dissector(sender)
    (item,) = dissector.feed(data)
    assert isinstance(item, Undecoded)
    assert item.raw == data[:size]
    (problem,) = item.problems
    assert (problem.offset, problem.section, problem.close_code) == (at, section, None)
    rest = dissector.feed(b"more") + dissector.eof()
    assert rest == [Undecoded(size, len(data) + 4, (), data[size:] + b"more")]


def test_the_longest_head():
    head = b"HTTP/1.1 101 X\r\nA: " + b"a" * (HEAD_LIMIT - 23) + b"\r\n\r\n"
    assert len(head) == HEAD_LIMIT
    (item,) = dissect("server", head)
    assert isinstance(item, HandshakeItem)


@pytest.mark.parametrize("data", [b"GET", b"GET / HTTP/1.1\r\nHost: h\r\n"])
def test_a_stream_that_ends_inside_a_head(data: bytes):
    (item,) = dissect("client", data)
    assert isinstance(item, Undecoded)
    assert "ended inside the head" in item.problems[0].rule


def test_a_request_that_must_be_refused_says_why():
    (item,) = dissect("client", REQUEST.replace(b"Version: 13", b"Version: 8"))
    assert isinstance(item, HandshakeItem)
    assert [problem.section for problem in item.problems] == ["RFC 6455 §4.4"]


# Bodies


def test_a_refusal_is_followed_by_a_body_of_known_length():
    head = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\n"
    dissector = Dissector("server")
    handshake, body = dissector.feed(head + b"Sorry")
    assert isinstance(handshake, HandshakeItem)
    assert body == Body(len(head), len(head) + 5, (), b"Sorry")
    assert dissector.feed(b"more") == []
    assert dissector.eof() == [Body(len(head) + 5, len(head) + 9, (), b"more")]
    assert dissector.frames_start is None


@pytest.mark.parametrize("length", [b"", b"Content-Length: \xb2\r\n", b"Content-Length: 9\r\n"])
def test_another_body_lasts_until_the_end(length: bytes):
    head = b"HTTP/1.1 403 Forbidden\r\n" + length + b"\r\n"
    _, body = dissect("server", head, b"\x81\x05", b"Hello")
    assert isinstance(body, Body)
    assert body.raw == b"\x81\x05Hello"


def test_a_request_for_a_page_has_a_body_and_no_frames():
    _, body = dissect("client", b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx")
    assert isinstance(body, Body)


def test_a_refused_client_sends_no_frames():
    for data, after in ((REQUEST, b""), (b"", REQUEST)):
        dissector = Dissector("client")
        dissector.feed(data)
        dissector.refuse()
        items = dissector.feed(after + b"\x81\x80") + dissector.eof()
        assert isinstance(items[-1], Body)


# Cost


def allocated(size: int, chunk: int) -> int:
    """The bytes that a dissector allocates for one frame, chunk by chunk, all together."""
    dissector = Dissector("server")
    dissector.feed(RESPONSE + Frame(2, bytes(size)).encode()[:10])
    data, total = bytes(chunk), 0
    tracemalloc.start()
    try:
        for _ in range(size // chunk):
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            dissector.feed(data)
            total += tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    return total


def test_a_large_frame_in_many_chunks_costs_linear_work():
    small, large = allocated(1 << 20, 1 << 12), allocated(1 << 22, 1 << 12)
    assert large < 5 * small
    assert large < 12 * (1 << 22)


def test_an_announced_length_allocates_nothing():
    dissector = Dissector("server")
    tracemalloc.start()
    try:
        dissector.feed(RESPONSE + b"\x82\x7f\x7f" + b"\xff" * 7 + b"few bytes")
        assert tracemalloc.get_traced_memory()[1] < 50_000
    finally:
        tracemalloc.stop()
    (item,) = dissector.eof()
    assert item.problems == ()


def test_a_frame_that_is_too_big_to_be_kept_is_not_waited_for():
    dissector = Dissector("server")
    head, item = dissector.feed(RESPONSE + b"\x82\x7f" + (MESSAGE_LIMIT + 1).to_bytes(8) + b"few")
    assert "announces a payload of 8,388,609 bytes" in item.problems[0].rule
    assert (item.start, item.end) == (head.end, head.end + 10)


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\n\r\n", b"nonsense\r\n"])
def test_bytes_without_an_end_come_in_blocks_wherever_they_are_cut(start: bytes):
    def sizes(cut: int) -> list[int]:
        dissector, data = Dissector("server"), start + bytes(2 * BLOCK + 5)
        items = [*dissector.feed(data[:cut]), *dissector.feed(data[cut:]), *dissector.eof()]
        return [item.end - item.start for item in items]

    assert sizes(0) == sizes(100) == sizes(BLOCK) == [len(start), BLOCK, BLOCK, 5]


def test_a_body_with_a_length_comes_in_blocks_and_ends_there():
    dissector = Dissector("server")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (BLOCK + 3)
    _, *bodies = dissector.feed(head + bytes(BLOCK + 3) + b"more")
    assert [len(body.raw) for body in bodies] == [BLOCK, 3]


@pytest.mark.parametrize("before", [b"", RESPONSE, b"HTTP/1.1 200 OK\r\n\r\nbody", b"HTT"])
def test_bytes_that_are_not_known_are_passed_over(before: bytes):
    dissector = Dissector("server")
    known = dissector.feed(before)
    dissector.skip(100)
    items = dissector.feed(Frame(1, b"a").encode()) + dissector.eof()
    assert items[-1].start == len(before) + 100
    assert isinstance(items[-1], FrameItem) == (before == RESPONSE), known
