"""Several chat servers, each a program of its own, that share their rooms over one NATS."""

from __future__ import annotations

import asyncio
import sys

from chatlib.chapters.beyond_one_server import chat_program
from chatlib.chapters.beyond_one_server.chat_program import READY, REPLICAS, SERVERS
from chatlib.chapters.beyond_one_server.nats_program import Nats
from chatlib.kernel.program import CannotStart, Program
from chatlib.kernel.servers import Servers, carry_out
from chatlib.kernel.tap import Tapped

READY_WITHIN = 20.0  # seconds


class ChatProgram(Tapped):
    """One of them, behind a wire tap. `start_programs` starts it.

    Attributes:
        name: Its name.
    """

    def __init__(self, servers: Servers, nats: Nats | None, name: str) -> None:
        """Name a server that does not run yet."""
        self._servers = servers
        self._nats = nats
        self.name = name
        self.lines: list[str] = []
        self._port = 0
        self._program: Program | None = None
        self._ready = asyncio.Event()

    async def start(self) -> None:
        """Start it, on the port that it had before, and wait until it is ready.

        Nothing if it runs.

        Raises:
            CannotStart: If it does not start; the text says why.
        """
        if self.running:
            return
        self._ready.clear()
        urls, nodes = (self._nats.urls, self._nats.nodes) if self._nats else ([], [])
        command = [sys.executable, "-m", chat_program.__name__, self.name, str(self._port)]
        told = {SERVERS: ",".join(urls), REPLICAS: str(max(1, len(nodes)))}
        self._program = Program.start(
            self._servers.loop, command, on_line=self._read, environment=told
        )
        if not await self._program.is_ready(self._ready, within=READY_WITHIN):
            await self.kill()
            last = " / ".join(self.lines[-3:]) or "it wrote nothing"
            raise CannotStart(f"The chat server {self.name} did not start: {last}")

    async def listen(self) -> None:
        """Start it, with a tap in front of it."""
        await self.start()
        self._tap = await self._servers.relay(self._port, name=f"server {self.name}")

    async def kill(self) -> None:
        """End it at once (SIGKILL): it says goodbye to nobody."""
        if self._program is not None:
            await self._program.stop(grace=0)

    async def stop(self) -> None:
        """Let it end by itself; its members are told to connect to another one."""
        if self._program is not None:
            await self._program.stop(grace=4)

    async def replace(self) -> None:
        """Stop it, and start it again: a new version. Errors as in `start`."""
        await self.stop()
        await self.start()

    @property
    def pid(self) -> int:
        """Its process id; 0 if it was never started."""
        return self._program.pid if self._program else 0

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._program is not None and self._program.code is None

    def __repr__(self) -> str:
        """Say where it listens."""
        return f"<ChatProgram {self.name}: {self.direct_url}>"

    def _read(self, line: str) -> None:
        self.lines.append(line)
        if line.startswith(READY):
            self._port = int(line.rpartition(":")[2])
            self._ready.set()


async def start_programs(
    servers: Servers, nats: Nats | None, names: str = "ABC"
) -> list[ChatProgram]:
    """Start a chat server for each letter; those that this started before are stopped first.

    Without NATS, each has rooms of its own.

    Raises:
        CannotStart: If one does not start.
    """
    programs = [ChatProgram(servers, nats, name) for name in names]
    for program in programs:
        await carry_out(servers.forget("server", f"chat server {program.name}"))
        servers.keep("server", f"chat server {program.name}", program.stop)
    await asyncio.gather(*(program.listen() for program in programs))
    return programs
