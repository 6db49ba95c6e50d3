"""The chat server: it passes messages from its ports to the rooms, and ends within two seconds."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.protocol import State
from websockets.typing import Origin

from chatlib.chat.broadcaster import Broadcaster
from chatlib.chat.closing import TIMEOUTS, check_close, how_it_ended, shut
from chatlib.chat.connections import ChatConnection, MayConnect, OnError, Places, Port
from chatlib.chat.event_log import EventLog
from chatlib.chat.page import page_server
from chatlib.chat.room import MEMBERS_PER_ROOM, Room
from chatlib.chat.rooms import Rooms
from chatlib.chat.validation import LIMITS, Limits
from chatlib.wire.writer import writing_as

logger = logging.getLogger(__name__)

CONNECTIONS = 1000  # at the same time, of a server that is not told otherwise

Origins = Sequence[Origin | re.Pattern[str] | None]
Refusal = tuple[int, str]  # close code and reason
# Says what a connection may do whose opening handshake is over, or why it may do nothing. It may
# read what comes first.
Admit = Callable[[ChatConnection], Awaitable[Limits | Refusal]]

# A page of another site must not use the chat in its visitor's name. RFC 6455 §10.2: "Servers that
# are not intended to process input from any web page but only for certain sites SHOULD verify the
# |Origin| field is an origin they expect." None stands for no Origin: it is not a browser.
# Comparing Origin with Host alone would not do: a bad page whose name points at 127.0.0.1 (DNS
# rebinding) sends both alike. So the origins are listed, and none of them is a name of the DNS.
LOCAL_ORIGINS: Origins = (None, re.compile(r"https?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?"))


def log_error(error: BaseException, where: str) -> None:
    """Report an error with the `logging` module, when nobody else asked for errors."""
    logger.error("error in %s", where, exc_info=error)


class ChatServer:
    """A chat server on the running event loop. `ChatServer.start` makes one that listens."""

    def __init__(
        self,
        *,
        limits: Limits = LIMITS,
        members: int = MEMBERS_PER_ROOM,
        log: EventLog | None = None,
        on_error: OnError = log_error,
    ) -> None:
        """Prepare a server that does not listen yet; the options are those of `start`."""
        self.limits = limits
        self._on_error = on_error
        self._broadcaster = Broadcaster(self._failed)
        send = self._broadcaster.send
        self._rooms = Rooms(
            limits, members=members, log=log, expel=self._expel, send=send, later=self._call_later
        )
        # What is to be done later, unless the server stops before.
        self._timers: set[asyncio.TimerHandle] = set()
        # The server's own port first.
        self._ports: list[Port] = []
        # Which web pages may use the server's own port; None for all.
        self._origins: list[Origin | re.Pattern[str] | None] | None = None
        # One task for each member that is being expelled.
        self._expulsions: set[asyncio.Task[None]] = set()

    @classmethod
    async def start(
        cls,
        *,
        port: int = 0,
        limits: Limits = LIMITS,
        connections: int = CONNECTIONS,
        per_address: int | None = None,
        members: int = MEMBERS_PER_ROOM,
        log: EventLog | None = None,
        origins: Origins | None = LOCAL_ORIGINS,
        on_error: OnError = log_error,
        **options: Any,
    ) -> Self:
        """Start a server that listens on 127.0.0.1; `port` 0 stands for a free one.

        Every `Origin` that is not in `origins` gets 403; there, None stands for no `Origin` at all.
        `origins=None` accepts everything.

        Args:
            port: The TCP port.
            limits: What one member may do.
            connections: How many may be open at the same time; a further one is closed with 1013.
            per_address: How many of them from one IP address; None for no other limit.
            members: How many may be in one room; a further `join` gets the error `room_full`.
            log: What several servers share; None for a server with rooms of its own.
            origins: Which web pages may use the chat.
            on_error: Gets each unexpected error.
            **options: Go over the defaults of `open_port`; `open_timeout` is the seconds that an
                opening handshake may take.

        Raises:
            OSError: If the port is taken.
        """
        server = cls(limits=limits, members=members, log=log, on_error=on_error)
        server._origins = None if origins is None else [*origins]
        places = Places(connections, per_address)

        async def admit(connection: ChatConnection) -> Limits | Refusal:
            return places.refusal(connection) or limits

        rule: dict[str, Any] = {
            "admit": admit,
            "may_connect": places.may_connect,
            "origins": server._origins,
        }
        await server.open_port("127.0.0.1", port, **{**rule, **options})
        return server

    async def open_port(
        self,
        host: str,
        number: int = 0,
        *,
        admit: Admit | None = None,
        may_connect: MayConnect | None = None,
        place_kept: float = 0,
        **options: Any,
    ) -> Port:
        """Open one more port to the rooms, a free one if the number is 0; `stop` closes them all.

        Without `admit` everybody may talk, within the server's limits; without `may_connect` every
        TCP connection is kept. For `place_kept` seconds, who lost the connection is away, and has
        not left: `Welcome.token` is the key to that place. The options go to `websockets.serve`,
        over the defaults here: no compression, and keepalive pings. "deflate" offers
        permessage-deflate (RFC 7692).

        Raises:
            OSError: If the port is taken, or the address is not one of this machine.
        """
        settings = {
            "process_request": page_server(),
            "max_size": self.limits.frame,
            # Texts of a chat are short: permessage-deflate would save little and cost 40 KiB for
            # each connection, which the C library keeps when zlib has freed it.
            "compression": None,
            # Above this, `websockets` waits before it sends a ping, but our broadcasts do not wait:
            # the member is expelled, so neither a ping nor memory is ever held up by its queue.
            "write_limit": self.limits.queue,
            **TIMEOUTS,
            **options,
        }
        port = Port(
            broadcaster=self._broadcaster,
            on_full=self._full,
            on_error=self._on_error,
            may_connect=may_connect,
            place_kept=place_kept,
        )
        await port.open(partial(self._talk, admit), host, number, **settings)
        self._ports.append(port)
        return port

    def allow_origin(self, origin: str) -> None:
        """Let the pages of one more origin (RFC 6454), `http://host:8888`, use the own port."""
        if self._origins is not None and origin not in self._origins:
            self._origins.append(Origin(origin))

    @property
    def url(self) -> str:
        """Where to connect to."""
        return self._ports[0].url

    @property
    def port(self) -> int:
        """The TCP port; it stays readable after the server stopped."""
        return self._ports[0].number

    @property
    def rooms(self) -> Mapping[str, Room]:
        """The rooms by name; a view that cannot be changed."""
        return MappingProxyType(self._rooms.by_name)

    async def disconnect(
        self, name: str, *, room: str = "lobby", code: int = 1000, reason: str = ""
    ) -> None:
        """Start the closing handshake with one member, and wait until its connection is gone.

        Raises:
            LookupError: If nobody of that name is in the room.
            ValueError: As in `check_close`.
        """
        check_close(code, reason)
        member = self._rooms.find(name, room)
        self._expel(member, code, reason)
        await member.wait_closed()

    async def stop(self, code: int = 1001, reason: str = "the chat server is stopping") -> None:
        """Close all connections and ports within two seconds; again has no effect.

        Raises:
            ValueError: As in `check_close`.
        """
        check_close(code, reason)
        # Each goes on when this is cancelled, so that no server is left half stopped.
        await asyncio.gather(*(port.close(code, reason) for port in self._ports))
        await asyncio.gather(*self._expulsions, return_exceptions=True)
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    async def __aenter__(self) -> Self:
        """Return the server: `async with await ChatServer.start() as server:`."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop the server."""
        await self.stop()

    def __repr__(self) -> str:
        """Say where the server listens and how many connections it has."""
        state = "stopped" if self._ports[0].closing else "listens"
        count = sum(len(port.connections) for port in self._ports)
        return f"<ChatServer {self.url}: {state}, {count} connections>"

    def _call_later(self, seconds: float, act: Callable[[], object]) -> None:
        def due() -> None:
            self._timers.discard(timer)
            act()

        timer = asyncio.get_running_loop().call_later(seconds, due)
        self._timers.add(timer)

    def _full(self, connection: ChatConnection) -> None:
        if connection.admitted:
            reason = f"too slow: more than {self.limits.queue} bytes wait to be read"
            self._expel(connection, 1013, reason)
        elif connection.state is State.OPEN:
            connection.transport.abort()  # Nothing was sent to it but pongs, and it reads none.

    async def _talk(self, admit: Admit | None, member: ChatConnection) -> None:
        """Let a member talk until its connection ends, or close it."""
        try:
            admitted = self.limits if admit is None else await admit(member)
        except ConnectionClosed:
            return
        if not isinstance(admitted, Limits):
            await shut(member, *admitted)
            return
        member.admit(admitted, now=self._rooms.clock())
        try:
            with writing_as("the chat server", about=member):
                await self._listen(member)
        except Exception as error:
            self._failed(member, error)
        await member.wait_closed()

    async def _listen(self, member: ChatConnection) -> None:
        try:
            while True:
                data = await member.recv()
                if not member.expelled:
                    self._rooms.receive(member, data)
        except ConnectionClosed as closed:
            self._rooms.leave(member, *how_it_ended(closed))

    def _failed(self, member: ChatConnection, error: Exception) -> None:
        who = member.name or "somebody in no room"
        self._expel(member, 1011, "an error in the chat server; it was reported there")
        self._on_error(error, f"the chat server, with {who}")

    def _expel(self, member: ChatConnection, code: int, reason: str) -> None:
        """Take a member out of its room and close its connection, starting in the loop's next turn.

        Only then, because expelling tells the room, and this may be called while the room is told
        something else.
        """
        if member.expelled:
            return
        self._broadcaster.flush()  # What was sent before still goes out.
        member.expelled = True
        task = asyncio.create_task(self._part(member, code, reason), name="ChatServer.expel")
        self._expulsions.add(task)
        task.add_done_callback(self._expulsions.discard)

    async def _part(self, member: ChatConnection, code: int, reason: str) -> None:
        try:
            with writing_as("the chat server", about=member):
                try:
                    self._rooms.leave(member, code, reason)
                finally:
                    await shut(member, code, reason)
        except Exception as error:
            self._on_error(error, "the chat server, closing the connection of a member")
