"""The lab: server, wire tap, clients and panels of one notebook, started and stopped as one.

This is the only module that wires the rooms of chatlib together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Any

from chatlib.chat.client import ChatClient, Resume
from chatlib.kernel.servers import Servers, carry_out
from chatlib.kernel.service import QUIET
from chatlib.kernel.tap import Tapped, WireTap
from chatlib.panels.chat_panel import REPLACED, ChatPanel
from chatlib.panels.wire_panel import ChatWithWire, WirePanel
from chatlib.wire.trace import Trace


class Lab(Servers):
    """A chat room with its wire tap, and whatever a notebook adds to it.

    One lab runs in a kernel at a time: starting another one stops the first. A stopped lab starts
    nothing any more: it raises `RuntimeError`.
    """

    def __init__(self) -> None:
        """Prepare an empty lab; `Lab.start` makes a running one."""
        super().__init__()
        # The chat panels by server, room and name; the newest, if a cell was run again.
        self._panels: dict[str, ChatPanel] = {}

    def panel(
        self,
        name: str,
        *,
        room: str = "lobby",
        to: Tapped | Sequence[Tapped] | None = None,
        carrier: str = "",
        comes_back: bool = False,
        kind: type[ChatPanel] = ChatPanel,
    ) -> ChatPanel:
        """Show a chat panel for `name`, which connects at once and in the background.

        A panel of the same name in the same room of the same server is stopped first.

        Args:
            name: The member's name.
            room: The room to join.
            to: Another server that speaks the chat's messages; the lab's own when not given. Of
                several that share their rooms, it takes the first, and the next one when it has
                lost its connection.
            carrier: Whose server that is, as a sentence begins: "Your 75 lines".
            comes_back: Whether it connects again by itself when it has lost its connection; with
                several servers it always does.
            kind: The class of the panel.
        """
        several = isinstance(to, Sequence)
        taps = [self.tap_of(each) for each in (to if isinstance(to, Sequence) else [to])]
        turns = cycle(taps)
        key = f"{taps[0].name or taps[0].port}/{room}/{name}"
        self.forget("panel", key)
        before = self._panels.get(key)
        if to is not None and not carrier and not several:
            carrier = f"The server “{taps[0].name or taps[0].port}”"

        async def connect(resume: Resume) -> ChatClient:
            if before is not None:
                await before.stop(REPLACED)
            return await self._join(next(turns), name, room=room, **resume)

        def trace_of(client: ChatClient) -> Trace | None:
            return next(filter(None, (tap.trace_of(client.local_port) for tap in taps)), None)

        panel = kind(
            self.loop,
            connect,
            name=name,
            trace_of=trace_of,
            carrier=carrier,
            comes_back=comes_back or several,
        )
        self._panels[key] = panel
        self.keep("panel", key, panel.stop)
        return panel

    def chat(
        self,
        *names: str,
        room: str = "lobby",
        to: Tapped | None = None,
        carrier: str = "",
        kind: type[ChatPanel] = ChatPanel,
    ) -> ChatWithWire:
        """Show a chat panel for each name, side by side, and the live wire of the chat under them.

        Args:
            *names: The members' names.
            room: As for `panel`, like what follows.
            to: Another server.
            carrier: Whose server that is.
            kind: The class of the panels.

        Returns:
            The widget; unpack it to get the panels: `ana, budi = lab.chat("Ana", "Budi")`.
        """
        shared: dict[str, Any] = {"room": room, "to": to, "carrier": carrier, "kind": kind}
        panels = [self.panel(name, **shared) for name in names]
        return ChatWithWire(panels, self.wire(to))

    async def connect(
        self, name: str, *, room: str = "lobby", to: Tapped | None = None, **options: Any
    ) -> ChatClient:
        """Join the chat from Python, without a panel.

        A client of the same name in the same room, connected here before, is closed first.

        Args:
            name: The member's name.
            room: The room to join.
            to: As for `panel`.
            **options: Passed to `websockets.connect`.
        """
        tap = self.tap_of(to)
        key = f"{tap.name or tap.port}/{room}/{name}"
        await carry_out(self.forget("client", key))
        client = await self._join(tap, name, room=room, **options)
        self.keep("client", key, client.close)
        return client

    def wire(self, shown: Tapped | Trace | None = None) -> WirePanel:
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
        key = f"the wire of {tap.name or tap.port}"
        self.forget("shown", key)()
        panel = WirePanel(self.loop, tap)
        self.keep("shown", key, panel.stop)
        return panel

    async def _join(self, tap: WireTap, name: str, **options: Any) -> ChatClient:
        """Connect and join; the trace carries the member's name from its first byte on."""
        async with tap.connect_as(name) as connection:
            options = {**QUIET, "sock": connection, **options}
            return await ChatClient.connect(tap.url, name, **options)

    def _server_failed(self, error: BaseException, where: str) -> None:
        """Show an error of the chat server in every chat panel too."""
        for panel in self._panels.values():
            panel.show_error(error, where)
        super()._server_failed(error, where)
