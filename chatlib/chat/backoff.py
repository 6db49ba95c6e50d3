"""Whether and when to connect again."""

from __future__ import annotations

import random

FIRST = 0.5  # seconds, at most, before the first attempt
MOST = 15.0  # seconds, at most, before any
MOST_ATTEMPTS = 40  # in a row
# Codes after which the same connection may work again soon. Not 1000 and 1008: somebody meant it.
PASSING = frozenset({1001, 1006, 1011, 1012, 1013, 1014})


def wait_before(attempt: int, *, first: float = FIRST, most: float = MOST) -> float:
    """Return the seconds to wait before attempt number 1, 2, 3 ….

    Exponential back-off with full jitter: anything between nothing and a bound that doubles. So a
    class that lost its server at one moment does not come back at one moment.
    """
    return random.uniform(0, min(most, first * 2 ** min(attempt - 1, 30)))
