"""The states of a connection, and the rows of a trace."""

from typing import get_args

import pytest

from chatlib.wire.dissector import Dissector
from chatlib.wire.events import (
    PINGS_KEPT,
    TRANSITIONS,
    Body,
    Ended,
    Event,
    FrameItem,
    Notes,
    Signal,
    State,
    Undecoded,
)
from chatlib.wire.frames import Frame, Side
from tests.wire.streams import REQUEST, RESPONSE

ORDER = get_args(State)


def test_the_table_uses_every_state_and_signal():
    assert {state for state, _ in TRANSITIONS} | set(TRANSITIONS.values()) == set(ORDER)
    assert {signal for _, signal in TRANSITIONS} == set(get_args(Signal))


def test_states_only_go_forward_and_end_closed():
    assert len(TRANSITIONS) == 8
    for (state, _), after in TRANSITIONS.items():
        assert ORDER.index(after) > ORDER.index(state)
    for state in ORDER:
        assert state == "closed" or TRANSITIONS[state, "end"] == "closed"


def event(sender: Side, stream: bytes) -> Event:
    return Event(1, 0.5, sender, Dissector(sender).feed(stream)[-1], (1,))


ROWS = [
    (event("client", REQUEST), "request"),
    (event("server", RESPONSE), "101 response"),
    (event("server", RESPONSE + b"\x81\x02hi"), "text"),
    (event("server", RESPONSE + b"\x88\x00"), "close"),
    (event("server", RESPONSE + b"\x88\x02\x03\xe8"), "close 1000"),
    (Event(1, 0, "server", Body(0, 1, (), b"<"), (1,)), "body"),
    (Event(1, 0, "server", Undecoded(0, 2, (), b"<>"), (1,)), "undecoded"),
    (Event(1, 0, "server", Ended(0, 0, (), "fin"), ()), "end"),
    (Event(1, 0, "server", Ended(0, 0, (), "reset"), ()), "reset"),
]


@pytest.mark.parametrize(("row", "name"), ROWS, ids=[row[1] for row in ROWS])
def test_names(row: Event, name: str):
    assert row.name == name
    assert "s3cr3t" not in repr(row)


def item(opcode: int, payload: bytes = b"") -> FrameItem:
    frame = Frame(opcode, payload)
    return FrameItem(0, 2 + len(payload), (), frame)


def notes_of(*events: tuple[Side, FrameItem | Body | Ended]) -> list[str | None]:
    notes = Notes()
    return [
        notes.add(number, sender, found, "open")
        for number, (sender, found) in enumerate(events, start=1)
    ]


def test_a_pong_names_its_ping():
    assert notes_of(
        ("server", item(9, b"a")),
        ("client", item(10, b"b")),
        ("server", item(10, b"a")),
        ("client", item(10, b"a")),
        ("client", item(10, b"a")),
    ) == [
        None,
        "Answers no ping, which is allowed (RFC 6455 §5.5.3).",
        "Answers no ping, which is allowed (RFC 6455 §5.5.3).",
        "Answers the ping of event 1.",
        "Answers no ping, which is allowed (RFC 6455 §5.5.3).",
    ]


def test_a_server_pong_names_the_clients_ping():
    assert notes_of(("client", item(9)), ("server", item(10)))[1] == "Answers the ping of event 1."


def test_pongs_answer_pings_of_one_payload_in_their_order():
    pings, pongs = [("client", item(9))] * 2, [("server", item(10))] * 2
    assert notes_of(*pings, *pongs)[2:] == [
        "Answers the ping of event 1.",
        "Answers the ping of event 2.",
    ]


def test_a_ping_that_is_too_long_is_answered_by_nobody():
    assert notes_of(("client", item(9, bytes(126))), ("server", item(10, bytes(126)))) == [
        None,
        "Answers no ping, which is allowed (RFC 6455 §5.5.3).",
    ]


def test_the_two_close_frames():
    assert notes_of(("server", item(8)), ("server", item(8)), ("client", item(8))) == [
        "The server starts the closing handshake.",
        None,
        "Completes the closing handshake.",
    ]


def test_an_end_without_a_close_frame():
    ended = Ended(0, 0, (), "fin")
    (note,) = notes_of(("server", ended))
    assert note is not None
    assert "1006" in note
    assert Notes().add(1, "server", ended, "closing") is None


def test_nothing_to_say():
    assert notes_of(("server", item(1, b"hi")), ("server", Body(0, 1, (), b"x"))) == [None, None]


def test_of_many_pings_without_a_pong_the_newest_are_remembered():
    pings = [("client", item(9, b"%d" % number)) for number in range(PINGS_KEPT + 1)]
    *_, oldest, newest = notes_of(*pings, ("server", item(10, b"0")), ("server", item(10, b"1")))
    assert oldest is not None and "Answers no ping" in oldest
    assert newest == "Answers the ping of event 2."


def test_raw_bytes_are_not_in_the_short_form():
    assert "s3cr3t" not in repr(Undecoded(0, 6, (), b"s3cr3t"))
    assert "s3cr3t" not in repr(Body(0, 6, (), b"s3cr3t"))
