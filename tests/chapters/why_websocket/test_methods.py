"""What is asked, and what an idle minute is."""

import pytest

from chatlib.chapters.why_websocket.measurement import Idle
from chatlib.chapters.why_websocket.methods import Load
from chatlib.chapters.why_websocket.traffic import Traffic


def test_at_least_one_message_is_said():
    assert Load(rate=1, seconds=0.1).messages == 1
    assert Load(rate=10, seconds=2).messages == 20


def test_the_moments_are_random_but_the_same_for_each_method():
    load = Load(rate=10, seconds=2)
    moments = load.moments(1)
    assert moments == load.moments(1) == sorted(moments)
    assert moments != load.moments(2)
    assert len(moments) == 20 and all(0 <= moment <= 2 for moment in moments)
    assert len({round(b - a, 3) for a, b in zip(moments, moments[1:], strict=False)}) > 10


def test_an_idle_minute_is_so_many_exchanges():
    idle = Idle(Traffic(sent=100, received=50, requests=1), 60)
    assert (idle.sent, idle.received) == pytest.approx((6000, 3000))
