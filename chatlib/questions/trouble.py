"""What went wrong in a learner's own code, in one sentence that names its line."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterable, Iterator
from inspect import unwrap
from types import FrameType, TracebackType
from typing import Any


def raised(error: BaseException, learner: Callable[..., Any]) -> str:
    """Return a sentence for an exception.

    Args:
        error: What was raised.
        learner: The function that is checked; all code of its notebook counts as the learner's.
    """
    frames = ((each.tb_frame, each.tb_lineno) for each in _tracebacks(error))
    words = f"Your code raised {type(error).__name__}: {str(error).rstrip('.')}"
    hint = " Did you forget await?" if "coroutine" in str(error) else ""
    return f"{words}{where(frames, learner)}.{hint}"


def where(frames: Iterable[tuple[FrameType, int]], learner: Callable[..., Any]) -> str:
    """Return ", in name, line 2 of its cell: …" for the innermost line of the learner's, or "".

    Args:
        frames: Frames and their line numbers, the outermost first.
        learner: The function that is checked.
    """
    # All functions of one notebook share their globals: that is how its lines are recognised.
    own = unwrap(learner).__globals__
    mine = [(frame.f_code, number) for frame, number in frames if frame.f_globals is own]
    if not mine:
        return ""
    code, number = mine[-1]
    line = linecache.getline(code.co_filename, number).strip()
    return f", in {code.co_name}, line {number} of its cell: “{line}”"


def _tracebacks(error: BaseException) -> Iterator[TracebackType]:
    traceback = error.__traceback__
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next
