"""Details of a chosen row: bytes, fields, problems, and the forms of a payload."""

import zlib

import pytest

from chatlib.panels.details import HEX_LIMIT, details_of, span_words
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
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)
KEY = bytes.fromhex("37fa213d")
HELLO = Frame(1, b"Hello", masking_key=KEY)


def details(frame, *, sender="server"):
    return last(opened_with(frame, sender=sender))


def opened_with(*frames, sender="server"):
    trace = Trace("Ana", client="127.0.0.1:5000", server="127.0.0.1:8765")
    trace.record("client", REQUEST, time=5.0)
    trace.record("server", RESPONSE, time=5.002)
    for frame in frames:
        trace.record(sender, frame.encode(), time=6.0)
    return trace


def last(trace):
    return details_of(trace, len(trace.events))


def steps(shown):
    table = next(table for table in shown["tables"] if "step by step" in table["caption"])
    return [(name, text) for name, _, _, text in table["rows"]]


def test_every_byte_of_a_frame_belongs_to_a_field():
    shown = details(HELLO, sender="client")
    assert bytes.fromhex(shown["hex"]) == HELLO.encode()
    spans = [field["bits"] for field in shown["fields"]]
    assert spans[0][0] == 0
    assert spans[-1][1] == 8 * len(HELLO.encode())
    assert all(before[1] == after[0] for before, after in zip(spans, spans[1:], strict=False))


def test_fields_say_name_value_place_meaning_and_section():
    shown = details(HELLO, sender="client")
    fields = {field["name"]: field for field in shown["fields"]}
    assert fields["opcode"]["value"] == "1 (binary 0001)"
    assert fields["opcode"]["span"] == "byte 0, bits 4–7"
    assert "text frame" in fields["opcode"]["meaning"]
    assert fields["masking key"]["value"] == "37 fa 21 3d"
    assert fields["masking key"]["span"] == "bytes 2–5"
    assert fields["masking key"]["section"] == "RFC 6455 §5.3"
    assert shown["frame"]


def fields_of(frame, **sender):
    return {field["name"]: field for field in details(frame, **sender)["fields"]}


def test_every_field_says_why_it_is_so_here():
    fields = fields_of(HELLO, sender="client")
    assert all(field["why"].endswith(".") for field in fields.values())
    assert fields["MASK"]["why"] == "A client sent this, and a client must mask every frame."


def test_what_rsv1_means_follows_from_the_opening_handshake():
    frame = Frame(1, b"x", rsv1=True)
    plain = Trace()
    plain.record("client", REQUEST, time=5.0)
    plain.record("server", RESPONSE.replace(b"permessage-deflate", b"other"), time=5.0)
    plain.record("server", frame.encode(), time=6.0)
    agreed, refused = details(frame)["fields"][1], last(plain)["fields"][1]
    assert "is compressed" in agreed["meaning"] and "agreed on permessage" in agreed["why"]
    assert "is an error" in refused["meaning"] and "breaks a rule" in refused["why"]


@pytest.mark.parametrize(
    "size, absent, short",
    [
        (0, "Not in this frame: extended payload length, masking key, payload.", "0"),
        (125, "Not in this frame: extended payload length, masking key.", "125"),
        (300, "Not in this frame: masking key.", "126"),
        (70_000, "Not in this frame: masking key.", "127"),
    ],
)
def test_the_drawing_knows_what_is_not_there(size, absent, short):
    shown = details(Frame(2, bytes(size)))
    assert shown["absent"] == absent
    assert shown["fields"][6]["short"] == short


def test_small_boxes_of_the_drawing_hold_short_values():
    fields = fields_of(Frame(1, bytes(70_000), masking_key=KEY), sender="client")
    assert fields["opcode"]["short"] == "1 text"
    assert fields["extended payload length"]["short"] == "70,000"
    assert fields["masking key"]["short"] == ""
    assert details(Frame(1, b"x", masking_key=KEY, length_bits=64))["absent"] == ""


def test_the_cause_of_a_frame_is_a_fact():
    trace = opened_with()
    cause = Cause(trace.bytes_from("client"), "cell [7], line 3")
    trace.record("client", HELLO.encode(), time=6.0, causes=[cause])
    assert dict(last(trace)["facts"])["Caused by"] == "cell [7], line 3"
    assert "Caused by" not in dict(details(HELLO)["facts"])


def test_masked_beside_unmasked():
    shown = steps(details(HELLO, sender="client"))
    assert shown == [("On the wire, masked", "not text: not UTF-8"), ("Unmasked", "Hello")]


