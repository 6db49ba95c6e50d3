"""What a chat server keeps in memory of members that came and went.

    .venv/bin/python benchmarks/churn.py [members]

The server is a process of its own; the members come over 127.0.0.1 in groups of 25, join, say one
thing and leave. Printed are its resident memory (what the operating system has given it), what
Python objects take of it (tracemalloc, in a second run: it costs memory itself), and the resident
memory after glibc has given back what it only holds for the next allocation (`malloc_trim`).
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatlib.chat.client import ChatClient
from chatlib.chat.messages import Said
from chatlib.chat.server import ChatServer

GROUP = 25  # members in the room at the same time
MIB = 2**20


async def serve(trace: bool) -> None:
    """Serve the chat; for each line on standard input, print what it keeps, in MiB."""
    if trace:
        tracemalloc.start()
    async with await ChatServer.start() as server:
        print(server.url, flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            gc.collect()
            if line == "trim\n" and sys.platform == "linux":
                ctypes.CDLL(None).malloc_trim(0)
            objects = tracemalloc.get_traced_memory()[0] if trace else 0
            print(psutil.Process().memory_info().rss / MIB, objects / MIB, flush=True)


async def come_and_go(url: str, name: str, everybody: asyncio.Barrier) -> None:
    """Join, wait for the whole group, say one thing, hear it, leave."""
    async with await ChatClient.connect(url, name) as client:
        await everybody.wait()
        id = await client.say(f"I am {name}")
        async for message in client:
            if isinstance(message, Said) and message.id == id:
                break
        await everybody.wait()


async def groups(url: str, members: int) -> None:
    """Let members come and go, one group after the other."""
    everybody = asyncio.Barrier(GROUP)
    for start in range(0, members, GROUP):
        names = [f"P{number}" for number in range(start, start + GROUP)]
        await asyncio.gather(*(come_and_go(url, name, everybody) for name in names))


def measure(members: int, *, trace: bool) -> Iterator[tuple[str, float, float]]:
    """Yield a moment, the resident MiB and the MiB of Python objects at it."""
    command = [sys.executable, __file__, "--serve", *(["--trace"] if trace else [])]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None and server.stdout is not None

        def ask(moment: str, command: str) -> tuple[str, float, float]:
            server.stdin.write(f"{command}\n")
            server.stdin.flush()
            resident, objects = map(float, server.stdout.readline().split())
            return moment, resident, objects

        url = server.stdout.readline().strip()
        yield ask("before the first member", "measure")
        gone = 0
        for tenth in range(1, 11):
            asyncio.run(groups(url, members // 10))
            gone += members // 10
            if tenth in (1, 5, 10):
                yield ask(f"after {gone} members", "measure")
        yield ask("after malloc_trim", "trim")


def main(members: int) -> None:
    """Measure and print both runs."""
    runs = zip(measure(members, trace=False), measure(members, trace=True), strict=True)
    print(f"{'':26}{'resident':>10}{'objects':>10}   MiB")
    for (moment, resident, _), (_, _, objects) in runs:
        print(f"{moment:26}{resident:10.1f}{objects:10.1f}", flush=True)


if __name__ == "__main__":
    if "--serve" in sys.argv:
        asyncio.run(serve("--trace" in sys.argv))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
