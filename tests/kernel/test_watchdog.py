"""Code that never awaits: stopped, named, and the event loop goes on."""

import asyncio
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chatlib.driving.awaits import never_awaited
from chatlib.kernel import watchdog
from chatlib.kernel.watchdog import Blocked, watched


@pytest.fixture(autouse=True)
def interrupts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Stand for the kernel's handler of interrupts, which must be there again afterwards."""
    seen: list[int] = []

    def kernels(number: int, frame: object) -> None:
        seen.append(number)

    monkeypatch.setattr(watchdog, "PATIENCE", 0.2)
    before = signal.signal(signal.SIGINT, kernels)
    yield seen
    assert signal.signal(signal.SIGINT, before) is kernels


async def loops() -> None:
    while True:
        pass


async def sleeps() -> None:
    time.sleep(3600)  # the mistake; a signal ends it


async def takes_exceptions() -> None:
    while True:
        try:
            while True:
                pass
        except Exception:
            pass


async def takes_everything() -> None:
    while True:
        try:
            await asyncio.gather()  # which has nothing to wait for
        except:
            pass


def no_coroutine() -> Any:
    while True:
        pass


@pytest.mark.parametrize("code", [loops, sleeps, takes_exceptions, takes_everything, no_coroutine])
async def test_it_is_stopped_and_its_line_is_named(code: Callable[..., Any]):
    with pytest.raises(Blocked) as blocked:
        await watched(code)()
    words = str(blocked.value)
    assert words.startswith(f"{code.__name__} kept everything else waiting for ")
    assert f"in {code.__name__}, line " in words and "of test_watchdog.py: “" in words


async def test_the_seconds_are_told_when_a_block_ends_it_some_steps_later():
    async def leaves_late() -> None:
        try:
            await loops()
        finally:
            await asyncio.sleep(0.001)

    with pytest.raises(Blocked) as blocked:
        await watched(leaves_late)()
    assert blocked.value.seconds >= 0.2


async def test_a_loop_that_forgets_its_await_is_stopped_while_python_warns_of_it():
    async def forgets() -> None:
        while True:
            asyncio.sleep(0)

    with never_awaited() as missed, pytest.raises(Blocked, match="in forgets, line "):
        await watched(forgets)()
    assert missed[0].startswith("sleep(…) was called without await, in forgets, line ")


async def test_what_waits_is_not_stopped_however_long_it_takes():
    async def many_steps() -> str:
        for _ in range(100):
            await asyncio.sleep(0)
            time.sleep(0.005)  # together longer than one step may take
        return "done"

    assert await watched(many_steps)() == "done"


async def test_what_is_returned_raised_and_cancelled_passes():
    async def fail() -> None:
        raise ValueError("out of chalk")

    async def wait() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "cleaned up"
        return ""

    with pytest.raises(ValueError, match="chalk"):
        await watched(fail)()
    task = asyncio.create_task(watched(wait)())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "cleaned up"


async def test_sys_exit_ends_the_call_and_neither_the_loop_nor_the_kernel():
    async def quits() -> None:
        await asyncio.sleep(0)
        sys.exit()

    # In a task of its own: asyncio would give SystemExit to whoever runs the loop.
    (said,) = await asyncio.gather(watched(quits)(), return_exceptions=True)
    assert isinstance(said, RuntimeError)
    assert str(said).startswith("quits called sys.exit(), which ends everything here.")
    assert traceback.extract_tb(said.__traceback__)[-1].name == "quits"


async def test_a_traceback_leads_from_the_caller_to_the_watched_code():
    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("out of chalk")

    for handler in (fail, loops):
        with pytest.raises((ValueError, Blocked)) as raised:
            await watched(handler)()
        names = [entry.name for entry in raised.traceback]
        assert names[1] == handler.__name__
        assert not any(entry.path.name == "watchdog.py" for entry in raised.traceback[:2])


async def test_what_is_no_coroutine_function_fails_as_python_says_it():
    with pytest.raises(TypeError, match="await"):
        await watched(lambda: 5)()


async def test_the_thread_ends_with_the_last_call():
    await watched(asyncio.sleep)(0)
    for thread in threading.enumerate():
        if thread.name == "watchdog":
            await asyncio.to_thread(thread.join)
    assert watchdog.WATCHDOG._thread is None


async def test_on_another_thread_nothing_is_watched():
    assert await asyncio.to_thread(lambda: asyncio.run(watched(_five)())) == 5


async def _five() -> int:
    return 5


async def test_the_first_interrupt_is_also_the_kernels_and_stops_what_goes_on(
    monkeypatch: pytest.MonkeyPatch, interrupts: list[int]
):
    monkeypatch.setattr(watchdog, "PATIENCE", 3600)
    monkeypatch.setattr(watchdog, "AFTER_INTERRUPT", 0.1)

    async def interrupted() -> None:
        signal.raise_signal(signal.SIGINT)
        while True:
            pass

    with pytest.raises(Blocked, match="while True|pass"):
        await watched(interrupted)()
    assert interrupts == [signal.SIGINT]


async def test_the_second_interrupt_stops_it_at_once(
    monkeypatch: pytest.MonkeyPatch, interrupts: list[int]
):
    monkeypatch.setattr(watchdog, "PATIENCE", 3600)
    monkeypatch.setattr(watchdog, "AFTER_INTERRUPT", 3600)

    async def interrupted() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(Blocked, match="raise_signal"):
        await watched(interrupted)()
    assert interrupts == [signal.SIGINT, signal.SIGINT]


async def test_an_interrupt_of_what_goes_on_anyway_is_the_kernels_alone(interrupts: list[int]):
    async def quick() -> str:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(0)
        return "done"

    assert await watched(quick)() == "done"
    assert interrupts == [signal.SIGINT]


async def test_who_looks_at_code_in_a_debugger_does_not_lose_it(monkeypatch: pytest.MonkeyPatch):
    looked = threading.Event()

    async def debugged() -> str:
        code = "while not seen():\n    pass"
        steps: list[watchdog.Step] = []

        def seen() -> bool:
            steps[:] = [watchdog.WATCHDOG._step] if watchdog.WATCHDOG._step else []
            return bool(steps and steps[0].arrived > 2)

        exec(compile(code, "pdb.py", "exec"), {"__name__": "pdb", "seen": seen})
        looked.set()
        return "done"

    assert await watched(debugged)() == "done"
    assert looked.is_set()
