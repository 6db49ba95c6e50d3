"""The connections of a port: each as the server tracks it, how many there may be, their end."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve

from chatlib.chat.broadcaster import Broadcaster
from chatlib.chat.closing import shut
from chatlib.chat.room import Room
from chatlib.chat.validation import Limits, TokenBucket

if sys.platform != "win32":
    import resource

Talk = Callable[["ChatConnection"], Awaitable[None]]
OnFull = Callable[["ChatConnection"], object]
# Gets an unexpected error, and the place where it happened.
OnError = Callable[[BaseException, str], None]
# Says whether a new TCP connection is kept, before anything of it was read.
MayConnect = Callable[["ChatConnection"], bool]

RECORDS_A_MINUTE = 5
FULL = 1013  # the close code of somebody for whom there is no place: "try again later"
# TCP connections above those with a place, which may wait until their opening handshake is over.
WAITING = 64


class RateFilter(logging.Filter):
    """Lets a few records of each message through in a minute; then it says how many it kept."""

    def __init__(self, only: str = "") -> None:
        """Count records of the message `only`, or of each one."""
        super().__init__()
        self._only = only
        # For each message: when its minute began, and how many came in it.
        self._counts: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether to show a record."""
        message = record.msg
        if self._only not in ("", message):
            return True
        since, count = self._counts.get(message, (record.created, 0))
        if record.created - since >= 60:
            if count > RECORDS_A_MINUTE:
                kept = count - RECORDS_A_MINUTE
                record.msg = f"{message} ({kept} more like it were not shown)"
            since, count = record.created, 0
        self._counts[message] = since, count + 1
        return count < RECORDS_A_MINUTE


# What the library says of connections, and asyncio of writing to one that was reset: a peer decides
# how often, so it has a rate. Without a handler of your own it is shown where errors are shown.
logger = logging.getLogger(__name__)
logger.addFilter(RateFilter())
logging.getLogger("asyncio").addFilter(RateFilter("socket.send() raised exception."))


class ChatConnection(ServerConnection):
    """A connection, and the member of the chat that it carries.

    It tells its port three things that `websockets` keeps to itself. The library lists a connection
    only after the opening handshake: a peer that connects and then says nothing would keep a
    stopping server waiting until the handshake's deadline. And it writes without limit to a peer
    that reads nothing, pongs included.
    """

    def __init__(self, *args: Any, port: Port, **options: Any) -> None:
        """Make a connection of a port; the rest is passed to `ServerConnection`."""
        super().__init__(*args, **options)
        self.port = port
        # Whether it may talk: its opening handshake is over, and it knows the join code.
        self.admitted = False
        # Where it is and under which name; None and empty before it joined. The room has the list.
        self.room: Room | None = None
        self.name = ""
        # What it asked to join with, in the log of events.
        self.by = ""
        # Seconds for which its place in the room is kept after the connection was lost.
        self.place_kept = port.place_kept
        # Once the server decided to close it, nothing is read or written any more.
        self.expelled = False
        # What it may do, and how fast it sends; known once it is admitted.
        self.limits: Limits
        self.bucket: TokenBucket

    def admit(self, limits: Limits, *, now: float) -> None:
        """Let the member talk within these limits, from the time `now` (seconds) on."""
        self.admitted = True
        self.limits = limits
        self.bucket = TokenBucket(limits, now=now)

    def send_data(self) -> None:
        """Act as `ServerConnection` does, when what was sent before is written."""
        self.port.broadcaster.flush()
        super().send_data()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Act as `ServerConnection` does, and tell the port."""
        super().connection_made(transport)
        self.port.made(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Act as `ServerConnection` does, and tell the port."""
        super().connection_lost(exc)
        self.port.connections.discard(self)

    def pause_writing(self) -> None:
        """Act as `ServerConnection` does, and tell the port. Transports call this in `write`."""
        super().pause_writing()
        self.port.on_full(self)


class Listener(socket.socket):
    """Accepts TCP connections, but none that would take one of the last file descriptors.

    asyncio tells of a connection over TLS only when its TLS handshake is over: until then, nobody
    else knows of it.
    """

    def __init__(self, *, fileno: int) -> None:
        """Take over a listening socket, by its file descriptor."""
        super().__init__(fileno=fileno)
        # What was accepted, and is not closed or a `ChatConnection` yet.
        self.unknown: set[socket.socket] = set()

    def accept(self) -> tuple[socket.socket, Any]:
        """Act as `socket.accept` does, or cut the connection: asyncio goes on with the next one."""
        connection, address = super().accept()
        if descriptors_run_out(connection.fileno()):
            connection.close()
            raise ConnectionAbortedError("too few file descriptors are left")
        self.known()
        self.unknown.add(connection)
        return connection, address

    def known(self, number: int = -1) -> None:
        """Forget a connection, by its file descriptor, and those that are closed."""
        self.unknown = {each for each in self.unknown if each.fileno() not in (-1, number)}


