"""One way to connect to NATS: within a time, with a sentence, and again for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import nats
from nats.aio.client import Client

from chatlib.kernel.ending import end

CONNECTED = 5.0  # seconds in which NATS must be there at the beginning
AGAIN = 0.1  # seconds between two attempts to connect again
PING = 0.4  # seconds between two pings
UNANSWERED = 2  # pings; with one more, the connection counts as lost


async def connect_nats(urls: list[str], name: str, **options: Any) -> Client:
    """Connect to the first of these addresses that answers.

    Args:
        urls: `nats://127.0.0.1:4222`, or `tls://user:password@…`.
        name: What NATS calls this client.
        **options: Passed to `nats.connect`.

    Raises:
        ConnectionError: If none answers in time; the text says what to do.
    """
    settings: dict[str, Any] = {
        "name": name,
        "connect_timeout": 2,
        "reconnect_time_wait": AGAIN,
        "max_reconnect_attempts": -1,
        "ping_interval": PING,
        "max_outstanding_pings": UNANSWERED,
        "error_cb": _let_go,
        **options,
    }
    try:
        async with asyncio.timeout(CONNECTED):
            return await nats.connect(urls, **settings)
    except TimeoutError:
        raise ConnectionError(
            f"NATS did not answer at {where(urls)} within {CONNECTED:g} seconds. Is it running?"
        ) from None


def where(urls: list[str]) -> str:
    """Say addresses without the passwords in them."""
    parts = (url.partition("://") for url in urls)
    return ", ".join(f"{scheme}://{rest.rpartition('@')[2]}" for scheme, _, rest in parts)


async def close_nats(connection: Client) -> None:
    """Close a connection, and end what the library leaves waiting.

    That is what looks after its streams, and an attempt to connect again.
    """
    watches = [each._jsi for each in connection._subs.values() if each._jsi is not None]
    tasks: list[asyncio.Task[None] | None] = [connection._reconnection_task]
    with suppress(OSError):  # NATS itself may be gone
        await connection.close()
    tasks += [task for each in watches for task in (each._hbtask, each._fctask)]
    await end(task for task in tasks if task is not None)


async def _let_go(error: Exception) -> None:
    """Do not log that a connection was lost: who has it learns it by `disconnected_cb`."""
