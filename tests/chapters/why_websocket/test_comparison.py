"""Several methods in turn: the plan, the progress, and the way to stop."""

import asyncio

import pytest

from chatlib.chapters.why_websocket import comparison as module
from chatlib.chapters.why_websocket.comparison import Comparison
from chatlib.chapters.why_websocket.records import Method
from chatlib.chapters.why_websocket.run import measure


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
    comparison = Comparison(two, rate=20, seconds=0.1, repeats=2)
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
    comparison = Comparison(two, seconds=0.1, repeats=100)
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
    comparison = Comparison(two, seconds=0.1, repeats=1)
    comparison.watch(lambda done, steps, now: comparison.stop() if not done else None)
    assert len(await comparison.run()) == 0
    comparison._listeners.clear()
    assert (await comparison.run()).complete


async def test_a_cancelled_cell_leaves_nothing_running(two):
    comparison = Comparison(two, seconds=30, repeats=1)
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
        await Comparison([Method("wrong", wrong)], seconds=0.1).run()


async def test_all_runs_together_share_the_quick_mode(two):
    comparison = Comparison(two, repeats=5)
    assert comparison.load.seconds * 2 * 5 == pytest.approx(module.QUICK_SECONDS)
    assert "WebSocket; 5 times" in repr(comparison)


async def test_a_plan_that_measures_nothing_is_refused(two):
    for wrong in ({"rate": 0}, {"clients": 0}, {"repeats": 0}):
        with pytest.raises(ValueError, match="above 0"):
            Comparison(two, **wrong)
    with pytest.raises(ValueError, match="at least one method"):
        Comparison([])
    with pytest.raises(ValueError, match="same name"):
        Comparison([two[0], two[0]])
