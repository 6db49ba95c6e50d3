"""What the tests of a lab share."""

import asyncio
from collections.abc import AsyncIterator

import psutil
import pytest

from chatlib import Lab


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
