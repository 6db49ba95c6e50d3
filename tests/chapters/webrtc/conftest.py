"""A lab that watches the peers of these tests."""

from collections.abc import AsyncIterator

import pytest

from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.lab import Lab


@pytest.fixture
async def datagrams() -> AsyncIterator[Datagrams]:
    async with await Lab.start() as lab:
        yield Datagrams.watch(lab)
