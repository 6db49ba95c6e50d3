"""Who is writing: each part of the course says it of itself, and the recorder of bytes asks.

What is said holds within its `with` block, and in the tasks that are created there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Protocol


class Named(Protocol):
    """Somebody with a name, which may change."""

    @property
    def name(self) -> str:
        """The name now; empty if there is none."""


# The part of the course, and whose message it acts on.
_writer: ContextVar[tuple[str, Named | None]] = ContextVar("_writer", default=("", None))


@contextmanager
def writing_as(part: str, *, about: Named | None = None) -> Iterator[None]:
    """Say which part of the course writes what is written in this `with` block.

    Args:
        part: What it is called: "the bench".
        about: Whose message it acts on, if it passes messages on.
    """
    before = _writer.set((part, about))
    try:
        yield
    finally:
        # A coroutine that nobody awaits any more is closed in some other context.
        with suppress(ValueError):
            _writer.reset(before)


def writer_here(owner: str) -> str:
    """Return which part of the course writes; empty if none has said so.

    Args:
        owner: The name of the connection that is written on; empty if it has none.
    """
    part, about = _writer.get()
    if about is None or not about.name:
        return part
    doing = "answering" if about.name == owner else "passing on what came from"
    return f"{part}, {doing} {about.name}"
