"""Who is writing: each part of the course says it of itself, and the recorder of bytes asks.

What is said holds within its `with` block, and in the tasks that are created there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Protocol


class Named(Protocol):
    """Somebody with a name, which may change; empty if there is none."""

    name: str


# The part of the course, and whose message it acts on.
_writer: ContextVar[tuple[str, Named | None]] = ContextVar("_writer", default=("", None))


@contextmanager
def writing_as(part: str, *, about: Named | None = None) -> Iterator[None]:
    """Say which part of the course, such as "the bench", writes in this `with` block.

    A part that passes messages on also says whose message it acts on, `about`.
    """
    before = _writer.set((part, about))
    try:
        yield
    finally:
        # A coroutine that nobody awaits any more is closed in some other context.
        with suppress(ValueError):
            _writer.reset(before)


def who_writes() -> tuple[str, Named | None]:
    """Return which part of the course writes here, and whose message it acts on."""
    return _writer.get()


def writer_here(owner: str) -> str:
    """Return which part of the course writes on the connection of `owner`; empty if none does."""
    part, about = _writer.get()
    if about is None or not about.name:
        return part
    doing = "answering" if about.name == owner else "passing on what came from"
    return f"{part}, {doing} {about.name}"
