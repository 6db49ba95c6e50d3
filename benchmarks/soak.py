"""Whether a chat server stays as it is while a full room talks for a long time.

    .venv/bin/python benchmarks/soak.py [minutes] [members] [messages a second]

The server is a process of its own; ten minutes, 300 members and 20 messages a second when nothing
is said. Once in a while a member breaks off and comes back where it was. Each half minute a line
says the server's resident memory, its CPU time, and what the members got: every event has a number,
so what is lost, doubled or out of order is counted.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter

import psutil
from churn import MIB, running_server

from chatlib.chat.client import ChatClient
from chatlib.chat.messages import Event

SEED = 6455
EVERY = 30.0  # seconds between two lines
STAYS = 20.0  # seconds that a member is connected on average, of those that break off
LEAVERS = 0.1  # the share of the members that break off at times


class SoakedMember:
    """A member that reads everything, and counts what is wrong with it."""

    def __init__(self, url: str, name: str, counts: Counter[str]) -> None:
        """Belong to a room at `url`; `counts` is shared by all members."""
        self._url = url
        self._name = name
        self._counts = counts
        self._client: ChatClient | None = None
        self._seen = 0

    async def stay(self, *, leaves: bool) -> None:
        """Read until cancelled; one that leaves breaks off at times, and resumes."""
        while True:
            async with await self._join() as self._client:
                limit = random.expovariate(1 / STAYS) if leaves else None
                try:
                    async with asyncio.timeout(limit):
                        while True:
                            self._take(await self._client.receive())
                except TimeoutError:
                    self._client.connection.transport.abort()
                    self._counts["broke off"] += 1

    async def say(self, text: str) -> None:
        """Say something, if it is connected."""
        if self._client is not None and self._client.state == "open":
            await self._client.say(text)

    async def _join(self) -> ChatClient:
        before = self._client
        if before is None:
            client = await ChatClient.connect(self._url, self._name)
            self._seen = client.welcome.seq
            return client
        epoch = before.welcome.epoch
        client = await ChatClient.connect(self._url, self._name, after=self._seen, epoch=epoch)
        self._counts["gone"] += client.welcome.gone
        for event in client.welcome.events:
            self._take(event)
        return client

    def _take(self, message: object) -> None:
        if not isinstance(message, Event):
            return
        self._counts["got"] += 1
        if message.seq > self._seen + 1:
            self._counts["lost"] += message.seq - self._seen - 1
        if message.seq <= self._seen:
            self._counts["doubled"] += 1
        self._seen = max(self._seen, message.seq)


async def soak(url: str, pid: int, minutes: float, members: int, rate: float) -> None:
    """Let the room talk, and print a line each half minute."""
    counts: Counter[str] = Counter()
    server = psutil.Process(pid)
    room = [SoakedMember(url, f"P{number}", counts) for number in range(members)]
    leavers = round(members * LEAVERS)
    clock = asyncio.get_running_loop().time
    async with asyncio.TaskGroup() as group:
        staying = [
            group.create_task(member.stay(leaves=number < leavers))
            for number, member in enumerate(room)
        ]
        began, said, lines = clock(), 0, 0
        print(f"{'minutes':>8} {'MiB':>8} {'CPU s':>8} {'got':>10}  lost, doubled, gone, broke off")
        while clock() < began + minutes * 60:
            await asyncio.sleep(max(0.0, began + said / rate - clock()))
            await random.choice(room[leavers:]).say(f"message {said}")
            said += 1
            if clock() >= began + lines * EVERY:
                show(server, (clock() - began) / 60, counts)
                lines += 1
        show(server, minutes, counts)
        for task in staying:
            task.cancel()


def show(server: psutil.Process, minutes: float, counts: Counter[str]) -> None:
    """Print how it is."""
    resident, cpu = server.memory_info().rss / MIB, sum(server.cpu_times()[:2])
    wrong = ", ".join(f"{counts[name]:,}" for name in ("lost", "doubled", "gone", "broke off"))
    print(f"{minutes:8.1f} {resident:8.1f} {cpu:8.1f} {counts['got']:10,}  {wrong}", flush=True)


if __name__ == "__main__":
    random.seed(SEED)
    given = [float(word) for word in sys.argv[1:4]]
    minutes, members, rate = [*given, *(10.0, 300.0, 20.0)[len(given) :]]
    with running_server() as (server, url):
        asyncio.run(soak(url, server.pid, minutes, int(members), rate))
