"""What the panel's numbers say."""

from types import SimpleNamespace

from chatlib.panels.meter import Meter
from chatlib.wire.frames import Frame
from chatlib.wire.trace import Trace
from tests.panels.recorded import REQUEST, RESPONSE


class Bytes:
    """The part of a trace that a meter reads."""

    events = ()

    def __init__(self, client, server):
        self.sides = {"client": client, "server": server}

    def bytes_from(self, side):
        return self.sides[side]


CLIENT = SimpleNamespace(queued=7)


def test_the_first_numbers_are_those_of_the_join_and_the_welcome():
    assert Meter(CLIENT, Bytes(100, 200)).stats == {
        "rtt_ms": None,
        "messages_out": 1,
        "messages_in": 1,
        "bytes_out": 100,
        "bytes_in": 200,
        "bytes_per_message": None,
        "queued": 7,
    }


def test_a_round_trip_is_the_newest_one_in_milliseconds():
    meter = Meter(CLIENT, None)
    meter.sent(1.0, "a")
    meter.sent(1.5, "b")
    meter.answered("a", 1.25)
    assert meter.stats["rtt_ms"] == 250
    meter.answered("b", 1.6)
    meter.answered("somebody else's", 9.0)
    assert meter.stats["rtt_ms"] == 100


def test_bytes_per_message_leave_the_handshake_out():
    trace = Bytes(500, 5000)
    meter = Meter(CLIENT, trace)
    meter.start()
    assert meter.stats["bytes_per_message"] is None
    meter.sent(0.0)
    meter.received()
    trace.sides = {"client": 560, "server": 5041}
    assert meter.stats["bytes_per_message"] == 50.5


def test_what_came_in_one_chunk_with_the_event_of_joining_has_its_bytes():
    trace = Trace("Ana")
    trace.record("client", REQUEST, time=0)
    trace.record("server", RESPONSE, time=0)
    frames = [Frame(1, text).encode() for text in (b"welcome", b"Ana joined", b"Budi joined")]
    trace.record("server", b"".join(frames), time=0)
    meter = Meter(CLIENT, trace)
    meter.received()
    meter.start()
    meter.received()
    assert meter.stats["bytes_per_message"] == len(frames[2])


def test_without_a_trace_bytes_are_unknown():
    meter = Meter(CLIENT, None)
    meter.start()
    meter.received()
    stats = meter.stats
    assert (stats["bytes_out"], stats["bytes_in"], stats["bytes_per_message"]) == (None,) * 3
    assert stats["messages_in"] == 2
