"""A message's way found in traces: who was there, who got it, and when."""

import json

import pytest

from chatlib.chapters.one_room.fan_out import Arrival, fan_out_of
from chatlib.wire.frames import Frame
from chatlib.wire.handshake import accept_value
from chatlib.wire.trace import Trace

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
REQUEST = (
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
RESPONSE = (
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Accept: {accept_value(KEY)}\r\n\r\n"
)


class Line:
    """One connection of which a test writes the messages."""

    def __init__(self, *, time: float = 0.0) -> None:
        self.trace = Trace()
        self.trace.record("client", REQUEST.encode(), time=time)
        self.trace.record("server", RESPONSE.encode(), time=time)

    def client(self, at: float, /, **message: object) -> None:
        data = json.dumps(message).encode()
        frame = Frame(opcode=1, payload=data, masking_key=b"abcd")
        self.trace.record("client", frame.encode(), time=at)

    def server(self, at: float, /, **message: object) -> None:
        frame = Frame(opcode=1, payload=json.dumps(message).encode())
        self.trace.record("server", frame.encode(), time=at)


def member(name: str, *, time: float = 0.0, room: str = "lobby") -> Line:
    """Return the connection of somebody who has been welcomed."""
    line = Line(time=time)
    line.client(time, type="join", name=name, room=room)
    line.server(
        time,
        type="welcome",
        **{"room": room, "name": name, "epoch": "e", "seq": 0, "members": [], "events": []},
        **{"gone": False, "limits": {}},
    )
    return line


def said(line: Line, time: float, name: str, text: str, id: str | None = "1", seq: int = 3) -> None:
    line.server(time, type="said", seq=seq, name=name, text=text, time=0.0, id=id)


def traces(*lines: Line) -> list[Trace]:
    return [line.trace for line in lines]


def test_everybody_in_the_order_of_arrival():
    ana, budi = member("Ana"), member("Budi")
    ana.client(1.0, type="say", text="Hello", id="1")
    said(budi, 1.25, "Ana", "Hello")
    said(ana, 1.5, "Ana", "Hello")
    fan_out = fan_out_of("Hello", traces(ana, budi))
    assert (fan_out.sender, fan_out.room, fan_out.sent) == ("Ana", "lobby", 1.0)
    assert fan_out.arrivals == (Arrival("Budi", 0.25), Arrival("Ana", 0.5))
    assert fan_out.complete


def test_what_has_not_come_yet_stands_last():
    ana, budi = member("Ana"), member("Budi")
    budi.client(1.0, type="say", text="Hello", id="1")
    said(budi, 1.5, "Budi", "Hello")
    fan_out = fan_out_of("Hello", traces(ana, budi))
    assert fan_out.arrivals == (Arrival("Budi", 0.5), Arrival("Ana", None))
    assert not fan_out.complete


def test_the_newest_of_two_equal_texts():
    ana = member("Ana")
    for time, id in ((1.0, "1"), (2.0, "2")):
        ana.client(time, type="say", text="Hello", id=id)
    said(ana, 2.5, "Ana", "Hello", id="1")
    said(ana, 2.75, "Ana", "Hello", id="2", seq=4)
    assert fan_out_of("Hello", traces(ana)).arrivals == (Arrival("Ana", 0.75),)


def test_a_server_that_sends_no_id_back():
    ana, budi = member("Ana"), member("Budi")
    ana.client(1.0, type="say", text="Hello", id="1")
    said(budi, 1.5, "Budi", "Hello", id=None)
    said(budi, 2.0, "Ana", "Hello", id=None)
    assert fan_out_of("Hello", traces(ana, budi)).arrivals[0] == Arrival("Budi", 1.0)


def test_only_those_who_were_in_the_room_then():
    ana, late, elsewhere, gone, away = (
        member("Ana"),
        member("Late", time=5.0),
        member("Elsewhere", room="other"),
        member("Gone"),
        member("Away"),
    )
    gone.server(0.5, type="left", seq=4, name="Gone", time=0.0)
    gone.server(0.6, type="left", seq=5, name="Ana", time=0.0)
    away.trace.end("client", "reset", time=0.5)
    ana.client(1.0, type="say", text="Hello", id="1")
    said(ana, 1.5, "Ana", "Hello")
    found = fan_out_of("Hello", traces(ana, late, elsewhere, gone, away, Line()))
    assert [arrival.name for arrival in found.arrivals] == ["Ana"]


def test_what_is_no_chat_message_is_passed_over():
    ana = member("Ana")
    ana.client(0.5, type="dance")
    ana.server(0.5, hello="world")
    ana.trace.record("server", Frame(opcode=2, payload=b"\xff").encode(), time=0.6)
    ana.client(1.0, type="say", text="Hello")
    said(ana, 1.5, "Ana", "Hello", id=None)
    assert fan_out_of("Hello", traces(ana)).complete


@pytest.mark.parametrize("lines", [[], [Line()], [member("Ana")]])
def test_what_nobody_said(lines: list[Line]):
    with pytest.raises(LookupError, match="Say it first"):
        fan_out_of("Hello", traces(*lines))


def test_what_was_said_in_no_room():
    stranger = Line()
    stranger.client(1.0, type="say", text="Hello")
    with pytest.raises(LookupError):
        fan_out_of("Hello", traces(stranger))
