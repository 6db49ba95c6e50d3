"""The wire tap: a relay that copies every chunk it passes on into a trace.

It stands between client and server and knows nothing of WebSocket libraries, so it also taps a
browser, Node's `ws`, or a client written by hand. What the bytes mean is `chatlib.wire`'s job.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from chatlib.kernel.loop import OnError
from chatlib.kernel.relay import OTHER, Connection, Relay, connected
from chatlib.kernel.witness import Witness
from chatlib.wire.events import Event, How
from chatlib.wire.frames import Side
from chatlib.wire.records import What
from chatlib.wire.trace import Trace

Watcher = Callable[[Trace, Sequence[Event]], object]

TRACES_KEPT = 200  # connections remembered; the oldest closed ones are forgotten first


class Tapped:
    """A server behind a wire tap: where to connect to, and what has passed."""

    # The tap in front of it; None while it does not listen.
    _tap: WireTap | None = None

    @property
    def tap(self) -> WireTap:
        """The tap in front of it.

        Raises:
            LookupError: If it does not listen; the text says why.
        """
        if self._tap is None:
            raise LookupError(self._why_no_tap())
        return self._tap

    @property
    def url(self) -> str:
        """The WebSocket address to connect to, through the tap."""
        return f"ws://{self.tap.host}:{self.tap.port}"

    @property
    def direct_url(self) -> str:
        """The server's own WebSocket address, which the tap does not see."""
        return f"ws://{self.tap.host}:{self.tap.target_port}"

    @property
    def traces(self) -> list[Trace]:
        """One trace a connection, oldest first."""
        return self.tap.recorded

    @property
    def trace(self) -> Trace:
        """The trace of the newest connection.

        Raises:
            LookupError: If nobody has connected yet.
        """
        if not self.traces:
            raise LookupError("Nobody has connected yet. Run the cells above this one first.")
        return self.traces[-1]

    def _why_no_tap(self) -> str:
        return "It does not listen yet."


class WireTap(Relay, Tapped):
    """A relay in front of one server, that remembers what passes.

    All its traces share one clock: seconds since the tap was started.
    """

    def __init__(self, target_port: int, *, witness: Witness | None = None, **where: Any) -> None:
        """Prepare a tap; `WireTap.start` makes a running one.

        Args:
            target_port: The server's TCP port.
            witness: Who knows what writes on this event loop; without one, causes are not known.
            **where: Host and name, as for every relay.
        """
        super().__init__(target_port, **where)
        self.recorded: list[Trace] = []
        self.witness = witness
        self._tap = self
        # The clock of the event loop moves in steps of 16 ms on Windows, before Python 3.13.
        self._began = time.perf_counter()
        self._watchers: dict[object, tuple[Watcher, OnError | None]] = {}
        # The names of clients that will connect from these ports.
        self._names: dict[int, str] = {}

    async def listen(self) -> None:
        """Listen on a free port of `host`, and know who in this kernel connects to it."""
        await super().listen()
        if self.witness is not None:
            self.witness.expect_clients(self.port)

    def trace_of(self, local_port: int) -> Trace | None:
        """Return the trace of the client that connected from TCP port `local_port`."""
        client = f"{self.host}:{local_port}"
        return next((trace for trace in reversed(self.recorded) if trace.client == client), None)

    def connect_as(self, name: str) -> AbstractAsyncContextManager[socket.socket]:
        """Connect to this tap; the trace has a name from its first byte on.

        Args:
            name: What the trace is called.

        Returns:
            `async with` gives a connected socket, and closes it if the block raises.
        """
        return connected(self.host, self.port, announce=partial(self._announce, name))

    def watch(self, watcher: Watcher, *, on_error: OnError | None = None) -> Callable[[], None]:
        """Call `watcher(trace, events)` after each chunk; return a function that ends this.

        An exception from the watcher goes to `on_error` and does not disturb the relay.
        """
        key = object()
        self._watchers[key] = (watcher, on_error)
        return lambda: self.loop.call(self._watchers.pop, key, None)

    @property
    def now(self) -> float:
        """The time on the clock of the traces."""
        return time.perf_counter() - self._began

    def accept(self, client: socket.socket, address: tuple[str, int], number: int) -> Connection:
        """Return a connection that is recorded; without another name it is called by its number."""
        host, port = address
        trace = Trace(
            self._names.pop(port, f"connection {number}"),
            client=f"{host}:{port}",
            server=f"{self.host}:{self.target_port}",
        )
        self.recorded.append(trace)
        closed = [old for old in self.recorded if old.closed]
        for old in closed[: max(0, len(self.recorded) - TRACES_KEPT)]:
            self.recorded.remove(old)
        return _Recorded(self, client, trace, port)

    def _announce(self, name: str, local_port: int) -> None:
        self._names[local_port] = name
        if self.witness is not None:
            self.witness.expect((local_port, self.port), owner=name)

    def tell(self, trace: Trace, events: Sequence[Event]) -> None:
        """Tell the watchers what a chunk has brought, nothing complete included."""
        for watcher, on_error in list(self._watchers.values()):
            self.loop.guarded(watcher, (trace, events), on_error)


class _Recorded(Connection):
    """A relayed connection with its trace. It passes on first, and then writes down."""

    def __init__(self, tap: WireTap, client: socket.socket, trace: Trace, port: int) -> None:
        super().__init__(tap, client)
        self._tap = tap
        self._trace = trace
        # The ports of both TCP connections, as the client and the server see them.
        self._ports = {"client": (port, tap.port)}
        self._time("client")

    def reaching(self, port: int) -> None:
        self._ports["server"] = ports = (self._tap.target_port, port)
        if self._tap.witness is not None:
            self._tap.witness.expect(ports, owner=self._trace.name)
        self._time("server")

    async def pass_on(self, source: Side, data: bytes) -> None:
        await super().pass_on(source, data)
        if data:
            # An error in here is reported, and cuts nobody's connection.
            self._tap.loop.guarded(self._record, (source, data), None)

    def ended(self, source: Side, how: How) -> None:
        self._tap.tell(self._trace, self._trace.end(source, how, time=self._tap.now))

    async def run(self) -> None:
        try:
            await super().run()
        finally:
            if self._tap.witness is not None:
                for ports in self._ports.values():
                    self._tap.witness.forget(ports)

    def _time(self, end: Side) -> None:
        """Keep the times at which one end writes, and reads what the other one wrote."""

        def note(what: What, offset: int) -> None:
            sender = end if what == "wrote" else OTHER[end]
            self._trace.timed(what, sender, offset, time=self._tap.now)

        if self._tap.witness is not None:
            self._tap.witness.tell(self._ports[end], note)

    def _record(self, sender: Side, data: bytes) -> None:
        trace, witness = self._trace, self._tap.witness
        start = trace.bytes_from(sender)
        causes = witness.written(self._ports[sender], start, start + len(data)) if witness else ()
        self._tap.tell(trace, trace.record(sender, data, time=self._tap.now, causes=causes))
