"""Waiting for something to be so, without asking again and again by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress


class News:
    """Wakes those who wait for a change; costs almost nothing while nobody waits."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        # Set and replaced at each change, if somebody waits.
        self._change = asyncio.Event()
        self._waiting = 0

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return when `holds()` is true: at once, or after a change of which `tell` told."""
        while not holds():
            self._waiting += 1
            try:
                await self._change.wait()
            finally:
                self._waiting -= 1

    async def within(self, seconds: float, holds: Callable[[], bool], *, step: float) -> bool:
        """Wait as `until` does, but not for ever; return whether `holds()` is true.

        The time goes by in steps: what blocks the loop takes away one of them at most.
        """
        for _ in range(round(seconds / step)):
            with suppress(TimeoutError):
                async with asyncio.timeout(step):
                    await self.until(holds)
                    break
        return holds()

    def tell(self) -> None:
        """Let those who wait look again."""
        if self._waiting:
            self._change.set()
            self._change = asyncio.Event()
