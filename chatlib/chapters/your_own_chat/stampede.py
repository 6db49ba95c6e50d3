"""Many clients lose their server at the same moment: when does each of them come back?"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from html import escape

from websockets.asyncio.server import ServerConnection, serve

from chatlib.kernel.ending import end
from chatlib.kernel.watchdog import watched
from chatlib.wire.show import bundle

Delay = Callable[[int], float]
Client = Callable[[str, Delay, list[float]], Awaitable[object]]

CLIENTS = 40
AWAY = 0.6  # seconds for which nobody listens
WINDOW = 0.05  # seconds: who comes within them comes at the same moment
PATIENCE = 20.0  # seconds in which everybody must have come back
LOOK = 0.01  # seconds between two looks at who has come
BUCKET = 0.1  # seconds in one line of the picture
LINES = 16  # of the picture, the last one for all who came later


@dataclass(frozen=True, slots=True)
class Stampede:
    """When the clients knocked at the server that is back.

    Attributes:
        times: Seconds since the server was lost, for each client that came back, in order.
        clients: How many clients there are.
    """

    times: tuple[float, ...]
    clients: int

    @property
    def busiest(self) -> int:
        """The largest number of clients that knocked within the same 50 ms."""
        times = self.times
        return max(
            (bisect_left(times, start + WINDOW) - n for n, start in enumerate(times)), default=0
        )

    def __str__(self) -> str:
        """Say the result in a sentence, and draw one line for each tenth of a second."""
        title = (
            f"{len(self.times)} of {self.clients} clients came back, "
            f"{self.busiest} of them within the same {WINDOW * 1000:g} ms."
        )
        return "\n".join([title, *self._lines()])

    def _lines(self) -> list[str]:
        buckets = [min(int(time / BUCKET), LINES - 1) for time in self.times]
        last = max(buckets, default=0)
        lines = []
        for bucket in range(round(AWAY / BUCKET), last + 1):
            number = buckets.count(bucket)
            later = "+" if bucket == LINES - 1 else " "
            lines.append(f"{bucket * BUCKET:4.1f} s{later} {'■' * number} {number or ''}".rstrip())
        return lines

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return bundle(str(self), f"<pre>{escape(str(self))}</pre>")


async def stampede(client: Client, delay: Delay, *, clients: int = CLIENTS) -> Stampede:
    """Let clients lose a server, start it again after 0.6 seconds, and note when they come back.

    Args:
        client: Connects to a URL again and again. It waits `delay(attempt)` seconds before each
            attempt, and appends the time of an attempt that succeeded (`time.monotonic()`) to a
            list.
        delay: Gets the number of the attempt and returns seconds.
        clients: How many clients.

    Raises:
        ExceptionGroup: If a client ends with an error.
    """
    knocks: list[float] = []
    async with asyncio.TaskGroup() as group:
        async with _killed_at_the_end(0) as port:
            watching, url = watched(client), f"ws://127.0.0.1:{port}"
            tasks = [group.create_task(watching(url, delay, knocks)) for _ in range(clients)]
            await _all_in(knocks, clients)
        lost = asyncio.get_running_loop().time()
        knocks.clear()
        await asyncio.sleep(AWAY)
        # By the server's clock: a connect of Windows waits until somebody listens.
        came: list[float] = []
        async with _killed_at_the_end(port, came):
            await _all_in(knocks, clients)
            await end(tasks)
    return Stampede(tuple(sorted(time - lost for time in came)), clients)


@asynccontextmanager
async def _killed_at_the_end(port: int, came: list[float] | None = None) -> AsyncIterator[int]:
    """Serve on a port (0: a free one), and in the end cut all connections as a crash does."""

    async def listen(connection: ServerConnection) -> None:
        if came is not None:
            came.append(asyncio.get_running_loop().time())
        await connection.wait_closed()

    async with serve(listen, "127.0.0.1", port, compression=None, ping_interval=None) as server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close(close_connections=False)
            for connection in server.connections:
                connection.transport.abort()


async def _all_in(knocks: Sequence[float], clients: int) -> None:
    """Wait until so many have come, but not for ever: some may have given up."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while len(knocks) < clients:
                await asyncio.sleep(LOOK)
