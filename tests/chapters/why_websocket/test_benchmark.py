"""Several methods in turn: the plan, the progress and its panel, and the way to stop."""

import asyncio

import pytest

from chatlib.chapters.why_websocket import benchmark as module
from chatlib.chapters.why_websocket.benchmark import Benchmark, MeasuringPanel
from chatlib.chapters.why_websocket.measurement import measure
from chatlib.chapters.why_websocket.methods import Method


@pytest.fixture
def two(methods) -> list[Method]:
    return [methods["server-sent events"], methods["WebSocket"]]


async def test_methods_take_turns_and_each_repeat_begins_with_another(two, monkeypatch):
    measured = []

    async def noted(server, method, load, *, seed, resting):
        measured.append((seed, method.name))
        return await measure(server, method, load, seed=seed, resting=resting)

    monkeypatch.setattr(module, "measure", noted)
    told = []
    comparison = Benchmark(two, rate=20, seconds=0.1, repeats=2)
    comparison.watch(lambda *step: told.append(step))
    results = await comparison.run()
    sse, ws = (method.name for method in two)
    assert measured == [(0, sse), (0, ws), (1, ws), (1, sse)]
    assert [summary.name for summary in results] == [sse, ws]
    assert [len(summary.runs) for summary in results] == [2, 2]
    assert results.complete
    assert told[0][:2] == (0, 6) and told[-1] == (6, 6, "done")
    assert [done for done, *_ in told] == sorted(done for done, *_ in told)


async def test_it_can_be_stopped_and_what_was_measured_is_kept(two):
    comparison = Benchmark(two, seconds=0.1, repeats=100)
    told = []

    def listen(done: int, steps: int, now: str) -> None:
        told.append(now)
        if done == 3:
            comparison.stop()

    comparison.watch(listen)
    before = asyncio.all_tasks()
    async with asyncio.timeout(30):
        results = await comparison.run()
    assert asyncio.all_tasks() == before
    assert not results.complete and "stopped" in results.caption
    # The silent minute of the other one was measured too.
    assert [len(summary.runs) for summary in results] == [1, 0]
    assert told[-1] == "stopped"


async def test_it_can_be_run_again_after_a_stop(two):
    comparison = Benchmark(two, seconds=0.1, repeats=1)
    comparison.watch(lambda done, steps, now: comparison.stop() if not done else None)
    assert len(await comparison.run()) == 0
    comparison._listeners.clear()
    assert (await comparison.run()).complete


async def test_a_cancelled_cell_leaves_nothing_running(two):
    comparison = Benchmark(two, seconds=30, repeats=1)
    begun = asyncio.Event()
    comparison.watch(lambda done, *_: begun.set() if done == 2 else None)
    before = asyncio.all_tasks()
    cell = asyncio.create_task(comparison.run())
    async with asyncio.timeout(30):
        await begun.wait()
        cell.cancel()
        await asyncio.wait({cell})
    assert cell.cancelled()
    assert asyncio.all_tasks() == before


async def test_an_error_of_a_client_is_raised():
    async def wrong(server, got):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        await Benchmark([Method("wrong", wrong)], seconds=0.1).run()


async def test_all_runs_together_share_the_quick_mode(two):
    comparison = Benchmark(two, repeats=5)
    assert comparison.load.seconds * 2 * 5 == pytest.approx(module.QUICK_SECONDS)
    assert "WebSocket; 5 times" in repr(comparison)


async def test_a_plan_that_measures_nothing_is_refused(two):
    for wrong in ({"rate": 0}, {"clients": 0}, {"repeats": 0}):
        with pytest.raises(ValueError, match="above 0"):
            Benchmark(two, **wrong)
    with pytest.raises(ValueError, match="at least one method"):
        Benchmark([])
    with pytest.raises(ValueError, match="same name"):
        Benchmark([two[0], two[0]])


class Measurement:
    steps = 4

    def __init__(self):
        self.stopped = asyncio.Event()
        self.tell = None

    def watch(self, listener):
        self.tell = listener

    def stop(self):
        self.stopped.set()


async def test_it_shows_what_is_measured_now():
    measurement = Measurement()
    panel = MeasuringPanel(measurement)
    assert (panel.bar.value, panel.bar.max, panel.button.disabled) == (0, 4, True)
    measurement.tell(1, 4, "polling")
    assert (panel.bar.value, panel.status.value) == (1, "1 of 4 steps: polling")
    assert not panel.button.disabled
    measurement.tell(4, 4, "done")
    assert panel.bar.value == 4 and panel.button.disabled


async def test_stop_stops_from_any_thread():
    measurement = Measurement()
    panel = MeasuringPanel(measurement)
    measurement.tell(1, 4, "polling")
    await asyncio.to_thread(panel.button.click)
    async with asyncio.timeout(10):
        await measurement.stopped.wait()


async def test_an_error_is_shown_in_the_panel():
    measurement = Measurement()
    measurement.stop = lambda: 1 / 0
    panel = MeasuringPanel(measurement)
    panel.button.click()
    assert panel.status.value == "Could not stop: division by zero"
