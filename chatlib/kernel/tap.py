"""The wire tap: a TCP relay that copies every chunk it passes on into a trace.

It stands between client and server and knows nothing of WebSocket libraries, so it also taps a
browser, Node's `ws`, or a client written by hand. What the bytes mean is `chatlib.wire`'s job.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from chatlib.kernel.loop import KernelLoop, OnError
from chatlib.kernel.witness import Ports, Witness
from chatlib.wire.frames import Side
from chatlib.wire.records import Cause
from chatlib.wire.trace import Event, Trace

Watcher = Callable[[Trace, Sequence[Event]], object]

CHUNK_LIMIT = 65_536  # bytes taken from TCP in one read
TRACES_KEPT = 200  # connections remembered; the oldest closed ones are forgotten first


class WireTap:
    """A relay in front of one server.

    All its traces share one clock: seconds since the tap was started.
    """

    def __init__(
        self, target_port: int, *, host: str, name: str, witness: Witness | None = None
    ) -> None:
        """Prepare a tap; `WireTap.start` makes a running one."""
        self.target_port = target_port
        self.host = host
        self.name = name
        # The recorded connections, oldest first.
        self.traces: list[Trace] = []
        self._loop = KernelLoop.here()
        # Who knows what writes on this event loop, if anybody.
        self.witness = witness
        self._began = self._loop.loop.time()
        self._watchers: dict[int, tuple[Watcher, OnError | None]] = {}
        self._last_watcher = 0
        # The names of clients that will connect from these ports.
        self._names: dict[int, str] = {}
        self._accepted = 0
        # The connections being relayed now; `idle` waits until there are none.
        self._active = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._listener: asyncio.Server | None = None
        self._port = 0

    @classmethod
    async def start(
        cls,
        target_port: int,
        *,
        host: str = "127.0.0.1",
        name: str = "",
        witness: Witness | None = None,
    ) -> WireTap:
        """Listen on a free port of `host` and relay every connection to `target_port` there.

        Args:
            target_port: The server's TCP port.
            host: Where the server listens, and where to listen.
            name: What the tap is called.
            witness: Who knows what writes on this event loop; without one, causes are not known.

        Raises:
            OSError: If no port can be opened on `host`.
        """
        tap = cls(target_port, host=host, name=name, witness=witness)
        tap._listener = await asyncio.start_server(tap._accept, host, 0, limit=CHUNK_LIMIT)
        tap._port = tap._listener.sockets[0].getsockname()[1]
        if witness is not None:
            witness.expect_clients(tap._port)
        return tap

    @property
    def port(self) -> int:
        """The TCP port to connect to instead of the server's own."""
        return self._port

    @property
    def url(self) -> str:
        """The WebSocket address to connect to instead of the server's own."""
        return f"ws://{self.host}:{self.port}"

    @property
    def direct_url(self) -> str:
        """The server's own WebSocket address, which the tap does not see."""
        return f"ws://{self.host}:{self.target_port}"

    @property
    def trace(self) -> Trace:
        """The trace of the newest connection.

        Raises:
            LookupError: If nobody has connected yet.
        """
        if not self.traces:
            raise LookupError("Nobody has connected yet. Run the cells above this one first.")
        return self.traces[-1]

    def trace_of(self, local_port: int) -> Trace | None:
        """Return the trace of the client that connected from TCP port `local_port`."""
        client = f"{self.host}:{local_port}"
        return next((trace for trace in reversed(self.traces) if trace.client == client), None)

    def announce(self, local_port: int, name: str) -> None:
        """Give a name to the client whose TCP connection comes from `local_port`."""
        self._names[local_port] = name
        if self.witness is not None:
            self.witness.expect((local_port, self.port), owner=name)

    def watch(self, watcher: Watcher, *, on_error: OnError | None = None) -> Callable[[], None]:
        """Call `watcher(trace, events)` after each chunk; return a function that ends this.

        An exception from the watcher goes to `on_error` and does not disturb the relay.
        """
        self._last_watcher += 1
        number = self._last_watcher
        self._watchers[number] = (watcher, on_error)
        return lambda: self._loop.call(self._watchers.pop, number, None)

    async def idle(self) -> None:
        """Wait until no connection is being relayed, so that every trace is complete."""
        await self._idle.wait()

    async def stop(self) -> None:
        """Stop listening and cut what is still connected. The traces stay. May be called twice."""
        if self._listener is not None:
            self._listener.close()
        await self._loop.stop()
        if self._listener is not None:
            await self._listener.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._accepted += 1
        self._active += 1
        self._idle.clear()
        relay = self._relay(reader, writer)
        self._loop.spawn(relay, name=f"relay {self._accepted} of tap {self.name or self.port}")

    async def _relay(
        self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        writers = [to_client]
        ports: dict[Side, Ports] = {}
        try:
            trace = self._new_trace(to_client)
            ports["client"] = to_client.get_extra_info("peername")[1], self.port
            connection = self._bound_socket()
            ports["server"] = self.target_port, connection.getsockname()[1]
            from_server, to_server = await self._reach(connection, ports["server"], trace.name)
            writers.append(to_server)
            async with asyncio.TaskGroup() as both:
                both.create_task(
                    self._pump(trace, "client", ports["client"], from_client, to_server)
                )
                both.create_task(
                    self._pump(trace, "server", ports["server"], from_server, to_client)
                )
        except ConnectionRefusedError:
            reset(to_client)  # No server: its client learns it now, not at a timeout.
        except asyncio.CancelledError:
            for writer in writers:
                writer.transport.abort()
            raise
        finally:
            for writer in writers:
                writer.close()
            self._forget(ports.values())
            self._active -= 1
            if not self._active:
                self._idle.set()

    def _bound_socket(self) -> socket.socket:
        """Return a socket that has its port before it connects: its server may write at once."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        connection = socket.socket(family)
        connection.setblocking(False)
        connection.bind((self.host, 0))
        return connection

    async def _reach(
        self, connection: socket.socket, ports: Ports, owner: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.witness is not None:
            self.witness.expect(ports, owner=owner)
        try:
            await self._loop.loop.sock_connect(connection, (self.host, self.target_port))
        except BaseException:
            connection.close()
            raise
        return await asyncio.open_connection(sock=connection, limit=CHUNK_LIMIT)

    async def _pump(
        self,
        trace: Trace,
        sender: Side,
        ports: Ports,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
    ) -> None:
        """Pass one direction on, chunk by chunk, until its sender ends it."""
        while True:
            try:
                data = await source.read(CHUNK_LIMIT)
            except OSError:
                self._tell(trace, trace.end(sender, "reset", time=self._now()))
                reset(sink)
                return
            if not data:
                self._tell(trace, trace.end(sender, "fin", time=self._now()))
                break
            causes = self._causes(ports, trace.bytes_from(sender), len(data))
            self._tell(trace, trace.record(sender, data, time=self._now(), causes=causes))
            try:
                sink.write(data)
                await sink.drain()
            except OSError:
                return  # The other direction reads of the same end, and says how it came.
        # A peer that has reset its connection meanwhile takes no end any more.
        with suppress(OSError):
            sink.write_eof()

    def _new_trace(self, to_client: asyncio.StreamWriter) -> Trace:
        host, port = to_client.get_extra_info("peername")[:2]
        trace = Trace(
            self._names.pop(port, f"connection {self._accepted}"),
            client=f"{host}:{port}",
            server=f"{self.host}:{self.target_port}",
        )
        self.traces.append(trace)
        closed = [old for old in self.traces if old.closed]
        for old in closed[: max(0, len(self.traces) - TRACES_KEPT)]:
            self.traces.remove(old)
        return trace

    def _tell(self, trace: Trace, events: Sequence[Event]) -> None:
        for watcher, on_error in list(self._watchers.values()):
            self._loop.call(watcher, trace, events, on_error=on_error)

    def _causes(self, ports: Ports, start: int, size: int) -> tuple[Cause, ...]:
        return () if self.witness is None else self.witness.written(ports, start, start + size)

    def _forget(self, connections: Iterable[Ports]) -> None:
        if self.witness is not None:
            for ports in connections:
                self.witness.forget(ports)

    def _now(self) -> float:
        return self._loop.loop.time() - self._began


def reset(writer: asyncio.StreamWriter) -> None:
    """End a TCP connection with a reset (RST), not with the orderly FIN.

    A socket that lingers for 0 seconds throws its unsent data away and resets when it is closed.
    """
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() != -1:
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
