"""Coroutines and tasks that a learner's code makes and never awaits, named with their lines.

Python warns of such coroutines when they are thrown away, which may happen in a later cell. What a
task raises that nobody awaits is shown as late, or never.
"""

from __future__ import annotations

import asyncio
import gc
import linecache
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import unwrap
from pathlib import Path
from types import CoroutineType
from typing import Any

from websockets.exceptions import ConnectionClosed

from chatlib.questions.report import at, raised

DEPTH = 5  # how many callers of a coroutine function Python writes down
OURS = str(Path(__file__).parents[1])  # the course's own code


@contextmanager
def never_awaited() -> Iterator[list[str]]:
    """Collect a sentence for each coroutine that is made in this block and never awaited.

    The list is complete when the block has ended. No warning of them is shown then or later.
    """
    sentences: list[str] = []
    depth = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(max(depth, DEPTH))
    try:
        with warnings.catch_warnings(record=True) as caught:
            # "default" keeps one of each line: an endless loop makes many.
            warnings.filterwarnings("default", ".*was never awaited", RuntimeWarning)
            gc.collect()
            caught.clear()  # from earlier cells
            yield sentences
            # The frames of an error and the error hold one another, and the coroutine with them.
            gc.collect()
    finally:
        sys.set_coroutine_origin_tracking_depth(depth)
    for warning in caught:
        if isinstance(warning.source, CoroutineType):
            sentences.append(_sentence(warning.source))
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )


def _sentence(coroutine: CoroutineType[Any, Any, Any]) -> str:
    name = coroutine.__qualname__.rpartition(".")[2]
    return (
        f"{name}(…) was called without await{_place(coroutine)}. Write await before it: "
        "an async def does nothing until it is awaited."
    )


def _place(coroutine: CoroutineType[Any, Any, Any]) -> str:
    for file, number, function in coroutine.cr_origin or ():
        if not file.startswith(OURS):
            return at(function, number, linecache.getline(file, number))
    return ""


class TaskErrors:
    """The tasks that are made from a learner's coroutines inside of the `with` block."""

    _open: list[TaskErrors] = []  # several checks may run at the same time
    _before: Any = None  # the event loop's own way to make a task

    def __init__(self, learner: Callable[..., Any]) -> None:
        """Look for coroutines of the notebook in which this function stands."""
        self._learner = learner
        self._globals = getattr(unwrap(learner), "__globals__", None)
        self._tasks: list[asyncio.Task[Any]] = []

    def __enter__(self) -> TaskErrors:
        """Begin to look."""
        if not self._open:
            loop = asyncio.get_running_loop()
            TaskErrors._before = loop.get_task_factory()
            loop.set_task_factory(_note)
        self._open.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._open.remove(self)
        if not self._open:
            asyncio.get_running_loop().set_task_factory(TaskErrors._before)

    def first(self) -> str:
        """Say the first error; "" if there is none. The end of a connection is no error."""
        for task in self._tasks:
            if task.done() and not task.cancelled():
                error = task.exception()
                if isinstance(error, Exception) and not isinstance(error, ConnectionClosed):
                    return f"A task failed meanwhile. {raised(error, self._learner)}"
        return ""

    @classmethod
    def note(cls, task: asyncio.Task[Any], coroutine: Any) -> None:
        """Keep a task if its coroutine is of one of the learners that are looked at."""
        frame = getattr(coroutine, "cr_frame", None)
        for each in cls._open:
            if frame is not None and frame.f_globals is each._globals:
                each._tasks.append(task)


def _note(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
    make = TaskErrors._before or _plain
    task: asyncio.Task[Any] = make(loop, coroutine, **options)
    TaskErrors.note(task, coroutine)
    return task


def _plain(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
    return asyncio.Task(coroutine, loop=loop, **options)
