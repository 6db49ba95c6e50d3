"""What one event has to do with those before it."""

from chatlib.wire.frames import Frame, Side
from chatlib.wire.items import Body, Ended, FrameItem
from chatlib.wire.notes import Notes


def item(opcode: int, payload: bytes = b"") -> FrameItem:
    frame = Frame(opcode, payload)
    return FrameItem(0, 2 + len(payload), (), frame.encode(), frame, None, None)


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


def test_the_two_close_frames():
    assert notes_of(("server", item(8)), ("server", item(8)), ("client", item(8))) == [
        "The server starts the closing handshake.",
        None,
        "Answers the close frame, as it must.",
    ]


def test_an_end_without_a_close_frame():
    ended = Ended(0, 0, (), "fin")
    (note,) = notes_of(("server", ended))
    assert note is not None
    assert "1006" in note
    assert Notes().add(1, "server", ended, "closing") is None


def test_nothing_to_say():
    assert notes_of(("server", item(1, b"hi")), ("server", Body(0, 1, (), b"x"))) == [None, None]
