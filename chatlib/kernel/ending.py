"""How something ends that does not want to: within a bound, and named if it did not.

Everything in the course that stops does it in one order: accept nothing new, abort what is
connected, cancel, wait, give up. This module is the end of that order. It knows tasks alone.
"""

from __future__ import annotations

import asyncio
import linecache
import sysconfig
from collections.abc import Coroutine, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

STOP_SECONDS = 2.0  # that whatever is stopped may take to end

LEAVING_SECONDS = 0.2  # for a task whose watched call was left, which has nothing to wait for

LIBRARIES = tuple({*sysconfig.get_paths().values(), str(Path(__file__).parents[1])})

# Tasks that were given up. Without a reference they would be destroyed while they wait.
_given_up: set[asyncio.Task[Any]] = set()


async def end(tasks: Iterable[asyncio.Task[Any]], *, within: float = STOP_SECONDS) -> None:
    """Cancel tasks and wait until they have ended, but no longer than so many seconds.

    A task that goes on is named where the event loop shows its errors, with the line on which it
    stands. A watched call in it (`chatlib.kernel.watchdog`) is left there and never goes on;
    another task is given up.

    Args:
        tasks: What to end. The task that calls this is left out.
        within: Seconds.
    """
    for task in await _cancelled(tasks, within):
        say(f"{task.get_name()} did not end within {within:g} seconds. It stands {place(task)}.")
        for waiting in _chain(task):
            if callable(leave := getattr(waiting, "leave", None)):
                leave()
        for given_up in await _cancelled({task}, LEAVING_SECONDS):
            _given_up.add(given_up)
            given_up.add_done_callback(_given_up.discard)


async def finish(
    coroutine: Coroutine[Any, Any, Any], *, name: str, within: float = STOP_SECONDS
) -> None:
    """Wait until something has ended by itself; after so many seconds, end it and say so.

    Args:
        coroutine: What stops something.
        name: What to call it.
        within: Seconds.
    """
    task = asyncio.create_task(coroutine, name=name)
    try:
        await asyncio.wait({task}, timeout=within)
    except asyncio.CancelledError:
        task.cancel()
        raise
    if task.done():
        task.result()
    else:
        say(f"{name} took longer than {within:g} seconds. It stands {place(task)}.")
        await end({task}, within=LEAVING_SECONDS)


def say(sentence: str) -> None:
    """Show a sentence where the running event loop shows its errors: below the cell that runs."""
    asyncio.get_running_loop().call_exception_handler({"message": sentence})


def place(task: asyncio.Task[Any]) -> str:
    """Return "in name, line 2 of its cell: “…”" for the line in which a task waits."""
    return line(frames(task))


def frames(task: asyncio.Task[Any]) -> list[tuple[FrameType, int]]:
    """Return the frames in which a task waits and their line numbers, the outermost first."""
    found = (getattr(waiting, "cr_frame", None) for waiting in _chain(task))
    return [(frame, frame.f_lineno) for frame in found if frame is not None]


def line(stack: Iterable[tuple[FrameType, int]]) -> str:
    """Return "in name, line 2 of its cell: “…”" for the innermost frame that is no library's.

    Args:
        stack: Frames and their line numbers, the outermost first.
    """
    found = list(stack)
    own = [pair for pair in found if not pair[0].f_code.co_filename.startswith(LIBRARIES)]
    if not found:
        return "outside of Python"
    frame, number = (own or found)[-1]
    name = frame.f_code.co_filename
    file = "its cell" if frame.f_globals.get("__name__") == "__main__" else Path(name).name
    text = linecache.getline(name, number).strip()
    return f"in {frame.f_code.co_name}, line {number} of {file}: “{text}”"


async def _cancelled(tasks: Iterable[asyncio.Task[Any]], within: float) -> set[asyncio.Task[Any]]:
    """Cancel tasks, once; return those that go on after so many seconds."""
    going_on = {task for task in tasks if not task.done()} - {asyncio.current_task()}
    for task in going_on:
        task.cancel()
    return (await asyncio.wait(going_on, timeout=within))[1] if going_on else set()


def _chain(task: asyncio.Task[Any]) -> Iterator[Any]:
    """Yield the task's coroutine, what that waits for, and so on inwards."""
    waiting: Any = task.get_coro()
    while waiting is not None:
        yield waiting
        waiting = getattr(waiting, "cr_await", None)
