"""What a chat server keeps in memory of members that came and went.

    .venv/bin/python benchmarks/churn.py [members]

The server is a process of its own; the members come over 127.0.0.1 in groups of 50, join, say one
thing and leave. Printed is its resident memory (what the operating system has given it): as the
chat's server is, and with permessage-deflate. The third run shows, with deflate, what Python
objects take (tracemalloc costs memory itself, hence a run of its own). At the end glibc gives back
what it only holds for the next allocation (`malloc_trim`): that is kept by nobody.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatlib.chat.client import ChatClient
from chatlib.chat.messages import Said
from chatlib.chat.server import ChatServer

GROUP = 50  # members in the room at the same time
MIB = 2**20
RUNS = {"as it is": (), "deflate": ("deflate",), "its objects": ("deflate", "trace")}


async def serve(compression: str | None, *, trace: bool) -> None:
    """Serve the chat; for each line on standard input, print what it keeps, in MiB."""
    if trace:
        tracemalloc.start()
    async with await ChatServer.start(compression=compression) as server:
        print(server.url, flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            gc.collect()
            if line == "trim\n" and sys.platform == "linux":
                ctypes.CDLL(None).malloc_trim(0)
            resident = psutil.Process().memory_info().rss
            kept = tracemalloc.get_traced_memory()[0] if trace else resident
            print(kept / MIB, flush=True)


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


@contextmanager
def running_server(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the server in a process of its own; it ends when its standard input does."""
    command = [sys.executable, __file__, "--serve", *options]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as server:
        yield server, server.stdout.readline().strip()
        server.stdin.close()


def ask(server: subprocess.Popen[str], command: str) -> float:
    """Let the server print what it keeps, in MiB."""
    talk: tuple[IO[str], IO[str]] = server.stdin, server.stdout
    talk[0].write(f"{command}\n")
    talk[0].flush()
    return float(talk[1].readline())


def measure(members: int, *options: str) -> Iterator[tuple[str, float]]:
    """Yield a moment and the MiB that are kept at it."""
    with running_server(*options) as (server, url):
        yield "before the first member", ask(server, "measure")
        gone = 0
        for share in (members // 10, members // 2, members):
            asyncio.run(groups(url, share - gone))
            gone = share
            yield f"after {gone} members", ask(server, "measure")
        yield "after malloc_trim", ask(server, "trim")


def main(members: int) -> None:
    """Measure the runs side by side, and print MiB."""
    print(f"{'MiB':26}" + "".join(f"{name:>14}" for name in RUNS))
    for row in zip(*(measure(members, *options) for options in RUNS.values()), strict=True):
        print(f"{row[0][0]:26}" + "".join(f"{kept:14.1f}" for _, kept in row), flush=True)


if __name__ == "__main__":
    if "--serve" in sys.argv:
        deflate = "deflate" if "deflate" in sys.argv else None
        asyncio.run(serve(deflate, trace="trace" in sys.argv))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
