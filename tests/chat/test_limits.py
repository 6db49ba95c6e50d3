from hypothesis import given
from hypothesis import strategies as st

from chatlib.chat.limits import CLOSE_TIMEOUT, PING_INTERVAL, PING_TIMEOUT, Limits, TokenBucket

LIMITS = Limits(burst=3, rate=2, patience=2)


def test_a_dead_peer_is_gone_within_40_seconds_and_a_stop_takes_less_than_2():
    assert PING_INTERVAL + PING_TIMEOUT + CLOSE_TIMEOUT <= 40
    assert CLOSE_TIMEOUT < 2


def test_a_burst_passes_then_is_refused_then_closed():
    bucket = TokenBucket(LIMITS, now=100.0)
    verdicts = [bucket.take(100.0) for _ in range(6)]
    assert verdicts == ["pass"] * 3 + ["refuse"] * 2 + ["close"]


def test_a_pause_refills_up_to_the_burst():
    bucket = TokenBucket(LIMITS, now=0.0)
    assert [bucket.take(0.0) for _ in range(4)][-1] == "refuse"
    assert bucket.take(0.5) == "refuse"
    assert bucket.take(1.5) == "pass"
    verdicts = [bucket.take(1000.0) for _ in range(4)]
    assert verdicts == ["pass"] * 3 + ["refuse"]


@given(st.integers(min_value=1, max_value=2000))
def test_at_the_rate_nobody_is_refused(messages: int):
    bucket = TokenBucket(LIMITS, now=0.0)
    assert all(bucket.take(n / LIMITS.rate) == "pass" for n in range(messages))


def test_above_the_rate_everybody_is_closed_in_the_end():
    bucket = TokenBucket(Limits(burst=500, rate=50, patience=100), now=0.0)
    verdicts = [bucket.take(n / 60) for n in range(5000)]
    first_refused, closed = verdicts.index("refuse"), verdicts.index("close")
    assert 500 < first_refused < closed
    assert "refuse" in verdicts[first_refused:closed]
