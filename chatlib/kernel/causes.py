"""Who is writing right now: a cell of the notebook, a part of the course, a library.

It reads the call stack; a part of the course says of itself that it writes (`wire.writer`). How
this comes to be asked is `chatlib.kernel.witness`'s part.
"""

from __future__ import annotations

import asyncio
import linecache
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from itertools import pairwise
from types import FrameType

from IPython.core.getipython import get_ipython
from IPython.core.interactiveshell import InteractiveShell

from chatlib.wire.heads import holds_secret
from chatlib.wire.writer import writer_here

OUTSIDE = "a program outside this notebook"
LIBRARY = "the websockets library"
OTHER = "other code in this kernel"
LINE_LIMIT = 80  # characters of a line of code that are shown

# The line of a cell that created the running task, perhaps by way of other tasks.
_origin: ContextVar[str] = ContextVar("_origin", default="")

# What websockets writes by itself: pongs, answers to a close frame, keepalive pings; on a server
# also the response of the opening handshake, and the close frame when a handler has returned.
_AUTOMATIC = {
    "Connection.data_received",
    "Connection.eof_received",
    "Connection.keepalive",
    "serve.<locals>.protocol_handler",
}
# The event loop calls everything through this: what lies below it in the stack is not the cause.
_LOOP = asyncio.Handle._run.__code__


def cause_here(owner: str) -> str:
    """Return who is writing.

    The innermost line of a cell is the first choice. Without one it is what a library does by
    itself; else the line of a cell that created the running task; else the part of the course.

    Args:
        owner: The name of the connection; empty if it has none.
    """
    shell, automatic = get_ipython(), False
    for inner, frame in pairwise(_stack()):
        if place := _place(frame, shell):
            return place
        automatic = automatic or _is_automatic(frame, inner)
    return LIBRARY if automatic else _origin.get() or writer_here(owner) or OTHER


def cell_here() -> str:
    """Return the innermost line of a cell on the stack; empty if there is none."""
    shell = get_ipython()
    places = (_place(frame, shell) for frame in _stack())
    return next(filter(None, places), "")


def came_from(place: str) -> None:
    """Say which line of a cell created the task whose context this is."""
    _origin.set(place)


def _stack() -> Iterator[FrameType]:
    """Yield the frames from the innermost to the event loop."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code is not _LOOP:
        yield frame
        frame = frame.f_back


def _place(frame: FrameType, shell: InteractiveShell | None) -> str:
    """Return `cell [7], line 3: await client.send("Hello")`; empty outside a cell."""
    file = frame.f_code.co_filename
    named = shell.compile.format_code_name(file) if shell else None
    if named is None:
        return ""
    # IPython calls it ("Cell", "In[7]").
    where = f"cell {named[1].removeprefix('In')}, line {frame.f_lineno}"
    line = " ".join(linecache.getline(file, frame.f_lineno).split())
    if not line or holds_secret(line):
        return where
    return f"{where}: {line if len(line) <= LINE_LIMIT else line[: LINE_LIMIT - 1] + '…'}"


def _is_automatic(frame: FrameType, inner: FrameType) -> bool:
    """Say whether websockets does by itself what a frame of the stack does, and `inner` below it.

    It also calls a learner's handler: then what it calls is not its own.
    """
    return frame.f_code.co_qualname in _AUTOMATIC and all(map(_is_websockets, (frame, inner)))


def _is_websockets(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).startswith("websockets.")
