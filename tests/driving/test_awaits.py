"""A coroutine that nobody awaits is named; every other warning is shown as ever."""

import asyncio
import gc
import sys
import warnings

import pytest

from chatlib.driving.awaits import never_awaited


async def waits() -> None:
    await asyncio.sleep(0)


def test_it_is_named_with_its_line_and_leaves_no_warning(recwarn: pytest.WarningsRecorder):
    depth = sys.get_coroutine_origin_tracking_depth()
    with never_awaited() as sentences:
        kept = [waits()]
        kept.append(kept)  # only the garbage collector finds it
        del kept
    (sentence,) = sentences
    assert sentence.startswith("waits(…) was called without await, in test_it_is_named_with_its")
    assert "“kept = [waits()]”. Write await before it: " in sentence
    gc.collect()
    assert not recwarn.list
    assert sys.get_coroutine_origin_tracking_depth() == depth


async def test_what_is_awaited_is_not_named():
    with never_awaited() as sentences:
        await waits()
        waits().close()
    assert sentences == []


def test_another_warning_is_shown():
    with (
        pytest.warns(UserWarning, match="another") as shown,
        never_awaited() as sentences,
    ):
        warnings.warn("another", UserWarning, stacklevel=1)
    assert sentences == []
    assert shown[0].filename == __file__


def test_what_was_thrown_away_before_is_not_named(recwarn: pytest.WarningsRecorder):
    earlier = [waits()]
    earlier.append(earlier)
    del earlier
    with never_awaited() as sentences:
        pass
    assert sentences == []
    assert not recwarn.list


def test_a_loop_that_makes_many_is_named_once_and_again_in_the_next_block():
    for _ in range(2):
        with never_awaited() as sentences:
            for _ in range(100):
                waits()
        assert len(sentences) == 1
