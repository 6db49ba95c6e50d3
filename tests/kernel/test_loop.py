"""The kernel's loop, given work from its own thread, from others, and after its end."""

import asyncio
import threading
import time

import pytest

from chatlib.kernel.loop import KernelLoop, News


async def test_spawned_coroutine_runs_and_is_forgotten():
    kernel_loop = KernelLoop.here()
    ran = asyncio.Event()

    async def work():
        ran.set()

    kernel_loop.spawn(work(), name="work")
    assert kernel_loop.pending == ["work"]
    await ran.wait()
    await kernel_loop.stop()
    assert kernel_loop.pending == []


async def test_work_from_another_thread_runs_on_the_captured_loop():
    kernel_loop = KernelLoop.here()
    seen: asyncio.Queue[tuple[str, int]] = asyncio.Queue()

    async def spawned():
        seen.put_nowait(("spawned", threading.get_ident()))

    def from_a_thread():
        kernel_loop.spawn(spawned(), name="spawned")
        kernel_loop.call(lambda: seen.put_nowait(("called", threading.get_ident())))
        kernel_loop.call_later(0, lambda: seen.put_nowait(("later", threading.get_ident())))

    thread = threading.Thread(target=from_a_thread)
    thread.start()
    async with asyncio.timeout(5):
        got = dict([await seen.get() for _ in range(3)])
    thread.join()
    assert got == dict.fromkeys(["spawned", "called", "later"], threading.get_ident())
    await kernel_loop.stop()


async def test_work_from_another_loop_wakes_a_task_that_waits_here():
    # ipykernel 7.1 to 7.3 ran widget callbacks exactly so: another thread, with a running loop.
    kernel_loop = KernelLoop.here()
    queue: asyncio.Queue[str] = asyncio.Queue()

    async def other_loop():
        kernel_loop.call(queue.put_nowait, "woken")

    thread = threading.Thread(target=lambda: asyncio.run(other_loop()))
    thread.start()
    async with asyncio.timeout(5):
        assert await queue.get() == "woken"
    thread.join()


async def test_an_error_goes_to_on_error():
    kernel_loop = KernelLoop.here()
    errors: asyncio.Queue[BaseException] = asyncio.Queue()

    async def fail():
        raise ValueError("in a task")

    def fail_now():
        raise ValueError("in a call")

    kernel_loop.spawn(fail(), name="fail", on_error=errors.put_nowait)
    kernel_loop.call(fail_now, on_error=errors.put_nowait)
    kernel_loop.call_later(0, fail_now, on_error=errors.put_nowait)
    async with asyncio.timeout(5):
        said = sorted([str(await errors.get()) for _ in range(3)])
    assert said == ["in a call", "in a call", "in a task"]


async def test_an_error_that_nobody_takes_reaches_the_loops_own_handler():
    kernel_loop = KernelLoop.here()
    contexts: list[dict[str, object]] = []
    kernel_loop.loop.set_exception_handler(lambda loop, context: contexts.append(context))

    def fail():
        raise ValueError("nobody listens")

    def cannot_show(error: BaseException):
        raise RuntimeError("the panel is broken too")

    kernel_loop.call(fail)
    kernel_loop.call(fail, on_error=cannot_show)
    shown = [context["exception"] for context in contexts]
    assert [str(error) for error in shown] == ["nobody listens", "the panel is broken too"]
    assert "nobody listens" in shown[1].__notes__[0]


async def test_stop_cancels_tasks_and_timers_and_closes_later_work():
    kernel_loop = KernelLoop.here()
    called: list[str] = []
    cleaned = asyncio.Event()

    async def wait_for_ever():
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.set()

    kernel_loop.spawn(wait_for_ever(), name="waits")
    kernel_loop.call_later(0, lambda: called.append("timer"))
    await asyncio.sleep(0)
    await kernel_loop.stop()
    await kernel_loop.stop()
    assert cleaned.is_set()
    kernel_loop.spawn(wait_for_ever(), name="too late")
    kernel_loop.call_later(0, lambda: called.append("too late"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (kernel_loop.pending, called) == ([], [])


async def test_a_delayed_call_can_be_taken_back_even_before_it_is_set():
    kernel_loop = KernelLoop.here()
    called: list[str] = []
    kernel_loop.call_later(0, lambda: called.append("at once")).cancel()

    def from_a_thread():
        kernel_loop.call_later(0, lambda: called.append("thread")).cancel()

    # While this waits, the loop stands still: it cannot set the timer before it is taken back.
    thread = threading.Thread(target=from_a_thread)
    thread.start()
    thread.join()
    turned = asyncio.Event()
    kernel_loop.call_later(0, turned.set)
    await turned.wait()
    assert called == []


async def test_a_task_may_stop_the_loop_that_runs_it():
    kernel_loop = KernelLoop.here()
    stopped = asyncio.Event()

    async def stop_yourself():
        await kernel_loop.stop()
        stopped.set()

    kernel_loop.spawn(stop_yourself(), name="stops")
    async with asyncio.timeout(5):
        await stopped.wait()


def test_without_a_running_loop_it_says_what_to_do():
    with pytest.raises(RuntimeError, match="notebook cell"):
        KernelLoop.here()


async def test_what_is_so_already_is_not_waited_for():
    await News().until(lambda: True)


async def test_each_change_lets_everybody_look_again():
    news, levels = News(), []
    first = asyncio.create_task(news.until(lambda: len(levels) >= 1))
    second = asyncio.create_task(news.until(lambda: len(levels) >= 2))
    await asyncio.sleep(0)
    levels.append(1)
    news.tell()
    await first
    assert not second.done()
    levels.append(2)
    news.tell()
    await second


async def test_giving_up_leaves_nobody_waiting():
    news = News()
    waiting = asyncio.create_task(news.until(lambda: False))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert news._waiting == 0


async def test_waiting_within_a_time_says_whether_it_came():
    news, levels = News(), []
    assert not await news.within(0.02, lambda: bool(levels), step=0.01)
    waiting = asyncio.create_task(news.within(60, lambda: bool(levels), step=30))
    await asyncio.sleep(0)
    levels.append(1)
    news.tell()
    async with asyncio.timeout(5):
        assert await waiting
    assert news._waiting == 0


async def test_a_cell_that_blocks_the_loop_takes_one_step_only():
    """Whoever answers on the same loop could not answer meanwhile."""
    news, levels = News(), []
    waiting = asyncio.create_task(news.within(0.05, lambda: bool(levels), step=0.01))
    await asyncio.sleep(0)
    blocked_until = time.monotonic() + 0.1
    while time.monotonic() < blocked_until:
        """Block."""
    # The answer comes some turns of the loop later.
    for _ in range(3):
        await asyncio.sleep(0)
    levels.append(1)
    news.tell()
    assert await waiting
