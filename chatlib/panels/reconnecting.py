"""Connecting again by itself: after waits that grow, with the seconds until then in words."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial

from chatlib.chat.reconnecting_client import MOST_ATTEMPTS, wait_before
from chatlib.kernel.loop import Delayed, KernelLoop, OnError


class Reconnecting:
    """When a panel connects again.

    Attributes:
        attempts: How many there were since the connection was last open.
    """

    def __init__(
        self,
        loop: KernelLoop,
        connect: Callable[[], object],
        show: Callable[[str], object],
        *,
        on_error: OnError,
    ) -> None:
        """Call `connect` when it is time, and `show` with a sentence that says when that is."""
        self._loop = loop
        self._connect = connect
        self._show = show
        self._on_error = on_error
        self.attempts = 0
        self._next: Delayed | None = None

    @property
    def waiting(self) -> bool:
        """Whether another attempt will be made."""
        return self._next is not None

    @property
    def may_go_on(self) -> bool:
        """Whether another attempt can help."""
        return self.attempts < MOST_ATTEMPTS

    def opened(self) -> None:
        """Forget the attempts: the connection is open."""
        self.attempts = 0

    def later(self) -> None:
        """Connect again after a while."""
        self.attempts += 1
        self._count_down(time.monotonic() + wait_before(self.attempts))

    def cancel(self) -> None:
        """Make no further attempt."""
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _count_down(self, due: float) -> None:
        left = due - time.monotonic()
        if left <= 0:
            self._next = None
            self._connect()
            return
        seconds = math.ceil(left)
        self._show(f"It connects again in {seconds} s. Press Reconnect to do it now.")
        step = left - seconds + 1  # until one second less is shown
        self._next = self._loop.call_later(
            step, partial(self._count_down, due), on_error=self._on_error
        )