class Port:
    """A TCP port that accepts connections, and those that came through it. `open` it once."""

    def __init__(
        self,
        *,
        broadcaster: Broadcaster,
        on_full: OnFull,
        on_error: OnError,
        may_connect: MayConnect | None = None,
        place_kept: float = 0,
    ) -> None:
        """Prepare a port; all TCP connections are kept when `may_connect` is not given."""
        # Writes to its connections, and to those of the server's other ports.
        self.broadcaster = broadcaster
        # Gets a connection for which more than `write_limit` bytes wait.
        self.on_full = on_full
        # Where to connect to, once it listens.
        self.url = ""
        # Every TCP connection that still exists, those in the opening handshake included.
        self.connections: set[ChatConnection] = set()
        # As of its connections, in seconds.
        self.place_kept = place_kept
        self._on_error = on_error
        self._may_connect = may_connect or (lambda connection: True)
        self._server: Server
        self._listener: Listener
        self._closing: asyncio.Task[None] | None = None

    async def open(self, talk: Talk, host: str, number: int, **options: Any) -> None:
        """Start to listen, on a free TCP port if the number is 0.

        `talk` gets each connection whose opening handshake is over. The options are passed to
        `websockets.serve`.

        Raises:
            OSError: If the port is taken, or the address is not one of this machine.
        """
        create = partial(ChatConnection, port=self)
        settings: dict[str, Any] = {"create_connection": create, "logger": logger, **options}
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, number), family=family)
        self._listener = Listener(fileno=listening.detach())
        try:
            self._server = await serve(talk, sock=self._listener, **settings)  # type: ignore[arg-type]  # it gets what `create` makes
        except BaseException:
            self._listener.close()
            raise
        address, number = self._server.sockets[0].getsockname()[:2]
        shown = f"[{address}]" if ":" in address else address
        self.url = f"{'wss' if options.get('ssl') else 'ws'}://{shown}:{number}"

    @property
    def number(self) -> int:
        """The TCP port's number; it stays readable after the end."""
        return int(self.url.rpartition(":")[2])

    @property
    def closing(self) -> bool:
        """Whether `close` was called."""
        return self._closing is not None

    async def close(self, code: int, reason: str) -> None:
        """Close every connection and stop listening, within two seconds. May be called twice."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(code, reason), name="Port.close")
        # A caller that is cancelled does not leave a port that is half closed.
        await asyncio.shield(self._closing)

    def made(self, connection: ChatConnection) -> None:
        """Take a TCP connection that was just made, or cut it at once."""
        accepted = connection.transport.get_extra_info("socket")
        self._listener.known(accepted.fileno())
        # The loop of Windows leaves this to us (python/cpython#148783): a frame would wait until
        # the one before it is acknowledged, some 40 ms.
        with suppress(OSError):  # It may be closed already.
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.closing or not self._may_connect(connection):
            connection.transport.abort()
        self.connections.add(connection)

    async def _close(self, code: int, reason: str) -> None:
        self._server.close(close_connections=False)
        for unknown in self._listener.unknown:
            with suppress(OSError):  # It may be closed already.
                unknown.shutdown(socket.SHUT_RDWR)
        closings = [shut(connection, code, reason) for connection in self.connections]
        for outcome in await asyncio.gather(*closings, return_exceptions=True):
            if isinstance(outcome, BaseException):
                self._on_error(outcome, "the chat server, stopping")
        await self._server.wait_closed()


@dataclass(frozen=True, slots=True)
class Places:
    """A rule for a port of a `ChatServer`.

    Attributes:
        connections: WebSocket connections at the same time.
        per_address: Those that come from one IP address; None for no other limit. A class behind
            one router shares an address, and so do all programs on this machine.
    """

    connections: int
    per_address: int | None = None

    def may_connect(self, connection: ChatConnection) -> bool:
        """Say whether a new TCP connection is kept, before anything of it was read."""
        return len(connection.port.connections) < self.connections + WAITING

    def refusal(self, connection: ChatConnection) -> tuple[int, str] | None:
        """Return why somebody may not come in, as close code and reason; None to let them in."""
        inside = [each for each in connection.port.connections if each.admitted]
        if len(inside) >= self.connections:
            return FULL, f"the server is full (limit {self.connections}): try again later"
        address = connection.remote_address[0]
        here = sum(each.remote_address[0] == address for each in inside)
        if self.per_address is not None and here >= self.per_address:
            return FULL, f"too many connections from your address (limit {self.per_address})"
        return None


def descriptors_run_out(number: int) -> bool:
    """Say whether a new file descriptor's number shows that most of the process's own are in use.

    POSIX gives the lowest free number to a new one. The last quarter is left to everything else in
    this process: without descriptors, a kernel cannot even open a file. Windows has no such limit.
    """
    if sys.platform == "win32":
        return False
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft != resource.RLIM_INFINITY and number >= soft * 3 // 4
