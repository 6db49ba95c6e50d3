"""Both directions of a connection over time."""

import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatlib.wire import pcapng
from chatlib.wire.dissector import BLOCK
from chatlib.wire.events import Body, Ended, FrameItem, HandshakeItem, Undecoded
from chatlib.wire.frames import Frame, Side
from chatlib.wire.records import Cause
from chatlib.wire.trace import MEMORY_LIMIT, Trace, load_traces, save_traces
from tests.wire.streams import DEFLATE_RESPONSE, KEY, REQUEST, RESPONSE, Pair, masked
from tests.wire.test_frames import FRAMES

SECRET = "s3cr3t"


def opened() -> Trace:
    trace = Trace("Ana")
    trace.record("client", REQUEST, time=0.0)
    trace.record("server", RESPONSE, time=0.5)
    return trace


def names(trace: Trace) -> list[str]:
    return [event.name for event in trace.events]


def test_a_whole_connection_made_by_the_library():
    pair = Pair().open()
    pair.client.send_text(b"Hello")
    pair.move("client")
    pair.server.send_ping(b"?")
    for side in ("server", "client"):
        pair.move(side)
    pair.close(1000, "bye")
    trace = pair.trace
    assert names(trace) == [
        *("request", "101 response", "text", "ping", "pong", "close 1000", "close 1000"),
        *("end", "end"),
    ]
    assert [event.number for event in trace.events] == list(range(1, 10))
    assert [event.time for event in trace.events] == list(range(9))
    assert [event.chunks for event in trace.events] == [(n,) for n in range(1, 8)] + [(), ()]
    assert [event.note for event in trace.events if event.note] == [
        "Answers the ping of event 4.",
        "The client starts the closing handshake.",
        "Completes the closing handshake.",
    ]
    assert trace.messages() == ("Hello",)
    assert (trace.state, trace.closed) == ("closed", True)


def test_states_from_connecting_to_closed():
    trace = Trace()
    states = [trace.state]
    trace.record("client", REQUEST, time=0)
    for data in (RESPONSE, b"\x88\x00"):
        trace.record("server", data, time=0)
        states.append(trace.state)
    for side in ("server", "client"):
        trace.end(side, "fin", time=0)
        states.append(trace.state)
    assert states == ["connecting", "open", "closing", "closing", "closed"]


def test_a_reset_closes_at_once():
    trace = opened()
    (event,) = trace.end("server", "reset", time=1)
    assert (event.name, trace.state) == ("reset", "closed")
    assert event.note is not None
    assert "1006" in event.note


def test_an_end_is_recorded_once():
    trace = opened()
    assert len(trace.end("client", "fin", time=1)) == 1
    assert trace.end("client", "reset", time=2) == []
    assert trace.state == "closing"


def test_an_end_inside_a_frame_comes_with_the_rest():
    trace = opened()
    trace.record("server", b"\x81\x05Hel", time=1)
    rest, ended = trace.end("server", "fin", time=2)
    assert isinstance(rest.item, Undecoded)
    assert isinstance(ended.item, Ended)
    assert rest.chunks == (3,)


def test_no_bytes_are_no_chunk():
    trace = Trace()
    assert trace.record("client", b"", time=0) == []
    assert trace.chunks == []


def test_chunks_frames_and_messages_are_three_things():
    trace = opened()
    two, half = b"\x81\x01a\x81\x01b", b"\x81\x04wo"
    assert [event.chunks for event in trace.record("server", two + half, time=1)] == [(3,), (3,)]
    assert trace.record("client", masked(1, b"x"), time=2)[0].chunks == (4,)
    assert trace.record("server", b"r", time=3) == []
    (event,) = trace.record("server", b"d" + b"\x89\x00"[:1], time=4)
    assert event.chunks == (3, 5, 6)
    assert event.time == 4
    assert trace.record("server", b"\x00", time=5)[0].chunks == (6, 7)
    assert [chunk.start for chunk in trace.chunks] == [
        *(0, 0, len(RESPONSE), len(REQUEST)),
        *(len(RESPONSE) + size for size in (10, 11, 13)),
    ]
    assert trace.messages("server") == ("a", "b", "word")
    assert trace.messages() == ("a", "b", "x", "word")
    assert trace.frames("client") == (Frame(1, b"x", masking_key=b"\x37\xfa\x21\x3d"),)
    assert trace.frames(kind="ping") == (Frame(9),)
    assert trace.frames("client", "ping") == ()
    assert trace.data_from("client") == REQUEST + masked(1, b"x")
    assert trace.bytes_from("client") == len(REQUEST) + 7


