"""The course's chat on a data channel: two panels, and no server.

The chat needs somebody who numbers what is said. Here it is the first of the two peers: it keeps
the room, and its own panel talks to it without any network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, cast
from weakref import WeakKeyDictionary

from aiortc import RTCDataChannel
from ipywidgets import HBox
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosedOK
from websockets.protocol import State

from chatlib.chat import messages
from chatlib.chat.client import WELCOME_TIMEOUT, ChatClient, Resume
from chatlib.chat.connections import ChatConnection
from chatlib.chat.room import Room
from chatlib.chat.rooms import Rooms
from chatlib.chat.validation import LIMITS, Limits, TokenBucket
from chatlib.kernel.servers import Servers
from chatlib.panels.chat_panel import ChatPanel

OVER = "The data channel is closed. Run the cells again in which the two peers meet."


@dataclass(eq=False)
class ChannelMember:
    """A member of the room, with what `Rooms` asks of one.

    Attributes:
        write: Sends a text to it.
        room: Where it is; None before it joined.
        name: Under which name.
    """

    write: Callable[[str], object]
    room: Room | None = None
    name: str = ""
    by: str = ""
    place_kept: float = 0
    expelled: bool = False
    limits: Limits = field(default_factory=lambda: LIMITS)
    bucket: TokenBucket = field(init=False)


class ChannelRoom:
    """The room, at one end of a data channel."""

    def __init__(self, channel: RTCDataChannel) -> None:
        """Let the other end of a channel join, and a client here."""
        self._rooms = Rooms(LIMITS, expel=self._expel, send=self._send)
        self._channel = channel
        other = self.let_in(channel.send)
        channel.on("message", lambda text: self.receive(other, text))
        channel.on("close", lambda: self.leave(other))

    def let_in(self, write: Callable[[str], object]) -> ChannelMember:
        """Return a member that gets its messages by a call."""
        member = ChannelMember(write)
        member.bucket = TokenBucket(LIMITS, now=self._rooms.clock())
        return member

    def receive(self, member: ChannelMember, text: str) -> None:
        """Act on one message of a member."""
        self._rooms.receive(cast(ChatConnection, member), text)

    def leave(self, member: ChannelMember) -> None:
        """Take a member out of the room, and tell the other."""
        self._rooms.leave(cast(ChatConnection, member))

    def _expel(self, member: ChatConnection, code: int, reason: str) -> None:
        member.expelled = True
        self._channel.close()

    def _send(self, members: Sequence[ChatConnection], data: bytes) -> None:
        for member in cast(Sequence[ChannelMember], members):
            if member.expelled:
                continue
            try:
                member.write(data.decode())
            except Exception as error:  # The channel is closed, or closing.
                self._expel(cast(ChatConnection, member), 1006, str(error))


class ChannelConnection:
    """One end of a chat, with the methods of a WebSocket connection that a `ChatClient` calls.

    Attributes:
        state: As that of a WebSocket connection.
        close_code: 1000 once it is closed; a data channel has no codes.
        close_reason: Empty.
        closed_here: Whether this side closed it.
    """

    def __init__(
        self, send: Callable[[str], object], close: Callable[[], object], queued: Callable[[], int]
    ) -> None:
        """Begin open; `feed` and `ended` tell it what comes."""
        self.state = State.OPEN
        self.close_code: int | None = None
        self.close_reason: str | None = None
        self.closed_here = False
        self._send = send
        self._close = close
        self.get_write_buffer_size = queued
        self._came: asyncio.Queue[str | None] = asyncio.Queue()
        self._over = asyncio.Event()

    @classmethod
    def over(cls, channel: RTCDataChannel) -> Self:
        """Return the end of a channel whose other end keeps the room."""
        connection = cls(channel.send, channel.close, lambda: channel.bufferedAmount)
        channel.on("message", connection.feed)
        channel.on("close", connection.ended)
        return connection

    @classmethod
    def beside(cls, room: ChannelRoom, channel: RTCDataChannel) -> Self:
        """Return the end that stands beside the room."""
        connection = cls(lambda text: room.receive(member, text), channel.close, lambda: 0)
        member = room.let_in(connection.feed)
        channel.on("close", connection.ended)
        return connection

    @property
    def transport(self) -> Self:
        """What has a write buffer, and can be aborted."""
        return self

    def feed(self, text: str) -> None:
        """Take a message that has come."""
        self._came.put_nowait(text)

    def ended(self) -> None:
        """Take it that the channel is closed. May be called twice."""
        if self.state is not State.CLOSED:
            self.state, self.close_code, self.close_reason = State.CLOSED, 1000, ""
            self._came.put_nowait(None)
            self._over.set()

    def abort(self) -> None:
        """Close without waiting."""
        self._close()
        self.ended()

    async def send(self, text: str) -> None:
        """Send a message.

        Raises:
            websockets.exceptions.ConnectionClosedOK: If the channel is not open.
        """
        if self.state is not State.OPEN:
            raise ConnectionClosedOK(None, None)
        self._send(text)

    async def recv(self) -> str:
        """Wait for the next message; errors as in `send`."""
        text = None if self._over.is_set() and self._came.empty() else await self._came.get()
        if text is None:
            raise ConnectionClosedOK(None, None)
        return text

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the channel, and wait until the other end knows; a code cannot travel."""
        if self.state is State.OPEN:
            self.state, self.closed_here = State.CLOSING, True
            self._close()
        await self.wait_closed()

    async def wait_closed(self) -> None:
        """Wait until the channel is closed."""
        await self._over.wait()


class ChannelClient(ChatClient):
    """A member of a chat that has no server."""

    other = "peer"

    @classmethod
    async def join(cls, connection: ChannelConnection, name: str) -> Self:
        """Join the room at one of the ends; errors as in `ChatClient.connect`."""
        client = cls(cast(ClientConnection, connection))
        await client._join(messages.encode(messages.Join(name=name)), seconds=WELCOME_TIMEOUT)
        return client

    @property
    def ended_by(self) -> str:
        """Who closed: "client", or "server" for the other peer."""
        return "client" if cast(Any, self.connection).closed_here else "server"


# The ends that panels use now.
_ends: WeakKeyDictionary[RTCDataChannel, ChannelConnection] = WeakKeyDictionary()


def chat_over(lab: Servers, **channels: RTCDataChannel) -> HBox:
    """Show a chat panel for each of two peers, whose messages go over their data channel.

    Args:
        lab: Stops the panels when it stops.
        **channels: The two ends of the channel, by the names of their peers.

    Returns:
        The two panels, side by side.
    """
    lab.check_running()
    for channel in channels.values():  # the cell may run again: nobody else hears them now
        if (before := _ends.pop(channel, None)) is not None:
            before.ended()
        for event in ("message", "close"):
            channel.remove_all_listeners(event)
    (first, near), (second, far) = channels.items()
    room = ChannelRoom(near)
    _ends[near], _ends[far] = ChannelConnection.beside(room, near), ChannelConnection.over(far)
    return HBox([_panel(lab, first, _ends[near]), _panel(lab, second, _ends[far])])


def _panel(lab: Servers, name: str, connection: ChannelConnection) -> ChatPanel:
    async def connect(resume: Resume) -> ChatClient:
        if resume or connection.state is not State.OPEN:
            raise ConnectionError(OVER)
        return await ChannelClient.join(connection, name)

    panel = ChatPanel(lab.loop, connect, name=name)
    lab.keep("panel", f"channel/{name}", panel.stop)
    return panel
