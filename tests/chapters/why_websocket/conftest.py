"""A running server, and the clients of the notebook."""

from collections.abc import AsyncIterator

import pytest

from benchmarks.why_websocket import notebook_methods
from chatlib.chapters.why_websocket.feed_server import FeedServer
from chatlib.chapters.why_websocket.methods import Method


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    server = await FeedServer.start()
    yield server
    await server.stop()


@pytest.fixture(scope="session")
def methods() -> dict[str, Method]:
    return {method.name: method for method in notebook_methods()}