def test_request_and_response():
    trace = opened()
    assert trace.request is not None
    assert trace.response is not None
    assert trace.request.target.startswith("/chat")
    assert trace.response.status == 101
    assert Trace().request is Trace().response is None


def test_the_client_is_inflated_as_the_server_agreed():
    pair = Pair(deflate=True).open()
    pair.client.send_text(b"Hello")
    pair.move("client")
    assert pair.trace.messages("client") == ("Hello",)


def test_a_wrong_accept_value_is_refused_by_the_client():
    trace = Trace()
    trace.record("client", REQUEST, time=0)
    (event,) = trace.record("server", RESPONSE.replace(b"s3pP", b"xxxx"), time=1)
    assert isinstance(event.item, HandshakeItem)
    assert "Sec-WebSocket-Accept" in event.item.problems[0].rule
    assert trace.state == "closed"


def test_a_refusal_makes_all_that_follows_a_body():
    trace = Trace()
    trace.record("client", REQUEST, time=0)
    trace.record("server", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nNo", time=1)
    trace.record("client", b"\x81\x80" + b"Cookie: s3cr3t", time=2)
    trace.end("client", "fin", time=3)
    assert names(trace) == ["request", "403 response", "body", "body", "end"]
    assert isinstance(trace.events[3].item, Body)
    assert trace.state == "closed"
    assert SECRET not in saved_bytes(trace)


def test_a_response_without_a_request():
    trace = Trace()
    (event,) = trace.record("server", RESPONSE, time=0)
    assert event.item.problems == ()
    assert trace.state == "open"


# Save and load


def reloaded(trace: Trace) -> Trace:
    (loaded,) = load_traces(save_traces([trace]))
    return loaded


def saved_bytes(trace: Trace) -> str:
    """All the bytes that the saved form holds, and the saved form itself."""
    text = save_traces([trace])
    loaded = load_traces(text)[0]
    streams = loaded.data_from("client") + b" " + loaded.data_from("server")
    return text + streams.decode("latin-1")


def test_a_trace_comes_back_without_its_secrets(tmp_path: Path):
    pair = Pair(deflate=True).open()
    pair.client.send_text(b"Hello")
    pair.move("client")
    pair.close(1000, "bye")
    pair.trace.save(tmp_path / "trace.json")
    (loaded,) = Trace.load_all(str(tmp_path / "trace.json"))
    assert names(loaded) == names(pair.trace)
    assert (loaded.name, loaded.client, loaded.server) == (
        *("connection", "127.0.0.1:50312", "127.0.0.1:8765"),
    )
    for ours, theirs in zip(loaded.events, pair.trace.events, strict=True):
        assert (ours.number, ours.time, ours.chunks) == (theirs.number, theirs.time, theirs.chunks)
        assert (ours.item.start, ours.item.end) == (theirs.item.start, theirs.item.end)
        if not isinstance(ours.item, HandshakeItem):
            assert ours == theirs
    assert loaded.state == "closed"
    assert save_traces([loaded]) == save_traces([pair.trace])
    assert SECRET not in saved_bytes(pair.trace)
    assert SECRET not in (tmp_path / "trace.json").read_text()


@given(st.sets(st.integers(1, len(REQUEST) - 1), max_size=20))
def test_a_head_in_pieces_keeps_its_cuts_and_loses_its_secrets(cuts: set[int]):
    edges = [0, *sorted(cuts), len(REQUEST)]
    trace = Trace()
    for start, stop in zip(edges, edges[1:], strict=False):
        trace.record("client", REQUEST[start:stop], time=0)
    trace.record("server", RESPONSE, time=1)
    trace.record("client", masked(1, b"token=shown"), time=2)
    assert SECRET not in saved_bytes(trace)
    loaded = reloaded(trace)
    assert [chunk.start for chunk in loaded.chunks] == [chunk.start for chunk in trace.chunks]
    assert loaded.messages() == ("token=shown",)


@pytest.mark.parametrize(
    "data",
    [
        REQUEST[:-30],
        REQUEST.replace(b"\r\n", b"\n"),
        b"\x00" + REQUEST,
        REQUEST.replace(b"Upgrade: websocket\r\n", b"") + REQUEST,
        REQUEST + REQUEST,
    ],
)
def test_secrets_go_wherever_the_dissection_stopped(data: bytes):
    trace = Trace()
    trace.record("client", data, time=0)
    trace.end("client", "reset", time=1)
    assert SECRET not in saved_bytes(trace)
    assert SECRET not in repr(trace.events)


def test_several_connections_in_one_file(tmp_path: Path):
    first, second = opened(), Pair().open().close(1000).trace
    path = tmp_path / "traces.json"
    path.write_text(save_traces([first, second]), encoding="utf-8")
    loaded = Trace.load_all(path)
    assert [(trace.name, names(trace)) for trace in loaded] == [
        (trace.name, names(trace)) for trace in (first, second)
    ]
    assert load_traces(save_traces([])) == []


def test_a_recording_without_secrets_becomes_the_same_trace():
    recording = opened().recording()
    assert SECRET.encode() not in b"".join(chunk.data for chunk in recording.records)
    assert names(Trace.of(recording)) == names(opened())


def test_datagrams_are_kept_as_they_came(tmp_path: Path):
    trace = Trace("Ana and Budi", client="127.0.0.1:5001", server="127.0.0.1:5002")
    asked = trace.record_datagram("client", b"\x00\x01", "STUN", time=1.0)
    trace.record_datagram("server", b"\x17\r\n\r\n", "data", time=2.0)
    assert names(trace) == ["STUN", "data"] and trace.state == "open" and not trace.messages()
    assert trace.chunks_of(asked)[0].data == b"\x00\x01" and not asked.item.problems
    trace.save(tmp_path / "direct.json")
    [loaded] = Trace.load_all(tmp_path / "direct.json")
    assert loaded.events == trace.events and loaded.state == "open"


def test_old_datagrams_make_room_for_new_ones():
    trace = Trace(limit=10_000)
    for number in range(100):
        trace.record_datagram("client", bytes(10), "data", time=number)
    assert 0 < len(trace.events) == 100 - trace.dropped < 20
    assert trace.events[-1].number == 100


def test_a_pcapng_file_has_no_secrets(tmp_path: Path):
    trace = opened()
    trace.save(tmp_path / "trace.pcapng")
    written = (tmp_path / "trace.pcapng").read_bytes()
    assert written == pcapng.dump([trace.recording()])
    assert RESPONSE in written
    assert SECRET.encode() not in written


# Causes


def test_each_frame_of_a_write_has_its_cause():
    trace = opened()
    start = trace.bytes_from("server")
    first, second = b"\x81\x01a\x81\x01b", b"\x81\x01c"
    causes = [Cause(start, "cell [1]"), Cause(start + 6, "cell [2]")]
    events = trace.record("server", first + second, time=1, causes=causes)
    assert [event.cause for event in events] == ["cell [1]", "cell [1]", "cell [2]"]
    assert [event.cause for event in trace.end("server", "fin", time=2)] == [""]
    assert [event.cause for event in reloaded(trace).events] == [
        *("", "", "cell [1]", "cell [1]", "cell [2]", ""),
    ]


def test_the_first_byte_of_a_frame_says_who_caused_it():
    trace = opened()
    start = trace.bytes_from("server")
    trace.record("server", b"\x81\x02a", time=1, causes=[Cause(start, "first")])
    (event,) = trace.record("server", b"b", time=2, causes=[Cause(start + 3, "second")])
    assert (event.cause, event.chunks) == ("first", (3, 4))
    assert trace.chunks[3].causes == (Cause(start + 3, "second"),)


def test_the_times_at_the_ends_are_kept_with_a_trace(monkeypatch: pytest.MonkeyPatch):
    trace = opened()
    size, start = len(Frame(1, b"one").encode()), trace.bytes_from("server")
    trace.record("server", Frame(1, b"one").encode() + Frame(1, b"two").encode(), time=2.0)
    trace.timed("wrote", "server", start, time=1.25)
    trace.timed("wrote", "server", start + size, time=1.5)
    trace.timed("read", "server", start + 2 * size, time=3.0)
    trace.end("server", "fin", time=4.0)
    loaded = load_traces(save_traces([trace]))[0]
    for each in (trace, loaded):
        assert [each.moments(event) for event in each.events[1:]] == [
            (None, 3.0),
            (1.25, 3.0),
            (1.5, 3.0),
            (None, None),
        ]
    assert trace.moments(trace.events[0]) == (None, None)
    monkeypatch.setattr("chatlib.wire.trace.TIMES_KEPT", 4)
    for number in range(20):
        trace.timed("read", "server", start + 3 * size + number, time=5.0)
    assert len(loaded.recording().times["server read"]) == 1
    assert len(trace.recording().times["server read"]) <= 4


def test_a_file_that_is_no_trace(tmp_path: Path):
    for content in (b"{}", b"\xff\xfe"):
        (tmp_path / "other.json").write_bytes(content)
        with pytest.raises(ValueError, match="not a saved trace"):
            Trace.load_all(tmp_path / "other.json")


# Showing it


def test_a_trace_is_short_in_one_line():
    trace = opened()
    assert (repr(trace), trace.dropped_words) == ("<Trace 'Ana': open, 2 events>", "")


def test_items_keep_their_message():
    trace = opened()
    (event,) = trace.record("server", b"\x81\x02hi", time=1)
    assert isinstance(event.item, FrameItem)
    assert event.item.message == "hi"


# Any input


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["client", "server"]),
            st.one_of(
                st.sampled_from([REQUEST, RESPONSE, DEFLATE_RESPONSE, b"\x88\x00", b"\r\n", None]),
                FRAMES.map(Frame.encode),
                st.binary(max_size=30),
            ),
        ),
        max_size=10,
    )
)
def test_anything_can_be_recorded_shown_and_saved(steps: list[tuple[Side, bytes | None]]):
    trace = Trace()
    for time, (side, data) in enumerate(steps):
        if data is None:
            trace.end(side, "fin", time=time)
        else:
            trace.record(side, data, time=time)
    assert all(event.name for event in trace.events)
    loaded = reloaded(trace)
    assert [len(chunk.data) for chunk in loaded.chunks] == [
        len(chunk.data) for chunk in trace.chunks
    ]
    # After a 101 response all bytes of the client belong to frames, whose content is kept.
    assert "101 response" in names(trace) or SECRET not in saved_bytes(trace)


