"""Rows of the ladder: what each event becomes, in words."""

import zlib

import pytest

from chatlib.panels import wire_rows
from chatlib.panels.wire_rows import (
    TOO_EARLY,
    Ladder,
    began,
    finds,
    is_opened,
    json_words,
    one_line,
    rows_of,
    shown_bytes,
    static_table,
)
from chatlib.wire.frames import Frame
from chatlib.wire.records import Cause
from chatlib.wire.trace import Trace

REQUEST = (
    b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
)
DEFLATE = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
KEY = bytes.fromhex("37fa213d")


def opened(*, deflate=False):
    trace = Trace("Ana")
    trace.record("client", REQUEST, time=5.0)
    trace.record("server", RESPONSE + (DEFLATE if deflate else b"") + b"\r\n", time=5.002)
    return trace


def rows(trace):
    return rows_of([Ladder(trace, 1, began=began(trace))])


def row_of_server_frame(frame, **options):
    trace = opened(**options)
    trace.record("server", frame.encode(), time=6.0)
    return rows(trace)[-1]


def test_a_row_holds_words_and_numbers():
    trace = opened()
    trace.record("client", Frame(1, b"Hello", masking_key=KEY).encode(), time=5.0105)
    assert rows(trace)[-1] == {
        "connection": 1,
        "label": "Ana",
        "number": 3,
        "ms": 10.5,
        "sender": "client",
        "kind": "text",
        "name": "text frame",
        "size": 11,
        "preview": "Hello",
        "chunk": "3",
    }


@pytest.mark.parametrize(
    "frame, kind, name, preview",
    [
        (Frame(1, "wörld".encode()), "text", "text frame", "wörld"),
        (Frame(2, bytes(20)), "binary", "binary frame", " ".join(["00"] * 16) + " … 4 more bytes"),
        (Frame(9, b"there?"), "ping", "ping", "there?"),
        (Frame(10, b"\xff\xfe\xfd\xfc"), "pong", "pong", "ff fe fd fc"),
        (Frame(8, b"\x03\xe9away"), "close", "close 1001", "going away: “away”"),
        (Frame(8), "close", "close", ""),
        (Frame(3, b"?"), "other", "opcode 0x3", "?"),
        (Frame(1, "a\n\u202eb".encode()), "text", "text frame", "a\\n\\u202eb"),
        (Frame(1, "ö".encode()[:1], fin=False), "text", "text, first fragment", "c3"),
        (Frame(1, b"a" + "ö".encode()[:1], fin=False), "text", "text, first fragment", "a…"),
        (Frame(1, b"x" * 100), "text", "text frame", "x" * 72 + "…"),
        (Frame(1, b'{"type":"say","text":"Halo"}'), "text", "text frame", "say “Halo”"),
    ],
)
def test_each_kind_of_frame(frame, kind, name, preview):
    row = row_of_server_frame(frame)
    assert (row["kind"], row["name"], row["preview"]) == (kind, name, preview)


def test_handshake_and_end():
    trace = opened()
    trace.end("client", "fin", time=7.0)
    trace.end("server", "reset", time=7.0)
    assert [(row["kind"], row["name"], row["preview"], row["chunk"]) for row in rows(trace)] == [
        ("handshake", "request", "GET /chat HTTP/1.1", "1"),
        ("handshake", "101 response", "HTTP/1.1 101 Switching Protocols", "2"),
        ("end", "end", "This side sends nothing more (TCP FIN).", "none"),
        ("end", "reset", "The TCP connection was reset.", "none"),
    ]


def test_bytes_that_are_no_frames():
    trace = Trace()
    trace.record("client", b"nonsense\r\n", time=1.0)
    trace.record("server", b"HTTP/1.1 400 No\r\nContent-Length: 4\r\n\r\nWhy?", time=1.1)
    assert [(row["kind"], row["preview"]) for row in rows(trace)] == [
        ("other", "nonsense\\r\\n"),
        ("handshake", "HTTP/1.1 400 No"),
        ("body", "Why?"),
    ]


