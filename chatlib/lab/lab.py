"""The lab: server, wire tap, clients and panels of one notebook, started and stopped as one.

This is the only module that wires the rooms of chatlib together.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self, TypeAlias

from chatlib.chat.client import ChatClient
from chatlib.chat.server import ChatServer
from chatlib.lab.classroom import Classroom
from chatlib.lab.listener import Listener, StreamHandler
from chatlib.lab.loop import KernelLoop
from chatlib.lab.node import start_script
from chatlib.lab.program import OnLine, Program
from chatlib.lab.service import QUIET, Handler, Service
from chatlib.lab.tap import WireTap
from chatlib.lab.terminal import TerminalCommands
from chatlib.lab.witness import Witness
from chatlib.panels.bench import Bench
from chatlib.panels.chat import ChatPanel
from chatlib.panels.page import PageFrame
from chatlib.panels.path import MessagePath
from chatlib.panels.program import Launch, ProgramPanel
from chatlib.panels.wire import WirePanel
from chatlib.wire.trace import Trace

Stop = Callable[[], Awaitable[None]]
# A server behind a wire tap.
Target: TypeAlias = Service | ProgramPanel | WireTap

# The taps stop last, so that they see how everything else ends; the servers say 1001 before. Pages
# leave first of all: they would try to connect again.
STOP_ORDER = {
    "relay": 0,
    "listener": 1,
    "client": 2,
    "panel": 3,
    "program": 4,
    "service": 5,
    "server": 6,
    "classroom": 7,
}
# Seconds. An interrupt of a cell that waits takes effect when the loop wakes next, so it wakes.
HEARTBEAT = 0.2


class Lab:
    """A chat room with its wire tap, and whatever a notebook adds to it.

    One lab runs in a kernel at a time: starting another one stops the first.
    """

    # The lab that runs in this process, if any.
    running: ClassVar[Lab | None] = None

    def __init__(self) -> None:
        """Prepare an empty lab; `Lab.start` makes a running one."""
        self.loop = KernelLoop.here()
        self.server: ChatServer
        self.tap: WireTap
        # The chat panels by name; the newest, if a cell was run again.
        self.panels: dict[str, ChatPanel] = {}
        # How to stop what was started, by its kind and name. Running a cell again replaces it.
        self._stops: dict[tuple[str, str], Stop] = {}
        # What shows the wire, and must be told when the lab stops.
        self._shown: list[WirePanel | Bench] = []
        self._witness = Witness(self.loop.loop)
        # The frames with web pages, by what they show.
        self._pages: dict[tuple[str, str], PageFrame] = {}

    @classmethod
    async def start(cls, **server_options: Any) -> Self:
        """Start a chat server on a free port of 127.0.0.1, and a wire tap in front of it.

        The server is quiet: no compression and no keepalive pings, so that every byte on the wire
        is one that the lesson is about.

        Args:
            **server_options: Passed to `ChatServer.start`, over the quiet defaults.
        """
        if Lab.running is not None:
            await Lab.running.stop()
        lab = Lab.running = cls()
        lab._witness.install()
        lab._beat()
        try:
            lab.server = await ChatServer.start(
                **{**QUIET, "on_error": lab._server_failed, **server_options}
            )
            lab._stops["server", "chat"] = lab.server.stop
            lab.tap = await lab.relay(lab.server.port, name="chat")
        except BaseException:
            await lab.stop()
            raise
        return lab

    @property
    def url(self) -> str:
        """The chat's address, through the tap."""
        return self.tap.url

    @property
    def direct_url(self) -> str:
        """The chat server's own address, which the tap does not see."""
        return self.tap.direct_url

    @property
    def traces(self) -> list[Trace]:
        """One trace for each connection to the chat, oldest first."""
        return self.tap.traces

    @property
    def trace(self) -> Trace:
        """The trace of the newest connection to the chat.

        Raises:
            LookupError: If nobody has connected yet.
        """
        return self.tap.trace

    def page(
        self,
        name: str = "",
        *,
        room: str = "lobby",
        to: Target | None = None,
        height: int = 480,
        proxy: bool | None = None,
    ) -> PageFrame:
        """Show the chat's web page in a frame, with a link to it: a client without Python.

        Args:
            name: The member's name; the page asks for it when not given.
            room: The room to join.
            to: Another server that speaks the chat's messages; the lab's own when not given.
            height: The frame's height in CSS pixels.
            proxy: Whether the browser goes through jupyter-server-proxy; it finds out when None.

        Raises:
            RuntimeError: If the lab was stopped.
        """
        self._check_running()
        tap = self._tap_of(to)
        key = (tap.name or str(tap.port), f"{room}/{name}")
        if (before := self._pages.pop(key, None)) is not None:
            before.stop()
        self._pages[key] = PageFrame(
            self.loop,
            allow_origin=self.server.allow_origin,
            host=self.tap.host,
            port=self.tap.port,
            probe_port=self.server.port,
            server_port=0 if tap is self.tap else tap.port,
            name=name,
            room=room,
            height=height,
            proxy=proxy,
        )
        return self._pages[key]

    def panel(self, name: str, *, room: str = "lobby", to: Target | None = None) -> ChatPanel:
        """Show a chat panel for `name`, which connects at once and in the background.

        A panel of the same name in the same room of the same server is stopped first.

        Args:
            name: The member's name.
            room: The room to join.
            to: Another server that speaks the chat's messages; the lab's own when not given.

        Raises:
            RuntimeError: If the lab was stopped.
        """
        self._check_running()
        tap = self._tap_of(to)
        key = ("panel", f"{tap.name or tap.port}/{room}/{name}")
        stop_before = self._stops.pop(key, None)

        async def connect(resume: tuple[str, int] | None) -> ChatClient:
            if stop_before is not None:
                await stop_before()
            epoch, after = resume or (None, None)
            return await self._join(tap, name, room=room, epoch=epoch, after=after)

        def trace_of(client: ChatClient) -> Trace | None:
            return tap.trace_of(client.local_port)

        panel = ChatPanel(self.loop, connect, name=name, trace_of=trace_of)
        self.panels[name] = panel
        self._stops[key] = panel.stop
        return panel

    async def connect(
        self,
        name: str,
        *,
        room: str = "lobby",
        to: Target | None = None,
        **options: Any,
    ) -> ChatClient:
        """Join the chat from Python, without a panel.

        A client of the same name in the same room, connected here before, is closed first.

        Args:
            name: The member's name.
            room: The room to join.
            to: Another server that speaks the chat's messages; the lab's own when not given.
            **options: Passed to `websockets.connect`.

        Raises:
            RuntimeError: If the lab was stopped.
        """
        self._check_running()
        tap = self._tap_of(to)
        key = ("client", f"{tap.name or tap.port}/{room}/{name}")
        await self._stop(key)
        client = await self._join(tap, name, room=room, **options)
        self._stops[key] = client.close
        return client

    async def serve(self, handler: Handler, **options: Any) -> Service:
        """Serve the learner's own `handler` on a free port, behind a wire tap of its own.

        A service of a handler with the same name is stopped first, so the cell may be run again.

        Args:
            handler: A coroutine function that gets each connection.
            **options: Passed to `websockets.serve`, over the quiet defaults.

        Raises:
            RuntimeError: If the lab was stopped.
        """
        self._check_running()
        name = handler.__name__
        await self._stop(("service", name))
        service = await Service.start(handler, witness=self._witness, **options)
        self._stops["service", name] = service.stop
        return service

    async def listen(self, handler: StreamHandler, *, name: str) -> WireTap:
        """Serve a handler on bare TCP streams on a free port, behind a wire tap of its own.

        A handler that listens under the same name is stopped first, so the cell may be run again.
        An exception of the handler is shown below the cell.

        Args:
            handler: A coroutine function that gets a reader and a writer, as with
                `asyncio.start_server`.
            name: What to call it.

        Returns:
            The tap in front of it, which `panel`, `connect` and `wire` take.

        Raises:
            RuntimeError: If the lab was stopped.
        """
        self._check_running()
        await self._stop(("listener", name))
        listener = await Listener.start(handler)
        self._stops["listener", name] = listener.stop
        return await self.relay(listener.port, name=name)

    async def relay(self, port: int, *, name: str = "") -> WireTap:
        """Put a wire tap in front of any server on 127.0.0.1, a bare TCP one included.

        Raises:
            RuntimeError: If the lab was stopped.
        """
        self._check_running()
        key = ("relay", name or str(port))
        await self._stop(key)
        tap = await WireTap.start(port, name=name, witness=self._witness)
        self._stops[key] = tap.stop
        return tap

    def node(self, script: str, *arguments: str, typing: bool = False) -> ProgramPanel:
        """Run a script with Node.js, and show what it writes. A server gets a tap of its own.

        It starts in the background: `await panel.ready()` says whether it runs. The libraries that
        a lock beside the script names are installed first. The same script with the same arguments,
        run here before, is ended first.

        Args:
            script: The script's path.
            *arguments: The script's arguments.
            typing: Whether it is a program to type into, such as a client, and no server.

        Raises:
            RuntimeError: If the lab was stopped.
        """
        launch = partial(start_script, self.loop, script, arguments)
        title = " ".join(("node", Path(script).name, *arguments))
        return self._program(launch, title, typing=typing)

    def run(self, *command: str) -> ProgramPanel:
        """Run any program that one can type into, and show what it writes.

        The same command, run here before, is ended first.

        Args:
            *command: The program and its arguments.

        Raises:
            RuntimeError: If the lab was stopped.
        """

        async def launch(on_line: OnLine) -> Program:
            return Program.start(self.loop, command, on_line=on_line)

        words = [Path(word).name if Path(word).is_absolute() else word for word in command]
        title = " ".join(words)
        return self._program(launch, title, typing=True)

    def wire(self, shown: Target | Trace | None = None) -> WirePanel:
        """Show the wire: of the chat, or of a service, of any tap, or of one trace.

        Args:
            shown: What to show; the chat when nothing is given.
        """
        if isinstance(shown, Trace):
            return WirePanel(self.loop, traces=[shown])
        panel = WirePanel(self.loop, self._tap_of(shown))
        self._shown.append(panel)
        return panel

    def bench(self) -> Bench:
        """Show a bench with rules to break, against the chat of this lab.

        Raises:
            RuntimeError: If the lab was stopped.
        """
        self._check_running()
        bench = Bench(self.loop, self.tap)
        self._shown.append(bench)
        return bench

    async def path(self, text: str, *, to: Target | None = None) -> MessagePath:
        """Draw the way of the newest message with this text, from its sender to everybody.

        It waits until everybody in the room has received it, for at most a second.

        Args:
            text: What was said, exactly.
            to: The server through which it went; the lab's own when not given.

        Raises:
            LookupError: If nobody has said this.
        """
        return await MessagePath.follow(text, self._tap_of(to))

    async def open_to_classroom(
        self, host: str | None = None, *, port: int = 0, most: int = 100
    ) -> Classroom:
        """Open the chat to phones and neighbours in the network, until it is closed.

        Only who knows the join code comes in, and only the chat can be reached. Opening it again
        closes the one before. Where it cannot work, the answer says why instead.

        Args:
            host: The address to listen on; this machine's usual one in the network when not given.
            port: The TCP port; 0 for a free one.
            most: How many guests may be inside at the same time.

        Raises:
            RuntimeError: If the lab was stopped.
            OSError: If the port is taken, or the address is not one of this machine.
        """
        self._check_running()
        await self._stop(("classroom", ""))
        classroom = await Classroom.open(self.server, host=host, port=port, most=most)
        self._stops["classroom", ""] = classroom.close
        return classroom

    def terminal(self, name: str, *, to: Classroom | Target | None = None) -> TerminalCommands:
        """Show the commands with which somebody joins the chat from a terminal.

        Args:
            name: The name to have in the chat.
            to: Another server, or the classroom; the lab's own address when not given.
        """
        return TerminalCommands(name, to.url if isinstance(to, Classroom) else self._tap_of(to).url)

    async def stop(self) -> None:
        """Stop panels, clients, services and the server. No port and no task is left.

        May be called twice; the panels and traces stay readable.
        """
        if Lab.running is self:
            Lab.running = None
        stops, self._stops = self._stops, {}
        # An error in one does not keep the others running. What is pushed last is stopped first.
        async with AsyncExitStack() as stack:
            stack.callback(self._witness.remove)
            stack.push_async_callback(self.loop.stop)
            for shown in self._shown:
                stack.callback(shown.stop)
            for _, stop in sorted(stops.items(), key=lambda item: STOP_ORDER[item[0][0]]):
                stack.push_async_callback(stop)
            for page in self._pages.values():
                stack.callback(page.stop)

    def __repr__(self) -> str:
        """Say where the chat listens, or that the lab was stopped."""
        if Lab.running is not self:
            return "<Lab, stopped: run the setup cell again>"
        return f"<Lab: a chat at {self.url} (through the wire tap), {self.direct_url} (direct)>"

    async def __aenter__(self) -> Self:
        """Return the running lab: `async with await Lab.start() as lab:` in a script."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the lab."""
        await self.stop()

    def _program(self, launch: Launch, title: str, *, typing: bool) -> ProgramPanel:
        self._check_running()
        key = ("program", title)
        stop_before = self._stops.pop(key, None)

        async def launch_again(on_line: OnLine) -> Program:
            if stop_before is not None:
                await stop_before()
            return await launch(on_line)

        relay = partial(self.relay, name=title)
        panel = ProgramPanel(self.loop, launch_again, relay, title=title, typing=typing)
        self._stops[key] = panel.stop
        return panel

    def _beat(self) -> None:
        self.loop.call_later(HEARTBEAT, self._beat)

    def _tap_of(self, server: Target | None) -> WireTap:
        """Return the tap in front of a server; of the lab's chat when none is given."""
        return server.tap if isinstance(server, Service | ProgramPanel) else server or self.tap

    async def _join(self, tap: WireTap, name: str, **options: Any) -> ChatClient:
        """Connect and join; the trace carries the member's name from its first byte on."""
        connection = socket.socket()
        connection.setblocking(False)
        try:
            await self.loop.loop.sock_connect(connection, (tap.host, tap.port))
            tap.announce(connection.getsockname()[1], name)
            return await ChatClient.connect(
                tap.url, name, **{**QUIET, "sock": connection, **options}
            )
        except BaseException:
            connection.close()
            raise

    def _check_running(self) -> None:
        if Lab.running is not self:
            raise RuntimeError(
                "This lab was stopped. Run the setup cell again: it starts a new one."
            )

    async def _stop(self, key: tuple[str, str]) -> None:
        if (stop := self._stops.pop(key, None)) is not None:
            await stop()

    def _server_failed(self, error: BaseException, where: str) -> None:
        """Show an error of the chat server in every chat panel, and where the loop shows its."""
        for panel in self.panels.values():
            panel.show_error(error, where)
        self.loop.loop.call_exception_handler({"message": where, "exception": error})
