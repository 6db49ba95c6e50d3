"""What holds for all tests."""

import asyncio
import gc
import os
import signal
import socket
import struct
import sys
from collections.abc import AsyncIterator, Iterator

import psutil
import pytest
from hypothesis import settings

from chatlib import Lab
from chatlib.kernel.node import find_node
from chatlib.kernel.program import CannotStart
from chatlib.panels import prediction, saved_answers

# What a shell starts in the background ignores Ctrl+C, and so would the programs that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
# How long an example takes measures the machine, not the course.
settings.register_profile("course", deadline=None)
settings.load_profile("course")

# Notebook 07 measures for most of a minute; the same code with fewer messages is enough here.
os.environ.setdefault("COURSE_QUICK_SECONDS", "1")
# Notebook 05 listens on this port, and may be run by two tests, or two test commands, at once.
with socket.create_server(("127.0.0.1", 0)) as probe:
    os.environ["PORT"] = str(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def nothing_answered_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget before each test what a learner answered in another."""
    monkeypatch.setattr(saved_answers, "_answered", {})
    monkeypatch.setattr(prediction, "_waiting", {})
    monkeypatch.setattr(prediction, "_right", {})
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    saved_answers.saved_states.cache_clear()
    yield
    saved_answers.saved_states.cache_clear()


@pytest.fixture(scope="session")
def node_here() -> None:
    """Skip a test that needs Node.js, with words that say so, on a machine without it."""
    try:
        find_node()
    except CannotStart as missing:
        pytest.skip(f"NOT TESTED: {missing}")


def reset(writer: asyncio.StreamWriter) -> None:
    """End a TCP connection with a reset (RST), not with the orderly FIN."""
    linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


def listening() -> set[int]:
    sockets = psutil.Process().net_connections("tcp")
    return {socket.laddr.port for socket in sockets if socket.status == psutil.CONN_LISTEN}


@pytest.fixture
async def nothing_is_left_behind() -> AsyncIterator[None]:
    """Fail if a task, a port, a running lab or a changed method of the loop is left."""
    tasks, ports, loop = asyncio.all_tasks(), listening(), asyncio.get_running_loop()
    methods = set(vars(loop))
    yield
    assert set(vars(loop)) == methods
    assert Lab.running is None
    assert asyncio.all_tasks() - tasks - {asyncio.current_task()} == set()
    assert listening() == ports


def pytest_collection_finish() -> None:
    """Leave what lives as long as the tests out of every search for garbage: it is most of all."""
    gc.collect()
    gc.freeze()


LONG = ("test_your_own_chat.py", "test_course.py")  # in tests/browser: whole notebooks


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the notebooks first, for they take long, and what uses a browser last.

    Playwright's event loop stays running in a worker: no asynchronous test may come after it. Among
    those the long ones come first too, so that all workers end at about the same time.
    """

    def turn(item: pytest.Item) -> int:
        if item.get_closest_marker("browser") is not None:
            return 2 if item.path.name in LONG else 3
        return 0 if item.path.name == "test_notebooks.py" else 1

    items.sort(key=turn)
