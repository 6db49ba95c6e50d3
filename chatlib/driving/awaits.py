"""Coroutines that a learner's code makes and never awaits: each is named with its line.

Python warns of them when they are thrown away, which may happen in a later cell.
"""

from __future__ import annotations

import gc
import linecache
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CoroutineType
from typing import Any

from chatlib.questions.report import at

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
