from hypothesis import given
from hypothesis import strategies as st

from chatlib.chat.limits import (
    CLOSE_TIMEOUT,
    PING_INTERVAL,
    PING_TIMEOUT,
    FloodLimit,
    Limits,
    Verdict,
)

LIMITS = Limits(burst=3, rate=2, patience=2)


def test_a_dead_peer_is_gone_within_40_seconds_and_a_stop_takes_less_than_2():
    assert PING_INTERVAL + PING_TIMEOUT + CLOSE_TIMEOUT <= 40
    assert CLOSE_TIMEOUT < 2


def test_a_burst_is_fine_then_refused_then_over():
    flood = FloodLimit(LIMITS, since=100.0)
    verdicts = [flood.take(100.0) for _ in range(6)]
    assert verdicts == [Verdict.FINE] * 3 + [Verdict.REFUSED] * 2 + [Verdict.OVER]


def test_a_pause_refills_up_to_the_burst():
    flood = FloodLimit(LIMITS, since=0.0)
    assert [flood.take(0.0) for _ in range(4)][-1] is Verdict.REFUSED
    assert flood.take(0.5) is Verdict.REFUSED
    assert flood.take(1.5) is Verdict.FINE
    verdicts = [flood.take(1000.0) for _ in range(4)]
    assert verdicts == [Verdict.FINE] * 3 + [Verdict.REFUSED]


@given(st.integers(min_value=1, max_value=2000))
def test_at_the_rate_nobody_is_refused(messages: int):
    flood = FloodLimit(LIMITS, since=0.0)
    assert all(flood.take(n / LIMITS.rate) is Verdict.FINE for n in range(messages))


def test_above_the_rate_everybody_is_closed_in_the_end():
    flood = FloodLimit(Limits(burst=500, rate=50, patience=100), since=0.0)
    verdicts = [flood.take(n / 60) for n in range(5000)]
    first_refused, closed = verdicts.index(Verdict.REFUSED), verdicts.index(Verdict.OVER)
    assert 500 < first_refused < closed
    assert Verdict.REFUSED in verdicts[first_refused:closed]
