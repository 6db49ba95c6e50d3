"""No program and no task is left by any test, and a check is less patient than for a learner."""

import asyncio
from collections.abc import AsyncIterator

import psutil
import pytest

from chatlib.driving import driven_client


@pytest.fixture(autouse=True)
async def no_program_is_left(
    nothing_is_left_behind: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    monkeypatch.setattr(driven_client, "ANSWERS_WITHIN", 3)
    before = set(psutil.Process().children())
    async with asyncio.timeout(60):
        yield
    assert set(psutil.Process().children()) == before
