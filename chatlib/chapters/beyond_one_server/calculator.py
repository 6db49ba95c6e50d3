"""From one process to a million members: what a chat costs here, and what that means for more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import psutil

from chatlib.chapters.beyond_one_server.bridge_cost import Table
from chatlib.chapters.beyond_one_server.chat_programs import start_programs
from chatlib.chat.client import ChatClient
from chatlib.chat.messages import Said, encode_utf8
from chatlib.kernel.servers import Servers
from chatlib.kernel.service import QUIET

ROOM = 300  # people in a measured room
TEXTS = 50  # that are said in it
TOGETHER = 50  # who connect at the same time
WITHIN = 120.0  # seconds for one measurement
TEXT = "x" * 40

# What is assumed; each is a parameter of `plan`.
BUSY = 0.6  # the share of one processor core that a server may use, so that peaks have room
MEMORY = 2 * 2**30  # bytes that a server's process may have
NETWORK = 1e9 / 8  # bytes a second of its network
CONNECTIONS = 20_000  # of one process: what a deploy must move, and what comes back at once

HEADS = ("members", "deliveries a second", "memory", "network", "servers", "what is short first")


@dataclass(frozen=True, slots=True)
class ChatCosts:
    """What was measured.

    Attributes:
        members: How many there were, in rooms of 300.
        memory: Bytes of the server's process for each member.
        cpu: Seconds of processor time for each delivery: a text that reaches one member.
        wire: Bytes on the wire for each delivery, with the frame's header.
        rate: Deliveries a second while it was measured.
        share: The share of a core that the server took meanwhile.
    """

    members: int
    memory: float
    cpu: float
    wire: float
    rate: float
    share: float

    def __str__(self) -> str:
        """Say the three numbers."""
        return (
            f"With {self.members:,} members: {self.memory / 1024:,.1f} KiB for each, and for each"
            f" delivery {self.cpu * 1e6:.1f} µs of processor time and {self.wire:.0f} bytes."
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """How many servers a chat needs.

    Attributes:
        members: Of all rooms.
        deliveries: A second.
        memory: Bytes of all connections.
        network: Bytes a second to all members.
        needs: For each thing that may be short: how many servers it takes.
    """

    members: int
    deliveries: float
    memory: float
    network: float
    needs: dict[str, float]

    @property
    def short(self) -> str:
        """What is short first."""
        return max(self.needs, key=lambda what: self.needs[what])

    @property
    def servers(self) -> int:
        """How many servers it takes."""
        return max(1, -int(-max(self.needs.values()) // 1))

    @property
    def words(self) -> tuple[str, ...]:
        """The cells of its row in a table."""
        return (
            f"{self.members:,}",
            f"{self.deliveries:,.0f}",
            f"{self.memory / 2**20:,.0f} MiB",
            f"{self.network / 1e6:,.1f} MB/s",
            f"{self.servers:,}",
            self.short if self.servers > 1 else "nothing: one server is enough",
        )


def plan(
    costs: ChatCosts,
    members: int,
    *,
    room: int,
    per_minute: float,
    busy: float = BUSY,
    memory: float = MEMORY,
    network: float = NETWORK,
    connections: int = CONNECTIONS,
) -> Plan:
    """Say what so many members need.

    Args:
        costs: What one member and one delivery cost.
        members: How many there are, in rooms of `room` people.
        room: People in one room: a text goes to each of them.
        per_minute: Texts of one member in a minute.
        busy: The share of a core that a server may use.
        memory: Bytes that a server may have.
        network: Bytes a second that it may send.
        connections: Connections that it may have.
    """
    deliveries = members * min(room, members) * per_minute / 60
    needs = {
        "processor": deliveries * costs.cpu / busy,
        "memory": members * costs.memory / memory,
        "network": deliveries * costs.wire / network,
        "connections": members / connections,
    }
    return Plan(members, deliveries, members * costs.memory, deliveries * costs.wire, needs)


def plan_table(plans: Sequence[Plan], title: str) -> Table:
    """Return plans as a table, one row each."""
    return Table(title, HEADS, [each.words for each in plans])


async def measure_costs(
    servers: Servers, *, members: int = ROOM, texts: int = TEXTS, every: float = 0.02
) -> ChatCosts:
    """Measure a chat server of its own, with full rooms.

    Args:
        servers: The lab that stops it.
        members: How many, in rooms of 300.
        texts: How many are said in each room.
        every: Seconds between two.

    Raises:
        TimeoutError: If it takes more than two minutes.
    """
    [program] = await start_programs(servers, None, "M")
    # On Windows, python.exe of an environment starts the real one, and waits for its end.
    started = psutil.Process(program.pid)
    processes = [started, *started.children(recursive=True)]
    before = _memory(processes)
    async with asyncio.timeout(WITHIN), AsyncExitStack() as stack:
        clients: list[ChatClient] = []
        for first in range(0, members, TOGETHER):
            numbers = range(first, min(first + TOGETHER, members))
            joining = (_join(program.direct_url, number) for number in numbers)
            for client in await asyncio.gather(*joining):
                clients.append(await stack.enter_async_context(client))
        memory = (_memory(processes) - before) / members
        reading = [asyncio.create_task(_count(client, texts)) for client in clients]
        began, used = time.perf_counter(), _processor_time(processes)
        for number in range(texts):
            for speaker in clients[number % min(ROOM, members) :: ROOM]:
                await speaker.say(TEXT)
            await asyncio.sleep(max(0.0, began + (number + 1) * every - time.perf_counter()))
        sizes = await asyncio.gather(*reading)
        took = time.perf_counter() - began
        cpu = _processor_time(processes) - used
    await program.stop()
    deliveries = members * texts
    wire, rate, share = sum(sizes) / deliveries, deliveries / took, cpu / took
    return ChatCosts(members, memory, cpu / deliveries, wire, rate, share)


def _memory(processes: Sequence[psutil.Process]) -> int:
    return sum(each.memory_info().rss for each in processes)


def _processor_time(processes: Sequence[psutil.Process]) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in processes)


async def _join(url: str, number: int) -> ChatClient:
    return await ChatClient.connect(url, f"P{number}", room=f"room {number // ROOM}", **QUIET)


async def _count(client: ChatClient, texts: int) -> int:
    """Read so many texts; return the bytes of their frames."""
    size = heard = 0
    while heard < texts:
        message = await client.receive()
        if isinstance(message, Said):
            heard += 1
            payload = len(encode_utf8(message))
            size += payload + (2 if payload < 126 else 4)  # RFC 6455 §5.2: the payload length
    return size
