"""The chat server: it passes messages from its ports to the rooms, and ends within two seconds."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from chatlib.chat.access import LOCAL_ORIGINS, Guests, Origins, origin_of
from chatlib.chat.closing import check_close, how_it_ended, shut
from chatlib.chat.connections import ChatConnection, OnError, Port, Talk
from chatlib.chat.limits import CLOSE_TIMEOUT, LIMITS, PING_INTERVAL, PING_TIMEOUT, Limits
from chatlib.chat.page import page_server
from chatlib.chat.room import Room
from chatlib.chat.rooms import Clock, Rooms
from chatlib.wire.writer import writing_as

logger = logging.getLogger(__name__)


def log_error(error: BaseException, where: str) -> None:
    """Report an error with the `logging` module, when nobody else asked for errors."""
    logger.error("error in %s", where, exc_info=error)


class ChatServer:
    """A chat server on the running event loop. `ChatServer.start` makes one that listens."""

    def __init__(
        self,
        *,
        limits: Limits = LIMITS,
        on_error: OnError = log_error,
        clock: Clock = time.monotonic,
        now: Clock = time.time,
    ) -> None:
        """Prepare a server that does not listen yet; the options are those of `start`."""
        self.limits = limits
        self._on_error = on_error
        self._clock = clock
        self._rooms = Rooms(limits, expel=self._expel, failed=self._failed, clock=clock, now=now)
        # The server's own port, and then those of its guests.
        self._ports: list[Port] = []
        # Which web pages may use the server's own port; None for all.
        self._origins: list[Origin | re.Pattern[str] | None] | None
        # One task for each member that is being expelled.
        self._expulsions: set[asyncio.Task[None]] = set()

    @classmethod
    async def start(
        cls,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        limits: Limits = LIMITS,
        origins: Origins | None = LOCAL_ORIGINS,
        on_error: OnError = log_error,
        clock: Clock = time.monotonic,
        now: Clock = time.time,
        **options: Any,
    ) -> Self:
        """Start a server that listens.

        Args:
            host: The address to listen on.
            port: The TCP port; 0 for a free one.
            limits: What members may do.
            origins: Values of `Origin` that are accepted, as text or as compiled patterns, None
                for no `Origin` at all; others get 403. `origins=None` accepts everything.
            on_error: Called with an unexpected error and the place where it happened.
            clock: Seconds that only ever grow, for the flood limit.
            now: Seconds since 1970, UTC, for the time of events.
            **options: Passed to `websockets.serve`, over the defaults here: no compression, and
                keepalive pings. `compression="deflate"` offers permessage-deflate (RFC 7692).

        Raises:
            OSError: If the port is taken.
        """
        server = cls(limits=limits, on_error=on_error, clock=clock, now=now)
        server._origins = None if origins is None else [*origins]
        await server._open_port(
            server._talk,
            host,
            port,
            **{
                "origins": server._origins,
                "max_size": limits.frame,
                "process_request": page_server(),
                **options,
            },
        )
        return server

    async def listen_for_guests(
        self, host: str, guests: Guests, *, port: int = 0, **options: Any
    ) -> Port:
        """Open another port to the same rooms, for people who are not on this machine.

        Args:
            host: The address to listen on, one that other machines reach.
            guests: Who may come in.
            port: The TCP port; 0 for a free one.
            **options: Passed to `websockets.serve`.

        Raises:
            OSError: If the port is taken, or the address is not one of this machine.
        """
        own: list[Origin | None] = [None]
        opened = await self._open_port(
            partial(self._talk_to_guest, guests),
            host,
            port,
            **{
                "origins": own,
                "max_size": guests.limits.frame,
                "process_request": page_server(guests=True),
                "may_connect": guests.may_connect,
                **options,
            },
        )
        # The port is known only now, and nobody else knows it yet.
        own.append(origin_of(opened.url))
        return opened

    def allow_origin(self, origin: str) -> None:
        """Let the pages of one more origin use the server's own port.

        Args:
            origin: As in RFC 6454: `https://example.org`, with the port if it is not the usual one.
        """
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
    def rooms(self) -> Mapping[str, Room[ChatConnection]]:
        """The rooms by name; a view that cannot be changed."""
        return MappingProxyType(self._rooms.by_name)

    async def disconnect(
        self, name: str, *, room: str = "lobby", code: int = 1000, reason: str = ""
    ) -> None:
        """Start the closing handshake with one member, and wait until its connection is gone.

        Args:
            name: The member's name.
            room: The room it is in.
            code: The close code.
            reason: The close reason, at most 123 bytes in UTF-8.

        Raises:
            LookupError: If nobody of that name is in the room.
            ValueError: If a close frame cannot carry the code or the reason.
        """
        check_close(code, reason)
        member = self._rooms.find(name, room)
        self._expel(member, code, reason)
        await member.wait_closed()

    async def stop(self, code: int = 1001, reason: str = "the chat server is stopping") -> None:
        """Close every connection and stop listening, within two seconds. May be called twice.

        Args:
            code: The close code for everybody; 1001 is "going away" (RFC 6455 §7.4.1).
            reason: The close reason, at most 123 bytes in UTF-8.

        Raises:
            ValueError: If a close frame cannot carry the code or the reason.
        """
        check_close(code, reason)
        # Each goes on when this is cancelled, so that no server is left half stopped.
        await asyncio.gather(*(port.close(code, reason) for port in self._ports))
        await asyncio.gather(*self._expulsions, return_exceptions=True)

    async def __aenter__(self) -> Self:
        """Return the server: `async with await ChatServer.start() as server:`."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server."""
        await self.stop()

    def __repr__(self) -> str:
        """Say where the server listens and how many connections it has."""
        state = "stopped" if self._ports[0].closing else "listens"
        count = sum(len(port.connections) for port in self._ports)
        return f"<ChatServer {self.url}: {state}, {count} connections>"

    async def _open_port(self, talk: Talk, host: str, number: int, **options: Any) -> Port:
        settings = {
            "close_timeout": CLOSE_TIMEOUT,
            # Texts of a chat are short: permessage-deflate would save little and cost 40 KiB for
            # each connection, which the C library keeps when zlib has freed it.
            "compression": None,
            # Above this, `websockets` waits before it sends a ping, but our broadcasts do not wait:
            # the member is expelled, so neither a ping nor memory is ever held up by its queue.
            "write_limit": self.limits.queue,
            "ping_interval": PING_INTERVAL,
            "ping_timeout": PING_TIMEOUT,
            **options,
        }
        port = await Port.open(
            talk, host, number, on_full=self._full, on_error=self._on_error, **settings
        )
        self._ports.append(port)
        return port

    def _full(self, connection: ChatConnection) -> None:
        if connection.admitted:
            reason = f"too slow: more than {self.limits.queue} bytes wait to be read"
            self._expel(connection, 1013, reason)

    async def _talk_to_guest(self, guests: Guests, connection: ChatConnection) -> None:
        """Let a guest in until its connection ends, or close it.

        It was opened first: a browser tells a page the close code and the reason, but nothing of a
        handshake that was refused.
        """
        assert connection.request is not None  # the opening handshake is over
        refusal = guests.refusal(
            connection.request.path,
            address=connection.remote_address[0],
            inside=sum(each.admitted for each in connection.port.connections),
            now=self._clock(),
        )
        if refusal is None:
            await self._talk(connection, guests.limits)
        else:
            await shut(connection, *refusal)

    async def _talk(self, member: ChatConnection, limits: Limits | None = None) -> None:
        member.admit(limits or self.limits, now=self._clock())
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
        member.expelled = True
        task = asyncio.create_task(self._part(member, code, reason), name="ChatServer.expel")
        self._expulsions.add(task)
        task.add_done_callback(self._parted)

    async def _part(self, member: ChatConnection, code: int, reason: str) -> None:
        with writing_as("the chat server", about=member):
            try:
                self._rooms.leave(member, code, reason)
            finally:
                await shut(member, code, reason)

    def _parted(self, task: asyncio.Task[None]) -> None:
        self._expulsions.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_error(error, "the chat server, closing the connection of a member")
