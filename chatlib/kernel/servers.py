"""The servers of a notebook, each behind a wire tap, started and stopped as one.

Who connects to them, and what a learner sees of them, is `chatlib.lab`'s part.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, ClassVar, Self

from chatlib.chat.server import ChatServer
from chatlib.kernel.ending import finish
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.server_thread import ThreadedChatServer
from chatlib.kernel.service import QUIET, Handler, Service
from chatlib.kernel.tap import Tapped, WireTap
from chatlib.kernel.tcp import end_what_was_reset
from chatlib.kernel.witness import Witness

Stop = Callable[[], Awaitable[None] | None]
Key = tuple[str, str]  # the kind and the name of what was started

# Pages leave first of all: they would try to connect again. Then the servers say 1001. The taps
# stop last of what talks, so that they see how everything else ends.
STOP_ORDER = (
    "page",
    "classroom",
    "server",
    "service",
    "program",
    "panel",
    "client",
    "listener",
    "relay",
    "shown",
)
# Seconds that the stop of a lab may take; what comes later still gets the shorter time.
STOP_ALL_SECONDS = 6.0
STOP_LATE_SECONDS = 0.5
# Seconds. An interrupt of a cell that waits takes effect when the loop wakes next, so it wakes.
HEARTBEAT = 0.2


class Servers(Tapped):
    """A chat server with its wire tap, and the servers that a notebook adds to it.

    Only one runs in a kernel at a time: starting another one stops the first. What was stopped
    starts nothing any more: it raises `RuntimeError`.
    """

    # The one that runs in this process, if any.
    running: ClassVar[Servers | None] = None

    def __init__(self) -> None:
        """Prepare an empty lab; `start` makes a running one."""
        self.loop = KernelLoop.here()
        self.server: ChatServer
        # How to stop what was started, by its kind and name. Running a cell again replaces it.
        self._stops: dict[Key, Stop] = {}
        self._witness = Witness(self.loop.loop)

    @classmethod
    async def start(cls, **server_options: Any) -> Self:
        """Start a chat server on a free port of 127.0.0.1, and a wire tap in front of it.

        The server is quiet: no compression and no keepalive pings, so that every byte on the wire
        is one that the lesson is about.

        Args:
            **server_options: Passed to `ChatServer.start`, over the quiet defaults; and
                `own_thread`, with which a cell that blocks does not stop this server.
        """
        if sys.platform == "win32":
            end_what_was_reset()
        if Servers.running is not None:
            await Servers.running.stop()
        lab = Servers.running = cls()
        lab._witness.install()
        lab._beat()
        try:
            lab.server = await lab._start_chat("chat", **server_options)
            lab._tap = await lab.relay(lab.server.port, name="chat")
        except BaseException:
            await lab.stop()
            raise
        return lab

    async def serve(self, handler: Handler, *, name: str = "", **options: Any) -> Service:
        """Serve the learner's own `handler` on a free port, behind a wire tap of its own.

        A service with the same name is stopped first, so the cell may be run again.

        Args:
            handler: A coroutine function that gets each connection.
            name: What to call the service; the name of its handler when not given.
            **options: Passed to `websockets.serve`, over the quiet defaults.
        """
        name = name or handler.__name__
        await carry_out(self.forget("service", name))
        service = await Service.start(handler, name=name, witness=self._witness, **options)
        self.keep("service", name, service.stop)
        return service

    async def serve_chat(self, name: str, **server_options: Any) -> WireTap:
        """Start one more chat server, with rooms of its own, behind a wire tap of its own.

        One with the same name is stopped first, so the cell may be run again.

        Args:
            name: What to call it.
            **server_options: As for `start`; with a `log`, it shares its rooms with others.
        """
        await carry_out(self.forget("server", name))
        server = await self._start_chat(name, **server_options)
        return await self.relay(server.port, name=name)

    async def relay(self, port: int, *, name: str = "") -> WireTap:
        """Put a wire tap in front of any server on 127.0.0.1, a bare TCP one included."""
        await carry_out(self.forget("relay", name or str(port)))
        tap = await WireTap.start(port, name=name, witness=self._witness)
        self.keep("relay", name or str(port), tap.stop)
        return tap

    async def stop(self) -> None:
        """Stop everything that was started. No port and no task is left.

        May be called twice; the panels and traces stay readable.
        """
        if Servers.running is self:
            Servers.running = None
        stops, self._stops = self._stops, {}
        due = self.loop.loop.time() + STOP_ALL_SECONDS
        # An error in one does not keep the others running. What is pushed last is stopped first.
        async with AsyncExitStack() as stack:
            stack.callback(self._witness.remove)
            stack.push_async_callback(self.loop.stop)
            for kind in reversed(STOP_ORDER):
                of_kind = {key: stop for key, stop in stops.items() if key[0] == kind}
                stack.push_async_callback(_stop_all, of_kind, due)

    def __repr__(self) -> str:
        """Say where the chat listens, or that the lab was stopped."""
        if Servers.running is not self:
            return "<Lab, stopped: run the setup cell again>"
        return f"<Lab: a chat at {self.url} (through the wire tap), {self.direct_url} (direct)>"

    async def __aenter__(self) -> Self:
        """Return the running lab: `async with await Lab.start() as lab:` in a script."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Stop the lab."""
        await self.stop()

    def _beat(self) -> None:
        self.loop.call_later(HEARTBEAT, self._beat)

    def tap_of(self, server: Tapped | None) -> WireTap:
        """Return the tap in front of a server; of the lab's chat when none is given."""
        return (self if server is None else server).tap

    def keep(self, kind: str, name: str, stop: Stop) -> None:
        """Remember how to stop what was started, until it is forgotten or the lab stops.

        Args:
            kind: One of `STOP_ORDER`.
            name: What to call it.
            stop: Stops it; what it returns is awaited, if anything.
        """
        self._stops[kind, name] = stop

    def forget(self, kind: str, name: str) -> Stop:
        """Return how to stop what was kept under this name; it does nothing if nothing was."""
        self.check_running()
        return self._stops.pop((kind, name), lambda: None)

    def check_running(self) -> None:
        """Do nothing while this lab runs.

        Raises:
            RuntimeError: If the lab was stopped.
        """
        if Servers.running is not self:
            raise RuntimeError(
                "This lab was stopped. Run the setup cell again: it starts a new one."
            )

    async def _start_chat(
        self, name: str, *, own_thread: bool = False, **server_options: Any
    ) -> ChatServer:
        kind = ThreadedChatServer if own_thread else ChatServer
        options = {**QUIET, "on_error": self._server_failed, **server_options}
        server: ChatServer = await kind.start(**options)
        self.keep("server", name, server.stop)
        return server

    def _server_failed(self, error: BaseException, where: str) -> None:
        """Show an error of the chat server where the loop shows its errors: below the cell."""
        self.loop.loop.call_exception_handler({"message": where, "exception": error})


async def carry_out(stop: Stop) -> None:
    """Stop something, and wait until it has stopped if it takes time."""
    if (waiting := stop()) is not None:
        await waiting


async def _stop_all(stops: dict[Key, Stop], due: float) -> None:
    """Stop things of one kind, at the same time, each within what is left of the time.

    Args:
        stops: How to stop them.
        due: When all must have stopped, on the clock of the event loop.
    """
    within = max(due - asyncio.get_running_loop().time(), STOP_LATE_SECONDS)
    stopping = [
        finish(carry_out(stop), name=f"The stop of the {kind} {name}", within=within)
        for (kind, name), stop in stops.items()
    ]
    errors = [error for error in await asyncio.gather(*stopping, return_exceptions=True) if error]
    if errors:
        raise errors[0]
