"""What every test of a step looks at, and how long a function may hang on purpose."""

import asyncio

import pytest

from chatlib.chapters.build_a_server import drive, step6_serve


@pytest.fixture(autouse=True)
async def nothing_is_left_behind():
    tasks = asyncio.all_tasks()
    yield
    assert asyncio.all_tasks() - tasks - {asyncio.current_task()} == set()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up early where a function hangs on purpose."""
    monkeypatch.setattr(drive, "PATIENCE", 1.0)
    monkeypatch.setattr(step6_serve, "QUIET_AFTER", 0.2)
