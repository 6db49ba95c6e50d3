"""The lab: server, wire tap, clients and panels of one notebook, started and stopped as one.

This is the only module that wires the rooms of chatlib together.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

from chatlib.chat.client import ChatClient
from chatlib.kernel.program import OnLine, Program
from chatlib.kernel.servers import Servers, carry_out
from chatlib.kernel.service import QUIET
from chatlib.kernel.tap import Tapped, WireTap
from chatlib.panels.chat_panel import ChatPanel
from chatlib.panels.page_frame import PageFrame
from chatlib.panels.program_panel import Launch, ProgramPanel
from chatlib.panels.wire_panel import WirePanel
from chatlib.wire.trace import Trace

# A server behind a wire tap, or the tap itself.
Target: TypeAlias = Tapped | WireTap


class Stoppable(Protocol):
    """A widget that must be told when the lab stops."""

    model_id: str

    def stop(self) -> None:
        """Stop what it does; what it shows stays."""


Shown = TypeVar("Shown", bound=Stoppable)


class Lab(Servers):
    """A chat room with its wire tap, and whatever a notebook adds to it.

    One lab runs in a kernel at a time: starting another one stops the first.
    """

    def __init__(self) -> None:
        """Prepare an empty lab; `Lab.start` makes a running one."""
        super().__init__()
        # The chat panels by name; the newest, if a cell was run again.
        self.panels: dict[str, ChatPanel] = {}

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
        self.check_running()
        tap = self.tap_of(to)
        key = ("page", f"{tap.name or tap.port}/{room}/{name}")
        if (stop_before := self._stops.pop(key, None)) is not None:
            stop_before()
        page = PageFrame(
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
        self._stops[key] = page.stop
        return page

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
        self.check_running()
        tap = self.tap_of(to)
        key = ("panel", f"{tap.name or tap.port}/{room}/{name}")
        stop_before = self._stops.pop(key, None)

        async def connect(resume: tuple[str, int] | None) -> ChatClient:
            if stop_before is not None:
                await carry_out(stop_before)
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
        self.check_running()
        tap = self.tap_of(to)
        key = ("client", f"{tap.name or tap.port}/{room}/{name}")
        await self._stop(key)
        client = await self._join(tap, name, room=room, **options)
        self._stops[key] = client.close
        return client

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
        return self.program(launch, title, typing=True)

    def wire(self, shown: Target | Trace | None = None) -> WirePanel:
        """Show the wire: of the chat, or of a service, of any tap, or of one trace.

        A panel that showed the same server before stops watching it; its rows stay.

        Args:
            shown: What to show; the chat when nothing is given.
        """
        if isinstance(shown, Trace):
            return WirePanel(self.loop, traces=[shown])
        tap = self.tap_of(shown)
        if Servers.running is not self:
            return WirePanel(self.loop, traces=tap.traces)
        key = ("shown", f"the wire of {tap.name or tap.port}")
        if (stop_before := self._stops.pop(key, None)) is not None:
            stop_before()
        panel = WirePanel(self.loop, tap)
        self._stops[key] = panel.stop
        return panel

    def program(self, launch: Launch, title: str, *, typing: bool) -> ProgramPanel:
        """Run a program beside the kernel, and show what it writes.

        A program of the same title, run here before, is ended first.

        Args:
            launch: Starts the program.
            title: The command, as a learner would type it.
            typing: Whether it is a program to type into, and no server.

        Raises:
            RuntimeError: If the lab was stopped.
        """
        self.check_running()
        key = ("program", title)
        stop_before = self._stops.pop(key, None)

        async def launch_again(on_line: OnLine) -> Program:
            if stop_before is not None:
                await carry_out(stop_before)
            return await launch(on_line)

        relay = partial(self.relay, name=title)
        panel = ProgramPanel(self.loop, launch_again, relay, title=title, typing=typing)
        self._stops[key] = panel.stop
        return panel

    async def _join(self, tap: WireTap, name: str, **options: Any) -> ChatClient:
        """Connect and join; the trace carries the member's name from its first byte on."""
        async with tap.connect_as(name) as connection:
            return await ChatClient.connect(
                tap.url, name, **{**QUIET, "sock": connection, **options}
            )

    def keep(self, shown: Shown) -> Shown:
        """Remember something that must be told when the lab stops."""
        self._stops["shown", shown.model_id] = shown.stop
        return shown

    def _server_failed(self, error: BaseException, where: str) -> None:
        """Show an error of the chat server in every chat panel too."""
        for panel in self.panels.values():
            panel.show_error(error, where)
        super()._server_failed(error, where)