def test_two_frames_in_one_chunk_and_one_frame_over_several():
    trace = opened()
    two = Frame(1, b"one").encode() + Frame(1, b"two").encode()
    trace.record("server", two, time=6.0)
    long = Frame(2, bytes(30)).encode()
    trace.record("server", Frame(9).encode() + long[:10], time=6.1)
    trace.record("server", long[10:20], time=6.1)
    trace.record("server", long[20:], time=6.1)
    shown = [(row["name"], row["chunk"], row.get("again", False)) for row in rows(trace)[2:]]
    assert shown == [
        ("text frame", "3", False),
        ("text frame", "3 again", True),
        ("ping", "4", False),
        ("binary frame", "4 to 6", True),
    ]


def test_a_chunk_of_the_other_side_in_between_is_not_counted():
    trace = opened()
    whole = Frame(1, b"Hello").encode()
    trace.record("server", whole[:3], time=6.0)
    trace.record("client", Frame(9, masking_key=KEY).encode(), time=6.1)
    trace.record("server", whole[3:], time=6.2)
    assert [row["chunk"] for row in rows(trace)[2:]] == ["4", "3, 5"]


def test_fragments_say_what_they_are_part_of():
    trace = opened()
    trace.record("server", Frame(1, b"Hel", fin=False).encode(), time=6.0)
    trace.record("server", Frame(0, b"lo").encode(), time=6.1)
    shown = [(row["kind"], row["name"], row["preview"]) for row in rows(trace)[2:]]
    assert shown == [
        ("text", "text, first fragment", "Hel"),
        ("continuation", "last fragment", "final fragment of: Hello"),
    ]


def test_a_compressed_message_is_shown_inflated():
    packer = zlib.compressobj(wbits=-15)
    data = packer.compress(b"Hello") + packer.flush(zlib.Z_SYNC_FLUSH)
    frame = Frame(1, data[:-4], rsv1=True)
    row = row_of_server_frame(frame, deflate=True)
    assert (row["preview"], row["name"]) == ("Hello", "text frame, compressed")


def test_a_broken_rule_is_told_on_its_row():
    row = row_of_server_frame(Frame(1, b"x", rsv2=True))
    assert row["problem"].startswith("RSV2 is set")
    assert "problem" not in row_of_server_frame(Frame(1, b"x"))


def test_frames_before_the_servers_answer_are_not_shown():
    trace = Trace()
    trace.record("client", REQUEST + Frame(1, b"token=abc", masking_key=None).encode(), time=1.0)
    assert rows(trace)[-1]["preview"] == TOO_EARLY


def test_rows_of_a_connection_without_a_101_look_at_each_byte_a_few_times_only(monkeypatch):
    looked_at = []

    def look(data: bytes) -> bytes:
        looked_at.append(len(data))
        return data

    monkeypatch.setattr(wire_rows, "redact_bytes", look)
    trace, frame = Trace(), Frame(1, b"a" * 50, masking_key=KEY).encode()
    trace.record("client", REQUEST + frame * 300, time=1.0)
    trace.record("server", b"nonsense\r\n" * 300, time=2.0)
    assert len(rows(trace)) == 302
    assert 0 < sum(looked_at) < 2 * (trace.bytes_from("client") + trace.bytes_from("server"))


def test_rows_of_several_traces_are_in_order_of_time():
    first, second = Trace("first"), Trace("second")
    second.record("client", REQUEST, time=1.0)
    first.record("client", REQUEST, time=2.0)
    second.record("server", RESPONSE + b"\r\n", time=3.0)
    shown = rows_of([Ladder(first, 1), Ladder(second, 2)])
    assert [(row["label"], row["number"]) for row in shown] == [
        ("second", 1),
        ("first", 1),
        ("second", 2),
    ]


def test_time_counts_from_the_first_chunk_even_if_it_held_no_whole_head():
    trace = Trace()
    trace.record("client", REQUEST[:10], time=1.0)
    trace.record("client", REQUEST[10:], time=1.25)
    assert [row["ms"] for row in rows(trace)] == [250.0]


def test_a_connection_without_any_byte_begins_with_its_end():
    trace = Trace()
    trace.end("client", "fin", time=9.0)
    assert [row["ms"] for row in rows(trace)] == [0.0]