def talk(limit: int, *, messages: int = 400, cut: int = 0) -> Trace:
    """A connection with messages of both sides; with a cut, chunks end inside frames."""
    trace = Trace("Ana", limit=limit)
    trace.record("client", REQUEST, time=0.0)
    trace.record("server", RESPONSE, time=0.5)
    for number in range(messages):
        for side in ("client", "server"):
            frame = Frame(1, b"%050d" % number, masking_key=KEY if side == "client" else None)
            data, cause = frame.encode(), Cause(trace.bytes_from(side), f"cell [{number}]")
            for part in (data[:cut], data[cut:]):
                trace.record(side, part, time=number, causes=[cause])
    return trace


def memory_of(make: Callable[[], object]) -> int:
    """The bytes that what `make` returns holds."""
    tracemalloc.start()
    try:
        made = make()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] if made else 0
    finally:
        tracemalloc.stop()


def test_a_short_message_takes_less_than_a_kilobyte():
    assert memory_of(lambda: talk(MEMORY_LIMIT, messages=250)) < 2 * 250 * 1000


@pytest.mark.parametrize("cut", [0, 30])
def test_a_trace_takes_no_more_memory_than_it_may(cut: int):
    assert memory_of(lambda: talk(100_000, messages=500, cut=cut)) < 150_000


