"""How long a client waits before it connects again."""

from chatlib.chat.backoff import wait_before


def test_the_waits_grow_differ_and_have_a_bound():
    samples = {attempt: [wait_before(attempt) for _ in range(300)] for attempt in (1, 3, 99)}
    for attempt, bound in ((1, 0.5), (3, 2.0), (99, 15.0)):
        assert 0 <= min(samples[attempt]) < 0.2 * bound
        assert 0.8 * bound < max(samples[attempt]) <= bound