def test_compressed_beside_inflated():
    packer = zlib.compressobj(wbits=-15)
    data = packer.compress(b"Hello") + packer.flush(zlib.Z_SYNC_FLUSH)
    shown = steps(details(Frame(1, data[:-4], rsv1=True)))
    assert [name for name, _ in shown] == [
        "On the wire, not masked",
        "Inflated (permessage-deflate)",
    ]
    assert shown[-1][1] == "Hello"


@pytest.mark.parametrize("opcode, kind", [(1, "text"), (2, "binary")])
def test_the_final_fragment_shows_the_whole_message(opcode, kind):
    first, final = Frame(opcode, b"Hel", fin=False), Frame(0, b"lo")
    assert steps(last(opened_with(first, final)))[-1] == (
        f"The whole message ({kind}), all its fragments joined",
        "Hello",
    )


def test_an_empty_payload_has_no_steps():
    assert details(Frame(1))["tables"] == []


@pytest.mark.parametrize(
    "payload, code, reason",
    [
        (b"\x03\xe9bye", "1001 going away: may travel", "bye"),
        (b"\x03\xee", "1006 abnormal closure: must not travel", "(empty)"),
    ],
)
def test_a_close_frame_shows_code_meaning_and_reason(payload, code, reason):
    table = details(Frame(8, payload))["tables"][0]
    rows = dict(table["rows"])
    assert rows["Close code"].startswith(code)
    assert rows["Meaning"].endswith(".")
    assert rows["Close reason"] == reason


def test_a_broken_rule_says_where_it_stands_and_what_follows():
    [problem] = details(Frame(1, b"x", rsv2=True))["problems"]
    assert problem["rule"].endswith("An endpoint that notices closes with 1002 (protocol error).")
    assert problem["where"] == "RFC 6455 §5.2, at byte 0 of this row"


def test_a_broken_rule_before_any_connection_has_no_close_code():
    trace = Trace()
    trace.record("client", b"nonsense\r\n", time=1.0)
    [problem] = last(trace)["problems"]
    assert "closes with" not in problem["rule"]


def test_the_hex_of_a_big_frame_ends_early_and_says_so():
    shown = details(Frame(2, bytes(HEX_LIMIT)))
    assert len(shown["hex"]) == 2 * HEX_LIMIT
    assert shown["notes"] == ["4 more bytes not shown here."]
    assert shown["hexTitle"] == "Bytes on the wire: 4,100 bytes"


def test_facts_name_connection_time_place_and_chunks():
    trace = opened_with()
    data = Frame(2, bytes(60)).encode()
    for start in range(0, len(data), 10):
        trace.record("server", data[start : start + 10], time=5.25)
    shown = last(trace)
    facts = dict(shown["facts"])
    assert facts["Connection"] == "Ana: client 127.0.0.1:5000, server 127.0.0.1:8765"
    assert facts["Time"] == "250.0 ms after the connection began"
    assert facts["Starts at"] == f"byte {len(RESPONSE)} of what the server sent"
    assert facts["Carried by"].endswith("chunk 6 (10 bytes) and 3 more chunks")
    assert [chunk["first"] for chunk in shown["chunks"]] == [0, 10, 20, 30, 40, 50, 60]


def test_a_note_of_the_trace_is_told():
    trace = opened_with(Frame(9, b"?"))
    trace.record("client", Frame(10, b"?", masking_key=KEY).encode(), time=6.1)
    assert dict(last(trace)["facts"])["Note"] == "Answers the ping of event 3."


def test_the_end_has_no_bytes():
    trace = opened_with()
    trace.end("client", "reset", time=7.0)
    shown = last(trace)
    assert (shown["hex"], shown["fields"], shown["chunks"]) == ("", [], [])
    assert shown["title"] == "Row 3: reset, client → server"


def test_other_bytes_are_shown_without_fields():
    trace = Trace()
    trace.record("client", b"token=secret\r\n", time=1.0)
    shown = last(trace)
    assert bytes.fromhex(shown["hex"]) == b"token=******\r\n"
    assert shown["notes"] == ["Secrets, if there are any, are replaced by *."]
    assert shown["fields"] == []


@pytest.mark.parametrize("number", [0, 3, -1])
def test_an_unknown_row_is_an_error(number):
    with pytest.raises(LookupError, match=f"no row {number}"):
        details_of(opened_with(), number)


@pytest.mark.parametrize(
    "first_bit, bits, words",
    [
        (0, 1, "byte 0, bit 0"),
        (9, 7, "byte 1, bits 1–7"),
        (16, 8, "byte 2"),
        (16, 32, "bytes 2–5"),
    ],
)
def test_where_a_field_stands(first_bit, bits, words):
    assert span_words(first_bit, bits) == words
