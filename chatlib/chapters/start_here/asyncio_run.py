"""`asyncio.run(…)` inside a cell, for who asks for it."""

from __future__ import annotations

import asyncio


def allow_asyncio_run() -> None:
    """Let `asyncio.run(…)` work inside a cell, by patching asyncio with nest-asyncio2.

    The patch holds for the whole kernel until it restarts, and makes every task about 1.7 times
    slower to create; so nothing in the course applies it on its own.

    Raises:
        RuntimeError: If no event loop is running here.
        ValueError: If the running loop is not one of asyncio's own (uvloop, Pyodide).
    """
    # Only who asks for the patch loads it.
    import nest_asyncio2

    nest_asyncio2.apply(asyncio.get_running_loop())
