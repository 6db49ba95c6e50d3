"""A lab and a NATS for these tests; no program, task or port is left by any of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chatlib.chapters.beyond_one_server.nats_program import Nats, find_nats
from chatlib.kernel.program import CannotStart
from chatlib.lab import Lab
from tests.driving.conftest import no_program_is_left

__all__ = ["no_program_is_left"]

# The client of NATS drops a connection that was lost without closing its writer (nats-py 2.16).
DROPPED = "ignore:Exception ignored in. <function StreamWriter.__del__"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(
                pytest.mark.filterwarnings(f"{DROPPED}:pytest.PytestUnraisableExceptionWarning")
            )


@pytest.fixture
async def lab(no_program_is_left: None) -> AsyncIterator[Lab]:
    try:
        find_nats()
    except CannotStart as missing:
        pytest.skip(f"NOT TESTED: {missing}")
    async with await Lab.start() as lab:
        yield lab


@pytest.fixture
async def nats(lab: Lab) -> Nats:
    return await Nats.start(lab)
