"""What the way over NATS costs: the same texts over one server, and over two that share a room."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from chatlib.chapters.beyond_one_server.chat_programs import start_programs
from chatlib.chapters.beyond_one_server.nats_program import Nats
from chatlib.chapters.beyond_one_server.text_path import hears
from chatlib.chat.client import ChatClient
from chatlib.chat.messages import Said
from chatlib.kernel.servers import Servers
from chatlib.kernel.service import QUIET
from chatlib.wire import show

TEXTS = 200  # of each way, in turns
SPEAKERS = 8  # who say `BURST` texts each, all at once
BURST = 250
WITHIN = 60.0  # seconds for all of it
HEADS = ("way", "half of the texts take", "99 of 100 take at most", "texts a second, at once")


@dataclass(frozen=True, slots=True)
class WayCost:
    """What one way cost.

    Attributes:
        way: Its name.
        times: Seconds from `say` to Budi, one for each text.
        rate: Texts a second, when many came at once.
    """

    way: str
    times: tuple[float, ...]
    rate: float

    @property
    def words(self) -> tuple[str, ...]:
        """The cells of its row in a table."""
        middle, most = (
            statistics.median(self.times),
            sorted(self.times)[int(0.99 * len(self.times))],
        )
        return self.way, f"{middle * 1000:.2f} ms", f"{most * 1000:.2f} ms", f"{self.rate:,.0f}"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a measurement, for the last line of a cell."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __str__(self) -> str:
        """Return it as text."""
        return f"{self.title}\n{show.text_table([self.head, *self.rows])}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return show.bundle(str(self), show.html_table(self.title, self.head, self.rows))


async def compare(servers: Servers, nats: Nats) -> tuple[WayCost, WayCost]:
    """Measure both ways in turns, with servers that are programs of their own.

    Args:
        servers: The lab that stops them.
        nats: What two of the servers share.

    Raises:
        TimeoutError: If it takes more than a minute.
    """
    async with asyncio.timeout(WITHIN), AsyncExitStack() as stack:
        [alone] = await start_programs(servers, None, "M")
        pair = await start_programs(servers, nats, "NO")
        ways = {"one server": (alone, alone), "two servers and NATS": (pair[0], pair[1])}
        rooms, room = {}, f"measured {secrets.token_hex(4)}"
        for way, (near, far) in ways.items():
            rooms[way] = [
                await stack.enter_async_context(
                    await ChatClient.connect(url, name, room=room, **QUIET)
                )
                for url, name in ((near.direct_url, "Ana"), (far.direct_url, "Budi"))
            ]
        times: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(TEXTS):
            for way, (ana, budi) in rooms.items():
                times[way].append(await _one(ana, budi, f"text {number}"))
        costs = []
        for way, (near, far) in ways.items():
            rate = await _at_once(near.direct_url, far.direct_url)
            costs.append(WayCost(way, tuple(times[way]), rate))
    for program in (alone, *pair):
        await program.stop()
    return costs[0], costs[1]


def cost_table(costs: Sequence[WayCost]) -> Table:
    """Return both ways as a table."""
    title = f"From Ana to Budi, {TEXTS} texts of each way in turns"
    return Table(title, HEADS, [cost.words for cost in costs])


async def _one(ana: ChatClient, budi: ChatClient, text: str) -> float:
    began = time.perf_counter()
    await ana.say(text)
    heard = await hears(budi, text)
    await hears(ana, text)  # so that nothing of it is left for the next one
    return heard - began


async def _at_once(near: str, far: str) -> float:
    """Return how many texts a second somebody hears when several say theirs at once."""
    room = f"at once {secrets.token_hex(4)}"
    async with AsyncExitStack() as stack:
        listener, *speakers = [
            await stack.enter_async_context(
                await ChatClient.connect(url, f"P{number}", room=room, **QUIET)
            )
            for number, url in enumerate([far, *[near] * SPEAKERS])
        ]
        reading = [asyncio.create_task(_reads_on(speaker)) for speaker in speakers]

        async def says(speaker: ChatClient) -> None:
            for number in range(BURST):
                await speaker.say(f"{number}")

        began = time.perf_counter()
        saying = asyncio.gather(*(says(speaker) for speaker in speakers))
        heard = 0
        while heard < SPEAKERS * BURST:
            heard += isinstance(await listener.receive(), Said)
        took = time.perf_counter() - began
        await saying
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    return SPEAKERS * BURST / took


async def _reads_on(client: ChatClient) -> None:
    async for _ in client:
        pass
