"""Details of a chosen row: facts, problems and bytes."""

import pytest

from chatlib.panels.details import HEX_LIMIT, details_of
from chatlib.wire.frames import Frame
from chatlib.wire.records import Cause
from chatlib.wire.trace import Trace
from tests.panels.recorded import HELLO, KEY, RESPONSE, details, last, opened_with


def test_the_cause_of_a_frame_is_a_fact():
    trace = opened_with()
    cause = Cause(trace.bytes_from("client"), "cell [7], line 3")
    trace.record("client", HELLO.encode(), time=6.0, causes=[cause])
    assert last(trace)["cause"] == "cell [7], line 3"
    assert details(HELLO)["cause"] == ""


def test_a_broken_rule_says_where_it_stands_and_what_follows():
    [problem] = details(Frame(1, b"x", rsv2=True))["problems"]
    assert problem["rule"].endswith("An endpoint that notices closes with 1002 (protocol error).")
    assert problem["where"] == "RFC 6455 §5.2, at byte 0 of this row"


def test_a_broken_rule_may_stand_in_an_earlier_row():
    trace = opened_with(Frame(1, b"ab\xffcd", fin=False))
    trace.record("server", Frame(0, b"xyz").encode(), time=6.0)
    [problem] = last(trace)["problems"]
    assert problem["where"] == "RFC 6455 §8.1, 3 bytes before this row"


def test_a_broken_rule_before_any_connection_has_no_close_code():
    trace = Trace()
    trace.record("client", b"nonsense\r\n", time=1.0)
    [problem] = last(trace)["problems"]
    assert "closes with" not in problem["rule"]


def test_the_hex_of_a_big_frame_ends_early():
    shown = details(Frame(2, bytes(HEX_LIMIT)))
    assert len(shown["hex"]) == 2 * HEX_LIMIT
    assert shown["size"] == HEX_LIMIT + 4


def test_facts_name_connection_time_place_and_chunks():
    trace = opened_with()
    data = Frame(2, bytes(60)).encode()
    for start in range(0, len(data), 10):
        trace.record("server", data[start : start + 10], time=5.25)
    shown = last(trace)
    assert shown["ends"] == ["Ana", "127.0.0.1:5000", "127.0.0.1:8765"]
    assert (shown["passed"], shown["start"]) == (250.0, len(RESPONSE))
    assert shown["chunks"][3] == [6, 10, 30]
    assert [first for _, _, first in shown["chunks"]] == [0, 10, 20, 30, 40, 50, 60]


def test_a_note_of_the_trace_is_told():
    trace = opened_with(Frame(9, b"?"))
    trace.record("client", Frame(10, b"?", masking_key=KEY).encode(), time=6.1)
    assert last(trace)["note"] == "Answers the ping of event 3."


def test_the_end_has_no_bytes():
    trace = opened_with()
    trace.end("client", "reset", time=7.0)
    shown = last(trace)
    assert (shown["hex"], shown["name"], shown["chunks"]) == ("", "reset", [])
    assert "fields" not in shown


def test_other_bytes_are_shown_without_fields():
    trace = Trace()
    trace.record("client", b"token=secret\r\n", time=1.0)
    shown = last(trace)
    assert bytes.fromhex(shown["hex"]) == b"token=******\r\n"
    assert shown["hidden"] == "Secrets, if there are any, are replaced by *."
    assert "fields" not in shown


@pytest.mark.parametrize("number", [0, 3, -1])
def test_an_unknown_row_is_told(number):
    assert details_of(opened_with(), number) == {"gone": f"The connection has no row {number}."}