def test_bytes_that_are_no_frames_take_no_more_memory_either():
    def flood() -> Trace:
        trace = Trace(limit=3 * BLOCK)
        trace.record("server", b"nonsense\r\n", time=0)
        for number in range(200):
            trace.record("server", bytes(100_000), time=number)
        return trace

    assert memory_of(flood) < 6 * BLOCK


@pytest.mark.parametrize("cut", [0, 1, 30])
def test_the_handshake_and_the_newest_events_stay_and_say_what_is_gone(cut: int):
    trace = talk(100_000, cut=cut)
    numbers = [event.number for event in trace.events]
    assert trace.dropped > 100
    assert numbers == [1, 2, *range(3 + trace.dropped, 803)]
    assert trace.messages()[-1] == f"{399:050}"
    assert trace.event(1).name == "request"
    assert trace.event(802).cause == "cell [399]"
    assert [chunk.number for chunk in trace.chunks_of(trace.event(802))] == [
        *trace.event(802).chunks
    ]
    with pytest.raises(LookupError, match="of this connection [0-9]+ old events after"):
        trace.event(3)
    with pytest.raises(LookupError, match="no row 803"):
        trace.event(803)
    assert f"{trace.dropped} older ones are gone" in repr(trace)


@pytest.mark.parametrize("cut", [0, 1, 30])
def test_what_is_kept_comes_back_from_a_file_with_a_word_on_what_is_gone(tmp_path: Path, cut: int):
    trace = talk(100_000, cut=cut)
    with pytest.warns(UserWarning, match="old events after the handshake"):
        trace.save(tmp_path / "talk.json")
    with pytest.warns(UserWarning, match="old events after the handshake"):
        trace.save(tmp_path / "talk.pcapng")
    (loaded,) = Trace.load_all(tmp_path / "talk.json")
    assert loaded.dropped == trace.dropped
    ours, theirs = ([(e.number, e.item) for e in t.events] for t in (trace, loaded))
    assert [number for number, _ in ours] == [number for number, _ in theirs]
    assert ours[2:] == theirs[2:]
    assert loaded.bytes_from("client") == trace.bytes_from("client")
    assert save_traces([loaded]) == save_traces([trace])
    assert SECRET not in save_traces([loaded])


def test_a_compressed_connection_that_lost_events_loads_without_false_problems():
    trace = Trace(limit=20_000)
    trace.record("client", REQUEST, time=0)
    trace.record("server", DEFLATE_RESPONSE, time=0)
    for number in range(100):
        frame = Frame(0 if number else 1, b"part", fin=False)
        trace.record("server", frame.encode(), time=number)
    trace.record("client", b"\x81", time=101)
    assert trace.dropped > 50
    loaded = reloaded(trace)
    assert [event.item.problems for event in loaded.events[2:]] == [()] * len(loaded.events[2:])


def test_frames_before_the_head_of_the_other_side_make_room_too():
    trace = Trace(limit=20_000)
    trace.record("client", REQUEST, time=0)
    for number in range(100):
        trace.record("client", masked(1, b"early"), time=number)
    trace.record("server", RESPONSE, time=100)
    assert trace.response is not None and trace.dropped > 50
    loaded = reloaded(trace)
    assert names(loaded)[:2] == names(trace)[:2]
    assert len(loaded.frames()) == len(trace.frames())
