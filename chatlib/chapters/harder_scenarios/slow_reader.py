"""A ticker with a client that stops reading: what each way to send does, measured."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from chatlib.kernel.service import QUIET
from chatlib.kernel.watchdog import watched
from chatlib.wire import show

# Sends a price to one client in the learner's way.
Policy = Callable[[ServerConnection, str], Coroutine[Any, Any, object]]

PRICES = 200  # that a run sends, one every `EVERY` seconds
EVERY = 0.005
SIZE = 50_000  # characters of each: enough of them fill what the operating systems hold
PAUSE = 0.8  # seconds in which Budi reads nothing, from the first price on
MEGABYTE = 1_000_000
BARS = "·▁▂▃▄▅▆▇█"
RUN_WITHIN = 20.0  # seconds
SERVER: dict[str, Any] = {**QUIET, "close_timeout": 1}
CLIENT: dict[str, Any] = {**SERVER, "proxy": None}


@dataclass(frozen=True, slots=True)
class PolicyRun:
    """What one way to send did.

    Attributes:
        policy: Its name.
        queue: Bytes that waited for Budi, after each price.
        late: Seconds that Ana's latest price was late.
        got: How many prices Ana and Budi got.
        ended: Whether Budi's connection was ended.
    """

    policy: str
    queue: tuple[int, ...]
    late: float
    got: tuple[int, int]
    ended: bool

    @property
    def words(self) -> tuple[str, ...]:
        """The cells of its row in a table."""
        largest = max(self.queue)
        budi = f"{self.got[1]}, closed" if self.ended else f"{self.got[1]}"
        return (
            self.policy,
            drawn(self.queue),
            f"{largest / MEGABYTE:.1f} MB",
            f"{self.late * 1000:,.0f} ms",
            f"{self.got[0]}",
            budi,
        )


HEADS = ("way to send", "what waits for Budi", "most", "Ana late", "Ana got", "Budi got")


@dataclass(frozen=True, slots=True)
class PolicyRuns:
    """Several ways to send, one below the other."""

    runs: tuple[PolicyRun, ...]

    def __getitem__(self, policy: str) -> PolicyRun:
        """Return the run of a way to send, by its name."""
        return next(run for run in self.runs if run.policy == policy)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [run.words for run in self.runs]
        return show.table(f"{PRICES} prices in each way", HEADS, rows, code=[1])


def drawn(queue: Iterable[int]) -> str:
    """Return bars for sizes in bytes, one for eight prices; the highest stands for 5 MB."""
    sizes = [*queue][::8]
    return "".join(BARS[min(8, -(-size * 8 // (5 * MEGABYTE)))] for size in sizes)


async def compare_ways(*policies: Policy) -> PolicyRuns:
    """Send the same prices in each way, to Ana, who reads, and to Budi, who stops for a while.

    Raises:
        TimeoutError: If one way does not come to an end.
        chatlib.kernel.watchdog.Blocked: If one keeps everything else waiting.
    """
    return PolicyRuns(tuple([await _bounded(policy) for policy in policies]))


async def _bounded(policy: Policy) -> PolicyRun:
    try:
        return await asyncio.wait_for(_run(watched(policy)), RUN_WITHIN)
    except TimeoutError:
        raise TimeoutError(
            f"{policy.__name__} did not send {PRICES} prices to two clients within {RUN_WITHIN:g}"
            " seconds, so it was stopped. What does it wait for?"
        ) from None


async def _run(policy: Policy) -> PolicyRun:
    here: dict[str, ServerConnection] = {}

    async def keep(connection: ServerConnection) -> None:
        assert connection.request is not None  # the handshake is over
        here[connection.request.path] = connection
        await connection.wait_closed()

    async with serve(keep, "127.0.0.1", 0, **SERVER) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        async with connect(f"{url}/ana", **CLIENT) as ana, connect(f"{url}/budi", **CLIENT) as budi:
            while len(here) < 2:
                await asyncio.sleep(0)
            return await _measure(policy, (ana, budi), (here["/ana"], here["/budi"]))


async def _measure(
    policy: Policy, clients: Sequence[ClientConnection], connections: Sequence[ServerConnection]
) -> PolicyRun:
    """Send all prices; the two clients are Ana's and Budi's, and so are the connections."""
    loop = asyncio.get_running_loop()
    start, queue = loop.time(), list[int]()
    readers = [asyncio.create_task(_read(client, start)) for client in clients]
    clients[1].transport.pause_reading()
    loop.call_later(PAUSE, clients[1].transport.resume_reading)
    for number in range(PRICES):
        await asyncio.sleep(max(0, start + number * EVERY - loop.time()))
        for connection in connections:
            with suppress(ConnectionClosed):
                await policy(connection, f"{number:<{SIZE}}")
        queue.append(connections[1].transport.get_write_buffer_size())
    ended = connections[1].state is State.CLOSED
    await asyncio.gather(*(connection.close() for connection in connections))
    (ana, late), (budi, _) = await asyncio.gather(*readers)
    return PolicyRun(policy.__name__, tuple(queue), late, (ana, budi), ended)


async def _read(client: ClientConnection, start: float) -> tuple[int, float]:
    """Return how many prices came, and by how many seconds the latest one was late."""
    count, late = 0, 0.0
    with suppress(ConnectionClosed):
        async for price in client:
            count += 1
            due = start + int(price[:8]) * EVERY
            late = max(late, asyncio.get_running_loop().time() - due)
    return count, late
