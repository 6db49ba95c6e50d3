"""`check_step` finds the check by the name, and leaves what is not written yet open."""

import asyncio
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from chatlib.chapters.build_a_server import given
from chatlib.chapters.build_a_server.check import DRIVERS, check_step
from chatlib.chapters.build_a_server.step import STEPS, step
from tests.chapters.build_a_server.test_given import PARTS


def skeleton_of(name: str) -> Callable[..., Any]:
    async def waiting(*_: object, **__: object) -> None:
        raise NotImplementedError

    def direct(*_: object) -> None:
        raise NotImplementedError

    skeleton = direct if name == "frame" else waiting
    skeleton.__name__ = name
    return skeleton


@pytest.mark.parametrize("name", STEPS)
async def test_a_function_that_is_not_written_is_open(name: str):
    skeleton = skeleton_of(name)
    for function in (skeleton, step(skeleton)):
        report = await check_step(function, **PARTS.get(name, {}))
        (finding,) = report.findings
        assert finding.name == name
        assert finding.right is None
        assert "Not written yet" in finding.feedback


def test_every_step_has_a_check():
    assert tuple(DRIVERS) == STEPS


async def test_another_name_is_refused():
    with pytest.raises(ValueError, match="No step is called 'skeleton_of_nothing'"):
        await check_step(skeleton_of("skeleton_of_nothing"))


async def test_the_learners_function_is_driven_and_not_the_lent_one():
    @step
    def frame(opcode: int, payload: bytes) -> bytes:
        return given.frame(opcode, payload) + b"!"

    report = await check_step(frame)
    assert len(report.findings) == 1
    assert report.findings[0].right is False


async def test_a_check_that_is_interrupted_leaves_nothing():
    started = asyncio.Event()

    async def read_head(reader: asyncio.StreamReader) -> None:
        started.set()
        await asyncio.Event().wait()

    tasks = asyncio.all_tasks()
    checking = asyncio.create_task(check_step(read_head))
    await started.wait()
    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking
    assert asyncio.all_tasks() == tasks
    sockets = psutil.Process().net_connections("tcp")
    assert not [one for one in sockets if one.status == psutil.CONN_LISTEN]
