"""Notes who writes what on the connections that wire taps relay, byte by byte.

While it is installed, it stands before three methods of the event loop, and before `write` of the
transports that are of interest. The loop's class and the libraries stay as they are, so this also
sees asyncio's streams and `transport.write` in a cell. Who it is, `causes` finds out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import Any

from chatlib.kernel.causes import OUTSIDE, came_from, cause_here, cell_here
from chatlib.wire.records import Cause, What

# The two ports of a TCP connection, as its writer sees them: its own, and the other side's.
Ports = tuple[int, int]
# Is told of an end of a connection: "wrote" and the offset at which it wrote, or "read" and how
# many bytes it has read now.
Note = Callable[[What, int], object]
Factory = Callable[[], asyncio.BaseProtocol]


class Witness:
    """What is known of the writers of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Belong to a loop; `install` begins."""
        self._loop = loop
        # The ports of the taps: who connects to one of them is of interest.
        self._taps: set[int] = set()
        self._logs: dict[Ports, _Log] = {}
        self._create_task = loop.create_task
        self._hooks: dict[str, Callable[..., Any]] = {
            "create_connection": self._with_protocol(loop.create_connection),
            "create_server": self._with_protocol(loop.create_server),
            "create_task": self._task,
        }

    def install(self) -> None:
        """Stand before the loop's methods. The loop's own class is not changed."""
        vars(self._loop).update(self._hooks)

    def remove(self) -> None:
        """Leave the loop and all transports as they were. May be called twice."""
        for name, hook in self._hooks.items():
            if vars(self._loop).get(name) is hook:
                del vars(self._loop)[name]
        for ports in list(self._logs):
            self.forget(ports)

    def expect_clients(self, port: int) -> None:
        """Note what everybody writes who connects to this port."""
        self._taps.add(port)

    def expect(self, ports: Ports, *, owner: str = "") -> None:
        """Note what is written on a connection that will be made now.

        Args:
            ports: The writer's own port, and the other side's.
            owner: The name of the connection; empty if it has none.
        """
        self._logs[ports] = _Log(owner)

    def tell(self, ports: Ports, note: Note) -> None:
        """Call `note` when an end of a connection writes or reads, until it is forgotten."""
        self._logs.setdefault(ports, _Log()).note = note

    def written(self, ports: Ports, start: int, end: int) -> tuple[Cause, ...]:
        """Return who wrote the bytes from `start` to before `end`; earlier ones are forgotten."""
        log = self._logs.get(ports)
        if log is None or log.transport is None:
            return (Cause(start, OUTSIDE),)
        return tuple(log.take(start, end))

    def forget(self, ports: Ports) -> None:
        """Note no more of a connection, if it is known."""
        if (log := self._logs.pop(ports, None)) is not None:
            log.detach()

    def _task(self, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        """Create a task that remembers which line of a cell created it."""
        if options.get("context") is None and (place := cell_here()):
            options["context"] = copy_context()
            options["context"].run(came_from, place)
        return self._create_task(coroutine, **options)

    def _with_protocol(self, create: Callable[..., Any]) -> Callable[..., Any]:
        def create_watched(factory: Factory, *args: Any, **options: Any) -> Any:
            return create(lambda: self._watched(factory()), *args, **options)

        return create_watched

    def _watched(self, protocol: asyncio.BaseProtocol) -> asyncio.BaseProtocol:
        """Return the protocol; it tells its transport before it gets it itself, and only then."""

        def connection_made(transport: asyncio.BaseTransport) -> None:
            del vars(protocol)["connection_made"]
            if isinstance(transport, asyncio.WriteTransport):
                self._made(transport, protocol)
            protocol.connection_made(transport)

        with suppress(TypeError):  # An object without a __dict__ goes its way unseen.
            vars(protocol)["connection_made"] = connection_made
        return protocol

    def _made(self, transport: asyncio.WriteTransport, protocol: asyncio.BaseProtocol) -> None:
        ends = [transport.get_extra_info(name) for name in ("sockname", "peername")]
        if not all(isinstance(end, tuple) for end in ends):
            return  # not TCP
        # For what it accepts, the loop of Windows leaves this to us (python/cpython#148783). Else a
        # frame waits until the one before it is acknowledged, some 40 ms.
        with suppress(OSError):  # It may be gone already.
            transport.get_extra_info("socket").setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        ports = ends[0][1], ends[1][1]
        if ports[1] in self._taps and ports not in self._logs:
            self.expect(ports)
        if (log := self._logs.get(ports)) is not None:
            log.attach(transport, protocol)


class _Log:
    """What one end of a connection writes and reads, and the causes of what it writes."""

    def __init__(self, owner: str = "") -> None:
        self.owner = owner
        self.note: Note = lambda what, offset: None
        self.transport: asyncio.WriteTransport | None = None
        self._protocol: asyncio.BaseProtocol | None = None
        self._size = self._read = 0
        self._causes: deque[Cause] = deque()

    def attach(self, transport: asyncio.WriteTransport, protocol: asyncio.BaseProtocol) -> None:
        """Note from now on each write of a transport, and each chunk that its protocol gets."""
        self.transport, self._protocol = transport, protocol
        write_through = transport.write

        def write(data: bytes | bytearray | memoryview) -> None:
            write_through(data)
            # After it: what raises was not written.
            self._add(memoryview(data).nbytes, cause_here(self.owner))

        def writelines(lines: Iterable[bytes | bytearray | memoryview]) -> None:
            write(b"".join(lines))

        with suppress(TypeError):  # A transport without a __dict__ (uvloop's) is left alone.
            vars(transport).update(write=write, writelines=writelines)
            if isinstance(protocol, asyncio.Protocol):
                receive = partial(self._receive, protocol.data_received)
                vars(protocol)["data_received"] = receive

    def detach(self) -> None:
        """Leave transport and protocol as they were."""
        for end in filter(None, (self.transport, self._protocol)):
            for name in ("write", "writelines", "data_received"):
                with suppress(TypeError):
                    vars(end).pop(name, None)

    def take(self, start: int, end: int) -> list[Cause]:
        """Return the causes of a stretch, and forget those that end before it."""
        while len(self._causes) > 1 and self._causes[1].start <= start:
            self._causes.popleft()
        found = [cause for cause in self._causes if cause.start < end]
        return [Cause(max(cause.start, start), cause.text) for cause in found]

    def _receive(self, receive: Callable[[bytes], object], data: bytes) -> None:
        self._read += len(data)
        self.note("read", self._read)
        receive(data)

    def _add(self, size: int, text: str) -> None:
        if size:
            self.note("wrote", self._size)
        if size and not (self._causes and self._causes[-1].text == text):
            self._causes.append(Cause(self._size, text))
        self._size += size