def test_a_row_names_its_cause_if_it_is_known():
    trace = opened()
    cause = Cause(trace.bytes_from("client"), "cell [7], line 3: <b>")
    trace.record("client", Frame(9, masking_key=KEY).encode(), time=6.0, causes=[cause])
    assert rows(trace)[-1]["cause"] == "cell [7], line 3: <b>"
    assert "cause" not in rows(trace)[0]
    assert "cell [7], line 3: &lt;b&gt;" in static_table(rows(trace))["text/html"]
    assert "cell [7], line 3: <b>" in static_table(rows(trace))["text/plain"]


def test_one_line_escapes_what_cannot_be_printed():
    assert one_line("a\tb\x00") == "a\\tb\\x00"


def test_static_tables_escape_and_name_problems():
    trace = opened()
    trace.record("server", Frame(1, b"<b>").encode(), time=6.0)
    trace.record("server", Frame(1, b"x", rsv2=True).encode(), time=6.0)
    shown = static_table(rows(trace), 7)
    html, text = shown["text/html"], shown["text/plain"]
    assert "&lt;b&gt;" in html and "<b>" not in html
    assert "problem: RSV2 is set" in html
    assert text.splitlines()[0] == "On the wire, in order of time: 4 rows"
    assert "server → client" in text
    times = [line.split()[1] for line in text.splitlines()[2:]]
    assert times == ["+0.0", "+2.0", "+998.0", "+0.0"]
    assert text.splitlines()[2].startswith("7 ")


HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_a_secret_line_that_begins_in_the_item_before_is_hidden():
    trace = Trace()
    trace.record("client", b"GET / HTTP/1.1\r\nCookie: a\x01SECRET\r\n", time=1.0)
    trace.end("client", "fin", time=1.1)
    assert [event.name for event in trace.events] == ["undecoded", "undecoded", "end"]
    assert shown_bytes(trace, trace.events[1], 100) == b"******\r\n"


def test_at_most_so_many_bytes_are_shown():
    trace = Trace()
    trace.record("client", b"nonsense\r\n", time=1.0)
    assert shown_bytes(trace, trace.events[0], 3) == b"non"


def test_a_connection_is_opened_by_status_101_only():
    trace = Trace()
    assert not is_opened(trace)
    trace.record("client", HEAD, time=1.0)
    trace.record("server", b"HTTP/1.1 403 Forbidden\r\n\r\n", time=1.0)
    assert not is_opened(trace)
    trace = Trace()
    trace.record("server", b"HTTP/1.1 101 Switching Protocols\r\n\r\n", time=1.0)
    assert is_opened(trace)


@pytest.mark.parametrize(
    "data, words",
    [
        (b'{"type":"said","seq":3,"name":"Ana","text":"<b>","time":1.5}', "said Ana “<b>”"),
        (b'{"type":"typing","on":true}', "typing; on: yes"),
        (b'{"type":"move","x":3,"y":-1.5}', "move; x: 3; y: -1.5"),
        (
            b'{"type":"welcome","room":"lobby","members":["Ana","Budi"],"events":[],"code":null}',
            "welcome; room: lobby; members: Ana, Budi",
        ),
        (b'{"type":7}', ""),
        (b'{"text":"no type"}', ""),
        (b'{"type":"cut', ""),
        (b'{"a":' * 5000, ""),
    ],
)
def test_a_json_message_is_said_in_words(data, words):
    assert json_words(data) == words


def test_a_row_is_found_by_its_text_and_by_its_bytes_but_not_by_a_secret():
    trace = Trace("Ana")
    trace.record("client", REQUEST.replace(b"Host", b"Cookie: sid=SECRET\r\nHost"), time=5.0)
    trace.record("server", RESPONSE + b"\r\n", time=5.0)
    trace.record("client", Frame(1, b"Hello", masking_key=KEY).encode(), time=6.0)
    request, _, hello = trace.events
    assert (
        finds(trace, hello, "hELLo")
        and finds(trace, hello, "81 85")
        and finds(trace, hello, "8185")
    )
    assert not finds(trace, hello, "Budi") and not finds(trace, hello, "ff")
    assert finds(trace, request, "upgrade: web")
    assert not finds(trace, request, "SECRET") and not finds(trace, request, b"SECRET".hex())
